//! Tokens: the check, and recording one that has no session.

use redis::Value;

use super::backend::RedisStore;
use super::names;
use super::record::{flag, from_json};
use super::reply::{corrupt, read};
use super::scripts::{Call, SCRIPTS};
use crate::id::{Jti, Recorded};
use crate::store::{Entry, Guard, Parent, Refusal, StoreError};

const FOREIGN: &str = "what is recorded for a token";

/// The check: one `GET`.
pub(super) async fn liveness(
    store: &RedisStore,
    jti: &Jti,
) -> Result<Option<Recorded>, StoreError> {
    let mut get = redis::cmd("GET");
    get.arg(names::token(jti));
    // Only a nil says that the token is dead. Anything that is not understood is an error.
    match store.link.ask(&get).await? {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => {
            let recorded = std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.parse().ok());
            recorded.map(Some).ok_or_else(|| corrupt(FOREIGN))
        }
        _ => Err(corrupt(FOREIGN)),
    }
}

/// Records a token that has no session.
pub(super) async fn record(
    store: &RedisStore,
    entry: &Entry,
    guard: &Guard,
) -> Result<Result<(), Refusal>, StoreError> {
    let slot = entry.jti.slot();
    let mut keys = names::subject(&slot).to_vec();
    keys.push(names::token(&entry.jti));
    let call = guarded(SCRIPTS.record.on(&keys), store.now(), guard);
    let call = call
        .arg(names::token_member(&entry.jti, None))
        .arg(entry.recorded.as_str())
        .arg(entry.exp);
    Ok(refusal(store.link.call(call).await?)?.map(drop))
}

/// Records a token that was exchanged for another one.
pub(super) async fn exchange(
    store: &RedisStore,
    entry: &Entry,
    parent: &Parent,
    guard: &Guard,
) -> Result<Result<(), Refusal>, StoreError> {
    let slot = entry.jti.slot();
    let mut keys = names::subject(&slot).to_vec();
    keys.extend([names::token(&entry.jti), names::token(&parent.jti)]);
    keys.extend(parent.sid.as_ref().map(names::session));
    let call = guarded(SCRIPTS.exchange.on(&keys), store.now(), guard);
    let call = call
        .arg(names::exchanged_member(&entry.jti, parent))
        .arg(entry.recorded.as_str())
        .arg(entry.exp)
        .arg(parent.recorded.as_str());
    Ok(refusal(store.link.call(call).await?)?.map(drop))
}

/// The first arguments of every script that records.
pub(super) fn guarded<'a>(call: Call<'a>, now: u64, guard: &Guard) -> Call<'a> {
    call.arg(now).arg(guard.version).arg(flag(guard.client))
}

/// What a recording script answered: what it adds to its "ok", or why it refused.
pub(super) fn refusal(reply: Value) -> Result<Result<Vec<String>, Refusal>, StoreError> {
    let parts: Vec<String> = read(reply)?;
    let mut parts = parts.into_iter();
    let word = parts.next().unwrap_or_default();
    Ok(Err(match word.as_str() {
        "ok" => return Ok(Ok(parts.collect())),
        "banned" => Refusal::Banned(from_json(&parts.next().unwrap_or_default())?),
        "disabled" => Refusal::Disabled,
        "stale" => Refusal::Stale,
        "lost" => Refusal::Lost,
        "gone" => Refusal::Gone,
        "collision" => Refusal::Collision,
        "is_client" => Refusal::IsClient,
        "crowded" => Refusal::Crowded,
        _ => return Err(corrupt("a reply that is none of ours")),
    }))
}

/// Whether the server takes writes: only a write can tell.
pub(super) async fn ready(store: &RedisStore) -> Result<(), StoreError> {
    let mut set = redis::cmd("SET");
    set.arg(names::READY).arg(store.now()).arg("EX").arg(60);
    match store.link.ask(&set).await? {
        Value::Okay => Ok(()),
        _ => Err(corrupt("a reply to SET")),
    }
}
