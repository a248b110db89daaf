//! Users.

use redb::ReadableTable as _;

use super::end::{self, Reach};
use super::fault::{Fault, Stop};
use super::lists::{self, USERS_LIST};
use super::rows::UserRow;
use super::tables::{CLIENTS, NAMES, Reading, USERS, Writer, record};
use crate::id::SlotTag;
use crate::store::{Cause, Durability, Ended, UserChange, UserRecord};

/// A user by its slot.
pub(super) fn read(reading: &impl Reading, slot: &str) -> Result<Option<UserRecord>, Fault> {
    let row: Option<UserRow> = record(reading, USERS, slot)?;
    Ok(row.map(Into::into))
}

/// A user by its name.
pub(super) fn by_name(reading: &impl Reading, name: &str) -> Result<Option<UserRecord>, Fault> {
    let names = reading.read(NAMES)?;
    match names.get(name)? {
        Some(slot) => read(reading, slot.value()),
        None => Ok(None),
    }
}

/// Creates a user and gives its version.
pub(super) fn create(writer: &Writer, user: &UserRecord) -> Result<u64, Stop> {
    let slot = user.sub.slot();
    let key = slot.as_str();
    let taken = writer.table(USERS)?.get(key)?.is_some()
        || writer.table(CLIENTS)?.get(key)?.is_some()
        || writer.table(NAMES)?.get(user.username.as_str())?.is_some();
    if taken {
        return Err(Stop::Conflict);
    }
    let version = writer.next_version()?;
    let row = UserRecord {
        version,
        ..user.clone()
    };
    put(writer, key, &row)?;
    writer.table(NAMES)?.insert(user.username.as_str(), key)?;
    lists::add(writer, USERS_LIST, user.created_at, key)?;
    Ok(version)
}

/// Changes a user and ends what the change ends.
pub(super) fn update(
    writer: &Writer,
    slot: &SlotTag,
    change: &UserChange,
    cause: &Cause,
    durability: Durability,
) -> Result<Option<(UserRecord, Ended)>, Stop> {
    let Some(mut user) = read(writer, slot.as_str())? else {
        return Ok(None);
    };
    if let Some(roles) = &change.roles {
        user.roles.clone_from(roles);
    }
    if change.password_hash.is_some() {
        user.password_hash.clone_from(&change.password_hash);
    }
    user.disabled = change.disabled.unwrap_or(user.disabled);
    user.version = writer.next_version()?;
    put(writer, slot.as_str(), &user)?;

    let ended = if change.ends_sessions() {
        end::subject(writer, slot, Reach::Everything, cause, durability)?
    } else if change.ends_tokens() {
        end::subject(writer, slot, Reach::Tokens, cause, durability)?
    } else {
        Ended {
            sessions: 0,
            tokens: 0,
            durability,
        }
    };
    Ok(Some((user, ended)))
}

/// Replaces a password's hash by another of the same password.
pub(super) fn rehash(
    writer: &Writer,
    slot: &SlotTag,
    version: u64,
    hash: &str,
) -> Result<(), Stop> {
    if let Some(mut user) = read(writer, slot.as_str())?
        && user.version == version
    {
        user.password_hash = Some(hash.to_owned());
        put(writer, slot.as_str(), &user)?;
    }
    Ok(())
}

/// Deletes a user and ends all that it has.
pub(super) fn delete(
    writer: &Writer,
    slot: &SlotTag,
    cause: &Cause,
    durability: Durability,
) -> Result<Option<Ended>, Stop> {
    let key = slot.as_str();
    let Some(user) = read(writer, key)? else {
        return Ok(None);
    };
    writer.table(USERS)?.remove(key)?;
    writer.table(NAMES)?.remove(user.username.as_str())?;
    lists::remove(writer, USERS_LIST, user.created_at, key)?;
    let ended = end::subject(writer, slot, Reach::Everything, cause, durability)?;
    Ok(Some(ended))
}

fn put(writer: &Writer, key: &str, user: &UserRecord) -> Result<(), Fault> {
    writer.put(USERS, key, &UserRow::from(user))
}
