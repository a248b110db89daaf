//! A signing key, from its file to its signature.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use zeroize::Zeroizing;

use super::algorithm::{Algorithm, Typ};
use super::der::{self, Found};
use super::error::KeyError;
use super::jwk::EcJwk;
use super::{install_provider, pem};

/// A key that signs tokens and verifies what it signed.
///
/// Parsed once; its headers, its `kid` and its JWK are made once with it.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: DecodingKey,
    jwk: EcJwk,
    kid: String,
    at_jwt_header: String,
    jwt_header: String,
}

impl SigningKey {
    /// Reads a P-256 key from a PEM file with one PKCS#8 block (RFC 5958), and tries it out.
    ///
    /// # Errors
    /// Anything else is refused with an error that names what to do about it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        install_provider();
        let document = pem::pkcs8(pem)?;
        match der::inspect(&document) {
            Found::Other(found) => return Err(KeyError::WrongType(found)),
            Found::P256WithoutPublic => return Err(KeyError::NoPublicPart),
            Found::P256 | Found::Unreadable => {}
        }
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &document, &rng()).map_err(|rejected| {
            match rejected.to_string() {
                reason if reason == "InconsistentComponents" => KeyError::Mismatch,
                reason => KeyError::Malformed(reason),
            }
        })?;
        self_test(&pair)?;
        let point = pair.public_key().as_ref();
        let jwk = EcJwk::from_point(point).ok_or(KeyError::SelfTest)?;
        let kid = jwk.thumbprint();
        Ok(Self {
            public: DecodingKey::from_ec_der(point),
            at_jwt_header: encoded_header(&kid, Typ::AtJwt),
            jwt_header: encoded_header(&kid, Typ::Jwt),
            jwk,
            kid,
            pair,
        })
    }

    /// A new key, as the PEM file that [`SigningKey::from_pem`] reads.
    pub fn generate_pem() -> Result<Zeroizing<String>, KeyError> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &rng())
            .map_err(|Unspecified| KeyError::Generate)?;
        Ok(pem::encode(document.as_ref()))
    }

    /// The key's id: its JWK Thumbprint by SHA-256 (RFC 7638).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub const fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }

    /// The key's JWK, rendered.
    pub(super) fn jwk(&self) -> String {
        self.jwk.render(&self.kid, ALGORITHM)
    }

    /// What jsonwebtoken verifies with.
    pub(super) const fn public(&self) -> &DecodingKey {
        &self.public
    }

    /// The only header, encoded, that this key signs under a `typ`.
    pub(super) fn header(&self, typ: Typ) -> &str {
        match typ {
            Typ::AtJwt => &self.at_jwt_header,
            Typ::Jwt => &self.jwt_header,
        }
    }

    /// The `typ` under which this key signs the given encoded header, if it does at all.
    pub(super) fn typ_of(&self, header: &str) -> Option<Typ> {
        Typ::ALL.into_iter().find(|typ| self.header(*typ) == header)
    }

    /// The header, encoded, of a signed introspection response. [`Self::typ_of`] does not know it,
    /// so a response can never pass for a token.
    pub(super) fn introspection_header(&self) -> String {
        encoded_header(&self.kid, "token-introspection+jwt")
    }

    /// The signature of a signing input, in base64url (RFC 7518, section 3.4: `R || S`).
    pub(super) fn sign(&self, signing_input: &str) -> Result<String, Unspecified> {
        let signature = self.pair.sign(&rng(), signing_input.as_bytes())?;
        Ok(URL_SAFE_NO_PAD.encode(signature))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

const ALGORITHM: Algorithm = Algorithm::Es256;

/// The `kid` is base64url and the rest constants, so nothing needs escaping.
fn encoded_header(kid: &str, typ: impl fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!(
        r#"{{"alg":"{ALGORITHM}","kid":"{kid}","typ":"{typ}"}}"#
    ))
}

/// A key that cannot verify its own signature must not be found out by its users.
fn self_test(pair: &EcdsaKeyPair) -> Result<(), KeyError> {
    let message = b"jotleash key self-test";
    let signature = pair
        .sign(&rng(), message)
        .map_err(|Unspecified| KeyError::SelfTest)?;
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key())
        .verify(message, signature.as_ref())
        .map_err(|Unspecified| KeyError::SelfTest)
}

#[expect(
    clippy::disallowed_methods,
    reason = "ring signs with its own generator only: the trait is sealed"
)]
fn rng() -> SystemRandom {
    SystemRandom::new()
}

#[cfg(test)]
mod tests;
