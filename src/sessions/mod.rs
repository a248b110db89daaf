//! The only place that joins tokens and the store.
//!
//! Types carry the proof: `&str` → [`VerifiedToken`](crate::token::VerifiedToken) →
//! [`LiveSession`]. Both constructors are private, so nobody can ask the store before the
//! signature has been checked, and nobody can act for a token that the store does not know.
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
mod grant;
mod inspect;
mod introspect;
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
mod users;

use std::sync::Arc;

pub use self::audit::Origin;
pub use self::caller::{Caller, Credentials};
pub use self::check::LiveSession;
pub use self::clients::{ClientChange, NewClient, new_secret};
pub use self::cut_off::Swath;
pub use self::end::{LogoutScope, RevokeTarget};
pub use self::error::SessionError;
pub use self::exchange::{Exchange, TOKEN_EXCHANGE};
pub use self::grant::{Granted, TokenRequest};
pub use self::inspect::{Inspection, Verdict};
pub use self::introspect::Introspection;
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
use crate::clock::{Clock, Entropy};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::token::{Keyring, MacKey, Verifier};

/// What the session layer is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where what is alive is recorded.
    pub store: Arc<dyn Store>,
    /// The keys that sign and verify.
    pub keyring: Arc<Keyring>,
    /// The key of refresh tokens.
    pub mac: MacKey,
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
    verifier: Verifier,
    store: Measured,
}

impl Sessions {
    /// The session layer over these parts.
    pub fn new(parts: Parts) -> Self {
        let issuer = parts.policy.issuer().to_owned();
        let verifier = Verifier::new(Arc::clone(&parts.keyring), issuer, parts.policy.types());
        let store = Measured::new(Arc::clone(&parts.store), Arc::clone(&parts.metrics));
        Self {
            parts,
            verifier,
            store,
        }
    }

    /// The operator's decisions.
    pub const fn policy(&self) -> &Policy {
        &self.parts.policy
    }

    /// The public keys, as a JWK Set (RFC 7517).
    pub fn jwks(&self) -> &str {
        self.parts.keyring.jwks()
    }

    /// What everything is signed with: an `alg` of RFC 7518.
    pub fn algorithm(&self) -> &'static str {
        self.parts.keyring.algorithm().as_str()
    }

    /// Whether the store can do its work now.
    pub async fn ready(&self) -> Result<(), SessionError> {
        Ok(self.store().ready().await?)
    }

    /// What is counted and timed.
    pub fn metrics(&self) -> &Metrics {
        &self.parts.metrics
    }

    const fn store(&self) -> &Measured {
        &self.store
    }

    pub(crate) fn now(&self) -> u64 {
        self.parts.clock.now()
    }

    fn entropy(&self) -> &dyn Entropy {
        &*self.parts.entropy
    }
}
