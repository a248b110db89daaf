//! Lists across subjects: sorted sets by the time of creation.
//!
//! A list is an aid, never the truth. It lies in other slots than what it lists, so it is written
//! after the subject's script; that it could not be written is logged and no more. Whoever reads it
//! looks at the records themselves and takes off what leads nowhere. No check consults it.

use redis::{Cmd, Value};

use super::backend::RedisStore;
use super::names::List;
use super::reply::read;
use super::scripts::SCRIPTS;
use crate::id::SlotTag;
use crate::store::{Cursor, Listed, Page, StoreError};

/// How long a list of lasting records lives when nothing touches it; every start, an hour's
/// heartbeat and every write do.
const LIFE: u64 = 366 * 24 * 60 * 60;
/// How many lasting records one part of a list holds; there are 64.
const MOST: u32 = 100_000;
/// How many sessions one part of a list, or one address, holds.
pub(super) const MOST_SESSIONS: u32 = 10_000;
/// How often a page is filled up when entries lead nowhere. What is there then is the page.
const ROUNDS: usize = 8;

/// A record that can be listed.
pub(super) trait Kept: Sized + Send {
    /// The command that reads it; `None` for a key that is no key of this kind.
    fn read(key: &str) -> Option<Cmd>;

    /// The record, `None` if it is gone.
    fn decode(key: &str, reply: Value, now: u64) -> Result<Option<Self>, StoreError>;
}

/// Where a page's entries come from.
pub(super) enum Source {
    /// Sorted sets, to be merged.
    Lists(Vec<String>),
    /// All of them, newest first.
    Known(Vec<Cursor>),
}

impl Source {
    /// All parts of a list.
    pub(super) fn of(list: List) -> Self {
        Self::Lists(list.shards().collect())
    }
}

/// An entry, and the sorted set that it was found in.
struct Found {
    place: Cursor,
    list: Option<String>,
}

/// A page of the records that are kept, newest first.
pub(super) async fn page<T: Kept>(
    store: &RedisStore,
    source: Source,
    page: &Page,
    kept: &(dyn Fn(&T) -> bool + Sync),
) -> Result<Listed<T>, StoreError> {
    let mut items = Vec::new();
    let mut after = page.after.clone();
    for _ in 0..ROUNDS {
        let wanted = page.limit.saturating_sub(items.len());
        // One more than wanted, to know whether there are more.
        let mut found = entries(store, &source, after.as_ref(), wanted + 1).await?;
        let more = found.len() > wanted;
        found.truncate(wanted);
        after = found.last().map(|entry| entry.place.clone());
        items.extend(records(store, found, kept).await?);
        if !more {
            return Ok(Listed { items, next: None });
        }
        if items.len() >= page.limit {
            break;
        }
    }
    Ok(Listed { items, next: after })
}

/// The records behind entries. Entries that lead nowhere are taken off their list.
async fn records<T: Kept>(
    store: &RedisStore,
    entries: Vec<Found>,
    kept: &(dyn Fn(&T) -> bool + Sync),
) -> Result<Vec<T>, StoreError> {
    let now = store.now();
    let (readable, mut stale): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .map(|entry| (T::read(&entry.place.key), entry))
        .partition(|(command, _)| command.is_some());
    let commands: Vec<Cmd> = readable
        .iter()
        .filter_map(|(command, _)| command.clone())
        .collect();
    let mut records = Vec::with_capacity(commands.len());
    for (reply, entry) in store
        .link
        .ask_all(&commands)
        .await?
        .into_iter()
        .zip(readable)
    {
        match T::decode(&entry.1.place.key, reply, now)?.filter(kept) {
            Some(record) => records.push(record),
            None => stale.push(entry),
        }
    }
    drop_stale(store, stale.into_iter().map(|(_, entry)| entry)).await;
    Ok(records)
}

/// The next entries after a place.
async fn entries(
    store: &RedisStore,
    source: &Source,
    after: Option<&Cursor>,
    most: usize,
) -> Result<Vec<Found>, StoreError> {
    let lists = match source {
        Source::Known(all) => {
            let rest = all
                .iter()
                .filter(|place| after.is_none_or(|after| *place < after));
            let found = rest.take(most).cloned();
            return Ok(found.map(|place| Found { place, list: None }).collect());
        }
        Source::Lists(lists) => lists,
    };
    let calls = lists.iter().map(|list| {
        let call = SCRIPTS.list_page.on(&[list]).arg(most);
        match after {
            Some(after) => call.arg(after.created_at).arg(&after.key),
            None => call,
        }
    });
    let replies = store.link.call_all(&calls.collect::<Vec<_>>()).await?;
    let mut found = Vec::new();
    for (list, reply) in lists.iter().zip(replies) {
        for (key, created_at) in read::<Vec<(String, u64)>>(reply)? {
            let place = Cursor { created_at, key };
            let list = Some(list.clone());
            found.push(Found { place, list });
        }
    }
    found.sort_unstable_by(|one, other| other.place.cmp(&one.place));
    found.truncate(most);
    Ok(found)
}

/// Enters a lasting record, which is named by its slot.
pub(super) async fn enter(store: &RedisStore, list: List, slot: &SlotTag, created_at: u64) {
    let lists = [list.shard(slot)];
    add(store, &lists, slot.as_str(), created_at, MOST, LIFE).await;
}

/// Enters a key in lists of at most so many entries, which then live at least this long.
pub(super) async fn add(
    store: &RedisStore,
    lists: &[String],
    key: &str,
    created_at: u64,
    most: u32,
    life: u64,
) {
    let add = |list| {
        let call = SCRIPTS.list_add.on(&[list]);
        call.arg(created_at).arg(key).arg(most).arg(life)
    };
    let calls: Vec<_> = lists.iter().map(add).collect();
    aided(store.link.call_all(&calls).await);
}

/// Takes keys off a list.
pub(super) async fn forget(store: &RedisStore, list: &str, keys: &[String]) {
    if keys.is_empty() {
        return;
    }
    let mut remove = redis::cmd("ZREM");
    remove.arg(list).arg(keys);
    aided(store.link.ask(&remove).await);
}

async fn drop_stale(store: &RedisStore, stale: impl Iterator<Item = Found>) {
    let calls: Vec<_> = stale
        .filter_map(|entry| Some((entry.list?, entry.place)))
        .map(|(list, place)| {
            let call = SCRIPTS.list_drop.on(&[list]);
            call.arg(place.created_at).arg(place.key)
        })
        .collect();
    aided(store.link.call_all(&calls).await);
}

/// The commands that keep the lists of lasting records alive.
pub(super) fn renewals() -> Vec<Cmd> {
    let lists = [List::Users, List::Clients, List::Bans];
    let renew = |list: String| {
        let mut expire = redis::cmd("EXPIRE");
        expire.arg(list).arg(LIFE);
        expire
    };
    lists
        .into_iter()
        .flat_map(List::shards)
        .map(renew)
        .collect()
}

/// What a list lacks is found missing by nobody but a reader of lists.
fn aided<T>(outcome: Result<T, StoreError>) {
    if let Err(error) = outcome {
        log::warn!("a list could not be brought up to date: {error}");
    }
}
