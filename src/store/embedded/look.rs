//! Looking at a store's file without changing it.

use std::fs::File;
use std::path::Path;

use redb::{DatabaseError, ReadOnlyDatabase};

use super::EmbeddedStartError;
use super::open::{file_options, open_to_others, refused};

/// What stands at the path of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing yet: the service makes it.
    Absent,
    /// A store that was closed well.
    Closed,
    /// A store that was not closed: the service repairs it when it starts.
    Unclosed,
    /// A store that another process has open.
    InUse,
}

/// Looks at a store's file as closely as a start would: every checksum is compared.
///
/// # Errors
/// [`EmbeddedStartError`]: the service could not use it.
pub fn look(path: &Path) -> Result<Look, EmbeddedStartError> {
    let io_error = |source| EmbeddedStartError::Io {
        path: path.to_owned(),
        source,
    };
    if !path.try_exists().map_err(io_error)? {
        return Ok(Look::Absent);
    }
    let file = file_options().open(path).map_err(io_error)?;
    if open_to_others(&file).map_err(io_error)? {
        return Err(EmbeddedStartError::OpenToOthers {
            path: path.to_owned(),
        });
    }
    if file.metadata().map_err(io_error)?.len() == 0 {
        return Err(EmbeddedStartError::Empty {
            path: path.to_owned(),
        });
    }
    let closed = match ReadOnlyDatabase::open(path) {
        Ok(_) => true,
        Err(DatabaseError::RepairAborted) => false,
        Err(error) => {
            return match refused(path, error) {
                EmbeddedStartError::InUse { .. } => Ok(Look::InUse),
                error => Err(error),
            };
        }
    };
    examine(file, path)?;
    Ok(if closed { Look::Closed } else { Look::Unclosed })
}

/// Opens the file as a start would, and leaves it as it is.
#[cfg(unix)]
fn examine(file: File, path: &Path) -> Result<(), EmbeddedStartError> {
    let io_error = |source| EmbeddedStartError::Io {
        path: path.to_owned(),
        source,
    };
    // So that nobody writes to it meanwhile.
    file.lock_shared().map_err(io_error)?;
    let overlay = super::overlay::Overlay::over(file).map_err(io_error)?;
    super::open::with(overlay, path).map(drop)
}

#[cfg(not(unix))]
fn examine(_: File, _: &Path) -> Result<(), EmbeddedStartError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::embedded::EmbeddedStore;

    #[test]
    fn a_file_is_seen_as_what_it_is_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.redb");
        assert_eq!(look(&path).unwrap(), Look::Absent);
        assert!(!path.exists());
        let store = EmbeddedStore::open(&path, Arc::new(SystemClock)).unwrap();
        assert_eq!(look(&path).unwrap(), Look::InUse);
        drop(store);
        let before = fs::read(&path).unwrap();
        assert_eq!(look(&path).unwrap(), Look::Closed);
        assert!(fs::read(&path).unwrap() == before, "it was changed");
        fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        let exposed = look(&path).unwrap_err();
        assert!(matches!(exposed, EmbeddedStartError::OpenToOthers { .. }));
    }

    #[test]
    fn a_file_of_something_else_is_no_store() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.redb");
        fs::write(&path, "a letter to my aunt").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        look(&path).unwrap_err();
        let other = folder.path().join("b.redb");
        drop(redb::Database::create(&other).unwrap());
        fs::set_permissions(&other, Permissions::from_mode(0o600)).unwrap();
        let foreign = look(&other).unwrap_err();
        assert!(matches!(foreign, EmbeddedStartError::Foreign { .. }));
    }
}
