//! `[[client]]`: who may ask for tokens.

use super::fields::CLIENT_FIELDS;
use super::hint::did_you_mean;
use super::model::ClientSetting;
use super::problem::{Place, Problems};
use super::reader::{Fields, Table};
use super::{parse, secret};
use crate::id::Subject;

/// A digest without salt is safe for a random secret only; what people think up is shorter.
const SHORTEST_SECRET: usize = 16;

const MAKE_ONE: &str = "make a random one with `jotleash clients secret`";

/// A client with the places that the checks across tables need.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) setting: ClientSetting,
    pub(super) place: Place,
    /// Where it names which audience.
    pub(super) audiences: Vec<(Place, String)>,
    /// Where it names which scope.
    pub(super) scopes: Vec<(Place, String)>,
    /// Where it lists its grants; its own place if nowhere.
    pub(super) grants: Place,
    /// The file of its secret.
    pub(super) secret_file: Option<String>,
}

/// Reads one; `None` without an id. Everything that is wrong is noted.
pub(super) fn read(table: &Table, problems: &mut Problems) -> Option<Client> {
    for (key, raw) in &table.entries {
        if !CLIENT_FIELDS.iter().any(|field| field.name == key) {
            let hint = did_you_mean(key, CLIENT_FIELDS.iter().map(|field| field.name));
            problems.add(
                &raw.place,
                format!("unknown key `{key}` in [[client]]{hint}"),
            );
        }
    }
    let mut fields = Fields { table, problems };
    let id = fields.parse("id", |raw| {
        let parsed = raw.parse::<Subject>();
        parsed.map_err(|_| format!("{raw:?} cannot be a client's id: 1 to 255 visible ASCII characters without / \\ ? # %"))
    });
    if fields.get("id").is_none() {
        fields.problems.add(&table.place, "a client needs an `id`");
    }
    let (public, secret_sha256) = secret(&mut fields);
    let audiences = fields.list("audiences", parse::audience);
    let introspect = fields.list("introspect", parse::audience);
    let grants = fields.list("grants", parse::grant);
    let admin = fields.boolean("admin").unwrap_or(false);
    if public {
        refuse_public(&mut fields, &grants, admin);
    }
    let scopes = fields.list("scopes", parse::scope);
    let secret_file = fields.get("secret_file").and_then(|raw| raw.text().ok());
    let secret_file = secret_file.map(str::to_owned);
    let grants_place = fields.place(if fields.get("grants").is_some() {
        "grants"
    } else {
        "id"
    });
    let allow = values(fields.list("allow", parse::network));
    let place = fields.place("id");
    id.map(|id| Client {
        setting: ClientSetting {
            id,
            secret_sha256,
            audiences: values(audiences.clone()),
            scopes: values(scopes.clone()),
            grants: values(grants),
            introspect: values(introspect.clone()),
            allow,
            admin,
        },
        place,
        audiences: audiences.into_iter().chain(introspect).collect(),
        scopes,
        grants: grants_place,
        secret_file,
    })
}

/// Whether neither form of the secret stands there, and the digest.
fn secret(fields: &mut Fields<'_>) -> (bool, Option<String>) {
    let given = fields.get("secret_sha256").is_some();
    let digest = fields.parse("secret_sha256", digest);
    if fields.get("secret_file").is_none() {
        return (!given, digest);
    }
    if given {
        let place = fields.place("secret_file");
        let both = "one of `secret_file` and `secret_sha256`, not both";
        fields.problems.add(&place, both);
        return (false, digest);
    }
    (false, fields.parse("secret_file", read_and_digest))
}

fn digest(raw: &str) -> Result<String, String> {
    if raw.len() == 64 && raw.bytes().all(|b| b.is_ascii_hexdigit()) {
        return not_default(raw.to_ascii_lowercase());
    }
    // Perhaps the secret itself, so it is not repeated.
    Err("`secret_sha256` is 64 hex digits: the SHA-256 of the secret".to_owned())
}

fn read_and_digest(path: &str) -> Result<String, String> {
    let secret = secret::read(path)?;
    if secret.len() < SHORTEST_SECRET {
        return Err(format!(
            "the secret in {path} is shorter than {SHORTEST_SECRET} characters: \
             {MAKE_ONE}"
        ));
    }
    not_default(secret::digest_hex(&secret))
}

/// The digest, unless it is one of a secret that everybody knows.
fn not_default(digest: String) -> Result<String, String> {
    if secret::is_default(&digest) {
        return Err(format!(
            "this is a default secret that everybody knows: {MAKE_ONE}"
        ));
    }
    Ok(digest)
}

/// Whoever knows a public client's id can be it (RFC 6749, section 2.1).
fn refuse_public(fields: &mut Fields<'_>, grants: &[(Place, String)], admin: bool) {
    let public = "a client without a secret is public and cannot";
    for (place, grant) in grants {
        if grant != "refresh_token" {
            fields
                .problems
                .add(place, format!("{public} use the grant {grant}"));
        }
    }
    if admin {
        let place = fields.place("admin");
        fields.problems.add(&place, format!("{public} be an admin"));
    }
    if fields.get("introspect").is_some_and(|raw| !raw.is("")) {
        let place = fields.place("introspect");
        fields.problems.add(&place, format!("{public} introspect"));
    }
}

fn values<T>(placed: Vec<(Place, T)>) -> Vec<T> {
    placed.into_iter().map(|(_, value)| value).collect()
}
