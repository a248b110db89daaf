//! The only place that joins tokens and the store.
//!
//! Types carry the proof: `&str` → [`VerifiedToken`](crate::token::VerifiedToken) →
//! [`LiveSession`]. Both constructors are private, so nobody can ask the store before the
//! signature has been checked, and nobody can act for a token that the store does not know. Of an
//! opaque token the tag comes first, and the claims with the store's answer: `&str` →
//! [`PresentedOpaque`](crate::token::PresentedOpaque) → [`LiveSession`].
//!
//! Decisions are pure functions here (record in, verdict out); the store's scripts only compare
//! and set. One file is one thing that somebody can ask for.

mod audit;
mod bans;
mod caller;
mod check;
mod clients;
mod cut_off;
mod end;
mod error;
mod exchange;
mod grace;
mod grant;
mod inspect;
mod introspect;
mod keys;
mod login;
mod measured;
mod names;
mod open;
mod password;
mod policy;
mod refresh;
mod revocation;
mod rotation;
mod scope;
mod trusted;
mod turnover;
mod users;
mod vouch;

use std::sync::Arc;

pub use self::audit::Origin;
pub use self::caller::{Caller, Credentials};
pub use self::check::LiveSession;
pub use self::clients::{ClientChange, NewClient, new_secret};
pub use self::cut_off::Swath;
pub use self::end::{LogoutScope, RevokeTarget};
pub use self::error::SessionError;
pub use self::exchange::{Exchange, TOKEN_EXCHANGE};
use self::grace::Grace;
pub use self::grant::{Granted, TokenRequest};
pub use self::inspect::{Inspection, Verdict};
pub use self::introspect::Introspection;
use self::keys::CurrentKeys;
pub use self::keys::{KEYS_PERIOD, KeyChangeError, KeyEntry, KeyFolder, KeyKind, Keys};
pub use self::login::Login;
use self::measured::Measured;
pub use self::open::Opened;
pub use self::password::Hasher;
pub use self::policy::{
    ADMIN_ROLE, ADMIN_SCOPE, Audience, Policy, READ_SCOPE, RESERVED_ROLE_PREFIX, SESSIONS_SCOPE,
};
pub use self::scope::{Scope, ScopeError, is_scope_token};
pub use self::trusted::TrustedSession;
pub use self::users::{NewUser, UserPatch};
pub use self::vouch::{Liveness, Vouched};
use crate::clock::{Clock, Entropy};
use crate::metrics::Metrics;
use crate::store::Store;

/// What the session layer is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where what is alive is recorded.
    pub store: Arc<dyn Store>,
    /// The operator's decisions.
    pub policy: Policy,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
}

/// Opens, checks, refreshes and ends.
#[derive(Debug)]
pub struct Sessions {
    parts: Parts,
    keys: CurrentKeys,
    store: Measured,
    grace: Option<Arc<Grace>>,
}

impl Sessions {
    /// The session layer over these parts, with the keys to begin with and the folder that later
    /// ones come from.
    pub fn new(parts: Parts, keys: Keys, folder: Arc<dyn KeyFolder>) -> Self {
        let keys = CurrentKeys::new(keys, folder, &parts.policy);
        let grace = Grace::of(&parts.policy, &parts.clock);
        let (store, metrics) = (Arc::clone(&parts.store), Arc::clone(&parts.metrics));
        let store = Measured::new(store, metrics, grace.clone());
        Self {
            parts,
            keys,
            store,
            grace,
        }
    }

    /// The operator's decisions.
    pub const fn policy(&self) -> &Policy {
        &self.parts.policy
    }

    /// Whether the store can do its work now.
    pub async fn ready(&self) -> Result<(), SessionError> {
        Ok(self.store().ready().await?)
    }

    /// Has the store write down what it has not yet. For the end of the process.
    pub async fn settle(&self) -> Result<(), SessionError> {
        Ok(self.store().settle().await?)
    }

    /// What is counted and timed.
    pub fn metrics(&self) -> &Metrics {
        &self.parts.metrics
    }

    const fn store(&self) -> &Measured {
        &self.store
    }

    /// What this instance has seen; `None` where no audience declares grace.
    fn grace(&self) -> Option<&Grace> {
        self.grace.as_deref()
    }

    pub(crate) fn now(&self) -> u64 {
        self.parts.clock.now()
    }

    fn entropy(&self) -> &dyn Entropy {
        &*self.parts.entropy
    }
}
