//! The files of the folder, read as one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::states::States;
use super::{KeyFiles, KeyFilesError, io_error, no_key};
use crate::sessions::Keys;
use crate::startup::files::Secret;
use crate::token::{Algorithm, KeyError, Keyring, MacKey, SigningKey};

pub(in crate::startup) const MAC: &str = "mac.key";
pub(in crate::startup) const STATES: &str = "keyring.json";

/// The bytes of the files, to be compared with those of another look.
#[derive(PartialEq, Eq)]
pub(in crate::startup) struct Contents {
    folder: PathBuf,
    states: Vec<u8>,
    pems: Vec<(PathBuf, Secret)>,
    mac: Option<Secret>,
}

/// The signing keys of a folder, before it is known whether it is whole.
pub(in crate::startup) struct Found {
    /// What `keyring.json` says.
    pub(in crate::startup) written: States,
    /// What that comes to: empty if there is no key.
    pub(in crate::startup) states: States,
    /// All keys, in use or not, by the names of their files.
    pub(in crate::startup) keys: Vec<(PathBuf, SigningKey)>,
    warnings: Vec<String>,
}

impl Found {
    /// The keys that are over: `keyring.json` still names them, and nothing that they signed lives.
    pub(super) fn over(&self) -> impl Iterator<Item = &(PathBuf, SigningKey)> {
        self.keys.iter().filter(|(_, key)| {
            self.written.keys.contains_key(key.kid()) && !self.states.keys.contains_key(key.kid())
        })
    }

    /// The keys that nothing names.
    pub(super) fn unused(&self) -> impl Iterator<Item = &(PathBuf, SigningKey)> {
        self.keys.iter().filter(|(_, key)| {
            !self.written.keys.contains_key(key.kid()) && !self.states.keys.contains_key(key.kid())
        })
    }
}

impl Contents {
    pub(in crate::startup) fn read(folder: &Path) -> Result<Self, KeyFilesError> {
        // Before the keys: a key is written before it is named, and removed once it is over.
        let states = states_bytes(&folder.join(STATES))?;
        let pems = pem_files(folder)?.into_iter().map(|path| {
            let secret = Secret::read(&path).map_err(|source| io_error(&path, source))?;
            Ok((path, secret))
        });
        let pems = pems.collect::<Result<_, _>>()?;
        let mac = folder.join(MAC);
        let mac = match Secret::read(&mac) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read.map_err(|source| io_error(&mac, source))?),
        };
        Ok(Self {
            folder: folder.to_owned(),
            states,
            pems,
            mac,
        })
    }

    /// Whether nothing is written about what any key is there for.
    pub(super) fn name_no_key(&self) -> bool {
        self.states.is_empty()
    }

    /// The signing keys, and what each is there for at a moment.
    pub(in crate::startup) fn signing(
        &self,
        pinned: Algorithm,
        now: u64,
    ) -> Result<Found, KeyFilesError> {
        let mut warnings = Vec::new();
        let mut keys = Vec::new();
        for (path, secret) in &self.pems {
            warnings.extend(permitted(path, secret)?);
            keys.push((path.clone(), parse_key(path, secret, pinned)?));
        }
        let path = self.folder.join(STATES);
        let written = parse_states(&path, &self.states)?;
        let kids: Vec<&str> = keys.iter().map(|(_, key)| key.kid()).collect();
        let states = written
            .resolve(&kids, now)
            .map_err(|message| KeyFilesError::States { path, message })?;
        let unused = |(_, key): &&(PathBuf, SigningKey)| !states.keys.contains_key(key.kid());
        for (path, key) in keys.iter().filter(unused) {
            let path = path.display();
            warnings.push(format!("{path} (kid {}) is not in use", key.kid()));
        }
        Ok(Found {
            written,
            states,
            keys,
            warnings,
        })
    }

    /// All that the service needs of the folder, as it is to be used at a moment.
    pub(super) fn keys(&self, pinned: Algorithm, now: u64) -> Result<KeyFiles, KeyFilesError> {
        let Found {
            states,
            keys,
            mut warnings,
            ..
        } = self.signing(pinned, now)?;
        let Ok(active) = states.active_kid() else {
            return Err(no_key(&self.folder, pinned));
        };
        let mac = self.mac(&mut warnings)?;
        let in_use = keys.into_iter().filter(|(_, key)| {
            let state = states.keys.get(key.kid());
            state.is_some_and(|key| key.state.in_use())
        });
        let (mut signs, others): (Vec<_>, Vec<_>) =
            in_use.partition(|(_, key)| key.kid() == active);
        let Some((path, key)) = signs.pop() else {
            return Err(no_key(&self.folder, pinned));
        };
        let others = others.into_iter().map(|(_, key)| key).collect();
        let created_at = states.keys.get(active).map(|state| state.created_at);
        let keyring = Keyring::new(key, others).map_err(|source| KeyFilesError::Key {
            path: path.clone(),
            source,
        })?;
        Ok(KeyFiles {
            keys: Keys {
                keyring,
                mac,
                // Written by hand, it may be 0.
                created_at: created_at.filter(|at| *at > 0),
            },
            active: path,
            due: states.next_change(now),
            states,
            warnings,
        })
    }

    fn mac(&self, warnings: &mut Vec<String>) -> Result<MacKey, KeyFilesError> {
        let path = self.folder.join(MAC);
        let Some(secret) = &self.mac else {
            let what = path.display().to_string();
            return Err(KeyFilesError::Missing { what });
        };
        warnings.extend(permitted(&path, secret)?);
        MacKey::from_bytes(&secret.bytes).map_err(|source| KeyFilesError::Key { path, source })
    }
}

pub(super) fn pem_files(folder: &Path) -> Result<Vec<PathBuf>, KeyFilesError> {
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

/// A warning, if its group has a right to a secret. Anybody else must not have one.
fn permitted(path: &Path, secret: &Secret) -> Result<Option<String>, KeyFilesError> {
    if secret.exposed() {
        let path = path.to_owned();
        return Err(KeyFilesError::Exposed { path });
    }
    Ok(group_warning(path, secret))
}

pub(super) fn group_warning(path: &Path, secret: &Secret) -> Option<String> {
    let path = path.display();
    let warning = format!("{path} can be used by its group; `chmod g= {path}` ends that");
    secret.shared_with_group().then_some(warning)
}

fn states_bytes(path: &Path) -> Result<Vec<u8>, KeyFilesError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|source| io_error(path, source)),
    }
}

pub(super) fn read_states(path: &Path) -> Result<States, KeyFilesError> {
    parse_states(path, &states_bytes(path)?)
}

fn parse_states(path: &Path, bytes: &[u8]) -> Result<States, KeyFilesError> {
    if bytes.is_empty() {
        return Ok(States::default());
    }
    serde_json::from_slice(bytes).map_err(|error| KeyFilesError::States {
        path: path.to_owned(),
        message: format!("not the states of keys: {error}"),
    })
}

pub(super) fn parse_key(
    path: &Path,
    secret: &Secret,
    pinned: Algorithm,
) -> Result<SigningKey, KeyFilesError> {
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
