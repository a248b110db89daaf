//! Sessions and users as they are written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::id::{Sid, Subject};
use crate::store::{Access, Cause, Given, NewSession, SessionRecord, UserRecord};

/// A session's value in the table.
#[derive(Serialize, Deserialize)]
pub(super) struct SessionRow {
    subject: Subject,
    client_id: String,
    pub(super) audience: String,
    scope: String,
    roles: Option<Vec<String>>,
    pub(super) created_at: u64,
    pub(super) expires_at: u64,
    pub(super) ip: Option<String>,
    device: Option<String>,
    secret: String,
    pub(super) counter: u64,
    pub(super) advanced_at_millis: u64,
    pub(super) last_seen_at: u64,
    pub(super) access: Given,
    pub(super) repeat_noted: Option<u64>,
}

impl SessionRow {
    /// A session that was just opened.
    pub(super) fn opened(session: &NewSession, access: &Access, now_millis: u64) -> Self {
        Self {
            subject: session.subject.clone(),
            client_id: session.client_id.clone(),
            audience: session.audience.clone(),
            scope: session.scope.clone(),
            roles: session.roles.clone(),
            created_at: session.created_at,
            expires_at: session.expires_at,
            ip: session.ip.clone(),
            device: session.device.clone(),
            secret: URL_SAFE_NO_PAD.encode(session.secret),
            counter: 0,
            advanced_at_millis: now_millis,
            last_seen_at: session.created_at,
            access: access.given(),
            repeat_noted: None,
        }
    }

    /// The record that the row stands for.
    pub(super) fn record(self, sid: Sid) -> Result<SessionRecord, Fault> {
        let secret = URL_SAFE_NO_PAD.decode(&self.secret);
        let secret = secret.ok().and_then(|bytes| bytes.try_into().ok());
        Ok(SessionRecord {
            session: NewSession {
                sid,
                subject: self.subject,
                client_id: self.client_id,
                audience: self.audience,
                scope: self.scope,
                roles: self.roles,
                created_at: self.created_at,
                expires_at: self.expires_at,
                ip: self.ip,
                device: self.device,
                secret: secret.ok_or_else(|| Fault::corrupt("a session's secret"))?,
            },
            counter: self.counter,
            advanced_at_millis: self.advanced_at_millis,
            last_seen_at: self.last_seen_at,
            access: self.access,
            repeat_noted: self.repeat_noted,
        })
    }
}

/// A user's value in the table.
#[derive(Serialize, Deserialize)]
pub(super) struct UserRow {
    sub: Subject,
    username: String,
    password_hash: Option<String>,
    roles: Vec<String>,
    disabled: bool,
    created_at: u64,
    version: u64,
}

impl From<&UserRecord> for UserRow {
    fn from(user: &UserRecord) -> Self {
        Self {
            sub: user.sub.clone(),
            username: user.username.clone(),
            password_hash: user.password_hash.clone(),
            roles: user.roles.clone(),
            disabled: user.disabled,
            created_at: user.created_at,
            version: user.version,
        }
    }
}

impl From<UserRow> for UserRecord {
    fn from(row: UserRow) -> Self {
        Self {
            sub: row.sub,
            username: row.username,
            password_hash: row.password_hash,
            roles: row.roles,
            disabled: row.disabled,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// Why something was ended, and until when somebody may ask.
#[derive(Serialize, Deserialize)]
pub(super) struct CauseRow {
    pub(super) until: u64,
    pub(super) cause: Cause,
}
