//! Clients.

use redb::ReadableTable as _;

use super::fault::{Fault, Stop};
use super::lists::{self, CLIENTS_LIST};
use super::sessions;
use super::tables::{CLIENTS, Reading, USERS, Writer, record};
use crate::id::SlotTag;
use crate::store::ClientRecord;

/// A client by its id.
pub(super) fn by_id(reading: &impl Reading, id: &str) -> Result<Option<ClientRecord>, Fault> {
    read(reading, SlotTag::of(id).as_str())
}

/// A client by its slot.
pub(super) fn read(reading: &impl Reading, slot: &str) -> Result<Option<ClientRecord>, Fault> {
    record(reading, CLIENTS, slot)
}

/// Creates a client and gives its version.
pub(super) fn create(writer: &Writer, client: &ClientRecord) -> Result<u64, Stop> {
    let slot = client.id.slot();
    let key = slot.as_str();
    let taken = writer.table(CLIENTS)?.get(key)?.is_some()
        || writer.table(USERS)?.get(key)?.is_some()
        || has_session(writer, &slot)?;
    if taken {
        return Err(Stop::Conflict);
    }
    let version = put(writer, key, client)?;
    lists::add(writer, CLIENTS_LIST, client.created_at, key)?;
    Ok(version)
}

/// Replaces a client at the version that was read, and gives the new one.
pub(super) fn replace(writer: &Writer, client: &ClientRecord) -> Result<u64, Stop> {
    let slot = client.id.slot();
    let key = slot.as_str();
    let Some(old) = read(writer, key)?.filter(|old| old.version == client.version) else {
        return Err(Stop::Conflict);
    };
    lists::remove(writer, CLIENTS_LIST, old.created_at, key)?;
    lists::add(writer, CLIENTS_LIST, client.created_at, key)?;
    Ok(put(writer, key, client)?)
}

/// Deletes a client; `false` when there is none.
pub(super) fn delete(writer: &Writer, id: &str) -> Result<bool, Stop> {
    let slot = SlotTag::of(id);
    let key = slot.as_str();
    let Some(client) = read(writer, key)? else {
        return Ok(false);
    };
    writer.table(CLIENTS)?.remove(key)?;
    lists::remove(writer, CLIENTS_LIST, client.created_at, key)?;
    Ok(true)
}

fn put(writer: &Writer, key: &str, client: &ClientRecord) -> Result<u64, Fault> {
    let version = writer.next_version()?;
    let row = ClientRecord {
        version,
        ..client.clone()
    };
    writer.put(CLIENTS, key, &row)?;
    Ok(version)
}

fn has_session(writer: &Writer, slot: &SlotTag) -> Result<bool, Fault> {
    let now = writer.now();
    let sessions = sessions::of_subject(writer, slot)?;
    Ok(sessions.iter().any(|(_, session)| session.expires_at > now))
}
