//! The files of the folder, read as one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::plan::Plan;
use super::states::{Standing, States};
use super::{KeyFiles, KeyFilesError, io_error, no_key};
use crate::sessions::{KeyKind, Keys};
use crate::startup::files::Secret;
use crate::token::{Algorithm, KeyError, Keyring, MAC_ID_PREFIX, MacKey, MacKeys, SigningKey};

pub(in crate::startup) const MAC: &str = "mac.key";
pub(in crate::startup) const STATES: &str = "keyring.json";

/// The bytes of the files, to be compared with those of another look.
#[derive(PartialEq, Eq)]
pub(in crate::startup) struct Contents {
    folder: PathBuf,
    states: Vec<u8>,
    pems: Vec<(PathBuf, Secret)>,
    macs: Vec<(PathBuf, Secret)>,
}

/// What is in the folder, before it is known whether it is whole.
pub(in crate::startup) struct Found {
    /// What `keyring.json` says.
    pub(in crate::startup) written: States,
    /// What that comes to: empty of a kind if there is no key of it.
    pub(in crate::startup) states: States,
    /// All signing keys, in use or not, by the names of their files.
    pub(in crate::startup) keys: Vec<(PathBuf, SigningKey)>,
    /// All MAC keys.
    macs: Vec<(PathBuf, MacKey)>,
    warnings: Vec<String>,
}

impl Found {
    /// The files of the keys that are over: `keyring.json` still names them, and nothing that they
    /// signed lives.
    pub(super) fn over(&self) -> impl Iterator<Item = &Path> {
        let (written, states) = (&self.written, &self.states);
        let is_over = |kind: KeyKind, id: &str| {
            written.of(kind).get(id).is_some() && states.of(kind).get(id).is_none()
        };
        let keys = self.keys.iter();
        let keys = keys.filter(move |(_, key)| is_over(KeyKind::Signing, key.kid()));
        let macs = self.macs.iter();
        let macs = macs.filter(move |(_, key)| is_over(KeyKind::Mac, key.id()));
        let keys = keys.map(|(path, _)| path.as_path());
        keys.chain(macs.map(|(path, _)| path.as_path()))
    }

    /// The signing keys that nothing names.
    pub(super) fn unused(&self) -> impl Iterator<Item = &SigningKey> {
        let keys = self.keys.iter().map(|(_, key)| key);
        keys.filter(|key| {
            let plans = [&self.written.keys, &self.states.keys];
            plans.iter().all(|plan| plan.get(key.kid()).is_none())
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
        let macs = mac_files(folder)?.into_iter().map(|path| {
            let secret = Secret::read(&path).map_err(|source| io_error(&path, source))?;
            Ok((path, secret))
        });
        let macs = macs.collect::<Result<_, _>>()?;
        Ok(Self {
            folder: folder.to_owned(),
            states,
            pems,
            macs,
        })
    }

    /// Whether nothing is written about what any key is there for.
    pub(super) fn name_no_key(&self) -> bool {
        self.states.is_empty()
    }

    /// The keys, and what each is there for at a moment.
    pub(in crate::startup) fn find(
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
        let mut macs = Vec::new();
        for (path, secret) in &self.macs {
            warnings.extend(permitted(path, secret)?);
            macs.push((path.clone(), parse_mac(path, secret)?));
        }
        let path = self.folder.join(STATES);
        let written = parse_states(&path, &self.states)?;
        let states = written
            .resolve(&standing(&keys, &macs), now)
            .map_err(|message| KeyFilesError::States { path, message })?;
        let unused = |(_, key): &&(PathBuf, SigningKey)| states.keys.get(key.kid()).is_none();
        for (path, key) in keys.iter().filter(unused) {
            let path = path.display();
            warnings.push(format!("{path} (kid {}) is not in use", key.kid()));
        }
        let unused = |(_, key): &&(PathBuf, MacKey)| states.mac_keys.get(key.id()).is_none();
        for (path, key) in macs.iter().filter(unused) {
            warnings.push(format!("{} ({}) is not in use", path.display(), key.id()));
        }
        Ok(Found {
            written,
            states,
            keys,
            macs,
            warnings,
        })
    }

    /// All that the service needs of the folder, as it is to be used at a moment.
    pub(super) fn keys(&self, pinned: Algorithm, now: u64) -> Result<KeyFiles, KeyFilesError> {
        let Found {
            states,
            keys,
            macs,
            warnings,
            ..
        } = self.find(pinned, now)?;
        let missing = || no_key(&self.folder, pinned);
        let active = states.keys.active().map_err(|_| missing())?;
        let (path, key, others) =
            in_use(keys, &states.keys, SigningKey::kid).ok_or_else(missing)?;
        let created_at = states.keys.get(active).map(|state| state.created_at);
        let refused = |path: &Path| {
            let path = path.to_owned();
            |source| KeyFilesError::Key { path, source }
        };
        let keyring = Keyring::new(key, others).map_err(refused(&path))?;
        let missing = || KeyFilesError::Missing {
            what: self.folder.join(MAC).display().to_string(),
        };
        let (mac_path, mac, others) =
            in_use(macs, &states.mac_keys, MacKey::id).ok_or_else(missing)?;
        let mac = MacKeys::new(mac, others).map_err(refused(&mac_path))?;
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
}

/// The ids that stand in the folder.
fn standing<'a>(keys: &'a [(PathBuf, SigningKey)], macs: &'a [(PathBuf, MacKey)]) -> Standing<'a> {
    let first_mac = macs.iter().find(|(path, _)| path.ends_with(MAC));
    Standing {
        kids: keys.iter().map(|(_, key)| key.kid()).collect(),
        macs: macs.iter().map(|(_, key)| key.id()).collect(),
        first_mac: first_mac.map(|(_, key)| key.id()),
    }
}

/// The active key with its file, and the others in use.
fn in_use<K>(
    keys: Vec<(PathBuf, K)>,
    plan: &Plan,
    id: impl Fn(&K) -> &str,
) -> Option<(PathBuf, K, Vec<K>)> {
    let active = plan.active().ok()?;
    let in_use = keys.into_iter().filter(|(_, key)| plan.uses(id(key)));
    let (mut first, others): (Vec<_>, Vec<_>) = in_use.partition(|(_, key)| id(key) == active);
    let (path, key) = first.pop()?;
    Some((path, key, others.into_iter().map(|(_, key)| key).collect()))
}

pub(super) fn pem_files(folder: &Path) -> Result<Vec<PathBuf>, KeyFilesError> {
    files(folder, |name| has_extension(name, "pem"))
}

/// `mac.key`, and those of its successors.
pub(super) fn mac_files(folder: &Path) -> Result<Vec<PathBuf>, KeyFilesError> {
    files(folder, |name| {
        let by_id = name.as_os_str().as_encoded_bytes();
        let by_id = by_id.starts_with(MAC_ID_PREFIX.as_bytes()) && has_extension(name, "key");
        by_id || name == Path::new(MAC)
    })
}

fn has_extension(name: &Path, expected: &str) -> bool {
    name.extension()
        .is_some_and(|extension| extension == expected)
}

fn files(folder: &Path, is_one: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, KeyFilesError> {
    let entries = fs::read_dir(folder).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyFilesError::Missing {
            what: format!("the folder {}", folder.display()),
        },
        _ => io_error(folder, source),
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| io_error(folder, source))?.path();
        let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
        if path
            .file_name()
            .is_some_and(|name| !is_hidden(name) && is_one(Path::new(name)))
        {
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

pub(super) fn parse_mac(path: &Path, secret: &Secret) -> Result<MacKey, KeyFilesError> {
    MacKey::from_bytes(&secret.bytes).map_err(|source| {
        let path = path.to_owned();
        KeyFilesError::Key { path, source }
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
