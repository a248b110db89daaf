//! The sweep: removes what has expired, and puts on the disk what is not there yet.
//!
//! Nothing depends on it but the size of the file and the second within which a recording is on
//! the disk: what has expired is judged when it is read.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use redb::ReadableTable as _;

use super::engine::{Commit, Engine};
use super::fault::{Fault, Stop};
use super::rows::{CauseRow, SessionRow};
use super::tables::{
    BAN, BANS, CAUSES, CUT_OFF, EXPIRIES, Reading as _, SESSION, SESSIONS, TOKENS, Writer, record,
};
use super::{bans, crowd, cut_offs, guard, sessions};
use crate::id::SlotTag;

/// How often it runs.
const PERIOD: Duration = Duration::from_secs(1);

/// How much it removes in one transaction, so that nobody waits long for the writer's lock.
const BATCH: usize = 500;

/// The thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Sweeper {
    /// `None` once it is told to end.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    /// Starts it.
    pub(super) fn start(engine: Arc<Engine>) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("store-sweep".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                    engine.keep_room();
                    if let Err(stop) = tidy(&engine) {
                        log::warn!("cannot sweep the store: {stop:?}");
                    }
                }
                if let Err(stop) = engine.save() {
                    log::error!("the last second's recordings may be lost: {stop:?}");
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its only panic would be redb's, which has said what it has to say.
            let _ = thread.join();
        }
    }
}

/// Removes all that has expired, and saves.
pub(super) fn tidy(engine: &Engine) -> Result<(), Stop> {
    while engine.read(due)? {
        let removed = engine.write(Commit::Now, |writer| Ok(sweep(writer)?))?;
        if removed < BATCH {
            break;
        }
    }
    engine.save()
}

/// Whether anything has expired.
fn due(reader: &super::tables::Reader) -> Result<bool, Fault> {
    let expiries = reader.read(EXPIRIES)?;
    let first = expiries.first()?;
    Ok(first.is_some_and(|(key, _)| key.value().0 <= reader.now()))
}

/// Removes a batch of what has expired and gives how many entries it looked at.
fn sweep(writer: &Writer) -> Result<usize, Fault> {
    let mut batch = Vec::new();
    let mut expiries = writer.table(EXPIRIES)?;
    for row in expiries.range(..(writer.now() + 1, 0, ""))?.take(BATCH) {
        let (row, _) = row?;
        let (at, kind, key) = row.value();
        batch.push((at, kind, key.to_owned()));
    }
    for (at, kind, key) in &batch {
        expiries.remove((*at, *kind, key.as_str()))?;
    }
    drop(expiries);
    for (_, kind, key) in &batch {
        match *kind {
            BAN => ban(writer, key)?,
            CUT_OFF => cut_offs::sweep(writer, key)?,
            SESSION => session(writer, key)?,
            _ => token(writer, key)?,
        }
    }
    Ok(batch.len())
}

fn token(writer: &Writer, jti: &str) -> Result<(), Fault> {
    let mut table = writer.table(TOKENS)?;
    let expired = table
        .get(jti)?
        .is_some_and(|row| row.value().0 <= writer.now());
    if expired {
        table.remove(jti)?;
        crowd::left(writer, &slot_of(jti)?, 1)?;
    }
    cause(writer, jti)
}

/// A session that was refreshed has a later entry of its own.
fn session(writer: &Writer, sid: &str) -> Result<(), Fault> {
    let row: Option<SessionRow> = record(writer, SESSIONS, sid)?;
    if let Some(row) = row.filter(|row| row.expires_at <= writer.now()) {
        sessions::unlist(writer, sid, &row)?;
        writer.table(SESSIONS)?.remove(sid)?;
        crowd::left(writer, &slot_of(sid)?, 1)?;
    }
    cause(writer, sid)
}

fn ban(writer: &Writer, slot: &str) -> Result<(), Fault> {
    if guard::standing_ban(writer, slot)?.is_none() && writer.table(BANS)?.get(slot)?.is_some() {
        bans::lift(writer, slot)?;
    }
    Ok(())
}

fn cause(writer: &Writer, key: &str) -> Result<(), Fault> {
    let row: Option<CauseRow> = record(writer, CAUSES, key)?;
    if row.is_some_and(|row| row.until <= writer.now()) {
        writer.table(CAUSES)?.remove(key)?;
    }
    Ok(())
}

fn slot_of(id: &str) -> Result<SlotTag, Fault> {
    Ok(id.split('.').next().unwrap_or_default().parse()?)
}
