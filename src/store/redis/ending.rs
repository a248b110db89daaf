//! Ending things, and why they were ended.

use redis::Value;

use super::backend::RedisStore;
use super::durability::durability;
use super::record::{from_json, json, parse};
use super::reply::read;
use super::scripts::SCRIPTS;
use super::{lists, names};
use crate::id::{Jti, Sid, SlotTag, Tail};
use crate::store::{Cause, Ended, StoreError, Target};

/// Ends what the target names.
pub(super) async fn revoke(
    store: &RedisStore,
    target: &Target,
    cause: &Cause,
) -> Result<Ended, StoreError> {
    let (script, slot, own, tail) = match target {
        Target::Token(jti) => {
            let own = Some((names::token(jti), jti.tail()));
            (&SCRIPTS.revoke_token, jti.slot(), own, Some(jti.tail()))
        }
        Target::Session(sid) => {
            let own = Some((names::session(sid), sid.tail()));
            (&SCRIPTS.revoke_session, sid.slot(), own, Some(sid.tail()))
        }
        Target::Others(sid) => (&SCRIPTS.revoke_others, sid.slot(), None, Some(sid.tail())),
        Target::Subject(slot) => (&SCRIPTS.revoke_subject, *slot, None, None),
    };
    let mut keys = names::subject(&slot).to_vec();
    if let Some((key, tail)) = own {
        keys.extend([key, names::cause_of(&slot, tail)]);
    }
    let mut call = script.on(&keys).arg(store.now()).arg(json(cause));
    if let Some(tail) = tail {
        call = call.arg(tail.as_str());
    }
    let reply = store.link.call(call).await?;
    ended(store, &slot, reply).await
}

/// Reads what an ending script ended, takes it off the lists, and asks how safe it is.
pub(super) async fn ended(
    store: &RedisStore,
    slot: &SlotTag,
    reply: Value,
) -> Result<Ended, StoreError> {
    let (sessions, tokens, tails): (u64, u64, Vec<String>) = read(reply)?;
    let mut sids = Vec::with_capacity(tails.len());
    for tail in tails {
        sids.push(Sid::new(*slot, parse::<Tail>(&tail)?).to_string());
    }
    lists::forget(store, &names::List::Sessions.shard(slot), &sids).await;
    Ok(Ended {
        sessions,
        tokens,
        durability: durability(&store.link).await?,
    })
}

/// Why a token is not alive: the token's own end, then its session's, then its subject's.
///
/// An end of all that a subject had says nothing of a token that was issued after it: the caller
/// compares [`Cause::at`] with the token's `iat`.
pub(super) async fn cause(
    store: &RedisStore,
    jti: &Jti,
    sid: Option<&Sid>,
) -> Result<Option<Cause>, StoreError> {
    let mut get = redis::cmd("MGET");
    get.arg(names::cause_of(&jti.slot(), jti.tail()));
    if let Some(sid) = sid {
        get.arg(names::cause_of(&sid.slot(), sid.tail()));
    }
    get.arg(names::cause(&jti.slot()));
    let found: Vec<Option<String>> = read(store.link.ask(&get).await?)?;
    let first = found.into_iter().flatten().next();
    first.map(|text| from_json(&text)).transpose()
}
