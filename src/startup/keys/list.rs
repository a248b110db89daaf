//! What the folder of the keys holds, told even when the service could not start with it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::contents::{
    MAC, STATES, group_warning, mac_files, parse_key, parse_mac, pem_files, read_states,
};
use super::states::Standing;
use super::{KeyFilesError, MAC_ALG, io_error, no_key};
use crate::sessions::KeyKind;
use crate::startup::files::Secret;
use crate::token::Algorithm;

/// The folder of the keys, as `keys list` tells it.
#[derive(Debug, Serialize)]
pub struct KeyList {
    /// Which folder.
    pub folder: PathBuf,
    /// Its signing keys, by the names of their files, and then its MAC keys.
    pub keys: Vec<ListedKey>,
    /// What is allowed about the rest of the folder, and worth knowing.
    pub warnings: Vec<String>,
    /// What keeps the service from starting with this folder, and what to do about it.
    pub problems: Vec<String>,
}

/// A key.
#[derive(Debug, Serialize)]
pub struct ListedKey {
    /// Its RFC 7638 thumbprint; of a MAC key, its id.
    pub kid: String,
    /// What it signs or tags with.
    pub alg: &'static str,
    /// Whether it is a MAC key.
    pub mac: bool,
    /// `next`: it will sign. `active`: it signs. `retiring`: what it has signed is accepted.
    /// `retired`: that is refused. `unused`: it does nothing.
    pub state: &'static str,
    /// When it was made, Unix seconds, where `keyring.json` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<u64>,
    /// Its file.
    pub file: PathBuf,
    /// What is allowed about it, and worth knowing.
    pub warnings: Vec<String>,
}

/// Reads a folder, in which every signing key should be for the pinned algorithm, as it is to be
/// used at a moment in Unix seconds, and changes nothing. What cannot be used is in [`KeyList::problems`].
pub fn list(folder: &Path, pinned: Algorithm, now: u64) -> KeyList {
    let mut list = KeyList {
        folder: folder.to_owned(),
        keys: Vec::new(),
        warnings: Vec::new(),
        problems: Vec::new(),
    };
    match pem_files(folder).and_then(|pems| Ok((pems, mac_files(folder)?))) {
        Ok((pems, macs)) => list.read(pems, macs, pinned, now),
        Err(error) => list.problems.push(error.to_string()),
    }
    list
}

impl KeyList {
    fn read(&mut self, pems: Vec<PathBuf>, macs: Vec<PathBuf>, pinned: Algorithm, now: u64) {
        let pems = pems.into_iter().map(|file| (file, KeyKind::Signing));
        let macs = macs.into_iter().map(|file| (file, KeyKind::Mac));
        for (file, kind) in pems.chain(macs) {
            match self.read_key(&file, kind, pinned) {
                Ok(key) => self.keys.push(key),
                Err(error) => self.problems.push(error.to_string()),
            }
        }
        if let Err(error) = self.mark(pinned, now) {
            self.problems.push(error.to_string());
        }
    }

    fn read_key(
        &mut self,
        file: &Path,
        kind: KeyKind,
        pinned: Algorithm,
    ) -> Result<ListedKey, KeyFilesError> {
        let mut warnings = Vec::new();
        let secret = self.read_secret(file, &mut warnings)?;
        let (id, alg) = match kind {
            KeyKind::Signing => {
                let key = parse_key(file, &secret, pinned)?;
                (key.kid().to_owned(), key.algorithm().as_str())
            }
            KeyKind::Mac => (parse_mac(file, &secret)?.id().to_owned(), MAC_ALG),
        };
        Ok(ListedKey {
            kid: id,
            alg,
            mac: kind == KeyKind::Mac,
            state: "unused",
            created_at: None,
            file: file.to_owned(),
            warnings,
        })
    }

    /// A secret that others can read keeps the service from starting, and is still listed.
    fn read_secret(
        &mut self,
        path: &Path,
        warnings: &mut Vec<String>,
    ) -> Result<Secret, KeyFilesError> {
        let secret = Secret::read(path).map_err(|source| io_error(path, source))?;
        if secret.exposed() {
            let exposed = KeyFilesError::Exposed {
                path: path.to_owned(),
            };
            self.problems.push(exposed.to_string());
        } else {
            warnings.extend(group_warning(path, &secret));
        }
        Ok(secret)
    }

    /// Finds out what each key is there for.
    fn mark(&mut self, pinned: Algorithm, now: u64) -> Result<(), KeyFilesError> {
        let path = self.folder.join(STATES);
        let written = read_states(&path)?;
        let ids = |mac: bool| {
            let keys = self.keys.iter().filter(move |key| key.mac == mac);
            keys.map(|key| key.kid.as_str()).collect()
        };
        let first_mac = self.keys.iter().find(|key| key.file.ends_with(MAC));
        let standing = Standing {
            kids: ids(false),
            macs: ids(true),
            first_mac: first_mac.map(|key| key.kid.as_str()),
        };
        let states = written.resolve(&standing, now);
        let states = states.map_err(|message| KeyFilesError::States { path, message })?;
        for key in &mut self.keys {
            let kind = if key.mac {
                KeyKind::Mac
            } else {
                KeyKind::Signing
            };
            let made = written.of(kind).get(&key.kid).map(|key| key.created_at);
            // Of a key that somebody else made it may be 0.
            key.created_at = made.filter(|at| *at > 0);
            if let Some(state) = states.of(kind).get(&key.kid) {
                key.state = state.state.as_str();
            } else {
                let file = key.file.display();
                key.warnings.push(format!("{file} is not in use"));
            }
        }
        if states.mac_keys.is_empty() && !self.folder.join(MAC).exists() {
            let what = self.folder.join(MAC).display().to_string();
            self.problems
                .push(KeyFilesError::Missing { what }.to_string());
        }
        if states.keys.is_empty() {
            return Err(no_key(&self.folder, pinned));
        }
        Ok(())
    }
}
