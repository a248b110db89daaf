//! The check of a token's bytes: everything that can be known without asking the store.

mod opaque;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jsonwebtoken::Validation;
use jsonwebtoken::errors::{Error, ErrorKind};

use super::MAX_TOKEN_LEN;
use super::algorithm::{Algorithm, Format, Typ};
use super::claims::Claims;
use super::error::TokenError;
use super::keyring::Keyring;
use super::verifying::VerifyingKey;
use crate::id::{Recorded, TokenDigest};

/// Which audiences a check accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept<'a> {
    /// This one only, which must be registered too.
    Audience(&'a str),
    /// Every registered one.
    AnyRegistered,
}

/// Checks tokens against the keys, the issuer and the registered audiences.
pub struct Verifier {
    keyring: Arc<Keyring>,
    issuer: String,
    audiences: HashMap<String, Format>,
    validation: Validation,
}

/// A token that was made by one of our keys, for this issuer and an accepted audience, and that
/// holds in time. Of a JWT it is not known yet whether it is still alive.
pub struct VerifiedToken {
    claims: Claims,
    recorded: Recorded,
    kid: Option<Arc<str>>,
}

/// What an administrator may know of a token that is ours, whether or not it has expired.
///
/// No proof of anything: only a [`VerifiedToken`] is worth asking the store about.
pub struct Inspected {
    /// The token's claims.
    pub claims: Claims,
    /// What must be recorded under the `jti` if it is alive.
    pub recorded: Recorded,
    /// The key that signed it; none has signed an opaque token.
    pub kid: Option<Arc<str>>,
    /// Whether `exp` is past.
    pub expired: bool,
}

impl Verifier {
    /// A verifier for these keys, this `iss` and these audiences, each with the format of its
    /// tokens.
    pub fn new(keyring: Arc<Keyring>, issuer: String, audiences: HashMap<String, Format>) -> Self {
        let validation = strict(keyring.algorithm(), Some(&issuer));
        Self {
            keyring,
            issuer,
            audiences,
            validation,
        }
    }

    /// Checks a token at a time in Unix seconds.
    ///
    /// # Errors
    /// The first step that refuses it. Nothing that an outsider wrote is parsed before the
    /// signature holds.
    pub fn verify(
        &self,
        raw: &str,
        now: u64,
        accept: Accept<'_>,
    ) -> Result<VerifiedToken, TokenError> {
        self.check(raw, now, accept)?.holding()
    }

    /// Reads a token of any registered audience that may have expired, for an administrator who
    /// asks why it is refused. All else is checked as in [`Verifier::verify`].
    pub fn inspect(&self, raw: &str, now: u64) -> Result<Inspected, TokenError> {
        self.check(raw, now, Accept::AnyRegistered)
    }

    fn check(&self, raw: &str, now: u64, accept: Accept<'_>) -> Result<Inspected, TokenError> {
        let Opened {
            key,
            typ,
            claims,
            digest,
        } = open(raw, self.keyring.verifying(), &self.validation)?;
        self.check_claims(&claims, now)?;
        self.check_audience(&claims.aud, Format::Jwt(typ), accept)?;
        Ok(Inspected {
            recorded: digest.into(),
            kid: Some(key.shared_kid()),
            expired: claims.has_expired(now),
            claims,
        })
    }

    /// What jsonwebtoken leaves open, asked of the typed claims.
    fn check_claims(&self, claims: &Claims, now: u64) -> Result<(), TokenError> {
        // The library would take any one of a list; the type admits no list, and this no doubt.
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        claims.check_begun(now)?;
        claims.check_consistent()
    }

    fn check_audience(
        &self,
        aud: &str,
        format: Format,
        accept: Accept<'_>,
    ) -> Result<(), TokenError> {
        let expected = self.audiences.get(aud).ok_or(TokenError::Audience)?;
        if let Accept::Audience(only) = accept
            && only != aud
        {
            return Err(TokenError::Audience);
        }
        if format != *expected {
            return Err(TokenError::Typ);
        }
        Ok(())
    }
}

impl Inspected {
    /// Proves that it holds in time.
    fn holding(self) -> Result<VerifiedToken, TokenError> {
        if self.expired {
            return Err(TokenError::Expired);
        }
        Ok(VerifiedToken {
            claims: self.claims,
            recorded: self.recorded,
            kid: self.kid,
        })
    }
}

impl VerifiedToken {
    /// The claims.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// What must be recorded under the `jti` if the token is alive.
    pub const fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// The key that signed it; none has signed an opaque token.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The claims, without the proof.
    pub fn into_claims(self) -> Claims {
        self.claims
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keyring", &self.keyring)
            .field("issuer", &self.issuer)
            .field("audiences", &self.audiences)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("jti", &self.claims.jti)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspected")
            .field("jti", &self.claims.jti)
            .field("expired", &self.expired)
            .finish_non_exhaustive()
    }
}

/// A token that one of the keys has signed, with claims of their types. What they say is open.
pub(super) struct Opened<'k> {
    pub(super) key: &'k VerifyingKey,
    pub(super) typ: Typ,
    pub(super) claims: Claims,
    pub(super) digest: TokenDigest,
}

/// Finds the key whose constant header a token has, and checks the signature by it.
///
/// Nothing in the header is read: it is one of our constants, or no header of ours.
pub(super) fn open<'k>(
    raw: &str,
    mut keys: impl Iterator<Item = &'k VerifyingKey>,
    validation: &Validation,
) -> Result<Opened<'k>, TokenError> {
    if raw.len() > MAX_TOKEN_LEN {
        return Err(TokenError::TooLong);
    }
    let parts = Parts::split(raw)?;
    let (key, typ) = keys
        .find_map(|key| key.typ_of(parts.header).map(|typ| (key, typ)))
        .ok_or(TokenError::Header)?;
    // An object whose first member begins with a letter. serde would take an array for a
    // struct, its members by position.
    if !parts.payload.starts_with("eyJ") {
        return Err(TokenError::Payload);
    }
    #[expect(clippy::disallowed_methods, reason = "the one place that decodes")]
    let decoded = jsonwebtoken::decode::<Claims>(raw, key.decoding(), validation);
    Ok(Opened {
        key,
        typ,
        claims: decoded.map_err(|error| step(&error))?.claims,
        digest: TokenDigest::of(parts.signing_input),
    })
}

/// jsonwebtoken's own checks, as strict as they go.
///
/// `exp` and `aud` must be there, but their values are left to us: the library asks the system's
/// clock and cannot be given one, takes `exp == now` for valid, and knows no audience with a
/// `typ`. `nbf` is ours for the same reason.
pub(super) fn strict(algorithm: Algorithm, issuer: Option<&str>) -> Validation {
    let mut validation = Validation::new(algorithm.jwt());
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    if let Some(issuer) = issuer {
        validation.set_issuer(&[issuer]);
    }
    validation.leeway = 0;
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// Which step of ours an error of jsonwebtoken stands for.
fn step(error: &Error) -> TokenError {
    match error.kind() {
        ErrorKind::Base64(_) => TokenError::Encoding,
        ErrorKind::Json(_) | ErrorKind::MissingRequiredClaim(_) => TokenError::Claims,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        // `InvalidSignature`, and whatever else may come: nothing was verified.
        _ => TokenError::Signature,
    }
}

/// A token in compact serialization (RFC 7515, section 7.1), cut at its two dots.
struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signing_input: &'a str,
}

impl<'a> Parts<'a> {
    fn split(raw: &'a str) -> Result<Self, TokenError> {
        let base64url = |s: &str| {
            s.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        let (signing_input, signature) = raw.rsplit_once('.').ok_or(TokenError::Form)?;
        let (header, payload) = signing_input.split_once('.').ok_or(TokenError::Form)?;
        if ![header, payload, signature].into_iter().all(base64url) {
            return Err(TokenError::Form);
        }
        Ok(Self {
            header,
            payload,
            signing_input,
        })
    }
}

#[cfg(test)]
mod tests;
