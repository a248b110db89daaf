//! Cut-offs: written once, read by every instance with its heartbeat.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::{Cmd, Value};
use serde::Deserialize;

use super::backend::RedisStore;
use super::durability::durability;
use super::link::Link;
use super::names;
use super::reply::{corrupt, read};
use super::scripts::SCRIPTS;
use crate::store::cutoff::Moment;
use crate::store::{CUT_OFFS_MAX_AGE_MILLIS, CutOff, CutOffOf, CutOffs, Durability, StoreError};

const MAX_AGE: Duration = Duration::from_millis(CUT_OFFS_MAX_AGE_MILLIS);
/// How much longer than a copy's life an answer waits: two clocks do not run at quite one speed.
const MARGIN: Duration = Duration::from_millis(20);

/// What this instance knows of the cut-offs, and since when.
#[derive(Debug, Default)]
pub(super) struct Copy(RwLock<Option<Known>>);

#[derive(Debug)]
struct Known {
    /// By [`Clock::monotonic`](crate::clock::Clock::monotonic), from before it was asked for.
    asked_at: Duration,
    cut_offs: Arc<CutOffs>,
}

impl Copy {
    /// What is known, if it is not older than [`CUT_OFFS_MAX_AGE_MILLIS`].
    fn get(&self, now: Duration) -> Result<Arc<CutOffs>, StoreError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = known
            .as_ref()
            .filter(|known| now.saturating_sub(known.asked_at) <= MAX_AGE);
        fresh
            .map(|known| Arc::clone(&known.cut_offs))
            .ok_or_else(|| {
                StoreError::Unavailable(
                    "the cut-offs were not read within the last second".to_owned(),
                )
            })
    }

    /// What was read last, however old it is.
    fn last(&self) -> Option<Arc<CutOffs>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| Arc::clone(&known.cut_offs))
    }

    /// Takes over what was read, unless something later is known.
    pub(super) fn set(&self, asked_at: Duration, reply: Value) -> Result<(), StoreError> {
        let cut_offs = Arc::new(parse(reply)?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_none_or(|old| old.asked_at <= asked_at) {
            *known = Some(Known { asked_at, cut_offs });
        }
        Ok(())
    }
}

/// The command that reads them all. The values hold the names: nothing else asks `HVALS`, so the
/// server's own statistics tell a heartbeat from a check.
pub(super) fn reading() -> Cmd {
    let mut read = redis::cmd("HVALS");
    read.arg(names::CUT_OFFS);
    read
}

#[derive(Deserialize)]
struct Stored {
    name: String,
    #[serde(flatten)]
    moment: Moment,
}

fn parse(reply: Value) -> Result<CutOffs, StoreError> {
    let mut cut_offs = CutOffs::default();
    for stored in read::<Vec<String>>(reply)? {
        let bad = || corrupt("a cut-off");
        let stored: Stored = serde_json::from_str(&stored).map_err(|_| bad())?;
        cut_offs.add(
            CutOffOf::parse(&stored.name).ok_or_else(bad)?,
            stored.moment.at,
        );
    }
    Ok(cut_offs)
}

/// The cut-offs, as this instance knows them.
pub(super) fn known(store: &RedisStore) -> Result<Arc<CutOffs>, StoreError> {
    store.link.cut_offs.get(store.clock.monotonic())
}

/// The cut-offs, as this instance last read them.
pub(super) fn last(store: &RedisStore) -> Option<Arc<CutOffs>> {
    store.link.cut_offs.last()
}

/// Writes a cut-off, and waits until no instance goes by a copy that was read before.
pub(super) async fn cut_off(
    store: &RedisStore,
    cut_off: &CutOff,
) -> Result<Durability, StoreError> {
    let call = SCRIPTS.cut_off.on(&[names::CUT_OFFS]).arg(store.now());
    let call = call
        .arg(cut_off.of.name())
        .arg(cut_off.at)
        .arg(cut_off.until);
    let _: () = read(store.link.call(call).await?)?;
    let written_at = store.clock.monotonic();
    refresh(&store.link).await?;
    let durability = durability(&store.link).await?;
    let waited = store.clock.monotonic().saturating_sub(written_at);
    tokio::time::sleep((MAX_AGE + MARGIN).saturating_sub(waited)).await;
    Ok(durability)
}

/// Reads them anew.
async fn refresh(link: &Link) -> Result<(), StoreError> {
    let asked_at = link.clock.monotonic();
    link.cut_offs.set(asked_at, link.ask(&reading()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(stored: &str) -> Value {
        Value::Array(vec![Value::BulkString(stored.as_bytes().to_vec())])
    }

    const FRONT: &str = r#"{"name":"client:front","at":7,"until":9}"#;

    #[test]
    fn a_copy_is_good_for_a_second_from_before_it_was_asked_for() {
        let copy = Copy::default();
        let second = Duration::from_secs;
        assert!(copy.get(second(0)).is_err(), "nothing was read yet");
        assert_eq!(copy.last(), None);
        copy.set(second(10), reply(FRONT)).unwrap();
        let known = copy.get(second(11)).unwrap();
        assert_eq!(known.blocked_until("front"), Some(12));
        assert!(copy.get(second(11) + Duration::from_millis(1)).is_err());
        assert_eq!(copy.last(), Some(known), "old, and still the last");
    }

    #[test]
    fn an_answer_that_comes_late_replaces_nothing() {
        let copy = Copy::default();
        copy.set(Duration::from_secs(10), reply(FRONT)).unwrap();
        copy.set(Duration::from_secs(9), Value::Array(Vec::new()))
            .unwrap();
        let known = copy.get(Duration::from_secs(10)).unwrap();
        assert!(known.cover("front", 1));
    }

    #[test]
    fn what_cannot_be_read_is_no_copy() {
        let copy = Copy::default();
        for bad in [
            "",
            "7",
            r#"{"at":7,"until":9}"#,
            r#"{"name":"x","at":7,"until":9}"#,
        ] {
            assert!(copy.set(Duration::ZERO, reply(bad)).is_err(), "{bad}");
        }
        assert!(copy.get(Duration::ZERO).is_err());
    }
}
