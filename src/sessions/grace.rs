//! What this instance has seen itself, to go by while the store cannot be asked.
//!
//! Only for audiences that declare it, and only to answer who asks about a token
//! ([`Sessions::vouch`](super::Sessions::vouch)): nobody acts for a subject in grace.
//!
//! # What holds
//!
//! 1. **Seen live within the time.** The store's answer to a check is remembered with the moment at
//!    which the question was sent. It counts for as long as the audience says from that moment on,
//!    and no longer. So grace ends by itself: its length is counted from the last answer, not from
//!    the first failure.
//! 2. **Never what this instance has ended or seen dead.** An end is remembered with the moment at
//!    which the store had answered it, or had not. What was seen up to that moment does not count:
//!    not even when a check that was on its way meanwhile comes back later and says "live", because
//!    it was sent before. Ends go by subject, since what ends one thing may end what hangs on it.
//! 3. **Never what a cut-off covers** that this instance has read, however long ago.
//! 4. **Everything else is checked as always**: signature or tag, times, audience, scope.
//!
//! What another instance has ended since is not known here, and is taken until the time is up. That
//! is the price, and why nothing does this unless an audience declares it.
//!
//! # What is kept
//!
//! The store's own answer, an opaque token's tagged claims or a JWT's digest, under the `jti`. When
//! there is too much of it the older half is forgotten, which costs 503 and nothing else. Of too
//! many ends everything is forgotten instead, because an end must not be.

mod ages;
mod spell;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::ages::Ages;
use self::spell::Spell;
use super::Policy;
use crate::clock::Clock;
use crate::id::{Jti, Recorded, SlotTag};

/// How many tokens are remembered in each half: more than an instance checks in the time of most
/// graces, in about 20 MB for both.
const MOST_SEEN: usize = 100_000;
/// How many bytes of opaque tokens' claims are remembered in each half: 32 MiB.
const MOST_BYTES: usize = 32 << 20;
/// How many ends are remembered in each half, in about 20 MB for both.
const MOST_ENDED: usize = 100_000;

/// What this instance has seen, and what it has seen end.
#[derive(Debug)]
pub(super) struct Grace {
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    seen: Ages<Jti, Seen>,
    /// Bytes of claims in its young half.
    bytes: usize,
    ended: Ages<Name, Duration>,
    /// What was seen up to this moment does not count.
    floor: Option<Duration>,
    spell: Spell,
}

/// An answer of the store.
#[derive(Debug)]
struct Seen {
    recorded: Recorded,
    /// From before it was asked for, by [`Clock::monotonic`].
    asked_at: Duration,
}

/// What has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    /// A token that the store did not know any more.
    Token(Jti),
    /// Something of a subject, by this instance.
    Subject(SlotTag),
}

impl Grace {
    /// Empty; `None` if no audience of the policy declares grace, and nothing needs to be remembered.
    pub(super) fn of(policy: &Policy, clock: &Arc<dyn Clock>) -> Option<Arc<Self>> {
        let longest = policy.longest_grace()?;
        Some(Arc::new(Self {
            clock: Arc::clone(clock),
            memory: Mutex::new(Memory {
                seen: Ages::new(longest),
                bytes: 0,
                ended: Ages::new(longest),
                floor: None,
                spell: Spell::new(longest),
            }),
        }))
    }

    /// The moment of a question that is about to be asked.
    pub(super) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Remembers what the store has answered to a question that was asked then.
    pub(super) fn saw(&self, jti: Jti, recorded: &Recorded, asked_at: Duration) {
        let (forgotten, news) = {
            let mut memory = self.memory();
            (
                memory.remember(jti, recorded, asked_at),
                memory.spell.answered(asked_at),
            )
        };
        // Not while others wait for the memory.
        drop(forgotten);
        spell::tell(news);
    }

    /// Remembers that the store does not know a token any more.
    pub(super) fn dead(&self, jti: Jti) {
        self.end(Name::Token(jti));
    }

    /// Remembers that this instance has ended something of a subject, or has tried.
    pub(super) fn ended(&self, slot: SlotTag) {
        self.end(Name::Subject(slot));
    }

    /// Forgets all that was seen until now.
    pub(super) fn forget(&self) {
        let mut memory = self.memory();
        memory.forget(self.now());
    }

    /// What the store has answered for a token, if that was within this time, and nothing that has
    /// ended since is known.
    pub(super) fn recall(&self, jti: &Jti, within: Duration) -> Option<Recorded> {
        let memory = self.memory();
        let seen = memory.seen.get(jti)?;
        let fresh = self.now().saturating_sub(seen.asked_at) < within;
        (fresh && !memory.ended_since(jti, seen.asked_at)).then(|| seen.recorded.clone())
    }

    /// Counts an answer that was given in grace.
    pub(super) fn given(&self, within: Duration) {
        let news = self.memory().spell.given(self.now(), within);
        spell::tell(news);
    }

    /// Notes a check that found neither the store nor anything to go by.
    pub(super) fn refused(&self) {
        let news = self.memory().spell.refused(self.now());
        spell::tell(news);
    }

    fn end(&self, name: Name) {
        let mut memory = self.memory();
        // Read while nobody else writes, so that a later end never gets an earlier moment.
        let now = self.now();
        let forgotten = memory.note(name, now);
        drop(memory);
        drop(forgotten);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn remember(
        &mut self,
        jti: Jti,
        recorded: &Recorded,
        asked_at: Duration,
    ) -> HashMap<Jti, Seen> {
        if let Some(seen) = self.seen.young_mut(&jti)
            && seen.recorded == *recorded
        {
            seen.asked_at = seen.asked_at.max(asked_at);
            return HashMap::new();
        }
        let size = match recorded {
            Recorded::Digest(_) => 0,
            Recorded::Claims(claims) => claims.as_str().len(),
        };
        let full = self.seen.young_len() >= MOST_SEEN || self.bytes + size > MOST_BYTES;
        let forgotten = if full || self.seen.is_due(asked_at) {
            self.bytes = 0;
            self.seen.turn(asked_at)
        } else {
            HashMap::new()
        };
        self.bytes += size;
        let recorded = recorded.clone();
        self.seen.put(jti, Seen { recorded, asked_at });
        forgotten
    }

    fn note(&mut self, name: Name, now: Duration) -> HashMap<Name, Duration> {
        let forgotten = if self.ended.is_due(now) {
            self.ended.turn(now)
        } else {
            HashMap::new()
        };
        if self.ended.young_len() >= MOST_ENDED {
            self.forget(now);
        } else {
            self.ended.put(name, now);
        }
        forgotten
    }

    fn forget(&mut self, now: Duration) {
        self.floor = Some(now);
        self.seen.clear();
        self.ended.clear();
        self.bytes = 0;
    }

    /// Whether an end is known that a question asked then may not have seen.
    fn ended_since(&self, jti: &Jti, asked_at: Duration) -> bool {
        let names = [Name::Token(*jti), Name::Subject(jti.slot())];
        let ends = names.iter().filter_map(|name| self.ended.get(name));
        ends.chain(&self.floor).any(|end| *end >= asked_at)
    }
}

/// Makes this instance forget what it has seen of a subject, or of all, once the verb that ends
/// something is over: acknowledged, failed, or given up by whoever asked for it.
#[derive(Debug)]
pub(super) struct Ending<'a> {
    grace: Option<&'a Grace>,
    slot: Option<SlotTag>,
}

impl<'a> Ending<'a> {
    /// An end for a subject; `None`: for whom it may be.
    pub(super) const fn of(grace: Option<&'a Grace>, slot: Option<SlotTag>) -> Self {
        Self { grace, slot }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        match (self.grace, self.slot) {
            (Some(grace), Some(slot)) => grace.ended(slot),
            (Some(grace), None) => grace.forget(),
            (None, _) => {}
        }
    }
}

#[cfg(test)]
mod tests;
