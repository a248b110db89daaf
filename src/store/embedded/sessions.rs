//! Sessions.

use redb::ReadableTable as _;

use super::fault::{Fault, Stop};
use super::rows::SessionRow;
use super::tables::{CAUSES, LISTS, Reader, Reading, SESSION, SESSIONS, Writer, of_slot, record};
use super::{crowd, guard, tokens};
use crate::id::{Sid, SlotTag};
use crate::store::{Access, Advance, Guard, NewSession, Refusal, SessionRecord, SessionView};

/// Opens a session with its first access token.
pub(super) fn open(
    writer: &Writer,
    session: &NewSession,
    access: &Access,
    guard: &Guard,
) -> Result<(), Stop> {
    let slot = session.sid.slot();
    let standing = guard::admit(writer, &slot, guard)?;
    if standing.is_client {
        return Err(Stop::Refused(Refusal::IsClient));
    }
    let key = session.sid.to_string();
    let taken = writer.table(SESSIONS)?.get(key.as_str())?.is_some()
        || writer.table(CAUSES)?.get(key.as_str())?.is_some();
    if taken {
        return Err(Stop::Refused(Refusal::Collision));
    }
    tokens::free(writer, &access.jti)?;
    crowd::room(writer, &slot, 2)?;

    let row = SessionRow::opened(session, access, writer.now_millis());
    writer.put(SESSIONS, &key, &row)?;
    list(writer, &key, &row)?;
    writer.expires(row.expires_at, SESSION, &key)?;
    crowd::joined(writer, &slot, row.expires_at)?;
    tokens::put(writer, &access.entry(), session.sid.tail().as_str())?;
    Ok(())
}

/// Advances a session's refresh counter and records its new access token.
pub(super) fn advance(writer: &Writer, advance: &Advance, guard: &Guard) -> Result<(), Stop> {
    let slot = advance.sid.slot();
    guard::admit(writer, &slot, guard)?;
    let key = advance.sid.to_string();
    let Some(mut row) = live(writer, &key)? else {
        return Err(Stop::Refused(Refusal::Gone));
    };
    if row.counter != advance.expected {
        return Err(Stop::Refused(Refusal::Lost));
    }
    tokens::free(writer, &advance.access.jti)?;
    crowd::room(writer, &slot, 1)?;

    row.access = advance.access.given();
    if advance.counter != advance.expected {
        unlist(writer, &key, &row)?;
        row.counter = advance.counter;
        row.advanced_at_millis = writer.now_millis();
        row.last_seen_at = advance.now;
        row.expires_at = advance.expires_at;
        row.ip.clone_from(&advance.ip);
        list(writer, &key, &row)?;
        writer.expires(row.expires_at, SESSION, &key)?;
        crowd::hurried(writer, &slot, row.expires_at)?;
    }
    writer.put(SESSIONS, &key, &row)?;
    tokens::put(writer, &advance.access.entry(), advance.sid.tail().as_str())?;
    Ok(())
}

/// Notes a repeat; `true` for the first time.
pub(super) fn note_repeat(writer: &Writer, sid: &Sid, counter: u64) -> Result<bool, Stop> {
    let key = sid.to_string();
    let Some(mut row) = live(writer, &key)? else {
        return Ok(false);
    };
    // Counters rise, so a late note of an older one is no news.
    if row.repeat_noted.is_some_and(|noted| noted >= counter) {
        return Ok(false);
    }
    row.repeat_noted = Some(counter);
    writer.put(SESSIONS, &key, &row)?;
    Ok(true)
}

/// A session with what a decision about it needs.
pub(super) fn view(reader: &Reader, sid: &Sid) -> Result<Option<SessionView>, Fault> {
    let Some(row) = live(reader, &sid.to_string())? else {
        return Ok(None);
    };
    let record = row.record(*sid)?;
    Ok(Some(SessionView {
        access_live: tokens::lives(reader, &record.access.jti)?,
        standing: guard::standing(reader, &sid.slot())?,
        now_millis: reader.now_millis(),
        record,
    }))
}

/// A live session by its key.
pub(super) fn read(reading: &impl Reading, key: &str) -> Result<Option<SessionRecord>, Fault> {
    match live(reading, key)? {
        Some(row) => Ok(Some(row.record(key.parse()?)?)),
        None => Ok(None),
    }
}

fn live(reading: &impl Reading, key: &str) -> Result<Option<SessionRow>, Fault> {
    let row: Option<SessionRow> = record(reading, SESSIONS, key)?;
    let now = reading.now();
    Ok(row.filter(|row| row.expires_at > now))
}

/// Every session that is stored for a subject, live or not, by its `sid`.
pub(super) fn of_subject(
    reading: &impl Reading,
    slot: &SlotTag,
) -> Result<Vec<(String, SessionRow)>, Fault> {
    let (first, end) = of_slot(slot);
    let table = reading.read(SESSIONS)?;
    let mut found = Vec::new();
    for row in table.range(first.as_str()..end.as_str())? {
        let (sid, session) = row?;
        let session = serde_json::from_slice(session.value())?;
        found.push((sid.value().to_owned(), session));
    }
    Ok(found)
}

/// Takes a session out of the lists.
pub(super) fn unlist(writer: &Writer, key: &str, row: &SessionRow) -> Result<(), Fault> {
    let mut lists = writer.table(LISTS)?;
    for name in lists_of(key, row.ip.as_deref()) {
        lists.remove((name.as_str(), row.created_at, key))?;
    }
    Ok(())
}

fn list(writer: &Writer, key: &str, row: &SessionRow) -> Result<(), Fault> {
    let mut lists = writer.table(LISTS)?;
    for name in lists_of(key, row.ip.as_deref()) {
        lists.insert((name.as_str(), row.created_at, key), ())?;
    }
    Ok(())
}

/// The list of all sessions.
pub(super) const ALL: &str = "sessions";

/// The list of a subject's sessions.
pub(super) fn of(slot: &str) -> String {
    format!("sessions of {slot}")
}

/// The list of an address' sessions.
pub(super) fn from(ip: &str) -> String {
    format!("sessions from {ip}")
}

fn lists_of(key: &str, ip: Option<&str>) -> Vec<String> {
    let slot = key.split('.').next().unwrap_or_default();
    let mut names = vec![ALL.to_owned(), of(slot)];
    names.extend(ip.map(from));
    names
}
