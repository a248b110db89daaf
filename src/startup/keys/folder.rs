//! The folder while the service runs.

use std::cmp::Reverse;
use std::fmt;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::contents::Found;
use super::states::LEAD;
use super::{Contents, KeyFiles, KeyFilesError, KeyState, States, io_error};
use crate::clock::{Clock, Entropy};
use crate::sessions::{KeyChangeError, KeyEntry, KeyFolder, Keys};
use crate::settings::Settings;
use crate::startup::generate::{make_key_file, write_states};
use crate::token::{Algorithm, SigningKey};

/// The folder, and what it held when it was last looked at.
pub(in crate::startup) struct Folder {
    path: PathBuf,
    algorithm: Algorithm,
    /// Seconds.
    publish_before: u64,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    seen: Mutex<Seen>,
}

struct Seen {
    /// The files in use.
    contents: Contents,
    /// What they say of the keys.
    states: States,
    /// When they are to be used in another way.
    due: Option<u64>,
    trouble: Option<Trouble>,
}

/// Why the files as they are now cannot be used.
struct Trouble {
    error: String,
    told: bool,
}

impl Folder {
    /// Reads it for the first time.
    pub(in crate::startup) fn read(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<(Self, Keys), KeyFilesError> {
        let path = settings.keys_dir.clone();
        let contents = Contents::read(&path)?;
        let files = contents.keys(settings.algorithm, clock.now())?;
        let seen = Mutex::new(Seen {
            contents,
            states: files.states.clone(),
            due: files.due,
            trouble: None,
        });
        let folder = Self {
            path,
            algorithm: settings.algorithm,
            publish_before: settings.publish_before,
            clock,
            entropy,
            seen,
        };
        Ok((folder, announce(files)))
    }

    /// Publishes a key, with the folder to itself.
    fn publish(&self, at_once: bool) -> Result<String, KeyChangeError> {
        let in_folder = |source| changing(io_error(&self.path, source));
        let lock = File::open(&self.path).map_err(in_folder)?;
        lock.lock().map_err(in_folder)?;
        let now = self.clock.now();
        let found = Contents::read(&self.path).and_then(|all| all.signing(self.algorithm, now));
        let Found {
            written,
            mut states,
            mut keys,
            ..
        } = found.map_err(changing)?;
        let waiting = at_once.then(|| states.hasten(now)).flatten();
        let kid = if let Some(kid) = waiting {
            kid
        } else {
            states.room().map_err(KeyChangeError::Conflict)?;
            // First the file, then its name: what stands unnamed might be taken for a new key.
            for (path, _) in keys.extract_if(.., |(_, key)| {
                written.keys.contains_key(key.kid()) && !states.keys.contains_key(key.kid())
            }) {
                log::info!(
                    "removing {}: the last token that it signed has expired",
                    path.display()
                );
                fs::remove_file(&path).map_err(|source| changing(io_error(&path, source)))?;
            }
            let kid = self.new_key(&states, &keys)?;
            let after = if at_once { LEAD } else { self.publish_before };
            states.publish(kid.clone(), now, after);
            kid
        };
        write_states(&self.path, &states, &*self.entropy).map_err(changing)?;
        Ok(kid)
    }

    /// A key for the states to name: a new one, or for RS256 one that was put into the folder.
    fn new_key(
        &self,
        states: &States,
        keys: &[(PathBuf, SigningKey)],
    ) -> Result<String, KeyChangeError> {
        let mut unused = keys
            .iter()
            .filter(|(_, key)| !states.keys.contains_key(key.kid()));
        match (self.algorithm, unused.next(), unused.next()) {
            (Algorithm::Rs256, Some((_, key)), None) => Ok(key.kid().to_owned()),
            (Algorithm::Rs256, Some(_), Some(_)) => Err(KeyChangeError::Conflict(format!(
                "several keys in {} are not in use: leave one of them",
                self.path.display()
            ))),
            _ => make_key_file(&self.path, self.algorithm, &*self.entropy)
                .map(|(_, kid)| kid)
                .map_err(changing),
        }
    }
}

/// What keeps a change from being made, for the operator who asked for it.
fn changing(error: KeyFilesError) -> KeyChangeError {
    match error {
        KeyFilesError::Io { path, source }
            if matches!(
                source.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            KeyChangeError::ReadOnly(format!(
                "{}: {source}: give the service the right to write there, or change the keys \
                 where they come from",
                path.display()
            ))
        }
        other => KeyChangeError::Conflict(other.to_string()),
    }
}

impl KeyFolder for Folder {
    fn changed(&self) -> Option<Keys> {
        let now = self.clock.now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let read = Contents::read(&self.path).and_then(|contents| {
            if contents == seen.contents && seen.due.is_none_or(|due| now < due) {
                return Ok(None);
            }
            let files = contents.keys(self.algorithm, now)?;
            Ok(Some((contents, files)))
        });
        match read {
            Ok(None) => seen.trouble = None,
            Ok(Some((contents, files))) => {
                *seen = Seen {
                    contents,
                    states: files.states.clone(),
                    due: files.due,
                    trouble: None,
                };
                return Some(announce(files));
            }
            Err(error) => seen.keep(error.to_string()),
        }
        None
    }

    fn rotate(&self, at_once: bool) -> Result<String, KeyChangeError> {
        self.publish(at_once)
    }

    fn list(&self) -> Vec<KeyEntry> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let states = seen.states.at(self.clock.now());
        let entry = |(kid, key): (String, KeyState)| KeyEntry {
            kid,
            alg: self.algorithm.as_str(),
            state: key.state.as_str(),
            created_at: key.created_at,
            active_from: key.active_from,
            retire_at: key.retire_at,
        };
        let mut entries: Vec<_> = states.keys.into_iter().map(entry).collect();
        entries.sort_by_key(|entry| Reverse(entry.created_at));
        entries
    }
}

impl Seen {
    /// Several files are not replaced at one instant, so trouble is told of at its second sight.
    fn keep(&mut self, error: String) {
        let seen = self.trouble.take().filter(|seen| seen.error == error);
        let told = seen.as_ref().is_some_and(|seen| seen.told);
        if seen.is_some() && !told {
            log::warn!("the keys in use are kept, those in the folder are no good: {error}");
        }
        self.trouble = Some(Trouble {
            told: seen.is_some(),
            error,
        });
    }
}

fn announce(files: KeyFiles) -> Keys {
    for warning in &files.warnings {
        log::warn!("{warning}");
    }
    let kids: Vec<_> = files.keys.keyring.kids().collect();
    let path = files.active.display();
    log::info!(kid = files.keys.keyring.active_kid(); "signing with {path}; published: {}", kids.join(", "));
    files.keys
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
