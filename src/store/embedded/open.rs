//! Opening the file.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database, DatabaseError, ReadableDatabase as _, StorageBackend, StorageError};

use super::create;
use super::fault::Fault;
use super::start_error::EmbeddedStartError;
use super::tables::{self, FORMAT, FORMAT_KEY, META};

/// Bytes of the file that are kept in memory at most.
const CACHE: usize = 64 << 20;

/// Where the data live.
#[derive(Debug)]
pub(super) enum Place {
    File(PathBuf),
    Memory,
}

/// Opens a store's file, or makes it where nothing is.
pub(super) fn file(path: &Path) -> Result<Database, EmbeddedStartError> {
    let io_error = |source| EmbeddedStartError::Io {
        path: path.to_owned(),
        source,
    };
    if !path.try_exists().map_err(io_error)?
        && let Some(made) = create::file(path)?
    {
        return Ok(made);
    }
    existing(path)
}

/// Opens a store's file, which is there.
pub(super) fn existing(path: &Path) -> Result<Database, EmbeddedStartError> {
    let io_error = |source| EmbeddedStartError::Io {
        path: path.to_owned(),
        source,
    };
    let file = file_options().open(path).map_err(io_error)?;
    if open_to_others(&file).map_err(io_error)? {
        return Err(EmbeddedStartError::OpenToOthers {
            path: path.to_owned(),
        });
    }
    // redb would make a new database in it.
    if file.metadata().map_err(io_error)?.len() == 0 {
        return Err(EmbeddedStartError::Empty {
            path: path.to_owned(),
        });
    }
    let backend = FileBackend::new(file).map_err(|error| refused(path, error))?;
    with(backend, path)
}

/// Creates a store in memory.
pub(super) fn memory() -> Result<Database, EmbeddedStartError> {
    anew(InMemoryBackend::new(), Path::new("memory"))
}

/// Opens the store that a backend holds.
pub(super) fn with(
    backend: impl StorageBackend,
    path: &Path,
) -> Result<Database, EmbeddedStartError> {
    let database = database(backend, path)?;
    match format_of(&database).map_err(|fault| damaged(path, &fault))? {
        Some(FORMAT) => Ok(database),
        Some(found) => Err(EmbeddedStartError::Format {
            path: path.to_owned(),
            found,
        }),
        None => Err(EmbeddedStartError::Foreign {
            path: path.to_owned(),
        }),
    }
}

/// Makes a store of a backend that holds nothing.
pub(super) fn anew(
    backend: impl StorageBackend,
    path: &Path,
) -> Result<Database, EmbeddedStartError> {
    let database = database(backend, path)?;
    make_tables(&database).map_err(|fault| damaged(path, &fault))?;
    Ok(database)
}

fn database(backend: impl StorageBackend, path: &Path) -> Result<Database, EmbeddedStartError> {
    Builder::new()
        .set_cache_size(CACHE)
        .set_check_integrity_on_open(true)
        .create_with_backend(backend)
        .map_err(|error| refused(path, error))
}

fn damaged(path: &Path, fault: &Fault) -> EmbeddedStartError {
    EmbeddedStartError::Damaged {
        path: path.to_owned(),
        detail: fault.error.to_string(),
    }
}

fn make_tables(database: &Database) -> Result<(), Fault> {
    let transaction = database.begin_write()?;
    tables::create(&transaction)?;
    transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    transaction.commit()?;
    Ok(())
}

/// The format that a database has; `None`: it is somebody else's.
fn format_of(database: &Database) -> Result<Option<u64>, Fault> {
    let found = match database.begin_read()?.open_table(META) {
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
pub(super) fn file_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

#[cfg(unix)]
pub(super) fn open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
pub(super) fn file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options
}

#[cfg(not(unix))]
pub(super) fn open_to_others(_: &File) -> io::Result<bool> {
    Ok(false)
}
