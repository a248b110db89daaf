//! What the folder of the keys holds, told even when the service could not start with it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::contents::{MAC, STATES, group_warning, parse_key, pem_files, read_states};
use super::{KeyFilesError, io_error, no_key};
use crate::startup::files::Secret;
use crate::token::{Algorithm, MacKey};

/// The folder of the keys, as `keys list` tells it.
#[derive(Debug, Serialize)]
pub struct KeyList {
    /// Which folder.
    pub folder: PathBuf,
    /// Its signing keys, by the names of their files.
    pub keys: Vec<ListedKey>,
    /// What is allowed about the rest of the folder, and worth knowing.
    pub warnings: Vec<String>,
    /// What keeps the service from starting with this folder, and what to do about it.
    pub problems: Vec<String>,
}

/// A signing key.
#[derive(Debug, Serialize)]
pub struct ListedKey {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs with.
    pub alg: &'static str,
    /// `next`: it will sign. `active`: it signs. `retiring`: it verifies what it has signed.
    /// `retired`: its tokens are refused. `unused`: it does nothing.
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
    match pem_files(folder) {
        Ok(files) => list.read(files, pinned, now),
        Err(error) => list.problems.push(error.to_string()),
    }
    list
}

impl KeyList {
    fn read(&mut self, files: Vec<PathBuf>, pinned: Algorithm, now: u64) {
        for file in files {
            match self.read_key(&file, pinned) {
                Ok(key) => self.keys.push(key),
                Err(error) => self.problems.push(error.to_string()),
            }
        }
        if let Err(error) = self.mark(pinned, now) {
            self.problems.push(error.to_string());
        }
        if let Err(error) = self.read_mac() {
            self.problems.push(error.to_string());
        }
    }

    fn read_key(&mut self, file: &Path, pinned: Algorithm) -> Result<ListedKey, KeyFilesError> {
        let mut warnings = Vec::new();
        let secret = self.read_secret(file, &mut warnings)?;
        let key = parse_key(file, &secret, pinned)?;
        Ok(ListedKey {
            kid: key.kid().to_owned(),
            alg: key.algorithm().as_str(),
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
        let kids: Vec<&str> = self.keys.iter().map(|key| key.kid.as_str()).collect();
        let states = written.resolve(&kids, now);
        let states = states.map_err(|message| KeyFilesError::States { path, message })?;
        if states.keys.is_empty() {
            return Err(no_key(&self.folder, pinned));
        }
        for key in &mut self.keys {
            key.created_at = written.keys.get(&key.kid).map(|state| state.created_at);
            if let Some(state) = states.keys.get(&key.kid) {
                key.state = state.state.as_str();
            } else {
                let file = key.file.display();
                key.warnings.push(format!("{file} is not in use"));
            }
        }
        Ok(())
    }

    fn read_mac(&mut self) -> Result<(), KeyFilesError> {
        let path = self.folder.join(MAC);
        if !path.exists() {
            let what = path.display().to_string();
            return Err(KeyFilesError::Missing { what });
        }
        let mut warnings = Vec::new();
        let secret = self.read_secret(&path, &mut warnings)?;
        self.warnings.append(&mut warnings);
        let parsed = MacKey::from_bytes(&secret.bytes);
        parsed.map_err(|source| KeyFilesError::Key { path, source })?;
        Ok(())
    }
}
