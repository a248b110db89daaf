//! The backend itself: each verb of the trait, and where it is done.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::config::RedisConfig;
use super::link::Link;
use super::start::RedisStartError;
use super::supervisor::{Supervisor, establish};
use super::{audit, bans, clients, cut_offs, ending, sessions, tokens, users};
use crate::clock::Clock;
use crate::id::{Jti, Recorded, Sid, SlotTag};
use crate::store::{
    Access, Advance, AuditEvent, Ban, Cause, ClientRecord, CutOff, CutOffs, Durability, Ended,
    Entry, Guard, Listed, MaxSessions, NewSession, Page, Parent, Refusal, SessionFilter,
    SessionRecord, SessionView, Standing, Store, StoreError, Target, UserChange, UserRecord, Write,
};

/// The backend for one Redis or Valkey server.
///
/// It has one connection, which all verbs share, and a task that keeps it; the task ends when
/// this is dropped.
pub struct RedisStore {
    pub(super) link: Arc<Link>,
    pub(super) clock: Arc<dyn Clock>,
    _supervisor: Supervisor,
}

impl RedisStore {
    /// Connects, and refuses a server on which a promise of the store could not be kept.
    ///
    /// Must be called in a Tokio runtime; that runtime keeps the connection.
    pub async fn connect(
        config: RedisConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RedisStartError> {
        let link = Arc::new(Link::new(config, Arc::clone(&clock)));
        establish(&link).await?;
        Ok(Self {
            link: Arc::clone(&link),
            clock,
            _supervisor: Supervisor::start(link),
        })
    }

    /// The service's clock, Unix seconds.
    pub(super) fn now(&self) -> u64 {
        self.clock.now()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("connected", &self.link.is_up())
            .finish_non_exhaustive()
    }
}

type Refused = Result<Result<(), Refusal>, StoreError>;

#[async_trait]
impl Store for RedisStore {
    async fn liveness(&self, jti: &Jti) -> Result<Option<Recorded>, StoreError> {
        tokens::liveness(self, jti).await
    }

    async fn open(
        &self,
        session: &NewSession,
        access: &Access,
        guard: &Guard,
        limit: Option<&MaxSessions>,
    ) -> Result<Result<Vec<Sid>, Refusal>, StoreError> {
        sessions::open(self, session, access, guard, limit).await
    }

    async fn record(&self, entry: &Entry, guard: &Guard) -> Refused {
        tokens::record(self, entry, guard).await
    }

    async fn exchange(&self, entry: &Entry, parent: &Parent, guard: &Guard) -> Refused {
        tokens::exchange(self, entry, parent, guard).await
    }

    async fn advance(&self, advance: &Advance, guard: &Guard) -> Refused {
        sessions::advance(self, advance, guard).await
    }

    async fn note_repeat(&self, sid: &Sid, counter: u64) -> Result<bool, StoreError> {
        sessions::note_repeat(self, sid, counter).await
    }

    async fn session(&self, sid: &Sid) -> Result<Option<SessionView>, StoreError> {
        sessions::view(self, sid).await
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &Page,
    ) -> Result<Listed<SessionRecord>, StoreError> {
        sessions::list(self, filter, page).await
    }

    async fn standing(&self, slot: &SlotTag) -> Result<Standing, StoreError> {
        users::standing(self, slot).await
    }

    async fn revoke(&self, target: &Target, cause: &Cause) -> Result<Ended, StoreError> {
        ending::revoke(self, target, cause).await
    }

    async fn count(&self, target: &Target) -> Result<Ended, StoreError> {
        ending::count(self, target).await
    }

    async fn cause(
        &self,
        slot: &SlotTag,
        jti: Option<&Jti>,
        sid: Option<&Sid>,
    ) -> Result<Option<Cause>, StoreError> {
        ending::cause(self, slot, jti, sid).await
    }

    async fn cause_of(&self, jti: &Jti) -> Result<Option<Cause>, StoreError> {
        ending::cause_of(self, jti).await
    }

    async fn cut_off(&self, cut_off: &CutOff) -> Result<Durability, StoreError> {
        cut_offs::cut_off(self, cut_off).await
    }

    fn cut_offs(&self) -> Result<Arc<CutOffs>, StoreError> {
        cut_offs::known(self)
    }

    fn last_cut_offs(&self) -> Option<Arc<CutOffs>> {
        cut_offs::last(self)
    }

    async fn ban(&self, ban: &Ban, cause: &Cause) -> Result<Ended, StoreError> {
        bans::ban(self, ban, cause).await
    }

    async fn unban(&self, slot: &SlotTag) -> Result<Durability, StoreError> {
        bans::unban(self, slot).await
    }

    async fn bans(&self, page: &Page) -> Result<Listed<Ban>, StoreError> {
        bans::list(self, page).await
    }

    async fn create_user(&self, user: &UserRecord) -> Result<Write, StoreError> {
        users::create(self, user).await
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<UserRecord>, StoreError> {
        users::by_name(self, name).await
    }

    async fn update_user(
        &self,
        slot: &SlotTag,
        change: &UserChange,
        cause: &Cause,
    ) -> Result<Option<(UserRecord, Ended)>, StoreError> {
        users::update(self, slot, change, cause).await
    }

    async fn rehash(&self, slot: &SlotTag, version: u64, hash: &str) -> Result<(), StoreError> {
        users::rehash(self, slot, version, hash).await
    }

    async fn delete_user(
        &self,
        slot: &SlotTag,
        cause: &Cause,
    ) -> Result<Option<Ended>, StoreError> {
        users::delete(self, slot, cause).await
    }

    async fn users(&self, page: &Page) -> Result<Listed<UserRecord>, StoreError> {
        users::list(self, page).await
    }

    async fn create_client(&self, client: &ClientRecord) -> Result<Write, StoreError> {
        clients::create(self, client).await
    }

    async fn replace_client(&self, client: &ClientRecord) -> Result<Write, StoreError> {
        clients::replace(self, client).await
    }

    async fn client(&self, id: &str) -> Result<Option<ClientRecord>, StoreError> {
        clients::by_id(self, id).await
    }

    async fn delete_client(&self, id: &str) -> Result<Option<Durability>, StoreError> {
        clients::delete(self, id).await
    }

    async fn clients(&self, page: &Page) -> Result<Listed<ClientRecord>, StoreError> {
        clients::list(self, page).await
    }

    async fn audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        audit::append(self, event).await
    }

    async fn audit_events(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<(String, AuditEvent)>, Option<String>), StoreError> {
        audit::page(self, cursor, limit).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        tokens::ready(self).await
    }
}
