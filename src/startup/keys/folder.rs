//! The folder while the service runs.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Contents, KeyFiles, KeyFilesError};
use crate::clock::Clock;
use crate::sessions::{KeyFolder, Keys};
use crate::token::Algorithm;

/// The folder, and what it held when it was last looked at.
pub(in crate::startup) struct Folder {
    path: PathBuf,
    algorithm: Algorithm,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

struct Seen {
    /// The files in use.
    contents: Contents,
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
        path: PathBuf,
        algorithm: Algorithm,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Keys), KeyFilesError> {
        let contents = Contents::read(&path)?;
        let files = contents.keys(algorithm, clock.now())?;
        let seen = Mutex::new(Seen {
            contents,
            due: files.due,
            trouble: None,
        });
        let folder = Self {
            path,
            algorithm,
            clock,
            seen,
        };
        Ok((folder, announce(files)))
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
                    due: files.due,
                    trouble: None,
                };
                return Some(announce(files));
            }
            Err(error) => seen.keep(error.to_string()),
        }
        None
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
