//! Whose a user name is.
//!
//! A name and its user lie in different slots, so no script sees both. A name's claim says who has
//! it: a subject, and the number of the creation that claimed it. Only that creation may write the
//! subject's user, and only while its number is the one in the subject's slot. Whoever wants a name
//! that is claimed goes to that slot first and, if no user with this name is there, takes the number
//! away, in one step; then it replaces the claim, if that is still the very same. So a user is only
//! ever there while its name leads to it, wherever a creation or a deletion stops.

use std::fmt;
use std::str::FromStr;

use redis::Value;

use super::backend::RedisStore;
use super::names;
use super::record::parse;
use super::reply::{corrupt, read};
use super::scripts::SCRIPTS;
use crate::id::{SlotTag, Subject};
use crate::store::StoreError;

/// How long a creation may take, in seconds. One that was cut off leaves nothing but a claim.
const LONGEST_CREATION: u64 = 60;
/// How often a claim that changed meanwhile is looked at again. Each change ends somebody's try.
const MAX_TRIES: usize = 16;

/// A claim on a name: whose, and by which creation. No number is given twice, so neither is a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) sub: Subject,
    number: u64,
}

/// As it is stored. No subject has a `?` in it.
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}?{}", self.sub.as_str(), self.number)
    }
}

impl FromStr for Claim {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let bad = || corrupt("a claim on a user name");
        let (sub, number) = text.split_once('?').ok_or_else(bad)?;
        Ok(Self {
            sub: sub.parse().map_err(|_| bad())?,
            number: number.parse().map_err(|_| bad())?,
        })
    }
}

impl Claim {
    /// Begins a creation; `None` if the id is taken. From here on a creation that began before
    /// writes no user any more.
    pub(super) async fn begin(
        store: &RedisStore,
        sub: &Subject,
    ) -> Result<Option<Self>, StoreError> {
        let call = SCRIPTS.begin_user.on(&keys(&sub.slot())).arg(store.now());
        let answer: String = read(store.link.call(call.arg(LONGEST_CREATION)).await?)?;
        let number = parse(&answer)?;
        Ok((number != 0).then(|| Self {
            sub: sub.clone(),
            number,
        }))
    }

    /// The claim on a name, whether its user is there or not.
    pub(super) async fn on(store: &RedisStore, name: &str) -> Result<Option<Self>, StoreError> {
        let mut get = redis::cmd("GET");
        get.arg(names::username(name));
        let claim: Option<String> = read(store.link.ask(&get).await?)?;
        claim.as_deref().map(str::parse).transpose()
    }

    /// Claims a name; `false` if it is another's.
    pub(super) async fn take(&self, store: &RedisStore, name: &str) -> Result<bool, StoreError> {
        for _ in 0..MAX_TRIES {
            let mut set = redis::cmd("SET");
            set.arg(names::username(name));
            set.arg(self.to_string()).arg("NX");
            if store.link.ask(&set).await? == Value::Okay {
                return Ok(true);
            }
            // Freed in this moment, or replaced in the next: look again.
            let Some(other) = Self::on(store, name).await? else {
                continue;
            };
            if !self.may_replace(&other) || !other.fence(store, name).await? {
                return Ok(false);
            }
            if other.replace(store, name, Some(self)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Of two creations of one user the later one goes on.
    fn may_replace(&self, other: &Self) -> bool {
        self.sub != other.sub || self.number > other.number
    }

    /// Makes the claim worthless; `false` if its user is there.
    async fn fence(&self, store: &RedisStore, name: &str) -> Result<bool, StoreError> {
        let call = SCRIPTS.fence_user.on(&keys(&self.sub.slot()));
        let call = call.arg(store.now()).arg(self.number).arg(name);
        Ok(read::<u64>(store.link.call(call).await?)? == 1)
    }

    /// Gives the name up. Only for a claim whose creation writes no user any more.
    pub(super) async fn release(&self, store: &RedisStore, name: &str) -> Result<(), StoreError> {
        // If it is not ours any more there is nothing to give up.
        self.replace(store, name, None).await.map(drop)
    }

    async fn replace(
        &self,
        store: &RedisStore,
        name: &str,
        new: Option<&Self>,
    ) -> Result<bool, StoreError> {
        let new = new.map(ToString::to_string).unwrap_or_default();
        let call = SCRIPTS.replace_claim.on(&[names::username(name)]);
        let call = call.arg(self.to_string()).arg(new);
        Ok(read::<u64>(store.link.call(call).await?)? == 1)
    }

    /// The number that the script which writes the user must find.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }
}

/// The keys of the scripts that create and delete users.
pub(super) fn keys(slot: &SlotTag) -> Vec<String> {
    let mut keys = names::subject(slot).to_vec();
    keys.push(names::creation(slot));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_as_it_was_written_and_nothing_else_is_one() {
        let claim: Claim = "ada?1700000000000000".parse().unwrap();
        assert_eq!(claim.sub.as_str(), "ada");
        assert_eq!(claim.to_string(), "ada?1700000000000000");
        for bad in ["", "ada", "ada?", "?7", "ada?x", "ada?7?8"] {
            assert!(bad.parse::<Claim>().is_err(), "{bad}");
        }
    }
}
