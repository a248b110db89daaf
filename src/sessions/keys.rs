//! The keys in use, which change while the service runs.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::error::SessionError;
use super::{Origin, Policy, Sessions};
use crate::store::Action;
use crate::token::{Keyring, MacKey, Verifier};

/// All keys that are needed at one time.
#[derive(Debug)]
pub struct Keys {
    /// The keys that sign and verify.
    pub keyring: Keyring,
    /// The key of refresh and opaque tokens.
    pub mac: MacKey,
    /// When the key that signs was made, in Unix seconds, if anybody knows.
    pub created_at: Option<u64>,
}

/// What an operator may know of a key. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyEntry {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs with.
    pub alg: &'static str,
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

/// Why the keys were not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyChangeError {
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
    fn rotate(&self, at_once: bool) -> Result<String, KeyChangeError>;

    /// The keys that were found at the last look, and what they are there for now, without asking
    /// the disk. Newest first.
    fn list(&self) -> Vec<KeyEntry>;
}

/// The keys in use, with what checks tokens by them.
#[derive(Debug)]
pub(super) struct InUse {
    pub(super) keyring: Arc<Keyring>,
    pub(super) mac: MacKey,
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

    /// Publishes a key that will sign. At once, it signs when this returns, and every instance has
    /// had it for three seconds.
    ///
    /// # Errors
    /// [`SessionError::Conflict`] when no key can be added, [`SessionError::KeysReadOnly`].
    pub async fn rotate_keys(
        &self,
        at_once: bool,
        origin: &Origin,
    ) -> Result<KeyEntry, SessionError> {
        let folder = Arc::clone(&self.keys.folder);
        let rotated = spawn_blocking(move || folder.rotate(at_once)).await;
        let stopping = || SessionError::Conflict("the service is stopping".to_owned());
        let result = rotated.map_err(|_| stopping())?.map_err(SessionError::from);
        let target = result.as_deref().unwrap_or("a new key").to_owned();
        self.audit_result(origin, Action::KeyRotate, target, &result)
            .await;
        let kid = result?;
        self.reload_keys().await;
        // About four seconds; longer if the clock is set back meanwhile.
        for _ in 0..200 {
            if !at_once || self.keys().keyring.active_kid() == kid {
                break;
            }
            sleep(Duration::from_millis(50)).await;
            self.reload_keys().await;
        }
        let entry = self.list_keys().into_iter().find(|key| key.kid == kid);
        entry.ok_or(SessionError::NotFound("key"))
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
