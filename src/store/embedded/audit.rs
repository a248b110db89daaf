//! The audit.

use redb::{ReadableTable as _, ReadableTableMetadata as _};

use super::fault::{Fault, Stop};
use super::tables::{AUDIT, Reader, Reading as _, Writer};
use crate::store::AuditEvent;

/// How many events are kept.
const KEPT: u64 = 100_000;

/// Events with their ids, and where the next page starts.
pub(super) type Events = (Vec<(String, AuditEvent)>, Option<String>);

/// Appends an event and drops the oldest when there are too many.
pub(super) fn append(writer: &Writer, event: &AuditEvent) -> Result<(), Stop> {
    let bytes = serde_json::to_vec(event)?;
    let mut table = writer.table(AUDIT)?;
    let last = table.last()?.map_or(0, |(number, _)| number.value());
    table.insert(last + 1, bytes.as_slice())?;
    while table.len()? > KEPT {
        table.pop_first()?;
    }
    Ok(())
}

/// Events, newest first. A cursor that is none of ours has nothing after it.
pub(super) fn events(reader: &Reader, cursor: Option<&str>, limit: usize) -> Result<Events, Fault> {
    let end = match cursor.map(str::parse) {
        None => u64::MAX,
        Some(Ok(number)) => number,
        Some(Err(_)) => 0,
    };
    let table = reader.read(AUDIT)?;
    let mut rows = table.range(..end)?.rev();
    let mut items = Vec::new();
    for row in rows.by_ref().take(limit) {
        let (number, event) = row?;
        let event = serde_json::from_slice(event.value())?;
        items.push((number.value().to_string(), event));
    }
    let more = rows.next().transpose()?.is_some();
    let next = items.last().filter(|_| more).map(|(id, _)| id.clone());
    Ok((items, next))
}
