//! A store with its clock, and what nearly every case does with them.

use std::any::Any;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jotleash::clock::{Clock as _, ManualClock, SystemClock};
use jotleash::id::{Jti, Sid, SlotTag, Subject};
use jotleash::store::{
    Access, Action, Advance, Cause, Ended, Entry, Guard, MaxSessions, NewSession, Page, Refusal,
    SessionFilter, SessionView, Store, Target, UserRecord, Write,
};

use super::fixture;

/// How time passes for a store.
pub(crate) enum Time {
    /// At the test's word.
    Manual(Arc<ManualClock>),
    /// As it does.
    Real,
}

/// A store under test.
pub(crate) struct Harness {
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// Another handle on the same data, as another instance would have it.
    pub(crate) second: Arc<dyn Store>,
    /// Its time.
    pub(crate) time: Time,
    /// What must outlive the case: a server's process, a directory.
    #[expect(dead_code, reason = "held, not read")]
    pub(crate) alive: Box<dyn Any + Send + Sync>,
}

impl Harness {
    /// Now, Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        match &self.time {
            Time::Manual(clock) => clock.now(),
            Time::Real => SystemClock.now(),
        }
    }

    /// Lets at least this many seconds pass.
    pub(crate) async fn pass(&self, seconds: u64) {
        match &self.time {
            Time::Manual(clock) => clock.advance(seconds),
            Time::Real => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
    }

    /// A token to be recorded that lives for an hour.
    pub(crate) fn entry(&self, slot: SlotTag) -> Entry {
        self.access(slot).entry()
    }

    /// An access token that lives for an hour.
    pub(crate) fn access(&self, slot: SlotTag) -> Access {
        let now = self.now();
        fixture::access(slot, now, now + 3600)
    }

    /// A session to be opened that lives for a day.
    pub(crate) fn new_session(&self, subject: &Subject) -> NewSession {
        fixture::session(subject, self.now())
    }

    /// An advance of a session by one, with an access token that lives for an hour.
    pub(crate) fn advance(&self, sid: &Sid, expected: u64) -> Advance {
        let now = self.now();
        Advance {
            sid: *sid,
            expected,
            counter: expected + 1,
            access: self.access(sid.slot()),
            expires_at: now + 86_400,
            now,
            ip: None,
        }
    }

    /// Why the tests end things.
    pub(crate) fn cause(&self, action: Action) -> Cause {
        Cause {
            at: self.now(),
            by: "operator".to_owned(),
            action,
        }
    }

    /// Opens a session with the version that stands, and checks that it opened.
    pub(crate) async fn open(&self, subject: &Subject) -> (Sid, Access) {
        let session = self.new_session(subject);
        let access = self.access(subject.slot());
        let guard = self.standing_guard(subject).await;
        assert_eq!(self.try_open(&session, &access, &guard).await, Ok(()));
        (session.sid, access)
    }

    /// Opens a session.
    pub(crate) async fn try_open(
        &self,
        session: &NewSession,
        access: &Access,
        guard: &Guard,
    ) -> Result<(), Refusal> {
        let opened = self.store.open(session, access, guard, None).await;
        opened.unwrap().map(drop)
    }

    /// Opens a session where its subject may have so many in its audience, and gives those that
    /// ended for it.
    pub(crate) async fn open_among(&self, session: &NewSession, most: u32) -> Vec<Sid> {
        let limit = MaxSessions {
            most: NonZeroU32::new(most).unwrap(),
            cause: self.cause(Action::SessionLimit),
        };
        let access = self.access(session.sid.slot());
        let guard = self.standing_guard(&session.subject).await;
        let opened = self.store.open(session, &access, &guard, Some(&limit));
        opened.await.unwrap().unwrap()
    }

    /// Tries to open a session for a subject with a guard.
    pub(crate) async fn try_open_for(
        &self,
        subject: &Subject,
        guard: &Guard,
    ) -> Result<(), Refusal> {
        let session = self.new_session(subject);
        self.try_open(&session, &self.access(subject.slot()), guard)
            .await
    }

    /// Records a token with the version that stands, and checks that it was recorded.
    pub(crate) async fn record(&self, subject: &Subject) -> Jti {
        let entry = self.entry(subject.slot());
        let guard = self.standing_guard(subject).await;
        assert_eq!(self.try_record(&entry, &guard).await, Ok(()));
        entry.jti
    }

    /// Records a token.
    pub(crate) async fn try_record(&self, entry: &Entry, guard: &Guard) -> Result<(), Refusal> {
        self.store.record(entry, guard).await.unwrap()
    }

    /// Advances a session.
    pub(crate) async fn try_advance(
        &self,
        advance: &Advance,
        guard: &Guard,
    ) -> Result<(), Refusal> {
        self.store.advance(advance, guard).await.unwrap()
    }

    /// The guard that carries the subject's version as it is now.
    pub(crate) async fn standing_guard(&self, subject: &Subject) -> Guard {
        let standing = self.store.standing(&subject.slot()).await.unwrap();
        fixture::guard(standing.version())
    }

    /// Whether a token is live.
    pub(crate) async fn live(&self, jti: &Jti) -> bool {
        self.store.liveness(jti).await.unwrap().is_some()
    }

    /// A session that must be there.
    pub(crate) async fn view(&self, sid: &Sid) -> SessionView {
        self.store.session(sid).await.unwrap().unwrap()
    }

    /// Whether a session is live.
    pub(crate) async fn session_lives(&self, sid: &Sid) -> bool {
        self.store.session(sid).await.unwrap().is_some()
    }

    /// Ends a target and gives the numbers of sessions and tokens that it ended.
    pub(crate) async fn revoke(&self, target: Target) -> (u64, u64) {
        let cause = self.cause(Action::Revoke);
        counts(self.store.revoke(&target, &cause).await.unwrap())
    }

    /// A new user with one role and a password.
    pub(crate) async fn user(&self) -> UserRecord {
        let mut user = fixture::user(&fixture::subject(), self.now());
        match self.store.create_user(&user).await.unwrap() {
            Write::Done(version) => user.version = version,
            Write::Conflict => panic!("a fresh user conflicts"),
        }
        user
    }

    /// The user record that stands.
    pub(crate) async fn user_now(&self, subject: &Subject) -> Option<UserRecord> {
        self.store.standing(&subject.slot()).await.unwrap().user
    }

    /// The `sid`s of a subject's sessions, in the order of the list.
    pub(crate) async fn listed(&self, subject: &Subject) -> Vec<Sid> {
        let filter = SessionFilter {
            slot: Some(subject.slot()),
            ip: None,
        };
        let page = Page {
            limit: 200,
            after: None,
        };
        let listed = self.store.sessions(&filter, &page).await.unwrap();
        listed.items.iter().map(|item| item.session.sid).collect()
    }
}

/// The numbers of sessions and tokens that something ended.
pub(crate) fn counts(ended: Ended) -> (u64, u64) {
    (ended.sessions, ended.tokens)
}
