//! `[[audience]]`: whom tokens are for.

use super::fields::AUDIENCE_FIELDS;
use super::hint::did_you_mean;
use super::model::{AudienceSetting, Outage, TokenFormat};
use super::names::not_built;
use super::problem::{Place, Problems};
use super::reader::{Fields, Table};
use super::{duration, parse};

/// What is not built yet, with the value that says so.
const LATER: [(&str, &str); 1] = [("cookie", "false")];

/// A check also refuses a token that lives longer (24 hours).
const LONGEST_ACCESS_TTL: u64 = 86_400;

/// A subject has at most 10,000 live tokens and sessions, and each session has a token.
const MOST_SESSIONS: u32 = 5_000;

/// So long at most may a token be taken that another instance has ended: twice the default life of an
/// access token. Who can do with more needs no leash.
const LONGEST_GRACE: u64 = 600;

/// An audience with the places that the checks across tables need.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) setting: AudienceSetting,
    pub(super) place: Place,
    pub(super) login_client: Place,
    pub(super) outage: Place,
}

/// Reads one; `None` without a name. Everything that is wrong is noted.
pub(super) fn read(table: &Table, problems: &mut Problems) -> Option<Audience> {
    refuse_unknown(table, problems);
    let mut fields = Fields { table, problems };
    let name = fields.parse("name", parse::audience);
    if fields.get("name").is_none() {
        fields
            .problems
            .add(&table.place, "an audience needs a `name`");
    }
    let mut setting = AudienceSetting::named(name.as_deref().unwrap_or_default());
    let scopes = fields.list("scopes", parse::scope);
    setting.scopes = scopes.into_iter().map(|(_, scope)| scope).collect();
    setting.login_client = fields.parse("login_client", |raw| Ok(raw.to_owned()));
    replace(&mut setting.format, fields.parse("format", format));
    replace(&mut setting.typ, fields.parse("typ", typ));
    if setting.format == TokenFormat::Opaque && fields.get("typ").is_some() {
        let place = fields.place("typ");
        fields.problems.add(
            &place,
            "an opaque token has no `typ`: leave one of `format` and `typ` out",
        );
    }
    replace(
        &mut setting.access_ttl,
        fields.parse("access_ttl", access_ttl),
    );
    let idle = fields.parse("refresh_idle", duration::seconds);
    replace(&mut setting.refresh_idle, idle);
    let max = fields.parse("refresh_max", duration::seconds);
    // A shorter life in all shortens what nobody set.
    let default_idle = setting.refresh_idle.min(max.unwrap_or(u64::MAX));
    replace(&mut setting.refresh_max, max);
    if fields.get("refresh_idle").is_none() {
        setting.refresh_idle = default_idle;
    }
    if setting.refresh_idle > setting.refresh_max {
        let place = fields.place("refresh_idle");
        fields
            .problems
            .add(&place, "`refresh_idle` is longer than `refresh_max`");
    }
    let grace = fields.parse("refresh_grace", duration::millis);
    replace(&mut setting.refresh_grace_millis, grace);
    replace(
        &mut setting.max_sessions,
        fields.number("max_sessions", max_sessions),
    );
    replace(&mut setting.outage, fields.parse("outage", outage));
    let login_client = fields.place("login_client");
    let place = fields.place("name");
    let outage = fields.place("outage");
    name.map(|_| Audience {
        setting,
        place,
        login_client,
        outage,
    })
}

fn refuse_unknown(table: &Table, problems: &mut Problems) {
    for (key, raw) in &table.entries {
        if let Some((_, default)) = LATER.iter().find(|(name, _)| name == key) {
            if !raw.is(default) {
                problems.add(&raw.place, not_built(&format!("audience.{key}")));
            }
        } else if !AUDIENCE_FIELDS.iter().any(|field| field.name == key) {
            let known = AUDIENCE_FIELDS.iter().map(|field| field.name);
            let hint = did_you_mean(key, known.chain(LATER.map(|(name, _)| name)));
            problems.add(
                &raw.place,
                format!("unknown key `{key}` in [[audience]]{hint}"),
            );
        }
    }
}

fn replace<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn format(raw: &str) -> Result<TokenFormat, String> {
    let known = [TokenFormat::Jwt, TokenFormat::Opaque];
    let found = known.into_iter().find(|format| format.as_str() == raw);
    found.ok_or_else(|| format!("{raw:?} is no format of an access token: jwt or opaque"))
}

fn typ(raw: &str) -> Result<String, String> {
    match raw {
        "at+jwt" | "JWT" => Ok(raw.to_owned()),
        _ => Err(format!(
            "{raw:?} is no `typ` of an access token: at+jwt or JWT"
        )),
    }
}

fn max_sessions(raw: &str) -> Result<u32, String> {
    let number = raw.parse::<u32>().ok();
    let number = number.filter(|number| *number <= MOST_SESSIONS);
    number.ok_or_else(|| {
        format!("{raw:?} is no number of sessions: 1 to {MOST_SESSIONS}, or 0 for no limit")
    })
}

fn outage(raw: &str) -> Result<Outage, String> {
    if raw == "closed" {
        return Ok(Outage::Closed);
    }
    let seconds = raw.strip_prefix("grace ").ok_or_else(|| {
        format!("{raw:?} is no mode for an outage: closed, or grace and how long, as in grace 30s")
    })?;
    let seconds = duration::seconds(seconds)?;
    if seconds > LONGEST_GRACE {
        return Err(format!(
            "{raw:?} is longer than 10m: so long might a token be taken that another instance has ended"
        ));
    }
    Ok(Outage::Grace(seconds))
}

fn access_ttl(raw: &str) -> Result<u64, String> {
    let seconds = duration::seconds(raw)?;
    if seconds > LONGEST_ACCESS_TTL {
        return Err(format!("{raw:?} is longer than 24h"));
    }
    Ok(seconds)
}
