//! Lists, newest first.

use redb::ReadableTable as _;

use super::fault::Fault;
use super::sessions;
use super::tables::{LISTS, Reader, Reading as _, Writer};
use crate::store::{Cursor, Listed, Page, SessionFilter, SessionRecord};

/// The list of all users.
pub(super) const USERS_LIST: &str = "users";
/// The list of all clients.
pub(super) const CLIENTS_LIST: &str = "clients";
/// The list of all bans.
pub(super) const BANS_LIST: &str = "bans";

/// Above every key: ids and tags are ASCII.
const LAST: &str = "\u{7f}";

/// Puts something in a list.
pub(super) fn add(writer: &Writer, list: &str, created_at: u64, key: &str) -> Result<(), Fault> {
    writer.table(LISTS)?.insert((list, created_at, key), ())?;
    Ok(())
}

/// Takes something out of a list.
pub(super) fn remove(writer: &Writer, list: &str, created_at: u64, key: &str) -> Result<(), Fault> {
    writer.table(LISTS)?.remove((list, created_at, key))?;
    Ok(())
}

/// A page of a list; `load` gives `None` for what is not to be shown.
pub(super) fn page<T>(
    reader: &Reader,
    list: &str,
    page: &Page,
    load: impl Fn(&str) -> Result<Option<T>, Fault>,
) -> Result<Listed<T>, Fault> {
    let (created_at, key) = match &page.after {
        Some(cursor) => (cursor.created_at, cursor.key.as_str()),
        None => (u64::MAX, LAST),
    };
    let table = reader.read(LISTS)?;
    let mut items = Vec::new();
    let mut place = None;
    for row in table.range((list, 0, "")..(list, created_at, key))?.rev() {
        let (row, ()) = row.map(|(key, value)| (key, value.value()))?;
        let (_, created_at, key) = row.value();
        let Some(item) = load(key)? else { continue };
        if items.len() == page.limit {
            return Ok(Listed { items, next: place });
        }
        items.push(item);
        place = Some(Cursor {
            created_at,
            key: key.to_owned(),
        });
    }
    Ok(Listed { items, next: None })
}

/// A page of sessions.
pub(super) fn sessions(
    reader: &Reader,
    filter: &SessionFilter,
    wanted: &Page,
) -> Result<Listed<SessionRecord>, Fault> {
    let list = match (&filter.slot, &filter.ip) {
        (Some(slot), _) => sessions::of(slot.as_str()),
        (None, Some(ip)) => sessions::from(ip),
        (None, None) => sessions::ALL.to_owned(),
    };
    page(reader, &list, wanted, |key| {
        let record = sessions::read(reader, key)?;
        let from_there = |record: &SessionRecord| match &filter.ip {
            Some(ip) => record.session.ip.as_ref() == Some(ip),
            None => true,
        };
        Ok(record.filter(from_there))
    })
}
