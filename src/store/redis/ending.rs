//! Ending things, and why they were ended.

use std::collections::HashSet;

use redis::Value;

use super::backend::RedisStore;
use super::durability::durability;
use super::names::{self, Member};
use super::record::{from_json, json};
use super::reply::read;
use super::scripts::SCRIPTS;
use super::sessions;
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
    sessions::forget(store, slot, &tails).await?;
    Ok(Ended {
        sessions,
        tokens,
        durability: durability(&store.link).await?,
    })
}

/// What [`revoke`] would end. The index is read first and the keys after it, so what is recorded
/// in between is not counted: a count is out of date when it arrives, in any case.
pub(super) async fn count(store: &RedisStore, target: &Target) -> Result<Ended, StoreError> {
    let slot = target.slot();
    let mut range = redis::cmd("ZRANGE");
    range.arg(names::index(&slot)).arg(0).arg(-1);
    let members: Vec<String> = read(store.link.ask(&range).await?)?;
    let members = members.iter().map(|member| Member::parse(member));
    let members = members.collect::<Result<Vec<_>, _>>()?;
    let exchanged = exchanged(target, &members);
    let (mut sessions, mut tokens) = (Vec::new(), Vec::new());
    for member in members {
        match member {
            Member::Session(tail) if chosen(target, None, Some(tail)) => {
                sessions.push(names::session(&Sid::new(slot, tail)));
            }
            Member::Token(tail, owner) if chosen(target, Some(tail), owner) => {
                tokens.push(names::token(&Jti::new(slot, tail)));
            }
            Member::Exchanged(tail, _)
                if exchanged.contains(&tail) || chosen(target, Some(tail), None) =>
            {
                tokens.push(names::token(&Jti::new(slot, tail)));
            }
            _ => {}
        }
    }
    Ok(Ended {
        sessions: alive(store, &sessions).await?,
        tokens: alive(store, &tokens).await?,
        durability: durability(&store.link).await?,
    })
}

/// What dies with a token because it was exchanged for it, or for what was.
fn exchanged(target: &Target, members: &[Member]) -> HashSet<Tail> {
    let mut dying = HashSet::new();
    if let Target::Token(jti) = target {
        dying.insert(jti.tail());
    }
    loop {
        let before = dying.len();
        for member in members {
            if let Member::Exchanged(tail, parent) = member
                && dying.contains(parent)
            {
                dying.insert(*tail);
            }
        }
        if dying.len() == before {
            return dying;
        }
    }
}

/// What the ending scripts choose from the index, said once more for the count.
fn chosen(target: &Target, token: Option<Tail>, owner: Option<Tail>) -> bool {
    match target {
        Target::Token(jti) => token == Some(jti.tail()),
        Target::Session(sid) => owner == Some(sid.tail()),
        Target::Others(sid) => owner.is_some_and(|tail| tail != sid.tail()),
        Target::Subject(_) => true,
    }
}

/// How many of these keys exist.
async fn alive(store: &RedisStore, keys: &[String]) -> Result<u64, StoreError> {
    let mut count = 0;
    for part in keys.chunks(1_000) {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(part);
        count += read::<u64>(store.link.ask(&exists).await?)?;
    }
    Ok(count)
}

/// Why a token is not alive: the token's own end, then its session's, then its subject's.
///
/// An end of all that a subject had says nothing of a token that was issued after it: the caller
/// compares [`Cause::at`] with the token's `iat`.
pub(super) async fn cause(
    store: &RedisStore,
    slot: &SlotTag,
    jti: Option<&Jti>,
    sid: Option<&Sid>,
) -> Result<Option<Cause>, StoreError> {
    let mut get = redis::cmd("MGET");
    for tail in [jti.map(Jti::tail), sid.map(Sid::tail)]
        .into_iter()
        .flatten()
    {
        get.arg(names::cause_of(slot, tail));
    }
    get.arg(names::cause(slot));
    let found: Vec<Option<String>> = read(store.link.ask(&get).await?)?;
    let first = found.into_iter().flatten().next();
    first.map(|text| from_json(&text)).transpose()
}

/// Why a token was ended, if that is kept for it alone.
pub(super) async fn cause_of(store: &RedisStore, jti: &Jti) -> Result<Option<Cause>, StoreError> {
    let mut get = redis::cmd("GET");
    get.arg(names::cause_of(&jti.slot(), jti.tail()));
    let found: Option<String> = read(store.link.ask(&get).await?)?;
    found.map(|text| from_json(&text)).transpose()
}
