//! Bans.

use redis::{Cmd, Value};

use super::backend::RedisStore;
use super::durability::durability;
use super::ending::ended;
use super::lists::{self, Kept, Source};
use super::names::{self, List};
use super::record::{self, json};
use super::reply::read;
use super::scripts::SCRIPTS;
use crate::id::SlotTag;
use crate::store::{Ban, Cause, Durability, Ended, Listed, Page, StoreError};

/// Bans a subject and ends all that it has.
pub(super) async fn ban(store: &RedisStore, ban: &Ban, cause: &Cause) -> Result<Ended, StoreError> {
    let now = store.now();
    let slot = ban.subject.slot();
    let seconds = ban.until.map(|until| until.saturating_sub(now).to_string());
    let call = SCRIPTS.ban.on(&names::subject(&slot));
    let call = call
        .arg(now)
        .arg(json(cause))
        .arg(json(ban))
        .arg(seconds.unwrap_or_default());
    let reply = store.link.call(call).await?;
    lists::enter(store, List::Bans, &slot, ban.created_at).await;
    ended(store, &slot, reply).await
}

/// Lifts a ban.
pub(super) async fn unban(store: &RedisStore, slot: &SlotTag) -> Result<Durability, StoreError> {
    let mut del = redis::cmd("DEL");
    del.arg(names::ban(slot));
    let _: u64 = read(store.link.ask(&del).await?)?;
    lists::forget(store, &List::Bans.shard(slot), &[slot.to_string()]).await;
    durability(&store.link).await
}

/// Standing bans, newest first.
pub(super) async fn list(store: &RedisStore, page: &Page) -> Result<Listed<Ban>, StoreError> {
    lists::page(store, Source::of(List::Bans), page, &|_| true).await
}

impl Kept for Ban {
    fn read(key: &str) -> Option<Cmd> {
        let mut get = redis::cmd("GET");
        get.arg(names::ban(&record::slot(key)?));
        Some(get)
    }

    fn decode(_key: &str, reply: Value, now: u64) -> Result<Option<Self>, StoreError> {
        record::ban(reply, now)
    }
}
