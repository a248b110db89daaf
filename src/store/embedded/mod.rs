//! Backend: one process, one file (or memory), through [redb](https://docs.rs/redb).
//!
//! For a single instance, for development and for tests. Every verb is one transaction, and redb
//! has one writer at a time, so what a verb checks still holds when it writes; a check is one read
//! transaction and one look-up, and never waits for a writer.
//!
//! What takes a right away is on the disk before it is acknowledged. What records (an opening, a
//! refresh, an audit event) is on the disk within about a second: what a crash loses of it logs
//! somebody out, and lets nobody in. A clean end loses nothing. On a full disk nothing is recorded,
//! and what takes a right away goes on in a reserve. `docs/embedded.md` says what is promised.
//!
//! The file holds session secrets and password hashes, so others may not read it. A second process
//! on the file is refused.

mod audit;
mod backend;
mod bans;
mod clients;
#[cfg(test)]
mod crash;
mod create;
mod crowd;
mod cut_offs;
mod end;
mod engine;
mod exchange;
mod fault;
mod guard;
mod lists;
mod look;
mod open;
#[cfg(unix)]
mod overlay;
mod room;
mod rows;
mod sessions;
mod start_error;
mod sweep;
mod tables;
mod tokens;
mod users;

pub use self::backend::EmbeddedStore;
pub use self::look::{Look, look};
pub use self::start_error::EmbeddedStartError;
