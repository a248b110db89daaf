//! The folder while the service runs.

use std::cmp::Reverse;
use std::fmt;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{Access, access};

use super::plan::Plan;
use super::{Contents, Found, KeyFiles, KeyFilesError, KeyState, MAC_ALG, States, io_error};
use crate::clock::{Clock, Entropy};
use crate::sessions::{KeyChangeError, KeyEntry, KeyFolder, KeyKind, Keys};
use crate::settings::Settings;
use crate::startup::generate::{make_key_file, make_mac_file, mark_lone_key, write_states};
use crate::token::Algorithm;

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
        let mut contents = Contents::read(&path)?;
        let files = contents.keys(settings.algorithm, clock.now())?;
        if contents.name_no_key() {
            match mark_lone_key(&path, settings.algorithm, clock.now(), &*entropy) {
                Ok(()) => contents = Contents::read(&path)?,
                Err(error) => log::info!("the key that signs is written down nowhere: {error}"),
            }
        }
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

    /// Changes the plan with the folder to itself, and writes it if it is another one then.
    fn change<T>(
        &self,
        work: impl FnOnce(&mut States, &Found, u64) -> Result<T, KeyChangeError>,
        dry_run: bool,
    ) -> Result<T, KeyChangeError> {
        let in_folder = |source| changing(io_error(&self.path, source));
        let lock = File::open(&self.path).map_err(in_folder)?;
        lock.lock().map_err(in_folder)?;
        let now = self.clock.now();
        let found = Contents::read(&self.path).and_then(|all| all.find(self.algorithm, now));
        let found = found.map_err(changing)?;
        let mut states = found.states.clone();
        let done = work(&mut states, &found, now)?;
        if found.written.mac_keys.is_empty() && states.mac_keys == found.states.mac_keys {
            // `mac.key` alone stays unnamed, and may be replaced by hand.
            states.mac_keys = Plan::default();
        }
        if states == found.written {
            return Ok(done);
        }
        if dry_run {
            let writable = access(&self.path, Access::WRITE_OK | Access::EXEC_OK);
            writable.map_err(|errno| in_folder(errno.into()))?;
            return Ok(done);
        }
        // First the file, then its name: what stands unnamed might be taken for a new key.
        for path in found.over() {
            log::info!(
                "removing {}: the last token that it signed or tagged has expired",
                path.display()
            );
            fs::remove_file(path).map_err(|source| changing(io_error(path, source)))?;
        }
        write_states(&self.path, &states, &*self.entropy).map_err(changing)?;
        Ok(done)
    }

    /// A key for the states to name: a new one, or for RS256 one that was put into the folder.
    fn new_key(&self, kind: KeyKind, found: &Found) -> Result<String, KeyChangeError> {
        if kind == KeyKind::Mac {
            return make_mac_file(&self.path, &*self.entropy).map_err(changing);
        }
        let mut unused = found.unused();
        match (self.algorithm, unused.next(), unused.next()) {
            (Algorithm::Rs256, Some(key), None) => Ok(key.kid().to_owned()),
            (Algorithm::Rs256, Some(_), Some(_)) => Err(KeyChangeError::Conflict(format!(
                "several keys in {} are not in use: leave one of them",
                self.path.display()
            ))),
            _ => make_key_file(&self.path, self.algorithm, &*self.entropy)
                .map(|(_, kid)| kid)
                .map_err(changing),
        }
    }

    fn entry(&self, kind: KeyKind, id: &str, key: &KeyState) -> KeyEntry {
        let alg = match kind {
            KeyKind::Signing => self.algorithm.as_str(),
            KeyKind::Mac => MAC_ALG,
        };
        KeyEntry {
            kid: id.to_owned(),
            alg,
            mac: kind == KeyKind::Mac,
            state: key.state.as_str(),
            created_at: key.created_at,
            active_from: key.active_from,
            retire_at: key.retire_at,
        }
    }

    /// The keys of a kind, newest first.
    fn entries(&self, kind: KeyKind, states: &States) -> Vec<KeyEntry> {
        let keys = states.of(kind).iter();
        let mut entries: Vec<_> = keys.map(|(id, key)| self.entry(kind, id, key)).collect();
        entries.sort_by_key(|entry| Reverse(entry.created_at));
        entries
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

    fn rotate(&self, kind: KeyKind, at_once: bool) -> Result<String, KeyChangeError> {
        self.change(
            |states, found, now| {
                let plan = states.of_mut(kind);
                if let Some(waiting) = at_once.then(|| plan.hasten(now)).flatten() {
                    return Ok(waiting);
                }
                plan.room().map_err(KeyChangeError::Conflict)?;
                let id = self.new_key(kind, found)?;
                let after = States::lead(kind, at_once, self.publish_before);
                plan.publish(id.clone(), now, after);
                Ok(id)
            },
            false,
        )
    }

    fn retire(
        &self,
        id: &str,
        longest_session: u64,
        dry_run: bool,
    ) -> Result<KeyEntry, KeyChangeError> {
        self.change(
            |states, _, now| {
                let kind = states.retire(id, now, longest_session)?;
                let key = states.of(kind).get(id).ok_or(KeyChangeError::Unknown)?;
                Ok(self.entry(kind, id, key))
            },
            dry_run,
        )
    }

    fn list(&self) -> Vec<KeyEntry> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let states = seen.states.at(self.clock.now());
        let mut entries = self.entries(KeyKind::Signing, &states);
        entries.extend(self.entries(KeyKind::Mac, &states));
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
