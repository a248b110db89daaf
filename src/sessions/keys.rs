//! The keys in use, which change while the service runs.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::{Policy, Sessions};
use crate::token::{Keyring, MacKey, Verifier};

/// All keys that are needed at one time.
#[derive(Debug)]
pub struct Keys {
    /// The keys that sign and verify.
    pub keyring: Keyring,
    /// The key of refresh tokens.
    pub mac: MacKey,
    /// When the key that signs was made, in Unix seconds, if anybody knows.
    pub created_at: Option<u64>,
}

/// Where the keys are kept. What it does may wait for a disk.
pub trait KeyFolder: Send + Sync + fmt::Debug {
    /// The keys to be used from now on, if they are others than those given last. Keys that cannot
    /// be used change nothing.
    fn changed(&self) -> Option<Keys>;
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
            verifier: Verifier::new(Arc::clone(&keyring), issuer, policy.types()),
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
