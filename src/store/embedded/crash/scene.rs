//! A store that records and revokes, and what must be found in its file at which moment.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use redb::Database;
use tokio::runtime::Runtime;

use super::disk::Disk;
use crate::clock::{Clock, ManualClock, SystemEntropy};
use crate::id::{Jti, Sid, SlotTag, Subject, TokenDigest};
use crate::store::embedded::engine::Engine;
use crate::store::embedded::open::{self, Place};
use crate::store::embedded::{EmbeddedStartError, EmbeddedStore, guard, tokens};
use crate::store::{Access, Action, Ban, Cause, Guard, NewSession, Store as _, Target};

const NOW: u64 = 1_800_000_000;

/// Something that a file must show.
#[derive(Debug, Clone)]
pub(super) enum Claim {
    /// The token is accepted.
    Alive(Jti),
    /// The token is refused.
    Dead(Jti),
    /// All of them live, or none.
    Together(Vec<Jti>),
    /// The subject is banned.
    Banned(SlotTag),
}

/// A claim, and after how many steps of the disk it holds.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) claim: Claim,
    pub(super) during: Range<usize>,
}

/// A store on a disk that remembers.
pub(super) struct Scene {
    runtime: Runtime,
    store: EmbeddedStore,
    pub(super) disk: Disk,
    /// After how many steps the store was made: before that its file has another name.
    pub(super) made: usize,
    pub(super) facts: Vec<Fact>,
    /// Recorded since the last revocation, so perhaps not on the disk.
    loose: Vec<Claim>,
}

impl Scene {
    pub(super) fn new() -> Self {
        let disk = Disk::default();
        let made = open::anew(disk.clone(), Path::new("disk")).unwrap();
        let store = EmbeddedStore::start(over(made)).unwrap();
        Self {
            runtime: Runtime::new().unwrap(),
            store,
            made: disk.count(),
            disk,
            facts: Vec::new(),
            loose: Vec::new(),
        }
    }

    /// Logs in, and refreshes nothing: a session with one token, and one token without a session.
    pub(super) fn record(&mut self, subject: &Subject) -> (Sid, Jti, Jti) {
        let (session, access, other) = (session(subject), access(subject), access(subject));
        let guard = Guard {
            version: 0,
            client: false,
        };
        let opened = self.store.open(&session, &access, &guard, None);
        self.runtime.block_on(opened).unwrap().unwrap();
        let recorded = other.entry();
        let recorded = self.store.record(&recorded, &guard);
        self.runtime.block_on(recorded).unwrap().unwrap();
        let jtis = [access.jti, other.jti];
        self.loose.extend(jtis.map(Claim::Alive));
        (session.sid, access.jti, other.jti)
    }

    /// Revokes, and notes from when on what it ends is dead.
    pub(super) fn revoke(&mut self, target: &Target, dead: &[Jti]) {
        self.take_away(dead, |store, runtime| {
            runtime.block_on(store.revoke(target, &cause())).unwrap();
        });
    }

    /// Bans, and notes from when on it holds.
    pub(super) fn ban(&mut self, subject: &Subject, dead: &[Jti]) {
        let ban = Ban {
            subject: subject.clone(),
            until: None,
            reason: None,
            created_at: NOW,
        };
        self.take_away(dead, |store, runtime| {
            runtime.block_on(store.ban(&ban, &cause())).unwrap();
        });
        self.holds(Claim::Banned(subject.slot()));
    }

    /// Closes the store, and leaves what must be in its file.
    pub(super) fn close(self) -> Vec<Fact> {
        self.facts
    }

    fn take_away(&mut self, dead: &[Jti], verb: impl FnOnce(&EmbeddedStore, &Runtime)) {
        let begun = self.disk.count();
        // From here on they may be dead, and are no longer known to live.
        self.loose
            .retain(|claim| !matches!(claim, Claim::Alive(jti) if dead.contains(jti)));
        for fact in &mut self.facts {
            if matches!(fact.claim, Claim::Alive(jti) if dead.contains(&jti)) {
                fact.during.end = begun;
            }
        }
        verb(&self.store, &self.runtime);
        for jti in dead {
            self.holds(Claim::Dead(*jti));
        }
        for claim in std::mem::take(&mut self.loose) {
            self.holds(claim);
        }
        let together = Claim::Together(dead.to_vec());
        let during = begun..usize::MAX;
        self.facts.push(Fact {
            claim: together,
            during,
        });
    }

    fn holds(&mut self, claim: Claim) {
        let during = self.disk.count()..usize::MAX;
        self.facts.push(Fact { claim, during });
    }
}

/// Opens what is on a disk.
pub(super) fn engine(disk: Disk) -> Result<Engine, EmbeddedStartError> {
    Ok(over(open::with(disk, Path::new("disk"))?))
}

fn over(database: Database) -> Engine {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    Engine::new(database, Place::Memory, clock)
}

/// Whether a store shows what is claimed.
pub(super) fn shows(engine: &Engine, claim: &Claim) -> bool {
    let lives = |jti: &Jti| engine.read(|reader| tokens::lives(reader, jti)).unwrap();
    match claim {
        Claim::Alive(jti) => lives(jti),
        Claim::Dead(jti) => !lives(jti),
        Claim::Together(jtis) => jtis.iter().all(lives) || !jtis.iter().any(lives),
        Claim::Banned(slot) => engine
            .read(|reader| guard::standing_ban(reader, slot.as_str()))
            .unwrap()
            .is_some(),
    }
}

fn access(subject: &Subject) -> Access {
    let jti = Jti::random(subject.slot(), &SystemEntropy);
    Access {
        jti,
        recorded: TokenDigest::of(&jti.to_string()).into(),
        iat: NOW,
        exp: NOW + 900,
    }
}

fn session(subject: &Subject) -> NewSession {
    NewSession {
        sid: Sid::random(subject.slot(), &SystemEntropy),
        subject: subject.clone(),
        client_id: "front".to_owned(),
        audience: "web".to_owned(),
        scope: "read".to_owned(),
        roles: None,
        created_at: NOW,
        expires_at: NOW + 86_400,
        ip: None,
        device: None,
        secret: [7; 32],
    }
}

fn cause() -> Cause {
    Cause {
        at: NOW,
        by: "system".to_owned(),
        action: Action::Logout,
    }
}
