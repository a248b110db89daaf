//! Every value with where it came from, and no secret.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value as Json, json};
use toml::Value;

use super::audience::Audience;
use super::check::effective_issuer;
use super::client::Client;
use super::duration;
use super::model::{AudienceSetting, LogFormat, Settings, TokenFormat};
use super::problem::Place;
use super::reader::Raw;
use super::table::SETTINGS;

/// What a secret's digest is replaced with: a digest lets others try out what they guess.
const REDACTED: &str = "redacted";

/// Every value with where it came from. A store's URL is without its credentials, a secret in a
/// file is the file's path.
#[derive(Debug, Clone)]
pub struct Dump {
    settings: Vec<Shown>,
    audiences: Vec<Listed>,
    clients: Vec<Listed>,
}

/// A setting; `None`: not set, and without a default.
#[derive(Debug, Clone)]
struct Shown {
    path: &'static str,
    value: Option<Value>,
    origin: String,
}

/// One of a list of tables.
#[derive(Debug, Clone)]
struct Listed {
    origin: String,
    fields: Vec<(&'static str, Value)>,
}

impl Dump {
    pub(super) fn new(
        settings: &Settings,
        scalars: &BTreeMap<&'static str, Raw>,
        audiences: &[Audience],
        clients: &[Client],
    ) -> Self {
        let shown = |path| Shown {
            path,
            value: match (path, scalars.get("store_file")) {
                // The store's URL is a secret now; its file's path is none.
                ("store", Some(_)) => None,
                ("store_file", file) => file.and_then(|raw| raw.text().ok()).map(Value::from),
                _ => value(settings, path),
            },
            origin: origin(scalars.get(path).map(|raw| &raw.place)),
        };
        let built = SETTINGS.iter().filter(|setting| setting.built());
        let place = |name: &str| {
            let of_file = audiences.iter().find(|known| known.setting.name == name);
            of_file.map(|audience| &audience.place)
        };
        let audience = |setting: &AudienceSetting| Listed {
            origin: origin(place(&setting.name)),
            fields: audience_fields(setting),
        };
        Self {
            settings: built.map(|setting| shown(setting.path)).collect(),
            audiences: settings.audiences.iter().map(audience).collect(),
            clients: clients.iter().map(client).collect(),
        }
    }

    /// As a configuration file whose comments tell where each value came from.
    pub fn toml(&self) -> String {
        let mut text =
            String::from("# What holds, and where it came from. Secrets are left out.\n");
        let tables = self
            .settings
            .iter()
            .filter_map(|shown| shown.path.split_once('.'));
        let mut tables: Vec<_> = tables.map(|(table, _)| table).collect();
        tables.dedup();
        let (inner, outer): (Vec<_>, Vec<_>) = self
            .settings
            .iter()
            .partition(|shown| shown.path.contains('.'));
        for shown in outer {
            line(&mut text, shown.path, shown);
        }
        for table in tables {
            let _ = writeln!(text, "\n[{table}]");
            for shown in &inner {
                if let Some((of, key)) = shown.path.split_once('.')
                    && of == table
                {
                    line(&mut text, key, shown);
                }
            }
        }
        for (name, list) in [("audience", &self.audiences), ("client", &self.clients)] {
            for listed in list {
                let _ = writeln!(text, "\n[[{name}]]  # {}", listed.origin);
                for (key, value) in &listed.fields {
                    let _ = writeln!(text, "{key} = {value}");
                }
            }
        }
        text.trim_end().to_owned()
    }

    /// As JSON: `settings` with `path`, `value` and `origin`, `audiences` and `clients` with their
    /// fields and `origin`.
    pub fn json(&self) -> Json {
        let settings = self
            .settings
            .iter()
            .map(|shown| json!({"path": shown.path, "value": shown.value, "origin": shown.origin}));
        let listed = |list: &[Listed]| -> Vec<Json> {
            let object = |listed: &Listed| {
                let fields = listed.fields.iter();
                let fields = fields.map(|(key, value)| ((*key).to_owned(), json!(value)));
                fields
                    .chain([("origin".to_owned(), json!(listed.origin))])
                    .collect()
            };
            list.iter().map(object).collect()
        };
        json!({
            "settings": settings.collect::<Vec<_>>(),
            "audiences": listed(&self.audiences),
            "clients": listed(&self.clients),
        })
    }
}

// Writing to a `String` cannot fail.
fn line(text: &mut String, key: &str, shown: &Shown) {
    let origin = &shown.origin;
    let _ = match &shown.value {
        Some(value) => writeln!(text, "{key} = {value}  # {origin}"),
        None => writeln!(text, "# {key} is not set"),
    };
}

fn origin(place: Option<&Place>) -> String {
    place.map_or_else(|| "default".to_owned(), ToString::to_string)
}

/// What holds, by path. Not `store_file`, of which the settings know nothing.
fn value(settings: &Settings, path: &str) -> Option<Value> {
    Some(match path {
        "listen" => settings.listen.to_string().into(),
        "admin_listen" => settings.admin_listen.to_string().into(),
        "admin_plaintext" => settings.admin_plaintext.into(),
        "trusted_proxies" => texts(&settings.trusted_proxies),
        "tls_cert" => return settings.tls.as_ref().map(|tls| shown(&tls.cert)),
        "tls_key" => return settings.tls.as_ref().map(|tls| shown(&tls.key)),
        "admin_tls_cert" => return settings.admin_tls.as_ref().map(|tls| shown(&tls.cert)),
        "admin_tls_key" => return settings.admin_tls.as_ref().map(|tls| shown(&tls.key)),
        "issuer" => return issuer(settings).map(Value::from),
        "default_audience" => settings.default_audience.as_str().into(),
        "keys.dir" => shown(&settings.keys_dir),
        "keys.algorithm" => settings.algorithm.to_string().into(),
        "keys.publish_before" => duration::shown(settings.publish_before * 1_000).into(),
        "store" => settings.store.to_string().into(),
        "redis.assume_noeviction" => settings.assume_noeviction.into(),
        "log" => settings.log.as_str().into(),
        "log_format" => match settings.log_format {
            LogFormat::Text => "text".into(),
            LogFormat::Json => "json".into(),
        },
        _ => return None,
    })
}

fn shown(path: &Path) -> Value {
    path.display().to_string().into()
}

/// The issuer, unless it is known only once the listener is open.
fn issuer(settings: &Settings) -> Option<String> {
    let known = settings.issuer.is_some() || settings.listen.port() != 0;
    known.then(|| effective_issuer(settings))
}

fn audience_fields(setting: &AudienceSetting) -> Vec<(&'static str, Value)> {
    let seconds = |seconds: u64| Value::from(duration::shown(seconds * 1_000));
    let mut fields = vec![
        ("name", setting.name.as_str().into()),
        ("scopes", texts(&setting.scopes)),
        ("format", setting.format.as_str().into()),
    ];
    if setting.format == TokenFormat::Jwt {
        fields.push(("typ", setting.typ.as_str().into()));
    }
    let login_client = setting.login_client.as_deref();
    fields.extend(login_client.map(|client| ("login_client", client.into())));
    fields.extend([
        ("access_ttl", seconds(setting.access_ttl)),
        ("refresh_idle", seconds(setting.refresh_idle)),
        ("refresh_max", seconds(setting.refresh_max)),
        (
            "refresh_grace",
            duration::shown(setting.refresh_grace_millis).into(),
        ),
        ("max_sessions", i64::from(setting.max_sessions).into()),
        ("outage", setting.outage.to_string().into()),
    ]);
    fields
}

fn client(client: &Client) -> Listed {
    let setting = &client.setting;
    let mut fields = vec![("id", setting.id.as_str().into())];
    if let Some(path) = &client.secret_file {
        fields.push(("secret_file", path.as_str().into()));
    } else if setting.secret_sha256.is_some() {
        fields.push(("secret_sha256", REDACTED.into()));
    }
    fields.extend([
        ("audiences", texts(&setting.audiences)),
        ("scopes", texts(&setting.scopes)),
        ("grants", texts(&setting.grants)),
        ("introspect", texts(&setting.introspect)),
        ("allow", texts(&setting.allow)),
        ("admin", setting.admin.into()),
    ]);
    Listed {
        origin: origin(Some(&client.place)),
        fields,
    }
}

fn texts(items: &[impl ToString]) -> Value {
    Value::Array(items.iter().map(|item| item.to_string().into()).collect())
}
