//! The records that cross the line between the sessions and the store.

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::id::{Jti, Recorded, Sid, SlotTag, Subject, TokenDigest};

/// A token to be recorded: its key's name, value and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The token's id.
    pub jti: Jti,
    /// What a check reads: what the presented token is compared with, or what it says.
    pub recorded: Recorded,
    /// The token's `exp`, Unix seconds. The key's life comes from the same number.
    pub exp: u64,
}

/// The token that another one is exchanged for (RFC 8693).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its id.
    pub jti: Jti,
    /// What must be recorded for it.
    pub recorded: Recorded,
    /// Its session, with which the new token dies; without one it dies with this token.
    pub sid: Option<Sid>,
}

/// An access token to be given to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The token's id.
    pub jti: Jti,
    /// What a check reads.
    pub recorded: Recorded,
    /// `iat`, Unix seconds.
    pub iat: u64,
    /// `exp`, Unix seconds.
    pub exp: u64,
}

impl Access {
    /// What is recorded for the check.
    pub fn entry(&self) -> Entry {
        Entry {
            jti: self.jti,
            recorded: self.recorded.clone(),
            exp: self.exp,
        }
    }

    /// What its session remembers of it.
    pub fn given(&self) -> Given {
        Given {
            jti: self.jti,
            digest: self.recorded.digest(),
            iat: self.iat,
            exp: self.exp,
        }
    }
}

/// The access token last given to a session, as far as the session remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The token's id.
    pub jti: Jti,
    /// The digest of what was recorded for it.
    pub digest: TokenDigest,
    /// `iat`, Unix seconds.
    pub iat: u64,
    /// `exp`, Unix seconds.
    pub exp: u64,
}

/// What must still be true when a token is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// The user's version as it was read before anything was built; 0 for a subject without a
    /// user record.
    pub version: u64,
    /// Whether a client whose id is the subject must exist (a client's own token).
    pub client: bool,
}

/// A session to be opened. All times are Unix seconds.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id, in the subject's slot.
    pub sid: Sid,
    /// Whose it is.
    pub subject: Subject,
    /// The client that it was opened through.
    pub client_id: String,
    /// The audience of its access tokens.
    pub audience: String,
    /// Space-separated scopes, sorted; empty for none.
    pub scope: String,
    /// Roles given for this session; `None`: the user's, read again at each refresh.
    pub roles: Option<Vec<String>>,
    /// When it was opened: `auth_time`.
    pub created_at: u64,
    /// When it ends unless it is refreshed before.
    pub expires_at: u64,
    /// The address that it was opened from.
    pub ip: Option<String>,
    /// What the client called the device.
    pub device: Option<String>,
    /// The key of the refresh token's inner tag.
    pub secret: [u8; 32],
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("sid", &self.sid)
            .finish_non_exhaustive()
    }
}

/// How many sessions a subject may have in one audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxSessions {
    /// At most so many, the one that opens among them.
    pub most: NonZeroU32,
    /// Why the oldest end when it opens.
    pub cause: Cause,
}

/// A session as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// What it was opened with; `expires_at` and `ip` are those of the last advance.
    pub session: NewSession,
    /// The counter of the refresh token that is current. Starts at 0.
    pub counter: u64,
    /// When the counter was last advanced, by the store's clock, Unix milliseconds.
    pub advanced_at_millis: u64,
    /// When it was last refreshed, Unix seconds; the time of opening before that.
    pub last_seen_at: u64,
    /// The access token last given.
    pub access: Given,
    /// The counter for which a repeat was last noted.
    pub repeat_noted: Option<u64>,
}

impl fmt::Debug for SessionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRecord")
            .field("session", &self.session)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// A session with all that a decision about it needs.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// The session.
    pub record: SessionRecord,
    /// What stands about its subject.
    pub standing: Standing,
    /// Whether the access token last given is alive.
    pub access_live: bool,
    /// The store's clock when this was read, Unix milliseconds.
    pub now_millis: u64,
}

/// An advance of a session's refresh counter.
#[derive(Debug, Clone)]
pub struct Advance {
    /// Which session.
    pub sid: Sid,
    /// The counter as it was read; another one now is [`Refusal::Lost`].
    pub expected: u64,
    /// The counter to be written. Equal to `expected` for a repeat whose access token is gone:
    /// then a new access token is recorded and nothing else is extended (not `expires_at`, not
    /// the time of the advance, not `last_seen_at`, not `ip`).
    pub counter: u64,
    /// The access token to be recorded and remembered.
    pub access: Access,
    /// When the session now ends unless refreshed, Unix seconds.
    pub expires_at: u64,
    /// Now, Unix seconds: the new `last_seen_at`.
    pub now: u64,
    /// The address that refreshed it.
    pub ip: Option<String>,
}

/// Why something was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The subject is banned.
    Banned(Ban),
    /// The user is disabled.
    Disabled,
    /// The user's version is not the one that was read, or the client that must exist is gone.
    Stale,
    /// The refresh counter is not the one that was read.
    Lost,
    /// The session is not alive.
    Gone,
    /// The id is taken.
    Collision,
    /// A client has the subject's id.
    IsClient,
    /// The subject has 10,000 live tokens and sessions.
    Crowded,
}

/// What stands about a subject.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Its user record.
    pub user: Option<UserRecord>,
    /// Its ban, while it lasts.
    pub ban: Option<Ban>,
    /// Whether a client has this id.
    pub is_client: bool,
}

impl Standing {
    /// The version that a [`Guard`] carries: 0 without a user.
    pub fn version(&self) -> u64 {
        self.user.as_ref().map_or(0, |user| user.version)
    }
}

/// What to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One token; its session lives on. What was exchanged for one without a session dies with it.
    Token(Jti),
    /// One session with its access tokens.
    Session(Sid),
    /// Every session of the subject but this one, with their tokens. Tokens without a session
    /// live on.
    Others(Sid),
    /// All sessions and tokens of a subject.
    Subject(SlotTag),
}

impl Target {
    /// Where its subject's records live.
    pub const fn slot(&self) -> SlotTag {
        match self {
            Self::Token(jti) => jti.slot(),
            Self::Session(sid) | Self::Others(sid) => sid.slot(),
            Self::Subject(slot) => *slot,
        }
    }
}

/// Who ended something, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Unix seconds.
    pub at: u64,
    /// The subject who asked for it, or `system`.
    pub by: String,
    /// What happened, in a word: `logout`, `ban`, `refresh_reuse` …
    pub action: Action,
}

/// Something that is audited, and may be why a token died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A session was opened with a user name and a password.
    Login,
    /// A session was opened by a trusted back end.
    SessionCreate,
    /// A session ended because a newer one took its place (`max_sessions`).
    SessionLimit,
    /// The owner ended a session or token.
    Logout,
    /// A refresh token was presented again within the grace.
    RefreshRepeat,
    /// A refresh token was presented again outside it.
    RefreshReuse,
    /// An operator ended a token, a session, or all of a subject's.
    Revoke,
    /// A subject was banned.
    Ban,
    /// A ban was lifted.
    Unban,
    /// A user was created.
    UserCreate,
    /// A user's password changed.
    PasswordChange,
    /// A user's roles changed.
    RolesChange,
    /// A user was disabled.
    Disable,
    /// A user was enabled again.
    Enable,
    /// A user was deleted.
    UserDelete,
    /// A client was created.
    ClientCreate,
    /// A client was changed.
    ClientChange,
    /// A client's secret was replaced.
    ClientSecret,
    /// A client was deleted.
    ClientDelete,
    /// A key was published.
    KeyRotate,
    /// A key was taken out of use, and its tokens ended.
    KeyRetire,
}

/// How safe the end of something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// The process that took it has it; a crash of that process may lose it.
    Primary,
    /// It is on the disk.
    Fsynced,
}

/// What something ended, and how safely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Sessions that were alive.
    pub sessions: u64,
    /// Access tokens that were alive.
    pub tokens: u64,
    /// How safe it is.
    pub durability: Durability,
}

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Who is banned.
    pub subject: Subject,
    /// Until when, Unix seconds; `None`: until it is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Why, in the operator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was imposed, Unix seconds.
    pub created_at: u64,
}

/// A user.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The `sub` of its tokens.
    pub sub: Subject,
    /// The name it logs in with, normalised.
    pub username: String,
    /// A PHC string (argon2) or a bcrypt hash; `None`: no log-in with a password.
    pub password_hash: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Unix seconds.
    pub created_at: u64,
    /// Set anew by every change of password, roles or state; never 0, never the same twice.
    pub version: u64,
}

impl fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRecord")
            .field("sub", &self.sub)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A change to a user; `None` leaves as it is.
#[derive(Clone, Default)]
pub struct UserChange {
    /// New roles: ends the access tokens, sessions live on.
    pub roles: Option<Vec<String>>,
    /// A new password's hash: ends everything.
    pub password_hash: Option<String>,
    /// `true` ends everything.
    pub disabled: Option<bool>,
}

impl UserChange {
    /// Whether this ends the sessions too, and not only the access tokens.
    pub fn ends_sessions(&self) -> bool {
        self.password_hash.is_some() || self.disabled == Some(true)
    }

    /// Whether this ends the access tokens.
    pub fn ends_tokens(&self) -> bool {
        self.roles.is_some() || self.ends_sessions()
    }
}

impl fmt::Debug for UserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserChange")
            .field("roles", &self.roles)
            .field("password", &self.password_hash.is_some())
            .field("disabled", &self.disabled)
            .finish()
    }
}

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRecord {
    /// Its `client_id`; also the `sub` of its own tokens.
    pub id: Subject,
    /// SHA-256 of its secret, in hex; `None`: a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_sha256: Option<String>,
    /// The audiences that it may have tokens for.
    pub audiences: Vec<String>,
    /// The scopes that it may have.
    pub scopes: Vec<String>,
    /// The grants that it may use.
    pub grants: Vec<String>,
    /// The audiences whose tokens it may introspect.
    #[serde(default)]
    pub introspect: Vec<String>,
    /// The networks that it may come from (CIDR); empty: any.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Whether it may ask for `jotleash:admin`.
    #[serde(default)]
    pub admin: bool,
    /// Whether it comes from the configuration file, and cannot be changed through the API.
    #[serde(default)]
    pub managed: bool,
    /// Unix seconds.
    pub created_at: u64,
    /// Set anew by every change; the store's.
    #[serde(default)]
    pub version: u64,
}

/// The outcome of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// It was written, with this version.
    Done(u64),
    /// The id, the name or the version was not free.
    Conflict,
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most this many, 1 to 200.
    pub limit: usize,
    /// What comes after this.
    pub after: Option<Cursor>,
}

/// A place in a list: what comes after it is older, or as old with a smaller key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When it was created, Unix seconds.
    pub created_at: u64,
    /// What tells it from others of the same second: a `sid`, or a slot tag.
    pub key: String,
}

/// A part of a list, newest first.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next part starts, if there may be one.
    pub next: Option<Cursor>,
}

/// Which sessions.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Of this subject.
    pub slot: Option<SlotTag>,
    /// Opened or last refreshed from this address.
    pub ip: Option<String>,
}

/// What was done, by whom, to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Unix seconds.
    pub time: u64,
    /// The subject who did it, or `system`.
    pub actor: String,
    /// What.
    pub action: Action,
    /// To whom or what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// How it ended.
    pub result: Outcome,
    /// The request that did it.
    pub request_id: String,
    /// What else is worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How an audited action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused.
    Denied,
    /// It failed; the outcome may be unknown.
    Error,
}
