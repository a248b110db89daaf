//! The store as the session layer asks it: every verb timed, every failure and every revocation
//! counted.
//!
//! No backend of its own: a [`Store`] around a [`Store`] would box each future twice, that of the
//! check too.

use std::future::Future;
use std::sync::Arc;

use super::grace::{Ending, Grace};
use crate::id::{Jti, Recorded, Sid, SlotTag};
use crate::metrics::{Histogram, Metrics, Revoked};
use crate::store::{
    Access, Advance, AuditEvent, Ban, Cause, ClientRecord, CutOff, CutOffs, Durability, Ended,
    Entry, Guard, Listed, MaxSessions, NewSession, Page, Parent, Refusal, SessionFilter,
    SessionRecord, SessionView, Standing, Store, StoreError, Target, UserChange, UserRecord, Write,
};

type Reply<T> = Result<T, StoreError>;

/// A store whose every verb is measured. What a verb does, [`Store`] says.
#[derive(Debug)]
pub(super) struct Measured {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    /// Known from the start: it is asked at every check.
    liveness: Histogram,
    /// Told of what ends.
    grace: Option<Arc<Grace>>,
}

impl Measured {
    pub(super) fn new(
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        grace: Option<Arc<Grace>>,
    ) -> Self {
        let liveness = metrics.store_op("liveness");
        Self {
            store,
            metrics,
            liveness,
            grace,
        }
    }

    async fn timed<T>(&self, op: &'static str, verb: impl Future<Output = Reply<T>>) -> Reply<T> {
        self.observed(&self.metrics.store_op(op), verb).await
    }

    async fn observed<T>(
        &self,
        durations: &Histogram,
        verb: impl Future<Output = Reply<T>>,
    ) -> Reply<T> {
        let start = self.metrics.start();
        let reply = verb.await;
        durations.observe(self.metrics.since(start));
        if reply.is_err() {
            self.metrics.store_failed();
        }
        reply
    }

    /// To be held while something of a subject ends.
    fn ending(&self, slot: SlotTag) -> Ending<'_> {
        Ending::of(self.grace.as_deref(), Some(slot))
    }

    /// Counts a revocation that the store acknowledged.
    fn revoked<T>(&self, what: Revoked, reply: Reply<T>) -> Reply<T> {
        if reply.is_ok() {
            self.metrics.revoked(what);
        }
        reply
    }
}

/// What ends something.
impl Measured {
    pub(super) async fn revoke(&self, target: &Target, cause: &Cause) -> Reply<Ended> {
        let _ending = self.ending(target.slot());
        let reply = self.timed("revoke", self.store.revoke(target, cause)).await;
        let what = match target {
            Target::Token(_) => Revoked::Token,
            Target::Session(_) => Revoked::Session,
            Target::Others(_) | Target::Subject(_) => Revoked::Subject,
        };
        self.revoked(what, reply)
    }

    /// Opens a session, which may end older ones.
    pub(super) async fn open(
        &self,
        session: &NewSession,
        access: &Access,
        guard: &Guard,
        limit: Option<&MaxSessions>,
    ) -> Reply<Result<Vec<Sid>, Refusal>> {
        let _ending = limit.map(|_| self.ending(session.sid.slot()));
        let opened = self.store.open(session, access, guard, limit);
        let reply = self.timed("open", opened).await;
        if let Ok(Ok(ended)) = &reply {
            for _ in ended {
                self.metrics.revoked(Revoked::Session);
            }
        }
        reply
    }

    pub(super) async fn ban(&self, ban: &Ban, cause: &Cause) -> Reply<Ended> {
        let _ending = self.ending(ban.subject.slot());
        let reply = self.timed("ban", self.store.ban(ban, cause)).await;
        self.revoked(Revoked::Subject, reply)
    }

    pub(super) async fn cut_off(&self, cut_off: &CutOff) -> Reply<Durability> {
        let _ending = Ending::of(self.grace.as_deref(), None);
        let reply = self.timed("cut_off", self.store.cut_off(cut_off)).await;
        self.revoked(Revoked::All, reply)
    }

    pub(super) async fn update_user(
        &self,
        slot: &SlotTag,
        change: &UserChange,
        cause: &Cause,
    ) -> Reply<Option<(UserRecord, Ended)>> {
        let _ending = self.ending(*slot);
        let updated = self.store.update_user(slot, change, cause);
        let reply = self.timed("update_user", updated).await;
        let takes_away = change.roles.is_some()
            || change.password_hash.is_some()
            || change.disabled == Some(true);
        match &reply {
            Ok(Some(_)) if takes_away => self.revoked(Revoked::Subject, reply),
            _ => reply,
        }
    }

    pub(super) async fn delete_user(&self, slot: &SlotTag, cause: &Cause) -> Reply<Option<Ended>> {
        let _ending = self.ending(*slot);
        let deleted = self.store.delete_user(slot, cause);
        match self.timed("delete_user", deleted).await {
            reply @ Ok(Some(_)) => self.revoked(Revoked::Subject, reply),
            reply => reply,
        }
    }
}

/// The rest.
impl Measured {
    /// Asks nobody, so there is nothing to time.
    pub(super) fn cut_offs(&self) -> Reply<Arc<CutOffs>> {
        self.store.cut_offs()
    }

    /// Asks nobody either.
    pub(super) fn last_cut_offs(&self) -> Option<Arc<CutOffs>> {
        self.store.last_cut_offs()
    }

    pub(super) async fn liveness(&self, jti: &Jti) -> Reply<Option<Recorded>> {
        let reply = self
            .observed(&self.liveness, self.store.liveness(jti))
            .await;
        if let (Some(grace), Ok(None)) = (&self.grace, &reply) {
            grace.dead(*jti);
        }
        reply
    }

    pub(super) async fn record(&self, entry: &Entry, guard: &Guard) -> Reply<Result<(), Refusal>> {
        self.timed("record", self.store.record(entry, guard)).await
    }

    pub(super) async fn exchange(
        &self,
        entry: &Entry,
        parent: &Parent,
        guard: &Guard,
    ) -> Reply<Result<(), Refusal>> {
        self.timed("exchange", self.store.exchange(entry, parent, guard))
            .await
    }

    pub(super) async fn advance(
        &self,
        advance: &Advance,
        guard: &Guard,
    ) -> Reply<Result<(), Refusal>> {
        self.timed("advance", self.store.advance(advance, guard))
            .await
    }

    pub(super) async fn note_repeat(&self, sid: &Sid, counter: u64) -> Reply<bool> {
        self.timed("note_repeat", self.store.note_repeat(sid, counter))
            .await
    }

    pub(super) async fn session(&self, sid: &Sid) -> Reply<Option<SessionView>> {
        self.timed("session", self.store.session(sid)).await
    }

    pub(super) async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &Page,
    ) -> Reply<Listed<SessionRecord>> {
        self.timed("sessions", self.store.sessions(filter, page))
            .await
    }

    pub(super) async fn standing(&self, slot: &SlotTag) -> Reply<Standing> {
        self.timed("standing", self.store.standing(slot)).await
    }

    pub(super) async fn count(&self, target: &Target) -> Reply<Ended> {
        self.timed("count", self.store.count(target)).await
    }

    pub(super) async fn cause(
        &self,
        slot: &SlotTag,
        jti: Option<&Jti>,
        sid: Option<&Sid>,
    ) -> Reply<Option<Cause>> {
        self.timed("cause", self.store.cause(slot, jti, sid)).await
    }

    pub(super) async fn cause_of(&self, jti: &Jti) -> Reply<Option<Cause>> {
        self.timed("cause_of", self.store.cause_of(jti)).await
    }

    pub(super) async fn unban(&self, slot: &SlotTag) -> Reply<Durability> {
        self.timed("unban", self.store.unban(slot)).await
    }

    pub(super) async fn bans(&self, page: &Page) -> Reply<Listed<Ban>> {
        self.timed("bans", self.store.bans(page)).await
    }

    pub(super) async fn create_user(&self, user: &UserRecord) -> Reply<Write> {
        self.timed("create_user", self.store.create_user(user))
            .await
    }

    pub(super) async fn user_by_name(&self, name: &str) -> Reply<Option<UserRecord>> {
        self.timed("user_by_name", self.store.user_by_name(name))
            .await
    }

    pub(super) async fn rehash(&self, slot: &SlotTag, version: u64, hash: &str) -> Reply<()> {
        self.timed("rehash", self.store.rehash(slot, version, hash))
            .await
    }

    pub(super) async fn users(&self, page: &Page) -> Reply<Listed<UserRecord>> {
        self.timed("users", self.store.users(page)).await
    }

    pub(super) async fn create_client(&self, client: &ClientRecord) -> Reply<Write> {
        self.timed("create_client", self.store.create_client(client))
            .await
    }

    pub(super) async fn replace_client(&self, client: &ClientRecord) -> Reply<Write> {
        self.timed("replace_client", self.store.replace_client(client))
            .await
    }

    pub(super) async fn client(&self, id: &str) -> Reply<Option<ClientRecord>> {
        self.timed("client", self.store.client(id)).await
    }

    pub(super) async fn delete_client(&self, id: &str) -> Reply<Option<Durability>> {
        self.timed("delete_client", self.store.delete_client(id))
            .await
    }

    pub(super) async fn clients(&self, page: &Page) -> Reply<Listed<ClientRecord>> {
        self.timed("clients", self.store.clients(page)).await
    }

    pub(super) async fn audit(&self, event: &AuditEvent) -> Reply<()> {
        self.timed("audit", self.store.audit(event)).await
    }

    pub(super) async fn audit_events(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Reply<(Vec<(String, AuditEvent)>, Option<String>)> {
        self.timed("audit_events", self.store.audit_events(cursor, limit))
            .await
    }

    pub(super) async fn ready(&self) -> Reply<()> {
        self.timed("ready", self.store.ready()).await
    }

    pub(super) async fn settle(&self) -> Reply<()> {
        self.timed("settle", self.store.settle()).await
    }
}
