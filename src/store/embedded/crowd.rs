//! How many tokens and sessions a subject has.

use redb::ReadableTable as _;

use super::fault::{Fault, Stop};
use super::tables::{CROWDS, Reading as _, SESSIONS, TOKENS, Writer};
use super::{sessions, tokens};
use crate::id::SlotTag;
use crate::store::Refusal;

/// A subject has at most this many live tokens and sessions.
const LIMIT: u64 = 10_000;

/// Stops unless there is room for so many more.
///
/// What is stored may have expired; only when that could matter is it looked at, and removed.
pub(super) fn room(writer: &Writer, slot: &SlotTag, more: u64) -> Result<(), Stop> {
    let (stored, earliest) = crowd(writer, slot)?;
    if stored + more <= LIMIT {
        return Ok(());
    }
    if earliest <= writer.now() && trim(writer, slot)? + more <= LIMIT {
        return Ok(());
    }
    Err(Stop::Refused(Refusal::Crowded))
}

/// Counts one more that expires then.
pub(super) fn joined(writer: &Writer, slot: &SlotTag, expires_at: u64) -> Result<(), Fault> {
    let (stored, earliest) = crowd(writer, slot)?;
    set(writer, slot, stored + 1, earliest.min(expires_at))
}

/// Counts so many less.
pub(super) fn left(writer: &Writer, slot: &SlotTag, gone: usize) -> Result<(), Fault> {
    let (stored, earliest) = crowd(writer, slot)?;
    set(writer, slot, stored.saturating_sub(gone as u64), earliest)
}

/// Notes that something which is counted expires earlier than before.
pub(super) fn hurried(writer: &Writer, slot: &SlotTag, expires_at: u64) -> Result<(), Fault> {
    let (stored, earliest) = crowd(writer, slot)?;
    set(writer, slot, stored, earliest.min(expires_at))
}

fn crowd(writer: &Writer, slot: &SlotTag) -> Result<(u64, u64), Fault> {
    let table = writer.table(CROWDS)?;
    let row = table.get(slot.as_str())?;
    Ok(row.map_or((0, u64::MAX), |row| row.value()))
}

fn set(writer: &Writer, slot: &SlotTag, stored: u64, earliest: u64) -> Result<(), Fault> {
    let mut table = writer.table(CROWDS)?;
    if stored == 0 {
        table.remove(slot.as_str())?;
    } else {
        table.insert(slot.as_str(), (stored, earliest))?;
    }
    Ok(())
}

/// Removes what has expired and gives how many are left.
fn trim(writer: &Writer, slot: &SlotTag) -> Result<u64, Fault> {
    let now = writer.now();
    let mut live = 0;
    let mut earliest = u64::MAX;
    for (jti, token) in tokens::of_subject(writer, slot)? {
        if token.exp <= now {
            writer.table(TOKENS)?.remove(jti.as_str())?;
        } else {
            live += 1;
            earliest = earliest.min(token.exp);
        }
    }
    for (sid, session) in sessions::of_subject(writer, slot)? {
        if session.expires_at <= now {
            sessions::unlist(writer, &sid, &session)?;
            writer.table(SESSIONS)?.remove(sid.as_str())?;
        } else {
            live += 1;
            earliest = earliest.min(session.expires_at);
        }
    }
    set(writer, slot, live, earliest)?;
    Ok(live)
}
