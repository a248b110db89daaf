//! The database, its transactions, and how it comes back after trouble with the disk.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadableDatabase as _};

use super::fault::{Fault, Stop};
use super::open::Place;
use super::room::Room;
use super::tables::{Reader, Writer};
use crate::clock::Clock;
use crate::store::{Durability, StoreError};

/// When a transaction is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    /// Before it is acknowledged, and with it all that came before. For what takes a right away.
    Now,
    /// As [`Now`](Self::Now), and only while the disk has room. For what also adds something.
    NowWithRoom,
    /// With the next one that is, or within about a second; only while the disk has room.
    Soon,
}

/// The database and its clock.
pub(super) struct Engine {
    /// `None` while it is opened again.
    database: RwLock<Option<Database>>,
    place: Place,
    clock: Arc<dyn Clock>,
    /// Something was committed that is not on the disk yet.
    unsaved: AtomicBool,
    /// redb does nothing more until the file is opened again.
    broken: AtomicBool,
    room: Room,
}

impl Engine {
    pub(super) fn new(database: Database, place: Place, clock: Arc<dyn Clock>) -> Self {
        Self {
            database: RwLock::new(Some(database)),
            room: Room::at(&place),
            place,
            clock,
            unsaved: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        }
    }

    /// How safe what was committed with [`Commit::Now`] is.
    pub(super) const fn durability(&self) -> Durability {
        match self.place {
            Place::File(_) => Durability::Fsynced,
            Place::Memory => Durability::Primary,
        }
    }

    /// Reads a snapshot.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let answer = self.with(|database| {
            let transaction = database.begin_read()?;
            work(&Reader {
                transaction,
                now_micros: self.clock.micros(),
            })
        });
        answer.map_err(|fault| self.noted(fault))
    }

    /// Checks and writes in one step. Blocks while another one writes, and for the disk.
    ///
    /// What takes a right away is tried twice when the disk fails: its reserve, or another opening
    /// of the file, may help. After an `Err` nothing was written, unless the commit itself failed:
    /// then the outcome is unknown.
    pub(super) fn write<T>(
        &self,
        commit: Commit,
        work: impl Fn(&Writer) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        match self.attempt(commit, &work) {
            Err(Stop::Fault(fault)) if commit == Commit::Now && fault.may_pass() => {
                self.attempt(commit, &work)
            }
            answer => answer,
        }
    }

    fn attempt<T>(
        &self,
        commit: Commit,
        work: impl Fn(&Writer) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        if commit != Commit::Now {
            self.room.admit()?;
        }
        if self.broken.load(Ordering::SeqCst) {
            self.reopen()?;
        }
        let answer = self.with(|database| {
            let mut transaction = database.begin_write()?;
            match commit {
                // In two phases: were the last commit damaged later on, redb would else go back to
                // the one before it without a word.
                Commit::Now | Commit::NowWithRoom => transaction.set_two_phase_commit(true),
                Commit::Soon => transaction.set_durability(redb::Durability::None)?,
            }
            let writer = Writer {
                transaction,
                // Read under the writer's lock, so that versions and times rise in order.
                now_micros: self.clock.micros(),
            };
            let answer = work(&writer)?;
            if commit == Commit::Soon {
                self.unsaved.store(true, Ordering::SeqCst);
            }
            writer.transaction.commit()?;
            Ok(answer)
        });
        answer.map_err(|stop| match stop {
            Stop::Fault(fault) => {
                self.mark(&fault);
                Stop::Fault(fault)
            }
            refused => refused,
        })
    }

    /// Puts on the disk what is not there yet, after opening the file again if that is needed.
    pub(super) fn save(&self) -> Result<(), Stop> {
        if !self.unsaved.swap(false, Ordering::SeqCst) && !self.broken.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.write(Commit::Now, |_| Ok(()))
    }

    /// The store's error of a fault.
    pub(super) fn noted(&self, fault: Fault) -> StoreError {
        self.mark(&fault);
        fault.error
    }

    /// Makes room for recordings again, where there is some.
    pub(super) fn keep_room(&self) {
        self.room.keep();
    }

    /// Remembers what a fault means for the next transaction.
    fn mark(&self, fault: &Fault) {
        if !fault.broken {
            return;
        }
        self.broken.store(true, Ordering::SeqCst);
        if matches!(fault.error, StoreError::Full(_)) {
            self.room.spend();
            // At once, so that checks are answered again.
            if let Err(fault) = self.reopen() {
                log::error!("{}", fault.error);
            }
        }
    }

    fn with<T, E: From<Fault>>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, E>,
    ) -> Result<T, E> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        match database.as_ref() {
            Some(database) => work(database),
            None => Err(Fault::unavailable("the file could not be opened again").into()),
        }
    }

    /// After an error of the disk redb refuses all work until the file is opened again. What was
    /// on the disk is there then; what was not is lost, which logs somebody out at most.
    fn reopen(&self) -> Result<(), Fault> {
        let Place::File(path) = &self.place else {
            return Err(Fault::unavailable("the memory store failed"));
        };
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if !self.broken.load(Ordering::SeqCst) {
            return Ok(());
        }
        // The old handle has the file's lock.
        drop(database.take());
        *database = Some(super::open::existing(path).map_err(|error| Fault::unavailable(&error))?);
        self.broken.store(false, Ordering::SeqCst);
        log::warn!("opened {} again after an error of the disk", path.display());
        Ok(())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
