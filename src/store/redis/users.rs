//! Users and their names.

use redis::{Cmd, Value};

use super::backend::RedisStore;
use super::ending::ended;
use super::lists::{self, Kept, Source};
use super::names::{self, List};
use super::record::{self, Fields, flag, json, parse, user_fields};
use super::reply::{corrupt, parts, read};
use super::scripts::SCRIPTS;
use crate::id::{SlotTag, Subject};
use crate::store::{
    Cause, Ended, Listed, Page, Standing, StoreError, UserChange, UserRecord, Write,
};

/// What stands about a subject, read in one step.
pub(super) async fn standing(store: &RedisStore, slot: &SlotTag) -> Result<Standing, StoreError> {
    let now = store.now();
    let call = SCRIPTS.standing.on(&names::subject(slot)).arg(now);
    let [user, ban, is_client] = parts(store.link.call(call).await?)?;
    read_standing(user, ban, is_client, now)
}

/// Reads what the scripts' `standing()` gives.
pub(super) fn read_standing(
    user: Value,
    ban: Value,
    is_client: Value,
    now: u64,
) -> Result<Standing, StoreError> {
    Ok(Standing {
        user: record::user(user)?,
        ban: record::ban(ban, now)?,
        is_client: read::<u64>(is_client)? == 1,
    })
}

/// Creates a user: the name is claimed first, then the user is written, then the claim is looked
/// at again.
///
/// Name and user lie in different slots, so this is three steps. A crash in between leaves a claim
/// on a name for a user that does not exist; the next one who wants the name takes it over, and
/// whoever lost a claim in this way finds out in the third step and withdraws.
pub(super) async fn create(store: &RedisStore, user: &UserRecord) -> Result<Write, StoreError> {
    if !claim(store, &user.username, &user.sub).await? {
        return Ok(Write::Conflict);
    }
    let slot = user.sub.slot();
    let call = SCRIPTS
        .create_user
        .on(&names::subject(&slot))
        .arg(store.now());
    let call = user_fields(user)
        .into_iter()
        .fold(call, |call, (name, value)| call.arg(name).arg(value));
    let (word, answer): (String, String) = read(store.link.call(call).await?)?;
    if word != "ok" {
        // The claim is somebody's only if the user who has the id has this name too.
        if answer != user.username {
            rename(store, &user.username, &user.sub, None).await?;
        }
        return Ok(Write::Conflict);
    }
    let version = parse(&answer)?;
    if holder(store, &user.username).await?.as_ref() != Some(&user.sub) {
        let mut del = redis::cmd("DEL");
        del.arg(names::user(&slot));
        let _: u64 = read(store.link.ask(&del).await?)?;
        return Ok(Write::Conflict);
    }
    lists::enter(store, List::Users, &slot, user.created_at).await;
    Ok(Write::Done(version))
}

/// Claims a name; `false` if it is another user's.
async fn claim(store: &RedisStore, name: &str, sub: &Subject) -> Result<bool, StoreError> {
    let mut set = redis::cmd("SET");
    set.arg(names::username(name)).arg(sub.as_str()).arg("NX");
    if store.link.ask(&set).await? == Value::Okay {
        return Ok(true);
    }
    match holder(store, name).await? {
        Some(other) if other == *sub => Ok(true),
        Some(other) => {
            let user = by_slot(store, &other.slot()).await?;
            if user.is_some_and(|user| user.username == name) {
                return Ok(false);
            }
            rename(store, name, &other, Some(sub)).await
        }
        // Freed in this moment. Whoever asks again will have it.
        None => Ok(false),
    }
}

/// Gives a name to another subject, or frees it, if it still is `from`'s.
async fn rename(
    store: &RedisStore,
    name: &str,
    from: &Subject,
    to: Option<&Subject>,
) -> Result<bool, StoreError> {
    let call = SCRIPTS.name.on(&[names::username(name)]).arg(from.as_str());
    let call = call.arg(to.map_or("", Subject::as_str));
    Ok(read::<u64>(store.link.call(call).await?)? == 1)
}

/// Whose a name is.
async fn holder(store: &RedisStore, name: &str) -> Result<Option<Subject>, StoreError> {
    let mut get = redis::cmd("GET");
    get.arg(names::username(name));
    let sub: Option<String> = read(store.link.ask(&get).await?)?;
    sub.map(|sub| sub.parse().map_err(|_| corrupt("a user name's subject")))
        .transpose()
}

/// The user with this normalised name.
pub(super) async fn by_name(
    store: &RedisStore,
    name: &str,
) -> Result<Option<UserRecord>, StoreError> {
    let Some(sub) = holder(store, name).await? else {
        return Ok(None);
    };
    let user = by_slot(store, &sub.slot()).await?;
    Ok(user.filter(|user| user.sub == sub && user.username == name))
}

async fn by_slot(store: &RedisStore, slot: &SlotTag) -> Result<Option<UserRecord>, StoreError> {
    let mut get = redis::cmd("HGETALL");
    get.arg(names::user(slot));
    record::user(store.link.ask(&get).await?)
}

/// Changes a user, in one step with what the change ends.
pub(super) async fn update(
    store: &RedisStore,
    slot: &SlotTag,
    change: &UserChange,
    cause: &Cause,
) -> Result<Option<(UserRecord, Ended)>, StoreError> {
    let ends = match (change.ends_sessions(), change.ends_tokens()) {
        (true, _) => "all",
        (false, true) => "tokens",
        (false, false) => "nothing",
    };
    let call = SCRIPTS.update_user.on(&names::subject(slot));
    let call = call.arg(store.now()).arg(json(cause)).arg(ends);
    let call = changed_fields(change)
        .into_iter()
        .fold(call, |call, (name, value)| call.arg(name).arg(value));
    let reply = store.link.call(call).await?;
    if reply == Value::Nil {
        return Ok(None);
    }
    let [fields, counts] = parts(reply)?;
    let user = record::user(fields)?.ok_or_else(|| corrupt("a user without fields"))?;
    lists::enter(store, List::Users, slot, user.created_at).await;
    Ok(Some((user, ended(store, slot, counts).await?)))
}

fn changed_fields(change: &UserChange) -> Fields {
    let mut fields = Fields::new();
    fields.extend(change.roles.as_ref().map(|roles| ("roles", json(roles))));
    fields.extend(
        change
            .password_hash
            .clone()
            .map(|hash| ("password_hash", hash)),
    );
    fields.extend(
        change
            .disabled
            .map(|disabled| ("disabled", flag(disabled).to_owned())),
    );
    fields
}

/// Replaces a password's hash by another of the same password.
pub(super) async fn rehash(
    store: &RedisStore,
    slot: &SlotTag,
    version: u64,
    hash: &str,
) -> Result<(), StoreError> {
    let call = SCRIPTS
        .rehash
        .on(&[names::user(slot)])
        .arg(version)
        .arg(hash);
    // Whether it was replaced is nobody's concern: another version has another password.
    let _: u64 = read(store.link.call(call).await?)?;
    Ok(())
}

/// Deletes a user and ends all that it has.
///
/// The name is freed first: a crash in between leaves a user who cannot log in, and the repeat
/// finishes it. The other way round it could free the name of a user made anew in between.
pub(super) async fn delete(
    store: &RedisStore,
    slot: &SlotTag,
    cause: &Cause,
) -> Result<Option<Ended>, StoreError> {
    if let Some(user) = by_slot(store, slot).await? {
        rename(store, &user.username, &user.sub, None).await?;
    }
    let call = SCRIPTS.delete_user.on(&names::subject(slot));
    let reply = store
        .link
        .call(call.arg(store.now()).arg(json(cause)))
        .await?;
    lists::forget(store, &List::Users.shard(slot), &[slot.to_string()]).await;
    match reply {
        Value::Nil => Ok(None),
        counts => Ok(Some(ended(store, slot, counts).await?)),
    }
}

/// Users, newest first.
pub(super) async fn list(
    store: &RedisStore,
    page: &Page,
) -> Result<Listed<UserRecord>, StoreError> {
    lists::page(store, Source::of(List::Users), page, &|_| true).await
}

impl Kept for UserRecord {
    fn read(key: &str) -> Option<Cmd> {
        let mut get = redis::cmd("HGETALL");
        get.arg(names::user(&record::slot(key)?));
        Some(get)
    }

    fn decode(_key: &str, reply: Value, _now: u64) -> Result<Option<Self>, StoreError> {
        record::user(reply)
    }
}
