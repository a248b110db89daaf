//! `keys generate`: what the folder of the keys lacks is made; what stands is never touched.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::files::{create, make_folder, replace};
use super::keys::{
    Contents, Found, KeyFilesError, KeyState, MAC, Plan, STATES, States, io_error, no_rsa_key,
};
use crate::clock::{Clock, Entropy};
use crate::token::{Algorithm, KeyError, MacKey, SigningKey};

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The signing key's file and its `kid`, unless a key that signs stands.
    pub key: Option<(PathBuf, String)>,
    /// `mac.key`, unless it stands.
    pub mac: Option<PathBuf>,
}

/// Makes the folder, `mac.key` and a signing key for the algorithm, as far as they are missing.
///
/// # Errors
/// [`KeyFilesError`]: what stands cannot be used, or the folder cannot be written;
/// [`KeyFilesError::NoRsaKey`] when all but a signing key for RS256 stands now.
pub fn generate(
    folder: &Path,
    algorithm: Algorithm,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Made, KeyFilesError> {
    let in_folder = |source| io_error(folder, source);
    make_folder(folder).map_err(in_folder)?;
    // Two that are started at once must not make two keys. Freed when the file is closed.
    let lock = File::open(folder).map_err(in_folder)?;
    lock.lock().map_err(in_folder)?;
    let found = Contents::read(folder)?.find(algorithm, clock.now())?;
    let mac = found.states.mac_keys.is_empty();
    let mac = mac.then(|| folder.join(MAC));
    if let Some(path) = &mac {
        let bytes = MacKey::generate(entropy);
        create(path, bytes.as_slice(), entropy).map_err(|source| io_error(path, source))?;
    }
    let key = if found.states.keys.is_empty() {
        let mac_keys = found.written.mac_keys;
        Some(make_signing_key(
            folder,
            algorithm,
            mac_keys,
            clock.now(),
            entropy,
        )?)
    } else {
        name_lone_key(folder, &found, entropy)?;
        None
    };
    Ok(Made { key, mac })
}

/// Writes down that a key that stands alone is the one that signs: another file beside it is then
/// no question of which.
pub(super) fn mark_lone_key(
    folder: &Path,
    algorithm: Algorithm,
    now: u64,
    entropy: &dyn Entropy,
) -> Result<(), KeyFilesError> {
    let in_folder = |source| io_error(folder, source);
    let lock = File::open(folder).map_err(in_folder)?;
    lock.lock().map_err(in_folder)?;
    let found = Contents::read(folder)?.find(algorithm, now)?;
    name_lone_key(folder, &found, entropy)
}

fn name_lone_key(folder: &Path, found: &Found, entropy: &dyn Entropy) -> Result<(), KeyFilesError> {
    if !found.written.keys.is_empty() {
        return Ok(());
    }
    let named = States {
        keys: found.states.keys.clone(),
        mac_keys: found.written.mac_keys.clone(),
    };
    write_states(folder, &named, entropy)
}

fn make_signing_key(
    folder: &Path,
    algorithm: Algorithm,
    mac_keys: Plan,
    now: u64,
    entropy: &dyn Entropy,
) -> Result<(PathBuf, String), KeyFilesError> {
    let (path, kid) = make_key_file(folder, algorithm, entropy)?;
    let states = States {
        keys: Plan::of([(kid.clone(), KeyState::active(now))]),
        mac_keys,
    };
    write_states(folder, &states, entropy)?;
    Ok((path, kid))
}

/// Makes a signing key's file; gives its `kid`, too.
pub(super) fn make_key_file(
    folder: &Path,
    algorithm: Algorithm,
    entropy: &dyn Entropy,
) -> Result<(PathBuf, String), KeyFilesError> {
    let in_key = |source| match source {
        KeyError::NotGenerated => no_rsa_key(folder),
        source => KeyFilesError::Key {
            path: folder.to_owned(),
            source,
        },
    };
    let pem = SigningKey::generate_pem(algorithm).map_err(in_key)?;
    let kid = SigningKey::from_pem(pem.as_bytes(), algorithm)
        .map_err(in_key)?
        .kid()
        .to_owned();
    let path = folder.join(format!(
        "{}-{}.pem",
        algorithm.as_str().to_ascii_lowercase(),
        kid.get(..8).unwrap_or(&kid)
    ));
    create(&path, pem.as_bytes(), entropy).map_err(|source| io_error(&path, source))?;
    Ok((path, kid))
}

/// Makes the file of another MAC key; gives its id.
pub(super) fn make_mac_file(folder: &Path, entropy: &dyn Entropy) -> Result<String, KeyFilesError> {
    let bytes = MacKey::generate(entropy);
    let key = MacKey::from_bytes(bytes.as_slice()).map_err(|source| KeyFilesError::Key {
        path: folder.to_owned(),
        source,
    })?;
    let path = folder.join(format!("{}.key", key.id()));
    create(&path, bytes.as_slice(), entropy).map_err(|source| io_error(&path, source))?;
    Ok(key.id().to_owned())
}

/// Replaces `keyring.json`.
pub(super) fn write_states(
    folder: &Path,
    states: &States,
    entropy: &dyn Entropy,
) -> Result<(), KeyFilesError> {
    let file = folder.join(STATES);
    let json = serde_json::to_vec_pretty(states).map_err(|error| io_error(&file, error.into()))?;
    replace(&file, &json, entropy).map_err(|source| io_error(&file, source))
}
