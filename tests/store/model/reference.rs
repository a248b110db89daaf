//! The store as it should be, in three maps.

use std::collections::HashMap;

use jotleash::id::{Jti, Sid, Subject};
use jotleash::store::{Ban, Entry, Guard, Refusal, Target, UserRecord};
use proptest::prop_assert_eq;
use proptest::test_runner::TestCaseError;

use super::Passing;
use super::step::Version;
use crate::suite::{Harness, guard, subject};

pub(super) type Outcome = Result<(), TestCaseError>;

pub(super) struct Person {
    pub(super) subject: Subject,
    pub(super) user: Option<UserRecord>,
    pub(super) ban: Option<Ban>,
    /// Versions that were once right, the last one last.
    pub(super) earlier: Vec<u64>,
}

pub(super) struct Token {
    pub(super) entry: Entry,
    pub(super) sid: Option<Sid>,
    pub(super) revoked: bool,
}

pub(super) struct Session {
    pub(super) counter: u64,
    pub(super) expires_at: u64,
    pub(super) revoked: bool,
}

/// The reference: what is alive, and what stands.
pub(crate) struct Model {
    pub(super) people: Vec<Person>,
    pub(super) tokens: Vec<Token>,
    pub(super) sessions: HashMap<Sid, Session>,
    /// In the order in which they were opened.
    pub(super) sids: Vec<Sid>,
    /// Added to every life, so that none ends within a sequence where time is not ours.
    pub(super) longer: u64,
}

impl Model {
    pub(crate) fn new(h: &Harness, passing: Passing) -> Self {
        let person = |_| Person {
            subject: subject(),
            user: None,
            ban: None,
            earlier: vec![h.now()],
        };
        Self {
            people: (0..3).map(person).collect(),
            tokens: Vec::new(),
            sessions: HashMap::new(),
            sids: Vec::new(),
            longer: if passing == Passing::Time { 0 } else { 86_400 },
        }
    }

    /// Whether something may be recorded, and why not.
    pub(super) fn admit(&self, who: usize, guard: &Guard, now: u64) -> Result<(), Refusal> {
        let person = &self.people[who];
        let stands = |ban: &&Ban| ban.until.is_none_or(|until| until > now);
        if let Some(ban) = person.ban.as_ref().filter(stands) {
            return Err(Refusal::Banned(ban.clone()));
        }
        if person.user.as_ref().is_some_and(|user| user.disabled) {
            return Err(Refusal::Disabled);
        }
        if guard.version == person.version() {
            Ok(())
        } else {
            Err(Refusal::Stale)
        }
    }

    pub(super) fn guard(&self, who: usize, version: Version) -> Guard {
        let person = &self.people[who];
        match version {
            Version::Standing => guard(person.version()),
            Version::Earlier => guard(*person.earlier.last().unwrap()),
        }
    }

    pub(super) fn owner(&self, jti: &Jti) -> usize {
        let is_owner = |person: &Person| person.subject.slot() == jti.slot();
        self.people.iter().position(is_owner).unwrap()
    }

    pub(super) fn issued(&mut self, entry: Entry, sid: Option<Sid>) {
        self.tokens.push(Token {
            entry,
            sid,
            revoked: false,
        });
    }

    pub(super) fn end_all(&mut self, who: usize, now: u64, sessions_too: bool) -> (u64, u64) {
        let slot = self.people[who].subject.slot();
        let tokens = self.tokens.iter().map(|t| t.entry.jti.slot() == slot);
        let sessions = self
            .sids
            .iter()
            .map(|sid| sessions_too && sid.slot() == slot);
        let (tokens, sessions): (Vec<_>, Vec<_>) = (tokens.collect(), sessions.collect());
        self.end(now, &tokens, &sessions)
    }

    /// Ends what is meant, and counts what was alive.
    pub(super) fn end(&mut self, now: u64, tokens: &[bool], sessions: &[bool]) -> (u64, u64) {
        let mut ended = (0, 0);
        for (token, _) in self
            .tokens
            .iter_mut()
            .zip(tokens)
            .filter(|(_, meant)| **meant)
        {
            ended.1 += u64::from(token.lives(now));
            token.revoked = true;
        }
        for (sid, _) in self.sids.iter().zip(sessions).filter(|(_, meant)| **meant) {
            let session = self.sessions.get_mut(sid).unwrap();
            ended.0 += u64::from(session.lives(now));
            session.revoked = true;
        }
        ended
    }

    /// Everything that ever was is alive or dead on both sides.
    pub(super) async fn compare(&self, h: &Harness) -> Outcome {
        let now = h.now();
        for token in &self.tokens {
            let found = h.store.liveness(&token.entry.jti).await.unwrap();
            let right = token.lives(now).then(|| token.entry.recorded.clone());
            prop_assert_eq!(found, right, "token {:?}", token.entry.jti);
        }
        for (sid, session) in &self.sessions {
            let view = h.store.session(sid).await.unwrap();
            let found = view.map(|view| (view.record.counter, view.record.session.expires_at));
            let right = session
                .lives(now)
                .then_some((session.counter, session.expires_at));
            prop_assert_eq!(found, right, "session {:?}", sid);
        }
        for person in &self.people {
            let listed = h.listed(&person.subject).await;
            let is_theirs = |sid: &&Sid| sid.slot() == person.subject.slot();
            let theirs = self.sids.iter().filter(is_theirs);
            let live = theirs.filter(|sid| self.sessions[sid].lives(now));
            prop_assert_eq!(listed.len(), live.count());
        }
        Ok(())
    }
}

impl Person {
    pub(super) fn version(&self) -> u64 {
        self.user.as_ref().map_or(0, |user| user.version)
    }
}

impl Token {
    pub(super) const fn lives(&self, now: u64) -> bool {
        !self.revoked && self.entry.exp > now
    }

    pub(super) fn is_meant(&self, target: &Target) -> bool {
        match target {
            Target::Token(jti) => self.entry.jti == *jti,
            Target::Session(sid) => self.sid == Some(*sid),
            Target::Others(sid) => self
                .sid
                .is_some_and(|own| own != *sid && own.slot() == sid.slot()),
            Target::Subject(slot) => self.entry.jti.slot() == *slot,
        }
    }
}

impl Session {
    pub(super) const fn lives(&self, now: u64) -> bool {
        !self.revoked && self.expires_at > now
    }
}

pub(super) fn session_is_meant(own: &Sid, target: &Target) -> bool {
    match target {
        Target::Token(_) => false,
        Target::Session(sid) => own == sid,
        Target::Others(sid) => own != sid && own.slot() == sid.slot(),
        Target::Subject(slot) => own.slot() == *slot,
    }
}
