//! redb's errors in the store's words.

use std::io::ErrorKind;

use crate::store::{Refusal, StoreError};

/// Trouble with the file, and whether redb will do nothing more until it is opened again.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: StoreError,
    pub(super) broken: bool,
}

impl Fault {
    /// The file holds what this version did not write.
    pub(super) fn corrupt(what: &(impl ToString + ?Sized)) -> Self {
        Self {
            error: StoreError::Corrupt(what.to_string()),
            broken: false,
        }
    }

    /// No transaction can be made now.
    pub(super) fn unavailable(what: &(impl ToString + ?Sized)) -> Self {
        Self {
            error: StoreError::Unavailable(what.to_string()),
            broken: false,
        }
    }

    /// Whether another try, on the file opened again, may go better.
    pub(super) const fn may_pass(&self) -> bool {
        self.broken && matches!(self.error, StoreError::Full(_) | StoreError::Unavailable(_))
    }

    fn of(error: &redb::Error) -> Self {
        let text = error.to_string();
        let error = match error {
            redb::Error::Io(io) if is_full(io.kind()) => StoreError::Full(text),
            redb::Error::Io(_)
            | redb::Error::PreviousIo
            | redb::Error::DatabaseClosed
            | redb::Error::LockPoisoned(_) => StoreError::Unavailable(text),
            _ => StoreError::Corrupt(text),
        };
        Self {
            error,
            broken: true,
        }
    }
}

const fn is_full(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for Fault {
            fn from(error: redb::$error) -> Self {
                Self::of(&error.into())
            }
        })*
    };
}

from_redb!(
    CommitError,
    SetDurabilityError,
    StorageError,
    TableError,
    TransactionError
);

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::corrupt(&error)
    }
}

impl From<crate::id::IdError> for Fault {
    fn from(error: crate::id::IdError) -> Self {
        Self::corrupt(&error)
    }
}

/// A fault that was noted already.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self {
            error,
            broken: false,
        }
    }
}

/// Why a transaction is given up: nothing that it wrote stays.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something forbids it.
    Refused(Refusal),
    /// The id, the name or the version was not free.
    Conflict,
    /// It does not work.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}
