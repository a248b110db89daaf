//! The folder of the keys: `*.pem`, `mac.key` and `keyring.json`.

mod list;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

pub use self::list::{KeyList, ListedKey, list};
use super::files::Secret;
use crate::token::{Algorithm, KeyError, Keyring, MacKey, SigningKey};

pub(super) const MAC: &str = "mac.key";
pub(super) const STATES: &str = "keyring.json";

/// What the folder holds, ready for use.
#[derive(Debug)]
pub struct KeyFiles {
    /// The keys that sign and verify.
    pub keyring: Keyring,
    /// The key of the refresh tokens' outer tags.
    pub mac: MacKey,
    /// Where the key that signs stands.
    pub active: PathBuf,
    /// When it was made, in Unix seconds, if `keyring.json` says so.
    pub created_at: Option<u64>,
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

/// `keyring.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct States {
    pub(super) keys: BTreeMap<String, KeyState>,
}

/// What `keyring.json` says of one key.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeyState {
    pub(super) state: String,
    /// Unix seconds.
    pub(super) created_at: u64,
}

/// The signing keys of a folder, before it is known whether it is whole.
pub(super) struct Found {
    /// The key that signs, if there is any.
    pub(super) active: Option<(PathBuf, SigningKey)>,
    created_at: Option<u64>,
    warnings: Vec<String>,
}

/// Reads the folder, in which every signing key is for the pinned algorithm.
///
/// # Errors
/// [`KeyFilesError`]: something is missing, exposed to others, or not what it should be.
pub fn read(folder: &Path, pinned: Algorithm) -> Result<KeyFiles, KeyFilesError> {
    let Found {
        active,
        created_at,
        mut warnings,
    } = find(folder, pinned)?;
    let (active, key) = active.ok_or_else(|| no_key(folder, pinned))?;
    let path = folder.join(MAC);
    if !path.exists() {
        let what = path.display().to_string();
        return Err(KeyFilesError::Missing { what });
    }
    let bytes = read_secret(&path, &mut warnings)?.bytes;
    let mac = MacKey::from_bytes(&bytes).map_err(|source| KeyFilesError::Key { path, source })?;
    let keyring = Keyring::new(key, Vec::new()).map_err(|source| KeyFilesError::Key {
        path: active.clone(),
        source,
    })?;
    Ok(KeyFiles {
        keyring,
        mac,
        active,
        created_at,
        warnings,
    })
}

/// Reads the signing keys and decides which one signs.
pub(super) fn find(folder: &Path, pinned: Algorithm) -> Result<Found, KeyFilesError> {
    let mut warnings = Vec::new();
    let mut keys = Vec::new();
    for path in pem_files(folder)? {
        let secret = read_secret(&path, &mut warnings)?;
        let key = parse_key(&path, &secret, pinned)?;
        keys.push((path, key));
    }
    let path = folder.join(STATES);
    let states = read_states(&path)?;
    let kids: Vec<&str> = keys.iter().map(|(_, key)| key.kid()).collect();
    let active = choose(&kids, &states)
        .map_err(|message| KeyFilesError::States { path, message })?
        .map(str::to_owned);
    let (mut active, others): (Vec<_>, Vec<_>) = keys
        .into_iter()
        .partition(|(_, key)| Some(key.kid()) == active.as_deref());
    for (path, key) in &others {
        let path = path.display();
        warnings.push(format!("{path} (kid {}) is not in use", key.kid()));
    }
    let active = active.pop();
    let state = active
        .as_ref()
        .and_then(|(_, key)| states.keys.get(key.kid()));
    // Written by hand, it may be 0.
    let created_at = state.map(|state| state.created_at).filter(|at| *at > 0);
    Ok(Found {
        active,
        created_at,
        warnings,
    })
}

/// The `kid` of the key that signs, out of those that the folder holds.
fn choose<'a>(kids: &[&'a str], states: &States) -> Result<Option<&'a str>, String> {
    for (kid, key) in &states.keys {
        if key.state != "active" {
            let state = &key.state;
            return Err(format!(
                "the state {state:?} of the key {kid} is unknown: rotation comes with a later release"
            ));
        }
    }
    let marked: Vec<&str> = states.keys.keys().map(String::as_str).collect();
    match (marked.as_slice(), kids) {
        ([], []) => Ok(None),
        ([], [only]) => Ok(Some(only)),
        ([], _) => Err(format!(
            "several keys stand here and none is marked as the one that signs: keep one .pem \
             file, or write {{\"keys\":{{\"<kid>\":{{\"state\":\"active\",\"created_at\":0}}}}}} \
             with one of {}",
            kids.join(", ")
        )),
        ([marked], _) => match kids.iter().filter(|kid| *kid == marked).count() {
            1 => Ok(kids.iter().find(|kid| *kid == marked).copied()),
            0 => Err(format!(
                "the active key {marked} is in no .pem file here: put it back, or remove \
                 this file to start with another one"
            )),
            _ => Err(format!(
                "the key {marked} is here twice: remove one of its .pem files"
            )),
        },
        (marked, _) => Err(format!(
            "{} keys are marked active: leave one of {}",
            marked.len(),
            marked.join(", ")
        )),
    }
}

fn pem_files(folder: &Path) -> Result<Vec<PathBuf>, KeyFilesError> {
    let entries = fs::read_dir(folder).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyFilesError::Missing {
            what: format!("the folder {}", folder.display()),
        },
        _ => io_error(folder, source),
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| io_error(folder, source))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "pem") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_secret(path: &Path, warnings: &mut Vec<String>) -> Result<Secret, KeyFilesError> {
    let secret = Secret::read(path).map_err(|source| io_error(path, source))?;
    if secret.exposed() {
        let path = path.to_owned();
        return Err(KeyFilesError::Exposed { path });
    }
    warnings.extend(group_warning(path, &secret));
    Ok(secret)
}

fn group_warning(path: &Path, secret: &Secret) -> Option<String> {
    let path = path.display();
    let warning = format!("{path} can be used by its group; `chmod g= {path}` ends that");
    secret.shared_with_group().then_some(warning)
}

fn read_states(path: &Path) -> Result<States, KeyFilesError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(States::default()),
        Err(source) => return Err(io_error(path, source)),
    };
    serde_json::from_slice(&bytes).map_err(|error| KeyFilesError::States {
        path: path.to_owned(),
        message: format!("not the states of keys: {error}"),
    })
}

fn parse_key(path: &Path, secret: &Secret, pinned: Algorithm) -> Result<SigningKey, KeyFilesError> {
    SigningKey::from_pem(&secret.bytes, pinned).map_err(|source| {
        let path = path.to_owned();
        match source {
            KeyError::WrongType { .. } => KeyFilesError::OtherAlgorithm {
                path,
                pinned,
                source,
            },
            source => KeyFilesError::Key { path, source },
        }
    })
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
