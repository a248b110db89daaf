//! What must be true when something is recorded.

use super::fault::{Fault, Stop};
use super::rows::UserRow;
use super::tables::{BANS, CLIENTS, Reading, USERS, record};
use crate::id::SlotTag;
use crate::store::{Ban, ClientRecord, Guard, Refusal, Standing};

/// Why nothing may be recorded for a subject, if so. The order is the one in which a caller wants
/// to know: a ban is told before anything else.
pub(super) fn refusal(standing: &Standing, guard: &Guard) -> Option<Refusal> {
    if let Some(ban) = &standing.ban {
        return Some(Refusal::Banned(ban.clone()));
    }
    if standing.user.as_ref().is_some_and(|user| user.disabled) {
        return Some(Refusal::Disabled);
    }
    let client_is_gone = guard.client && !standing.is_client;
    (standing.version() != guard.version || client_is_gone).then_some(Refusal::Stale)
}

/// What stands about a subject.
pub(super) fn standing(reading: &impl Reading, slot: &SlotTag) -> Result<Standing, Fault> {
    let key = slot.as_str();
    let user: Option<UserRow> = record(reading, USERS, key)?;
    let client: Option<ClientRecord> = record(reading, CLIENTS, key)?;
    Ok(Standing {
        user: user.map(Into::into),
        ban: standing_ban(reading, key)?,
        is_client: client.is_some(),
    })
}

/// A ban that has not ended.
pub(super) fn standing_ban(reading: &impl Reading, slot: &str) -> Result<Option<Ban>, Fault> {
    let ban: Option<Ban> = record(reading, BANS, slot)?;
    let now = reading.now();
    Ok(ban.filter(|ban| ban.until.is_none_or(|until| until > now)))
}

/// Stops unless the subject may have something recorded; gives what stands about it.
pub(super) fn admit(
    reading: &impl Reading,
    slot: &SlotTag,
    guard: &Guard,
) -> Result<Standing, Stop> {
    let standing = standing(reading, slot)?;
    match refusal(&standing, guard) {
        Some(refusal) => Err(Stop::Refused(refusal)),
        None => Ok(standing),
    }
}
