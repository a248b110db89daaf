//! The tables, and how their keys are made.
//!
//! A `jti` or `sid` starts with the slot tag of its subject and a dot, so all that a subject has
//! is one range of a table.

use redb::{Key, ReadableTable, Table, TableDefinition, Value, WriteTransaction};

use super::fault::Fault;
use crate::id::SlotTag;

/// Records as JSON, by their key.
pub(super) type Documents = TableDefinition<'static, &'static str, &'static [u8]>;

/// The version of this layout; another one is not opened.
pub(super) const FORMAT: u64 = 1;

/// `jti` → `exp`, what is recorded, owner: the tail of the `sid`; a colon and the tail of the token that it was
/// exchanged for, if that had no session; or nothing.
pub(super) const TOKENS: TableDefinition<'static, &str, (u64, &str, &str)> =
    TableDefinition::new("tokens");
/// `sid` → session.
pub(super) const SESSIONS: Documents = TableDefinition::new("sessions");
/// `jti` or `sid` → why it was ended, until it would have expired.
pub(super) const CAUSES: Documents = TableDefinition::new("causes");
/// Slot → user.
pub(super) const USERS: Documents = TableDefinition::new("users");
/// Normalised user name → slot.
pub(super) const NAMES: TableDefinition<'static, &str, &str> = TableDefinition::new("names");
/// Slot → client.
pub(super) const CLIENTS: Documents = TableDefinition::new("clients");
/// Slot → ban.
pub(super) const BANS: Documents = TableDefinition::new("bans");
/// Name of a cut-off → its moment.
pub(super) const CUT_OFFS: Documents = TableDefinition::new("cut_offs");
/// Slot → how many tokens and sessions are stored, and when the first of them expires at the
/// earliest.
pub(super) const CROWDS: TableDefinition<'static, &str, (u64, u64)> =
    TableDefinition::new("crowds");
/// List, creation, key: the order of every list.
pub(super) const LISTS: TableDefinition<'static, (&str, u64, &str), ()> =
    TableDefinition::new("lists");
/// Expiry, kind, key: what the sweep looks at. An entry may be older than what it names.
pub(super) const EXPIRIES: TableDefinition<'static, (u64, u8, &str), ()> =
    TableDefinition::new("expiries");
/// Number → event.
pub(super) const AUDIT: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("audit");
/// Numbers about the file itself.
pub(super) const META: TableDefinition<'static, &str, u64> = TableDefinition::new("meta");

/// The key in [`META`] of the layout's version.
pub(super) const FORMAT_KEY: &str = "format";
/// The key in [`META`] of the last version given to a user or client.
pub(super) const VERSION_KEY: &str = "version";

/// What an entry of [`EXPIRIES`] names.
pub(super) const TOKEN: u8 = b't';
pub(super) const SESSION: u8 = b's';
pub(super) const BAN: u8 = b'b';
pub(super) const CUT_OFF: u8 = b'c';

/// Creates the tables that are not there.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), Fault> {
    transaction.open_table(TOKENS)?;
    transaction.open_table(NAMES)?;
    for documents in [SESSIONS, CAUSES, USERS, CLIENTS, BANS, CUT_OFFS] {
        transaction.open_table(documents)?;
    }
    transaction.open_table(CROWDS)?;
    transaction.open_table(LISTS)?;
    transaction.open_table(EXPIRIES)?;
    transaction.open_table(AUDIT)?;
    transaction.open_table(META)?;
    Ok(())
}

/// A transaction that can read, and the second at which it started.
pub(super) trait Reading {
    /// Now, Unix seconds.
    fn now(&self) -> u64;

    /// Now, Unix milliseconds.
    fn now_millis(&self) -> u64;

    /// A table to read from.
    fn read<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<impl ReadableTable<K, V>, Fault>;
}

/// A read transaction.
pub(super) struct Reader {
    pub(super) transaction: redb::ReadTransaction,
    pub(super) now_micros: u64,
}

impl Reading for Reader {
    fn now(&self) -> u64 {
        self.now_micros / 1_000_000
    }

    fn now_millis(&self) -> u64 {
        self.now_micros / 1_000
    }

    fn read<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<impl ReadableTable<K, V>, Fault> {
        Ok(self.transaction.open_table(definition)?)
    }
}

/// The write transaction: there is one at a time.
pub(super) struct Writer {
    pub(super) transaction: WriteTransaction,
    pub(super) now_micros: u64,
}

impl Writer {
    /// A table to write to. Only one handle on a table may be open.
    pub(super) fn table<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<Table<'_, K, V>, Fault> {
        Ok(self.transaction.open_table(definition)?)
    }

    /// Writes a record.
    pub(super) fn put<T: serde::Serialize>(
        &self,
        documents: Documents,
        key: &str,
        record: &T,
    ) -> Result<(), Fault> {
        let bytes = serde_json::to_vec(record)?;
        self.table(documents)?.insert(key, bytes.as_slice())?;
        Ok(())
    }

    /// A version that was never given before.
    pub(super) fn next_version(&self) -> Result<u64, Fault> {
        let mut meta = self.table(META)?;
        let last = meta.get(VERSION_KEY)?.map_or(0, |row| row.value());
        let version = self.now_micros.max(last + 1);
        meta.insert(VERSION_KEY, version)?;
        Ok(version)
    }

    /// Has the sweep look at something from this second on.
    pub(super) fn expires(&self, at: u64, kind: u8, key: &str) -> Result<(), Fault> {
        self.table(EXPIRIES)?.insert((at, kind, key), ())?;
        Ok(())
    }
}

impl Reading for Writer {
    fn now(&self) -> u64 {
        self.now_micros / 1_000_000
    }

    fn now_millis(&self) -> u64 {
        self.now_micros / 1_000
    }

    fn read<K: Key + 'static, V: Value + 'static>(
        &self,
        definition: TableDefinition<'static, K, V>,
    ) -> Result<impl ReadableTable<K, V>, Fault> {
        self.table(definition)
    }
}

/// A record, or `None`.
pub(super) fn record<T: serde::de::DeserializeOwned>(
    reading: &impl Reading,
    documents: Documents,
    key: &str,
) -> Result<Option<T>, Fault> {
    let table = reading.read(documents)?;
    let Some(row) = table.get(key)? else {
        return Ok(None);
    };
    Ok(Some(serde_json::from_slice(row.value())?))
}

/// The bounds of all `jti`s or `sid`s of a slot: `/` is the character after the dot.
pub(super) fn of_slot(slot: &SlotTag) -> (String, String) {
    (format!("{slot}."), format!("{slot}/"))
}
