//! The records as Redis keeps them: hashes of text, described in `docs/redis-schema.md`.

use std::collections::HashMap;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::Value;
use serde::de::DeserializeOwned;

use super::reply::{corrupt, read};
use crate::id::{Jti, Sid, SlotTag, Tail};
use crate::store::{
    Access, Ban, ClientRecord, Given, NewSession, SessionRecord, StoreError, UserRecord,
};

/// The fields of a hash, in order, as they are written.
pub(super) type Fields = Vec<(&'static str, String)>;

/// A user's fields, but for the version, which the script sets.
pub(super) fn user_fields(user: &UserRecord) -> Fields {
    let mut fields = vec![
        ("sub", user.sub.to_string()),
        ("username", user.username.clone()),
        ("roles", json(&user.roles)),
        ("disabled", flag(user.disabled).to_owned()),
        ("created_at", user.created_at.to_string()),
    ];
    fields.extend(
        user.password_hash
            .clone()
            .map(|hash| ("password_hash", hash)),
    );
    fields
}

/// Reads a user, `None` from an empty hash.
pub(super) fn user(reply: Value) -> Result<Option<UserRecord>, StoreError> {
    let Some(mut stored) = Stored::read(reply)? else {
        return Ok(None);
    };
    Ok(Some(UserRecord {
        sub: stored.parse("sub")?,
        username: stored.take("username")?,
        password_hash: stored.optional("password_hash"),
        roles: from_json(&stored.take("roles")?)?,
        disabled: stored.take("disabled")? == flag(true),
        created_at: stored.parse("created_at")?,
        version: stored.parse("version")?,
    }))
}

/// A session's fields when it is opened with its first access token; the script sets when.
pub(super) fn session_fields(session: &NewSession, access: &Access) -> Fields {
    let mut fields = vec![
        ("sub", session.subject.to_string()),
        ("client_id", session.client_id.clone()),
        ("audience", session.audience.clone()),
        ("scope", session.scope.clone()),
        ("created_at", session.created_at.to_string()),
        ("expires_at", session.expires_at.to_string()),
        ("last_seen_at", session.created_at.to_string()),
        ("counter", "0".to_owned()),
        ("secret", URL_SAFE_NO_PAD.encode(session.secret)),
        ("access_jti", access.jti.tail().to_string()),
        ("access_digest", access.recorded.digest().to_string()),
        ("access_iat", access.iat.to_string()),
        ("access_exp", access.exp.to_string()),
    ];
    fields.extend(session.roles.as_ref().map(|roles| ("roles", json(roles))));
    fields.extend(session.device.clone().map(|device| ("device", device)));
    for name in ["ip", "opened_ip"] {
        fields.extend(session.ip.clone().map(|ip| (name, ip)));
    }
    fields
}

/// A session and the address that it was opened from.
#[derive(Debug)]
pub(super) struct StoredSession {
    pub(super) record: SessionRecord,
    pub(super) opened_ip: Option<String>,
}

/// Reads a session, `None` from an empty hash.
pub(super) fn session(sid: &Sid, reply: Value) -> Result<Option<StoredSession>, StoreError> {
    let Some(mut stored) = Stored::read(reply)? else {
        return Ok(None);
    };
    let roles = stored.optional("roles");
    let secret = URL_SAFE_NO_PAD.decode(stored.take("secret")?);
    let secret = secret.ok().and_then(|bytes| bytes.try_into().ok());
    let session = NewSession {
        sid: *sid,
        subject: stored.parse("sub")?,
        client_id: stored.take("client_id")?,
        audience: stored.take("audience")?,
        scope: stored.take("scope")?,
        roles: roles.map(|roles| from_json(&roles)).transpose()?,
        created_at: stored.parse("created_at")?,
        expires_at: stored.parse("expires_at")?,
        ip: stored.optional("ip"),
        device: stored.optional("device"),
        secret: secret.ok_or_else(|| corrupt("a session's secret"))?,
    };
    let access = Given {
        jti: Jti::new(sid.slot(), stored.parse::<Tail>("access_jti")?),
        digest: stored.parse("access_digest")?,
        iat: stored.parse("access_iat")?,
        exp: stored.parse("access_exp")?,
    };
    let repeat_noted = stored
        .optional("repeat_noted")
        .map(|counter| parse(&counter));
    let record = SessionRecord {
        session,
        counter: stored.parse("counter")?,
        advanced_at_millis: stored.parse("advanced_at")?,
        last_seen_at: stored.parse("last_seen_at")?,
        access,
        repeat_noted: repeat_noted.transpose()?,
    };
    let opened_ip = stored.optional("opened_ip");
    Ok(Some(StoredSession { record, opened_ip }))
}

/// Reads a client, `None` from an empty hash.
pub(super) fn client(reply: Value) -> Result<Option<ClientRecord>, StoreError> {
    let Some(mut stored) = Stored::read(reply)? else {
        return Ok(None);
    };
    let mut client: ClientRecord = from_json(&stored.take("record")?)?;
    client.version = stored.parse("version")?;
    Ok(Some(client))
}

/// Reads a ban, `None` from no value, and from one that has ended.
pub(super) fn ban(reply: Value, now: u64) -> Result<Option<Ban>, StoreError> {
    let text: Option<String> = read(reply)?;
    let ban = text.map(|text| from_json::<Ban>(&text)).transpose()?;
    Ok(ban.filter(|ban| ban.until.is_none_or(|until| until > now)))
}

/// JSON text of a record of ours, which always has one.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads JSON text that we wrote.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| corrupt("a record that is not its JSON"))
}

/// How a script sees a condition.
pub(super) const fn flag(set: bool) -> &'static str {
    if set { "1" } else { "0" }
}

/// Reads text that we wrote.
pub(super) fn parse<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| corrupt("a field of another form"))
}

/// A list's key that is a slot tag.
pub(super) fn slot(key: &str) -> Option<SlotTag> {
    key.parse().ok()
}

/// A hash as it is read.
struct Stored(HashMap<String, String>);

impl Stored {
    fn read(reply: Value) -> Result<Option<Self>, StoreError> {
        let fields: HashMap<String, String> = read(reply)?;
        Ok((!fields.is_empty()).then_some(Self(fields)))
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn take(&mut self, name: &'static str) -> Result<String, StoreError> {
        let missing = || StoreError::Corrupt(format!("a record without {name}"));
        self.optional(name).ok_or_else(missing)
    }

    fn parse<T: FromStr>(&mut self, name: &'static str) -> Result<T, StoreError> {
        parse(&self.take(name)?)
    }
}
