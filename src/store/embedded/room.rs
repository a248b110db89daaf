//! Room on the disk.
//!
//! A reserve lies beside the file, and is given up when the disk is full: from then on nothing is
//! recorded, and what takes a right away goes on in the room that it leaves.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::fault::Fault;
use super::open::Place;
use crate::store::StoreError;

/// Bytes of the reserve: a revocation takes about a hundred thousand for a moment, and gives them
/// back with the next one.
const RESERVE: u64 = 8 << 20;

/// Whether there is room, and the reserve.
#[derive(Debug)]
pub(super) struct Room {
    /// `None` in memory.
    reserve: Option<PathBuf>,
    kept: AtomicBool,
    full: AtomicBool,
}

impl Room {
    /// The room beside a file, with a reserve if the disk has room for it.
    pub(super) fn at(place: &Place) -> Self {
        let reserve = match place {
            Place::File(path) => Some(beside(path)),
            Place::Memory => None,
        };
        let room = Self {
            reserve,
            kept: AtomicBool::new(false),
            full: AtomicBool::new(false),
        };
        room.keep();
        room
    }

    /// Whether something may be recorded.
    pub(super) fn admit(&self) -> Result<(), Fault> {
        if self.full.load(Ordering::SeqCst) {
            let error = StoreError::Full("log-ins wait for room on the disk".to_owned());
            return Err(error.into());
        }
        Ok(())
    }

    /// Gives the reserve up: the disk is full.
    pub(super) fn spend(&self) {
        let Some(reserve) = &self.reserve else {
            return;
        };
        if self.kept.swap(false, Ordering::SeqCst)
            && let Err(error) = fs::remove_file(reserve)
        {
            log::error!("cannot give up {}: {error}", reserve.display());
        }
        self.tell_full(reserve);
    }

    /// Looks at the disk: makes the reserve again when there is room for twice as much, and stops
    /// the recordings before the disk is quite full, so that none of them is lost.
    pub(super) fn keep(&self) {
        let Some(reserve) = &self.reserve else {
            return;
        };
        let free = free(reserve).unwrap_or_else(|error| {
            log::debug!("{}: {error}", reserve.display());
            0
        });
        if !self.kept.load(Ordering::SeqCst) {
            self.make(reserve, free);
        }
        let kept = self.kept.load(Ordering::SeqCst);
        if !kept || free < RESERVE {
            self.tell_full(reserve);
        } else if free >= 2 * RESERVE && self.full.swap(false, Ordering::SeqCst) {
            log::warn!("there is room again on the disk: log-ins go on");
        }
    }

    fn make(&self, reserve: &Path, free: u64) {
        let found = fs::metadata(reserve).is_ok_and(|found| found.len() == RESERVE);
        if !found && free < 2 * RESERVE {
            return;
        }
        match if found { Ok(()) } else { write(reserve) } {
            Ok(()) => self.kept.store(true, Ordering::SeqCst),
            Err(error) => {
                let _ = fs::remove_file(reserve);
                log::debug!("{}: {error}", reserve.display());
            }
        }
    }

    fn tell_full(&self, reserve: &Path) {
        if !self.full.swap(true, Ordering::SeqCst) {
            log::error!(
                "the disk of {} is full: log-ins and refreshes are refused until {} MiB are free; \
                 log-outs and bans go on while they can; make room, no restart is needed",
                reserve.with_extension("").display(),
                (2 * RESERVE) >> 20
            );
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".reserve");
    name.into()
}

fn write(reserve: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(reserve)?;
    // Written and not only made that long, so that every file system sets the room aside.
    let block = vec![0x55; 1 << 20];
    for _ in 0..RESERVE / (1 << 20) {
        file.write_all(&block)?;
    }
    file.sync_all()
}

#[cfg(unix)]
fn free(reserve: &Path) -> io::Result<u64> {
    let folder = reserve.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
