//! Why a store is not opened.

use std::io;
use std::path::PathBuf;

use super::tables::FORMAT;
use crate::store::StoreError;

/// Why the store did not open, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedStartError {
    /// The file or its folder cannot be created or read.
    #[error("cannot open {}: {source}; check the path, the disk and who owns the folder", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has it.
    #[error(
        "{} is in use by another process; stop that one, or give this one a store of its own \
         (several instances share a Redis, never a file)",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It holds secrets, and others may read or write it.
    #[error("others may read or write {0}, which holds secrets; run: chmod o= {0}", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error(
        "{} is empty, and a store never is: restore it from a backup, or remove it if there was \
         no store",
        path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It was written by something else.
    #[error(
        "{} is not a jotleash store, or no longer one: restore it from a backup, or name another \
         path",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It was written by another version.
    #[error(
        "{} has format {found} and this version reads format {FORMAT}; run the version that wrote \
         it, or restore a backup of this version's",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// The sweep has no thread.
    #[error("cannot start the thread that sweeps the store: {0}; the system is out of resources")]
    Thread(io::Error),
    /// The cut-offs cannot be read: without them what they ended would live again.
    #[error("the cut-offs cannot be read: {0}; restore the file from a backup")]
    CutOffs(StoreError),
    /// What was written is not what is there.
    #[error(
        "{} is damaged ({detail}); restore it from a backup, or move it away and start anew: users, \
         clients and bans must then be made again, and everybody logs in again",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What redb says.
        detail: String,
    },
}
