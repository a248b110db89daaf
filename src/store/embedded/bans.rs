//! Bans.

use super::end::{self, Reach};
use super::fault::{Fault, Stop};
use super::lists::{self, BANS_LIST};
use super::tables::{BAN, BANS, Writer, record};
use crate::id::SlotTag;
use crate::store::{Ban, Cause, Durability, Ended};

/// Imposes a ban, replacing an earlier one, and ends all that the subject has.
pub(super) fn impose(
    writer: &Writer,
    ban: &Ban,
    cause: &Cause,
    durability: Durability,
) -> Result<Ended, Stop> {
    let slot = ban.subject.slot();
    let key = slot.as_str();
    lift(writer, key)?;
    writer.put(BANS, key, ban)?;
    lists::add(writer, BANS_LIST, ban.created_at, key)?;
    if let Some(until) = ban.until {
        writer.expires(until, BAN, key)?;
    }
    Ok(end::subject(
        writer,
        &slot,
        Reach::Everything,
        cause,
        durability,
    )?)
}

/// Lifts the ban of a slot, if there is one.
pub(super) fn lift(writer: &Writer, slot: &str) -> Result<(), Fault> {
    let Some(ban): Option<Ban> = record(writer, BANS, slot)? else {
        return Ok(());
    };
    writer.table(BANS)?.remove(slot)?;
    lists::remove(writer, BANS_LIST, ban.created_at, slot)
}

/// Lifts the ban of a subject.
pub(super) fn unban(writer: &Writer, slot: &SlotTag) -> Result<(), Stop> {
    Ok(lift(writer, slot.as_str())?)
}
