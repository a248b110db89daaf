//! The keys in use, which change while the service runs.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::error::SessionError;
use super::{Policy, Sessions};
use crate::token::{Keyring, MacKeys, Verifier};

/// How often every instance looks at the folder of the keys.
pub const KEYS_PERIOD: Duration = Duration::from_secs(1);

/// All keys that are needed at one time.
#[derive(Debug)]
pub struct Keys {
    /// The keys that sign and verify.
    pub keyring: Keyring,
    /// The keys of what only this service reads back.
    pub mac: MacKeys,
    /// When the key that signs was made, in Unix seconds, if anybody knows.
    pub created_at: Option<u64>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// It signs what others verify.
    Signing,
    /// It tags what only this service reads back: refresh and opaque tokens.
    Mac,
}

/// What an operator may know of a key. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyEntry {
    /// Its RFC 7638 thumbprint; of a MAC key, its id.
    pub kid: String,
    /// What it signs or tags with.
    pub alg: &'static str,
    /// Whether it is a MAC key: nobody else ever sees it.
    #[serde(skip_serializing_if = "is_false")]
    pub mac: bool,
    /// `next`: it is published and will sign. `active`: it signs. `retiring`: it verifies what it
    /// has signed. `retired`: its tokens are refused.
    pub state: &'static str,
    /// When it was made; 0 where nobody has written that.
    pub created_at: u64,
    /// When it begins to sign, or began to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_from: Option<u64>,
    /// When the last token that it signed will have expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retire_at: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl KeyEntry {
    /// Whether it signs now.
    pub fn signs(&self) -> bool {
        self.state == "active"
    }

    /// Whether it will sign, or does: nobody has taken it out of use.
    pub(super) fn is_coming(&self) -> bool {
        self.state == "next" || self.signs()
    }
}

/// Why the keys were not changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyChangeError {
    /// No key has this `kid`.
    #[error("there is no such key")]
    Unknown,
    /// They stand so that this cannot be done; the text says what to do.
    #[error("{0}")]
    Conflict(String),
    /// The folder cannot be written.
    #[error("{0}")]
    ReadOnly(String),
}

/// Where the keys are kept. What it does may wait for a disk.
pub trait KeyFolder: Send + Sync + fmt::Debug {
    /// The keys to be used from now on, if they are others than those given last. Keys that cannot
    /// be used change nothing.
    fn changed(&self) -> Option<Keys>;

    /// Publishes a key that will sign, as soon as it may or after the time that the operator has
    /// set; gives its `kid`. At once, a key that is published already is the one.
    ///
    /// # Errors
    /// [`KeyChangeError`]; then nothing has changed.
    fn rotate(&self, kind: KeyKind, at_once: bool) -> Result<String, KeyChangeError>;

    /// Takes a key out of use, for every instance that shares the folder, and gives what it is
    /// then; a dry run only says so. Done already, it is done again. The longest session, in
    /// seconds, is how long something that a MAC key tagged may be good.
    ///
    /// # Errors
    /// [`KeyChangeError`]; then nothing has changed.
    fn retire(
        &self,
        kid: &str,
        longest_session: u64,
        dry_run: bool,
    ) -> Result<KeyEntry, KeyChangeError>;

    /// The keys that were found at the last look, and what they are there for now, without asking
    /// the disk. Newest first.
    fn list(&self) -> Vec<KeyEntry>;
}

/// The keys in use, with what checks tokens by them.
#[derive(Debug)]
pub(super) struct InUse {
    pub(super) keyring: Arc<Keyring>,
    pub(super) mac: MacKeys,
    pub(super) verifier: Verifier,
}

/// The keys in use, replaced as one.
#[derive(Debug)]
pub(super) struct CurrentKeys {
    in_use: RwLock<Arc<InUse>>,
    folder: Arc<dyn KeyFolder>,
    /// Two that look at once must not put back older keys.
    looking: Mutex<()>,
}

impl InUse {
    fn new(keys: Keys, policy: &Policy) -> Self {
        let keyring = Arc::new(keys.keyring);
        let issuer = policy.issuer().to_owned();
        Self {
            verifier: Verifier::new(Arc::clone(&keyring), issuer, policy.formats()),
            keyring,
            mac: keys.mac,
        }
    }
}

impl CurrentKeys {
    pub(super) fn new(keys: Keys, folder: Arc<dyn KeyFolder>, policy: &Policy) -> Self {
        Self {
            in_use: RwLock::new(Arc::new(InUse::new(keys, policy))),
            folder,
            looking: Mutex::new(()),
        }
    }

    fn get(&self) -> Arc<InUse> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&in_use)
    }

    fn set(&self, in_use: InUse) {
        let mut current = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(in_use);
    }
}

impl Sessions {
    /// The keys to be used now. One that does several things with them asks once.
    pub(super) fn keys(&self) -> Arc<InUse> {
        self.keys.get()
    }

    /// The public keys, as a JWK Set (RFC 7517).
    pub fn jwks(&self) -> String {
        self.keys().keyring.jwks().to_owned()
    }

    /// What everything is signed with: an `alg` of RFC 7518.
    pub fn algorithm(&self) -> &'static str {
        self.keys().keyring.algorithm().as_str()
    }

    /// The keys and what they are there for, newest first.
    pub fn list_keys(&self) -> Vec<KeyEntry> {
        self.keys.folder.list()
    }

    /// Does something that may wait for a disk.
    pub(super) async fn in_folder<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn KeyFolder) -> Result<T, KeyChangeError> + Send + 'static,
    ) -> Result<T, SessionError> {
        let folder = Arc::clone(&self.keys.folder);
        let done = spawn_blocking(move || work(&*folder)).await;
        let stopping = |_| SessionError::Conflict("the service is stopping".to_owned());
        Ok(done.map_err(stopping)??)
    }

    /// Looks at the folder of the keys and goes by what it holds from now on.
    pub async fn reload_keys(&self) {
        let _alone = self.keys.looking.lock().await;
        let folder = Arc::clone(&self.keys.folder);
        // Without an answer, there is nothing new.
        let changed = spawn_blocking(move || folder.changed()).await;
        if let Some(keys) = changed.ok().flatten() {
            self.metrics()
                .signing_key_made_at(keys.created_at.unwrap_or_default());
            self.keys.set(InUse::new(keys, self.policy()));
        }
    }
}
