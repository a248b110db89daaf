//! The verbs: each one transaction.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::engine::{Commit, Engine};
use super::fault::{Fault, Stop};
use super::open::{self, Place};
use super::start_error::EmbeddedStartError;
use super::sweep::Sweeper;
use super::tables::{Reader, Writer};
use super::{audit, bans, clients, cut_offs, end, exchange, guard, lists, sessions, tokens, users};
use crate::clock::Clock;
use crate::id::{Jti, Recorded, Sid, SlotTag};
use crate::store::{
    Access, Advance, AuditEvent, Ban, Cause, ClientRecord, CutOff, CutOffs, Durability, Ended,
    Entry, Guard, Listed, MaxSessions, NewSession, Page, Parent, Refusal, SessionFilter,
    SessionRecord, SessionView, Standing, Store, StoreError, Target, UserChange, UserRecord, Write,
};

/// The embedded store. See the [module](super).
#[derive(Debug)]
pub struct EmbeddedStore {
    /// Before the engine: it saves once more when it is dropped.
    _sweeper: Sweeper,
    engine: Arc<Engine>,
    cut_offs: cut_offs::Copy,
}

impl EmbeddedStore {
    /// Opens the store in a file, which is created with its folders when it is missing.
    ///
    /// The whole file is read once and its checksums are compared.
    ///
    /// # Errors
    /// [`EmbeddedStartError`] says what to do.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, EmbeddedStartError> {
        let database = open::file(path)?;
        Self::start(Engine::new(database, Place::File(path.to_owned()), clock))
    }

    /// Makes a store in memory, which ends with the process.
    ///
    /// # Errors
    /// When there is no memory or no thread for it.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, EmbeddedStartError> {
        Self::start(Engine::new(open::memory()?, Place::Memory, clock))
    }

    pub(super) fn start(engine: Engine) -> Result<Self, EmbeddedStartError> {
        let engine = Arc::new(engine);
        let cut_offs = engine.read(cut_offs::Copy::read);
        let sweeper = Sweeper::start(Arc::clone(&engine));
        Ok(Self {
            _sweeper: sweeper.map_err(EmbeddedStartError::Thread)?,
            engine,
            cut_offs: cut_offs.map_err(EmbeddedStartError::CutOffs)?,
        })
    }

    /// Reads where the caller stands: a read waits for nobody.
    fn read<T>(&self, work: impl FnOnce(&Reader) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.engine.read(work)
    }

    /// Writes on a thread that may block, and goes on to the end when the caller does not wait.
    async fn write<T: Send + 'static>(
        &self,
        commit: Commit,
        work: impl Fn(&Writer, Durability) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, Stop> {
        let engine = Arc::clone(&self.engine);
        let written = tokio::task::spawn_blocking(move || {
            let durability = engine.durability();
            engine.write(commit, |writer| work(writer, durability))
        });
        match written.await {
            Ok(answer) => answer,
            Err(failed) => Err(Stop::Fault(Fault::unavailable(&failed))),
        }
    }
}

/// Takes the refusals of a recording out of what stopped it.
fn recorded<T>(answer: Result<T, Stop>) -> Result<Result<T, Refusal>, StoreError> {
    match answer {
        Ok(told) => Ok(Ok(told)),
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(stop) => Err(trouble(stop)),
    }
}

/// Takes the conflict out of what stopped a conditional write.
fn written(answer: Result<u64, Stop>) -> Result<Write, StoreError> {
    match answer {
        Ok(version) => Ok(Write::Done(version)),
        Err(Stop::Conflict) => Ok(Write::Conflict),
        Err(stop) => Err(trouble(stop)),
    }
}

/// What is left where nothing is refused.
fn trouble(stop: Stop) -> StoreError {
    match stop {
        Stop::Fault(fault) => fault.error,
        refused => StoreError::Corrupt(format!("an answer that this verb has not: {refused:?}")),
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn liveness(&self, jti: &Jti) -> Result<Option<Recorded>, StoreError> {
        self.read(|reader| tokens::liveness(reader, jti))
    }

    async fn open(
        &self,
        session: &NewSession,
        access: &Access,
        guard: &Guard,
        limit: Option<&MaxSessions>,
    ) -> Result<Result<Vec<Sid>, Refusal>, StoreError> {
        let (session, access, guard) = (session.clone(), access.clone(), *guard);
        let limit = limit.cloned();
        // What ends by it must not come back after a crash.
        let commit = if limit.is_some() {
            Commit::NowWithRoom
        } else {
            Commit::Soon
        };
        let work = move |w: &Writer, durability| {
            sessions::open(w, &session, &access, &guard)?;
            let Some(limit) = &limit else {
                return Ok(Vec::new());
            };
            Ok(end::oldest(w, &session, limit, durability)?)
        };
        recorded(self.write(commit, work).await)
    }

    async fn record(
        &self,
        entry: &Entry,
        guard: &Guard,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let (entry, guard) = (entry.clone(), *guard);
        let work = move |w: &Writer, _| tokens::record(w, &entry, &guard);
        recorded(self.write(Commit::Soon, work).await)
    }

    async fn exchange(
        &self,
        entry: &Entry,
        parent: &Parent,
        guard: &Guard,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let (entry, parent, guard) = (entry.clone(), parent.clone(), *guard);
        let work = move |w: &Writer, _| exchange::record(w, &entry, &parent, &guard);
        recorded(self.write(Commit::Soon, work).await)
    }

    async fn advance(
        &self,
        advance: &Advance,
        guard: &Guard,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let (advance, guard) = (advance.clone(), *guard);
        let work = move |w: &Writer, _| sessions::advance(w, &advance, &guard);
        recorded(self.write(Commit::Soon, work).await)
    }

    async fn note_repeat(&self, sid: &Sid, counter: u64) -> Result<bool, StoreError> {
        let sid = *sid;
        let work = move |w: &Writer, _| sessions::note_repeat(w, &sid, counter);
        self.write(Commit::Soon, work).await.map_err(trouble)
    }

    async fn session(&self, sid: &Sid) -> Result<Option<SessionView>, StoreError> {
        self.read(|reader| sessions::view(reader, sid))
    }

    async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &Page,
    ) -> Result<Listed<SessionRecord>, StoreError> {
        self.read(|reader| lists::sessions(reader, filter, page))
    }

    async fn standing(&self, slot: &SlotTag) -> Result<Standing, StoreError> {
        self.read(|reader| guard::standing(reader, slot))
    }

    async fn revoke(&self, target: &Target, cause: &Cause) -> Result<Ended, StoreError> {
        let (target, cause) = (*target, cause.clone());
        let work = move |w: &Writer, durability| Ok(end::revoke(w, &target, &cause, durability)?);
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn count(&self, target: &Target) -> Result<Ended, StoreError> {
        let durability = self.engine.durability();
        self.read(|reader| end::count(reader, target, durability))
    }

    async fn cause(
        &self,
        _: &SlotTag,
        jti: Option<&Jti>,
        sid: Option<&Sid>,
    ) -> Result<Option<Cause>, StoreError> {
        self.read(|reader| end::cause(reader, jti, sid))
    }

    async fn cause_of(&self, jti: &Jti) -> Result<Option<Cause>, StoreError> {
        self.read(|reader| end::cause(reader, Some(jti), None))
    }

    async fn cut_off(&self, cut_off: &CutOff) -> Result<Durability, StoreError> {
        let written = cut_off.clone();
        let work = move |w: &Writer, durability| {
            cut_offs::impose(w, &written)?;
            Ok(durability)
        };
        let result = self.write(Commit::Now, work).await.map_err(trouble);
        // Also where the outcome is unknown: it may be on the disk.
        self.cut_offs.add(cut_off.clone());
        result
    }

    fn cut_offs(&self) -> Result<Arc<CutOffs>, StoreError> {
        Ok(self.cut_offs.get())
    }

    fn last_cut_offs(&self) -> Option<Arc<CutOffs>> {
        Some(self.cut_offs.get())
    }

    async fn ban(&self, ban: &Ban, cause: &Cause) -> Result<Ended, StoreError> {
        let (ban, cause) = (ban.clone(), cause.clone());
        let work = move |w: &Writer, durability| bans::impose(w, &ban, &cause, durability);
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn unban(&self, slot: &SlotTag) -> Result<Durability, StoreError> {
        let slot = *slot;
        let work = move |w: &Writer, durability| {
            bans::unban(w, &slot)?;
            Ok(durability)
        };
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn bans(&self, page: &Page) -> Result<Listed<Ban>, StoreError> {
        self.read(|reader| {
            let load = |slot: &str| guard::standing_ban(reader, slot);
            lists::page(reader, lists::BANS_LIST, page, load)
        })
    }

    async fn create_user(&self, user: &UserRecord) -> Result<Write, StoreError> {
        let user = user.clone();
        let work = move |w: &Writer, _| users::create(w, &user);
        written(self.write(Commit::Now, work).await)
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<UserRecord>, StoreError> {
        self.read(|reader| users::by_name(reader, name))
    }

    async fn update_user(
        &self,
        slot: &SlotTag,
        change: &UserChange,
        cause: &Cause,
    ) -> Result<Option<(UserRecord, Ended)>, StoreError> {
        let (slot, change, cause) = (*slot, change.clone(), cause.clone());
        let work =
            move |w: &Writer, durability| users::update(w, &slot, &change, &cause, durability);
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn rehash(&self, slot: &SlotTag, version: u64, hash: &str) -> Result<(), StoreError> {
        let (slot, hash) = (*slot, hash.to_owned());
        let work = move |w: &Writer, _| users::rehash(w, &slot, version, &hash);
        self.write(Commit::Soon, work).await.map_err(trouble)
    }

    async fn delete_user(
        &self,
        slot: &SlotTag,
        cause: &Cause,
    ) -> Result<Option<Ended>, StoreError> {
        let (slot, cause) = (*slot, cause.clone());
        let work = move |w: &Writer, durability| users::delete(w, &slot, &cause, durability);
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn users(&self, page: &Page) -> Result<Listed<UserRecord>, StoreError> {
        self.read(|reader| {
            let load = |slot: &str| users::read(reader, slot);
            lists::page(reader, lists::USERS_LIST, page, load)
        })
    }

    async fn create_client(&self, client: &ClientRecord) -> Result<Write, StoreError> {
        let client = client.clone();
        let work = move |w: &Writer, _| clients::create(w, &client);
        written(self.write(Commit::Now, work).await)
    }

    async fn replace_client(&self, client: &ClientRecord) -> Result<Write, StoreError> {
        let client = client.clone();
        let work = move |w: &Writer, _| clients::replace(w, &client);
        written(self.write(Commit::Now, work).await)
    }

    async fn client(&self, id: &str) -> Result<Option<ClientRecord>, StoreError> {
        self.read(|reader| clients::by_id(reader, id))
    }

    async fn delete_client(&self, id: &str) -> Result<Option<Durability>, StoreError> {
        let id = id.to_owned();
        let work = move |w: &Writer, durability: Durability| {
            Ok(clients::delete(w, &id)?.then_some(durability))
        };
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn clients(&self, page: &Page) -> Result<Listed<ClientRecord>, StoreError> {
        self.read(|reader| {
            let load = |slot: &str| clients::read(reader, slot);
            lists::page(reader, lists::CLIENTS_LIST, page, load)
        })
    }

    async fn audit(&self, event: &AuditEvent) -> Result<(), StoreError> {
        let event = event.clone();
        let work = move |w: &Writer, _| audit::append(w, &event);
        self.write(Commit::Soon, work).await.map_err(trouble)
    }

    async fn audit_events(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<audit::Events, StoreError> {
        self.read(|reader| audit::events(reader, cursor, limit))
    }

    async fn ready(&self) -> Result<(), StoreError> {
        // A write to the disk that changes nothing.
        let work = |_: &Writer, _| Ok(());
        self.write(Commit::Now, work).await.map_err(trouble)
    }

    async fn settle(&self) -> Result<(), StoreError> {
        // One that waits for the disk takes all before it along.
        self.ready().await
    }
}
