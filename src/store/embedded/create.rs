//! Making the file.
//!
//! It is made under another name and gets its own when all is on the disk, so what has a store's
//! name was a store once: nothing else is ever taken for a new one.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::Database;
use redb::backends::FileBackend;

use super::open::{self, file_options, refused};
use super::start_error::EmbeddedStartError;

/// Makes a store where nothing is; `None` when another process made one meanwhile.
pub(super) fn file(path: &Path) -> Result<Option<Database>, EmbeddedStartError> {
    let io_error = |source| EmbeddedStartError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        folder_builder().create(folder).map_err(io_error)?;
    }
    let draft = draft_of(path);
    let file = file_options().create(true).open(&draft).map_err(io_error)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(EmbeddedStartError::InUse {
                path: path.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(io_error(error)),
    }
    // Looked for under the lock: whoever makes one has it until the name is given.
    if path.try_exists().map_err(io_error)? {
        return Ok(None);
    }
    // A start that was killed left something.
    file.set_len(0).map_err(io_error)?;
    let backend = FileBackend::new(file).map_err(|error| refused(path, error))?;
    let database = open::anew(backend, path)?;
    fs::rename(&draft, path).map_err(io_error)?;
    sync_folder(path).map_err(io_error)?;
    log::info!("made a new store: {}", path.display());
    Ok(Some(database))
}

/// The name of a store that is being made.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

#[cfg(unix)]
fn folder_builder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

#[cfg(not(unix))]
fn folder_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}

/// A new file's name is on the disk only when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
