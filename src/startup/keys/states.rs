//! What `keyring.json` says of the keys, and what it comes to as time goes by.
//!
//! The file holds the plan and every instance reads the clock: a published key begins to sign, and
//! an old one ends, without anybody writing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sessions::KeyChangeError;
use crate::token::{MAX_KEYS, MAX_LIFETIME};

/// No key signs sooner after its publication, in seconds: every instance looks at the folder once
/// a second, so none meets a token whose key it does not know.
pub(in crate::startup) const LEAD: u64 = 3;
/// How much longer than its last token's life a key is kept, in seconds: the clocks of two
/// instances differ, and one may sign with the old key a little longer.
const SLACK: u64 = 60;

/// `keyring.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::startup) struct States {
    /// By `kid`.
    pub(in crate::startup) keys: BTreeMap<String, KeyState>,
}

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
    /// It signs.
    Active,
    /// It verifies what it has signed.
    Retiring,
    /// Its tokens are refused, whatever they say.
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

impl States {
    /// What they come to at a moment: a published key whose time has come signs, the one before
    /// it is retiring, and what is over is gone.
    pub(super) fn at(&self, now: u64) -> Self {
        let mut states = self.clone();
        let begun = |key: &&KeyState| key.state == State::Next;
        let begun = self.keys.values().filter(begun);
        let begun: Vec<u64> = begun.filter_map(KeyState::signs_from).collect();
        if let Some(since) = begun.into_iter().filter(|at| *at <= now).max() {
            for key in states.keys.values_mut() {
                match key.state {
                    State::Next if key.signs_from() == Some(since) => {
                        key.state = State::Active;
                        key.active_from = Some(since);
                    }
                    State::Active => {
                        key.state = State::Retiring;
                        key.retire_at = Some(since + MAX_LIFETIME + SLACK);
                    }
                    _ => {}
                }
            }
        }
        states.keys.retain(|_, key| !key.is_over(now));
        states
    }

    /// What they come to at a moment for the keys that stand in the folder. Nothing, when there
    /// is no key; a key alone needs nothing written to sign.
    ///
    /// # Errors
    /// What is wrong and what to do.
    pub(super) fn resolve(&self, kids: &[&str], now: u64) -> Result<Self, String> {
        match kids {
            _ if !self.keys.is_empty() => {}
            [] => return Ok(Self::default()),
            [only] => {
                let alone = ((*only).to_owned(), KeyState::active(0));
                let keys = BTreeMap::from([alone]);
                return Ok(Self { keys });
            }
            _ => {
                return Err(format!(
                    "several keys stand here and none is marked as the one that signs: keep one \
                     .pem file, or write {{\"keys\":{{\"<kid>\":{{\"state\":\"active\",\
                     \"created_at\":0}}}}}} with one of {}",
                    kids.join(", ")
                ));
            }
        }
        let states = self.at(now);
        states.active_kid()?;
        for (kid, key) in states.keys.iter().filter(|(_, key)| key.state.in_use()) {
            let state = key.state.as_str();
            match kids.iter().filter(|it| *it == kid).count() {
                1 => {}
                0 if key.state == State::Active => {
                    return Err(format!(
                        "the active key {kid} is in no .pem file here: put it back, or remove \
                         this file to start with another one"
                    ));
                }
                0 => {
                    return Err(format!(
                        "the {state} key {kid} is in no .pem file here: put it back, or take it \
                         out of this file"
                    ));
                }
                _ => {
                    return Err(format!(
                        "the key {kid} is here twice: remove one of its .pem files"
                    ));
                }
            }
        }
        Ok(states)
    }

    /// A new key's place: published now, to sign later.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub(super) fn room(&self) -> Result<(), String> {
        let in_use = self.keys.values().filter(|key| key.state.in_use()).count();
        if self.next().is_some() {
            return Err("a next key is published already: let it sign first, or now".to_owned());
        }
        if in_use < MAX_KEYS {
            return Ok(());
        }
        Err(format!(
            "{MAX_KEYS} keys are in use, and no more may be: retire one, or wait until one is over"
        ))
    }

    /// Plans a key's first token. Published in the second that follows: this one has begun.
    pub(super) fn publish(&mut self, kid: String, now: u64, after: u64) {
        let published_at = now + 1;
        let key = KeyState {
            state: State::Next,
            published_at: Some(published_at),
            active_from: Some(published_at + after),
            ..KeyState::active(now)
        };
        self.keys.insert(kid, key);
    }

    /// Lets the published key sign as soon as it may, if there is one; gives its `kid`.
    pub(super) fn hasten(&mut self, now: u64) -> Option<String> {
        let kid = self.next()?.to_owned();
        let key = self.keys.get_mut(&kid)?;
        key.active_from = Some(now + 1 + LEAD);
        Some(kid)
    }

    /// Takes a key out of use for good: its tokens are refused, and it stays named until the last
    /// of them would have expired, so that nobody takes its file for a new key.
    ///
    /// # Errors
    /// [`KeyChangeError::Unknown`], and [`KeyChangeError::Conflict`] for the key that signs, or
    /// signs so soon that an instance might not have heard by then.
    pub(super) fn retire(&mut self, kid: &str, now: u64) -> Result<(), KeyChangeError> {
        let key = self.keys.get_mut(kid).ok_or(KeyChangeError::Unknown)?;
        let conflict = |why: &str| Err(KeyChangeError::Conflict(why.to_owned()));
        match key.state {
            State::Active => {
                return conflict(
                    "this key signs: rotate first ({\"now\":true} takes seconds), then retire it",
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
        key.retire_at = key.retire_at.or(Some(now + MAX_LIFETIME + SLACK));
        Ok(())
    }

    fn next(&self) -> Option<&str> {
        let mut keys = self.keys.iter();
        let next = keys.find(|(_, key)| key.state == State::Next);
        next.map(|(kid, _)| kid.as_str())
    }

    /// When [`States::at`] next comes to something else, if nobody writes.
    pub(super) fn next_change(&self, now: u64) -> Option<u64> {
        let due = self.keys.values().filter_map(|key| match key.state {
            State::Next => key.signs_from(),
            State::Active => None,
            State::Retiring | State::Retired => key.retire_at,
        });
        due.filter(|at| *at > now).min()
    }

    /// The `kid` of the key that signs.
    ///
    /// # Errors
    /// What is wrong with what was written, and what to do.
    pub(super) fn active_kid(&self) -> Result<&str, String> {
        let of = |state| {
            let keys = self.keys.iter().filter(move |(_, key)| key.state == state);
            keys.map(|(kid, _)| kid.as_str()).collect::<Vec<_>>()
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
