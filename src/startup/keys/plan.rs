//! What each key of one kind is there for, and what that comes to as time goes by.
//!
//! The plan is written down and every instance reads the clock: a published key begins to sign, and
//! an old one ends, without anybody writing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sessions::KeyChangeError;
use crate::token::MAX_KEYS;

/// No key signs sooner after its publication, in seconds: every instance looks at the folder once
/// a second, so none meets a token whose key it does not know.
pub(in crate::startup) const LEAD: u64 = 3;

/// The keys of one kind, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::startup) struct Plan(BTreeMap<String, KeyState>);

/// What `keyring.json` says of one key. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::startup) struct KeyState {
    pub(in crate::startup) state: State,
    /// When it was made; 0 where nobody knows.
    pub(in crate::startup) created_at: u64,
    /// When it was first published; `created_at` when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::startup) published_at: Option<u64>,
    /// When it begins to sign, or began to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::startup) active_from: Option<u64>,
    /// When the last token that it signed will have expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::startup) retire_at: Option<u64>,
}

/// What a key is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::startup) enum State {
    /// It is published and will sign.
    Next,
    /// It signs; a MAC key tags.
    Active,
    /// What it has signed or tagged is accepted.
    Retiring,
    /// What it has signed or tagged is refused.
    Retired,
}

impl State {
    pub(in crate::startup) const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }

    /// Whether the key is in the keyring: it signs or verifies, or is about to.
    pub(super) const fn in_use(self) -> bool {
        !matches!(self, Self::Retired)
    }
}

impl KeyState {
    /// A key that signs from the start.
    pub(in crate::startup) const fn active(created_at: u64) -> Self {
        Self {
            state: State::Active,
            created_at,
            published_at: None,
            active_from: None,
            retire_at: None,
        }
    }

    /// When a published key begins to sign: as planned, and never sooner than [`LEAD`] after its
    /// publication.
    pub(super) fn signs_from(&self) -> Option<u64> {
        let published_at = self.published_at.unwrap_or(self.created_at);
        Some(self.active_from?.max(published_at + LEAD))
    }

    fn is_over(&self, now: u64) -> bool {
        let ending = matches!(self.state, State::Retiring | State::Retired);
        ending && self.retire_at.is_some_and(|at| at <= now)
    }
}

impl Plan {
    /// A plan of these keys.
    pub(in crate::startup) fn of(keys: impl IntoIterator<Item = (String, KeyState)>) -> Self {
        Self(keys.into_iter().collect())
    }

    pub(in crate::startup) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::startup) fn get(&self, id: &str) -> Option<&KeyState> {
        self.0.get(id)
    }

    pub(in crate::startup) fn iter(&self) -> impl Iterator<Item = (&str, &KeyState)> {
        self.0.iter().map(|(id, key)| (id.as_str(), key))
    }

    /// Whether a key signs or verifies, or is about to.
    pub(super) fn uses(&self, id: &str) -> bool {
        self.get(id).is_some_and(|key| key.state.in_use())
    }

    /// What they come to at a moment: a published key whose time has come signs, the one before
    /// it is retiring, for `life` seconds or until it is retired, and what is over is gone.
    pub(super) fn at(&self, now: u64, life: Option<u64>) -> Self {
        let mut plan = self.clone();
        let begun = |key: &&KeyState| key.state == State::Next;
        let begun = self.0.values().filter(begun);
        let begun: Vec<u64> = begun.filter_map(KeyState::signs_from).collect();
        if let Some(since) = begun.into_iter().filter(|at| *at <= now).max() {
            for key in plan.0.values_mut() {
                match key.state {
                    State::Next if key.signs_from() == Some(since) => {
                        key.state = State::Active;
                        key.active_from = Some(since);
                    }
                    State::Active => {
                        key.state = State::Retiring;
                        key.retire_at = life.map(|life| since + life);
                    }
                    _ => {}
                }
            }
        }
        plan.0.retain(|_, key| !key.is_over(now));
        plan
    }

    /// Sees that one key signs, and that each key in use is in one file.
    ///
    /// # Errors
    /// What is wrong and what to do, with the names of such files and of this plan.
    pub(super) fn check(&self, found: &[&str], files: &str, name: &str) -> Result<(), String> {
        self.active()?;
        for (id, key) in self.0.iter().filter(|(_, key)| key.state.in_use()) {
            let state = key.state.as_str();
            match found.iter().filter(|it| *it == id).count() {
                1 => {}
                0 if key.state == State::Active => {
                    return Err(format!(
                        "the active key {id} is in no {files} file here: put it back, or take \
                         {name} out of this file to start with another one"
                    ));
                }
                0 => {
                    return Err(format!(
                        "the {state} key {id} is in no {files} file here: put it back, or take \
                         it out of this file"
                    ));
                }
                _ => {
                    return Err(format!(
                        "the key {id} is here twice: remove one of its {files} files"
                    ));
                }
            }
        }
        Ok(())
    }

    /// A new key's place: published now, to sign later.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub(super) fn room(&self) -> Result<(), String> {
        if self.next().is_some() {
            return Err("a next key is published already: let it sign first, or now".to_owned());
        }
        let in_use: Vec<_> = self.0.values().filter(|key| key.state.in_use()).collect();
        if in_use.len() < MAX_KEYS {
            return Ok(());
        }
        let ending = in_use.iter().any(|key| key.retire_at.is_some());
        let wait = if ending {
            ", or wait until one is over"
        } else {
            ""
        };
        Err(format!(
            "{MAX_KEYS} keys are in use, and no more may be: retire one{wait}"
        ))
    }

    /// Plans a key's first token. Published in the second that follows: this one has begun.
    pub(super) fn publish(&mut self, id: String, now: u64, after: u64) {
        let published_at = now + 1;
        let key = KeyState {
            state: State::Next,
            published_at: Some(published_at),
            active_from: Some(published_at + after),
            ..KeyState::active(now)
        };
        self.0.insert(id, key);
    }

    /// Lets the published key sign as soon as it may, if there is one; gives its id.
    pub(super) fn hasten(&mut self, now: u64) -> Option<String> {
        let id = self.next()?.to_owned();
        let key = self.0.get_mut(&id)?;
        let soon = now + 1 + LEAD;
        key.active_from = Some(key.active_from.map_or(soon, |planned| planned.min(soon)));
        Some(id)
    }

    /// Takes a key out of use for good: its tokens are refused, and it stays named until the last
    /// of them would have expired, in `life` seconds at most, so that nobody takes its file for a
    /// new key.
    ///
    /// # Errors
    /// [`KeyChangeError::Unknown`], and [`KeyChangeError::Conflict`] for the key that signs, or
    /// signs so soon that an instance might not have heard by then.
    pub(super) fn retire(&mut self, id: &str, now: u64, life: u64) -> Result<(), KeyChangeError> {
        let key = self.0.get_mut(id).ok_or(KeyChangeError::Unknown)?;
        let conflict = |why: &str| Err(KeyChangeError::Conflict(why.to_owned()));
        match key.state {
            State::Active => {
                return conflict(
                    "this is the active key: rotate first (with \"now\":true it takes seconds), \
                     then retire it",
                );
            }
            State::Next if key.signs_from().is_some_and(|at| at < now + LEAD) => {
                return conflict(
                    "this key signs within 3 s: let it, rotate once more, then retire it",
                );
            }
            // It never signs.
            State::Next => key.active_from = None,
            State::Retiring | State::Retired => {}
        }
        key.state = State::Retired;
        key.retire_at = key.retire_at.or(Some(now + life));
        Ok(())
    }

    fn next(&self) -> Option<&str> {
        let mut keys = self.0.iter();
        let next = keys.find(|(_, key)| key.state == State::Next);
        next.map(|(id, _)| id.as_str())
    }

    /// When [`Plan::at`] next comes to something else, if nobody writes.
    pub(super) fn next_change(&self, now: u64) -> Option<u64> {
        let due = self.0.values().filter_map(|key| match key.state {
            State::Next => key.signs_from(),
            State::Active => None,
            State::Retiring | State::Retired => key.retire_at,
        });
        due.filter(|at| *at > now).min()
    }

    /// The id of the key that signs.
    ///
    /// # Errors
    /// What is wrong with what was written, and what to do.
    pub(super) fn active(&self) -> Result<&str, String> {
        let of = |state| {
            let keys = self.0.iter().filter(move |(_, key)| key.state == state);
            keys.map(|(id, _)| id.as_str()).collect::<Vec<_>>()
        };
        if let next @ [_, _, ..] = of(State::Next).as_slice() {
            return Err(format!(
                "{} keys are marked next: leave one of {}",
                next.len(),
                next.join(", ")
            ));
        }
        match of(State::Active).as_slice() {
            [active] => Ok(active),
            [] => Err("no key is marked active: mark the one that signs".to_owned()),
            active => Err(format!(
                "{} keys are marked active: leave one of {}",
                active.len(),
                active.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests;
