//! Opening the file.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database, DatabaseError, StorageError};

use super::fault::Fault;
use super::tables::{self, FORMAT, FORMAT_KEY, META};
use crate::store::StoreError;

/// Bytes of the file that are kept in memory at most.
const CACHE: usize = 64 << 20;

/// Where the data live.
#[derive(Debug)]
pub(super) enum Place {
    File(PathBuf),
    Memory,
}

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
    /// It was written by something else.
    #[error("{} is not a jotleash store; move it away, or name another path", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It was written by another version.
    #[error(
        "{} has format {found} and this version reads format {FORMAT}; run the version that wrote \
         it, or move the file away and start anew",
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
    #[error("the cut-offs cannot be read: {0}; restore the file from a copy")]
    CutOffs(StoreError),
    /// What was written is not what is there.
    #[error(
        "{} is damaged ({detail}); restore it from a copy, or move it away and start anew: users, \
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

/// Opens or creates a store's file.
pub(super) fn file(path: &Path) -> Result<Database, EmbeddedStartError> {
    let io_error = |source| EmbeddedStartError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        folder_builder().create(folder).map_err(io_error)?;
    }
    let file = file_options().open(path).map_err(io_error)?;
    if open_to_others(&file).map_err(io_error)? {
        return Err(EmbeddedStartError::OpenToOthers {
            path: path.to_owned(),
        });
    }
    let backend = FileBackend::new(file).map_err(|error| refused(path, error))?;
    let database = Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .create_with_backend(backend)
        .map_err(|error| refused(path, error))?;
    prepare(&database, path)?;
    sync_folder(path).map_err(io_error)?;
    Ok(database)
}

/// Creates a store in memory.
pub(super) fn memory() -> Result<Database, EmbeddedStartError> {
    let path = Path::new("memory");
    let database = Builder::new()
        .set_cache_size(CACHE)
        .create_with_backend(InMemoryBackend::new())
        .map_err(|error| refused(path, error))?;
    prepare(&database, path)?;
    Ok(database)
}

/// Creates the tables in a fresh database and checks the format of another.
fn prepare(database: &Database, path: &Path) -> Result<(), EmbeddedStartError> {
    let damaged = |fault: Fault| EmbeddedStartError::Damaged {
        path: path.to_owned(),
        detail: fault.error.to_string(),
    };
    let found = format_of(database).map_err(damaged)?;
    match found {
        Some(FORMAT) => Ok(()),
        Some(found) => Err(EmbeddedStartError::Format {
            path: path.to_owned(),
            found,
        }),
        None => Err(EmbeddedStartError::Foreign {
            path: path.to_owned(),
        }),
    }
}

/// The format that a database has, after writing ours into an empty one. `None`: somebody else's.
fn format_of(database: &Database) -> Result<Option<u64>, Fault> {
    let transaction = database.begin_write()?;
    if transaction.list_tables()?.next().is_none() {
        tables::create(&transaction)?;
        transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
        transaction.commit()?;
        return Ok(Some(FORMAT));
    }
    let found = match transaction.open_table(META) {
        Ok(meta) => redb::ReadableTable::get(&meta, FORMAT_KEY)?.map(|row| row.value()),
        Err(redb::TableError::Storage(error)) => return Err(error.into()),
        Err(_) => None,
    };
    Ok(found)
}

pub(super) fn refused(path: &Path, error: DatabaseError) -> EmbeddedStartError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            EmbeddedStartError::InUse { path }
        }
        DatabaseError::Storage(StorageError::Io(source)) => match source.kind() {
            io::ErrorKind::InvalidData => EmbeddedStartError::Foreign { path },
            io::ErrorKind::UnexpectedEof => EmbeddedStartError::Damaged {
                path,
                detail: source.to_string(),
            },
            _ => EmbeddedStartError::Io { path, source },
        },
        other => EmbeddedStartError::Damaged {
            path,
            detail: other.to_string(),
        },
    }
}

#[cfg(unix)]
fn folder_builder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

#[cfg(unix)]
fn file_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}

#[cfg(unix)]
pub(super) fn open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn folder_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}

#[cfg(not(unix))]
fn file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    options
}

#[cfg(not(unix))]
pub(super) fn open_to_others(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// A new file's name is on the disk only when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
