//! Clients.

use redis::{Cmd, Value};

use super::backend::RedisStore;
use super::durability::durability;
use super::lists::{self, Kept, Source};
use super::names::{self, List};
use super::record::{self, json, parse};
use super::reply::read;
use super::scripts::{Call, SCRIPTS};
use crate::id::SlotTag;
use crate::store::{ClientRecord, Durability, Listed, Page, StoreError, Write};

/// Creates a client.
pub(super) async fn create(store: &RedisStore, client: &ClientRecord) -> Result<Write, StoreError> {
    let call = SCRIPTS.create_client.on(&names::subject(&client.id.slot()));
    written(store, client, call.arg(store.now()).arg(json(client))).await
}

/// Replaces a client that has not changed since it was read.
pub(super) async fn replace(
    store: &RedisStore,
    client: &ClientRecord,
) -> Result<Write, StoreError> {
    let call = SCRIPTS
        .replace_client
        .on(&names::subject(&client.id.slot()));
    let call = call.arg(store.now()).arg(json(client)).arg(client.version);
    written(store, client, call).await
}

async fn written(
    store: &RedisStore,
    client: &ClientRecord,
    call: Call<'_>,
) -> Result<Write, StoreError> {
    let version = parse(&read::<String>(store.link.call(call).await?)?)?;
    if version == 0 {
        return Ok(Write::Conflict);
    }
    lists::enter(store, List::Clients, &client.id.slot(), client.created_at).await;
    Ok(Write::Done(version))
}

/// The client with this id.
pub(super) async fn by_id(
    store: &RedisStore,
    id: &str,
) -> Result<Option<ClientRecord>, StoreError> {
    let mut get = redis::cmd("HGETALL");
    get.arg(names::client(&SlotTag::of(id)));
    let client = record::client(store.link.ask(&get).await?)?;
    Ok(client.filter(|client| client.id.as_str() == id))
}

/// Deletes a client.
pub(super) async fn delete(store: &RedisStore, id: &str) -> Result<Option<Durability>, StoreError> {
    let slot = SlotTag::of(id);
    let mut del = redis::cmd("DEL");
    del.arg(names::client(&slot));
    let deleted: u64 = read(store.link.ask(&del).await?)?;
    lists::forget(store, &List::Clients.shard(&slot), &[slot.to_string()]).await;
    if deleted == 0 {
        return Ok(None);
    }
    durability(&store.link).await.map(Some)
}

/// Clients, newest first.
pub(super) async fn list(
    store: &RedisStore,
    page: &Page,
) -> Result<Listed<ClientRecord>, StoreError> {
    lists::page(store, Source::of(List::Clients), page, &|_| true).await
}

impl Kept for ClientRecord {
    fn read(key: &str) -> Option<Cmd> {
        let mut get = redis::cmd("HGETALL");
        get.arg(names::client(&record::slot(key)?));
        Some(get)
    }

    fn decode(_key: &str, reply: Value, _now: u64) -> Result<Option<Self>, StoreError> {
        record::client(reply)
    }
}
