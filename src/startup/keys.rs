//! The folder of the keys: `*.pem`, `mac.key` with its successors, and `keyring.json`.

mod contents;
mod folder;
mod list;
mod plan;
mod states;

use std::io;
use std::path::{Path, PathBuf};

pub(super) use self::contents::{Contents, Found, MAC, STATES};
pub(super) use self::folder::Folder;
pub use self::list::{KeyList, ListedKey, list};
pub(super) use self::plan::{KeyState, Plan};
pub(super) use self::states::States;
use crate::sessions::Keys;
use crate::token::{Algorithm, KeyError};

/// What a MAC key tags with: HMAC by SHA-256, by its name in RFC 7518.
const MAC_ALG: &str = "HS256";

/// What the folder holds, ready for use.
#[derive(Debug)]
pub struct KeyFiles {
    /// The keys that sign, verify and tag.
    pub keys: Keys,
    /// Where the key that signs stands.
    pub active: PathBuf,
    /// What each key is there for.
    pub(super) states: States,
    /// When these keys are to be read again though no file has changed, in Unix seconds.
    pub(super) due: Option<u64>,
    /// What is allowed, and worth a line in the log.
    pub warnings: Vec<String>,
}

/// Why the keys cannot be used. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFilesError {
    /// No folder, no signing key or no `mac.key`.
    #[error("{what} is missing: run `jotleash keys generate`")]
    Missing {
        /// Which.
        what: String,
    },
    /// No signing key for RS256, and none can be made here.
    #[error(
        "a signing key (*.pem) in {folder} is missing, and RSA keys are not made here: run \
         `{command}`", folder = folder.display()
    )]
    NoRsaKey {
        /// Where it belongs.
        folder: PathBuf,
        /// What makes it there.
        command: String,
    },
    /// A good key, for another algorithm than the pinned one.
    #[error(
        "{path} is not for keys.algorithm = \"{pinned}\": move it away, or change the setting \
         ({source})", path = path.display()
    )]
    OtherAlgorithm {
        /// Which.
        path: PathBuf,
        /// What is pinned.
        pinned: Algorithm,
        /// What it is and what is needed.
        source: KeyError,
    },
    /// A file or the folder cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner and the group have a right to a secret.
    #[error("{path} can be used by others: run `chmod o= {path}`", path = path.display())]
    Exposed {
        /// Which.
        path: PathBuf,
    },
    /// A file that is no key of ours.
    #[error("{path}: {source}", path = path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// `keyring.json` cannot be read, or does not go with the keys.
    #[error("{path}: {message}", path = path.display())]
    States {
        /// Which.
        path: PathBuf,
        /// What is wrong and what to do.
        message: String,
    },
}

/// Reads the folder as it is to be used at a moment in Unix seconds. Every signing key in it is
/// for the pinned algorithm.
///
/// # Errors
/// [`KeyFilesError`]: something is missing, exposed to others, or not what it should be.
pub fn read(folder: &Path, pinned: Algorithm, now: u64) -> Result<KeyFiles, KeyFilesError> {
    Contents::read(folder)?.keys(pinned, now)
}

fn no_key(folder: &Path, pinned: Algorithm) -> KeyFilesError {
    match pinned {
        Algorithm::Rs256 => no_rsa_key(folder),
        _ => KeyFilesError::Missing {
            what: format!("a signing key (*.pem) in {}", folder.display()),
        },
    }
}

pub(super) fn no_rsa_key(folder: &Path) -> KeyFilesError {
    let file = folder.join("rs256.pem").display().to_string();
    KeyFilesError::NoRsaKey {
        folder: folder.to_owned(),
        command: format!("{} && chmod 600 {file}", Algorithm::Rs256.genpkey(&file)),
    }
}

pub(super) fn io_error(path: &Path, source: io::Error) -> KeyFilesError {
    let path = path.to_owned();
    KeyFilesError::Io { path, source }
}

#[cfg(test)]
mod tests;
