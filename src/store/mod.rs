//! The store: which tokens and sessions are alive, and the few lasting records.
//!
//! It sees ids and records, never a JWT. The trait is written in the domain's words, and
//! `tests/store` runs one conformance suite on every backend: a backend is supported when its
//! test file is a factory and the whole suite passes.
//!
//! # The contract
//!
//! 1. **Every verb is atomic.** What it checks still holds when it writes. Two verbs on one
//!    subject happen one after the other.
//! 2. **What records checks first.** [`Store::open`], [`Store::record`], [`Store::exchange`] and
//!    [`Store::advance`] refuse when a ban stands, the user is disabled, or the user's version is not the one that
//!    the caller read before it hashed a password or built claims. So a ban, a new password, a
//!    disabled or deleted user wins against everything that races with it.
//! 3. **Dead stays dead.** A `jti` or `sid` is recorded once; recording it again is
//!    [`Refusal::Collision`], also after it was revoked and until it would have expired only if
//!    it is still there. No verb brings a revoked session back.
//! 4. **Expiry is judged when reading**: at `exp` the entry is gone, swept or not.
//! 5. **What ends is idempotent**, and works when the store is full. A repeat after an unknown
//!    outcome is right.
//! 6. **Absence is `Option`, a refusal is a value, and only trouble with the store is an `Err`.**
//!    An `Err` from something that ends means: unknown, repeat it.
//! 7. **Everything but users, clients, bans without an end and the audit has an end in time.**

mod cutoff;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod record;
#[cfg(feature = "redis")]
pub mod redis;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::cutoff::{CUT_OFF_SLACK, CUT_OFFS_MAX_AGE_MILLIS, CutOff, CutOffOf, CutOffs};
pub use self::error::StoreError;
pub use self::record::{
    Access, Action, Advance, AuditEvent, Ban, Cause, ClientRecord, Cursor, Durability, Ended,
    Entry, Given, Guard, Listed, MaxSessions, NewSession, Outcome, Page, Parent, Refusal,
    SessionFilter, SessionRecord, SessionView, Standing, Target, UserChange, UserRecord, Write,
};
use crate::id::{Jti, Recorded, Sid, SlotTag};

/// A backend. See the [module's contract](self).
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// The check: what is recorded for a live token, `None` when it is not live.
    ///
    /// One command, no write.
    async fn liveness(&self, jti: &Jti) -> Result<Option<Recorded>, StoreError>;

    /// Opens a session with its first access token. Where its subject may not have so many in its
    /// audience, the oldest of them end in the same step, and only then; gives which.
    async fn open(
        &self,
        session: &NewSession,
        access: &Access,
        guard: &Guard,
        limit: Option<&MaxSessions>,
    ) -> Result<Result<Vec<Sid>, Refusal>, StoreError>;

    /// Records a token that has no session (a client's own).
    ///
    /// With [`Guard::client`] the client of that id, who shares its subject's slot, must exist.
    async fn record(&self, entry: &Entry, guard: &Guard)
    -> Result<Result<(), Refusal>, StoreError>;

    /// Records a token that was exchanged for another one of its subject (RFC 8693), if that one
    /// is alive with just this recorded for it, and so is its session if it has one ([`Refusal::Gone`]
    /// otherwise). It dies with that session; without one, with that token.
    async fn exchange(
        &self,
        entry: &Entry,
        parent: &Parent,
        guard: &Guard,
    ) -> Result<Result<(), Refusal>, StoreError>;

    /// Advances a session's refresh counter and records the new access token, if the counter is
    /// still the expected one ([`Refusal::Lost`] otherwise, [`Refusal::Gone`] without a session).
    async fn advance(
        &self,
        advance: &Advance,
        guard: &Guard,
    ) -> Result<Result<(), Refusal>, StoreError>;

    /// Notes that the counter before the present one was presented again: `true` for the first
    /// time since the last advance.
    async fn note_repeat(&self, sid: &Sid, counter: u64) -> Result<bool, StoreError>;

    /// A live session and all that a decision about it needs, read in one step.
    async fn session(&self, sid: &Sid) -> Result<Option<SessionView>, StoreError>;

    /// Live sessions, newest first, of a subject, from an address, or all.
    async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &Page,
    ) -> Result<Listed<SessionRecord>, StoreError>;

    /// What stands about a subject: its user, its ban, whether a client has that id.
    async fn standing(&self, slot: &SlotTag) -> Result<Standing, StoreError>;

    /// Ends what the target names. What is unknown or dead counts as zero.
    ///
    /// Why is kept until the last thing it ended would have expired, for [`Store::cause`].
    async fn revoke(&self, target: &Target, cause: &Cause) -> Result<Ended, StoreError>;

    /// What [`Store::revoke`] would end now; its `durability` is what an end would have.
    async fn count(&self, target: &Target) -> Result<Ended, StoreError>;

    /// Why something is not alive any more, if it was ended before its time: what is kept about
    /// the token, else about the session, else about all of the subject.
    async fn cause(
        &self,
        slot: &SlotTag,
        jti: Option<&Jti>,
        sid: Option<&Sid>,
    ) -> Result<Option<Cause>, StoreError>;

    /// Why a token was ended before its time, if that is kept for it alone: always for an opaque one,
    /// of which nothing else is known any more.
    async fn cause_of(&self, jti: &Jti) -> Result<Option<Cause>, StoreError>;

    /// Imposes a cut-off. When this returns without an error, every instance goes by it: it takes
    /// about as long as [`CUT_OFFS_MAX_AGE_MILLIS`] where there may be several.
    async fn cut_off(&self, cut_off: &CutOff) -> Result<Durability, StoreError>;

    /// The cut-offs that stand, without asking anybody: a copy not older than
    /// [`CUT_OFFS_MAX_AGE_MILLIS`], or an error.
    fn cut_offs(&self) -> Result<Arc<CutOffs>, StoreError>;

    /// The cut-offs as they were last read, however long ago: others may stand by now. `None`: none
    /// were read yet.
    fn last_cut_offs(&self) -> Option<Arc<CutOffs>>;

    /// Bans a subject, replacing an earlier ban, and ends all that it has.
    ///
    /// While it lasts, nothing is recorded for the subject.
    async fn ban(&self, ban: &Ban, cause: &Cause) -> Result<Ended, StoreError>;

    /// Lifts a ban. What it ended stays dead.
    async fn unban(&self, slot: &SlotTag) -> Result<Durability, StoreError>;

    /// Standing bans, newest first.
    async fn bans(&self, page: &Page) -> Result<Listed<Ban>, StoreError>;

    /// Creates a user. The version in the record is ignored; the store sets one.
    ///
    /// [`Write::Conflict`] when the `sub`, the user name or a client has the id already.
    async fn create_user(&self, user: &UserRecord) -> Result<Write, StoreError>;

    /// The user with this normalised name.
    async fn user_by_name(&self, name: &str) -> Result<Option<UserRecord>, StoreError>;

    /// Changes a user and sets a new version, in one step with what the change ends: a new
    /// password or a disabling all sessions and tokens, new roles the access tokens only.
    /// `None` when there is no such user.
    async fn update_user(
        &self,
        slot: &SlotTag,
        change: &UserChange,
        cause: &Cause,
    ) -> Result<Option<(UserRecord, Ended)>, StoreError>;

    /// Replaces a password's hash by another of the same password, ends nothing and keeps the
    /// version. Does nothing when the version has changed.
    async fn rehash(&self, slot: &SlotTag, version: u64, hash: &str) -> Result<(), StoreError>;

    /// Deletes a user and ends all that it has. `None` when there is no such user.
    async fn delete_user(&self, slot: &SlotTag, cause: &Cause)
    -> Result<Option<Ended>, StoreError>;

    /// Users, newest first.
    async fn users(&self, page: &Page) -> Result<Listed<UserRecord>, StoreError>;

    /// Creates a client. [`Write::Conflict`] when a client or user has the id, or a subject of
    /// that id has a live session.
    async fn create_client(&self, client: &ClientRecord) -> Result<Write, StoreError>;

    /// Replaces a client if its version is still the one in the record, and sets a new version.
    /// [`Write::Conflict`] when it has changed meanwhile, or is gone.
    async fn replace_client(&self, client: &ClientRecord) -> Result<Write, StoreError>;

    /// The client with this id.
    async fn client(&self, id: &str) -> Result<Option<ClientRecord>, StoreError>;

    /// Deletes a client: nothing is recorded for it any more. `None` when there is none.
    async fn delete_client(&self, id: &str) -> Result<Option<Durability>, StoreError>;

    /// Clients, newest first.
    async fn clients(&self, page: &Page) -> Result<Listed<ClientRecord>, StoreError>;

    /// Appends to the audit, which keeps the last 100,000 events.
    async fn audit(&self, event: &AuditEvent) -> Result<(), StoreError>;

    /// Audit events with their ids, newest first.
    async fn audit_events(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<(String, AuditEvent)>, Option<String>), StoreError>;

    /// Whether the store can do its work now: it answers, and takes writes.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Puts on the disk what was recorded without waiting for it. For the end of the process.
    async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
