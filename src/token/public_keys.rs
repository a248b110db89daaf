//! An issuer's public keys, for reading its tokens where neither the service nor its store is.

use super::algorithm::{Algorithm, Typ};
use super::claims::Claims;
use super::error::TokenError;
use super::jwks::{self, JwksError};
use super::verify::{Opened, open, strict};
use super::verifying::VerifyingKey;
use crate::id::TokenDigest;

/// The keys of a JWK Set (RFC 7517, section 5): one algorithm, one to four keys.
#[derive(Debug)]
pub struct PublicKeys {
    algorithm: Algorithm,
    keys: Vec<VerifyingKey>,
}

/// A token that one of the keys has signed. Whether it is alive, only its service can say; whether
/// its issuer and audience are the right ones is the reader's to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedToken {
    /// The key that has signed it.
    pub kid: String,
    /// The `typ` of its header.
    pub typ: Typ,
    /// Its claims, consistent with each other.
    pub claims: Claims,
    /// The digest of its signing input.
    pub digest: TokenDigest,
}

impl PublicKeys {
    /// Reads what jotleash publishes at `/.well-known/jwks.json`, and nothing more lenient.
    ///
    /// # Errors
    /// [`JwksError`]: the set or a key of it is not one that this service could have written, or
    /// is weak.
    pub fn from_jwks(json: &[u8]) -> Result<Self, JwksError> {
        let (algorithm, keys) = jwks::read(json)?;
        Ok(Self { algorithm, keys })
    }

    /// What all of them verify.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Their `kid`s, in the order of the set.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(VerifyingKey::kid)
    }

    /// Checks a token's form, its header, its signature, and that its claims are of their types and
    /// do not contradict each other. Not the time, see [`SignedToken::check_time`].
    ///
    /// # Errors
    /// The first step that refuses it; [`TokenError::Header`] if it is by none of these keys.
    pub fn read(&self, raw: &str) -> Result<SignedToken, TokenError> {
        let Opened {
            key,
            typ,
            claims,
            digest,
        } = open(raw, self.keys.iter(), &strict(self.algorithm, None))?;
        claims.check_consistent()?;
        Ok(SignedToken {
            kid: key.kid().to_owned(),
            typ,
            claims,
            digest,
        })
    }
}

impl SignedToken {
    /// Whether the token holds at a time in Unix seconds.
    ///
    /// # Errors
    /// [`TokenError::IssuedInFuture`], [`TokenError::NotYetValid`] or [`TokenError::Expired`].
    pub fn check_time(&self, now: u64) -> Result<(), TokenError> {
        self.claims.check_begun(now)?;
        if self.claims.has_expired(now) {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
