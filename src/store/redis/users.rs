//! Users and their names.

use redis::{Cmd, Value};

use super::backend::RedisStore;
use super::claims::{self, Claim};
use super::ending::ended;
use super::lists::{self, Kept, Source};
use super::names::{self, List};
use super::record::{self, Fields, flag, json, parse, user_fields};
use super::reply::{corrupt, parts, read};
use super::scripts::SCRIPTS;
use crate::id::SlotTag;
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

/// Creates a user: begins, claims the name, writes the user.
///
/// These are three steps, since name and user lie in different slots; [`Claim`] says why nobody
/// comes in between. What stops before the last step leaves a name that the next one can have.
pub(super) async fn create(store: &RedisStore, user: &UserRecord) -> Result<Write, StoreError> {
    let Some(claim) = Claim::begin(store, &user.sub).await? else {
        return Ok(Write::Conflict);
    };
    if !claim.take(store, &user.username).await? {
        return Ok(Write::Conflict);
    }
    let slot = user.sub.slot();
    let call = SCRIPTS.create_user.on(&claims::keys(&slot));
    let call = call.arg(store.now()).arg(claim.number());
    let call = user_fields(user)
        .into_iter()
        .fold(call, |call, (name, value)| call.arg(name).arg(value));
    let version = parse(&read::<String>(store.link.call(call).await?)?)?;
    if version == 0 {
        claim.release(store, &user.username).await?;
        return Ok(Write::Conflict);
    }
    lists::enter(store, List::Users, &slot, user.created_at).await;
    Ok(Write::Done(version))
}

/// The user with this normalised name.
pub(super) async fn by_name(
    store: &RedisStore,
    name: &str,
) -> Result<Option<UserRecord>, StoreError> {
    let Some(Claim { sub, .. }) = Claim::on(store, name).await? else {
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

/// Deletes a user and ends all that it has; then its name is free.
///
/// A stop in between leaves a claim whose user is gone, and the next one can have the name. The claim
/// is read before: that of a user made anew meanwhile is another one, and stays.
pub(super) async fn delete(
    store: &RedisStore,
    slot: &SlotTag,
    cause: &Cause,
) -> Result<Option<Ended>, StoreError> {
    let user = by_slot(store, slot).await?;
    let claim = match &user {
        Some(user) => Claim::on(store, &user.username).await?,
        None => None,
    };
    let call = SCRIPTS.delete_user.on(&claims::keys(slot));
    let call = call.arg(store.now()).arg(json(cause));
    let reply = store.link.call(call).await?;
    if let (Some(user), Some(claim)) = (user, claim)
        && claim.sub == user.sub
    {
        claim.release(store, &user.username).await?;
    }
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
