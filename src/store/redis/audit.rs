//! The audit: a stream of the last 100,000 events.

use std::collections::HashMap;

use super::backend::RedisStore;
use super::names;
use super::record::{from_json, json};
use super::reply::{corrupt, read};
use super::scripts::SCRIPTS;
use crate::store::{AuditEvent, StoreError};

const MOST_EVENTS: u32 = 100_000;

/// Appends an event.
pub(super) async fn append(store: &RedisStore, event: &AuditEvent) -> Result<(), StoreError> {
    let call = SCRIPTS.audit.on(&[names::AUDIT]);
    let call = call.arg(MOST_EVENTS).arg(json(event));
    let _: String = read(store.link.call(call).await?)?;
    Ok(())
}

/// Events with their ids, newest first, after the one that the cursor names. What is not an id of
/// the stream leads nowhere.
pub(super) async fn page(
    store: &RedisStore,
    cursor: Option<&str>,
    limit: usize,
) -> Result<(Vec<(String, AuditEvent)>, Option<String>), StoreError> {
    if cursor.is_some_and(|cursor| !is_id(cursor)) {
        return Ok((Vec::new(), None));
    }
    let from = cursor.map_or_else(|| "+".to_owned(), |id| format!("({id}"));
    let mut range = redis::cmd("XREVRANGE");
    // One more than asked for, to know whether there are more.
    range
        .arg(names::AUDIT)
        .arg(from)
        .arg("-")
        .arg("COUNT")
        .arg(limit + 1);
    let found: Vec<(String, HashMap<String, String>)> = read(store.link.ask(&range).await?)?;
    let more = found.len() > limit;
    let mut events = Vec::with_capacity(limit);
    for (id, mut fields) in found.into_iter().take(limit) {
        let event = fields
            .remove("event")
            .ok_or_else(|| corrupt("an audit entry"))?;
        events.push((id, from_json(&event)?));
    }
    let next = events.last().filter(|_| more).map(|(id, _)| id.clone());
    Ok((events, next))
}

/// Whether this is a stream's id, and nothing that Redis would read otherwise.
fn is_id(cursor: &str) -> bool {
    let number = |part: &str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits && part.parse::<u64>().is_ok()
    };
    cursor
        .split_once('-')
        .is_some_and(|(millis, seq)| number(millis) && number(seq))
}
