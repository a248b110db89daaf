//! A signing key, from its file to its signature.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::error::KeyError;
use super::pair::Pair;
use super::pem;
use super::verifying::VerifyingKey;

/// A key that signs tokens and verifies what it signed. Parsed once.
pub struct SigningKey {
    pair: Pair,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// Reads a key for the pinned algorithm from a PEM file with one PKCS#8 block (RFC 5958), and
    /// tries it out.
    ///
    /// # Errors
    /// Anything else, a good key for another algorithm too, is refused with an error that names
    /// what to do about it.
    pub fn from_pem(pem: &[u8], pinned: Algorithm) -> Result<Self, KeyError> {
        let document = pem::pkcs8(pem, pinned)?;
        let pair = Pair::from_pkcs8(&document, pinned)?;
        let verifying = VerifyingKey::new(&pair.public()?);
        let key = Self { pair, verifying };
        key.self_test()?;
        Ok(key)
    }

    /// A new key, as the PEM file that [`SigningKey::from_pem`] reads.
    ///
    /// # Errors
    /// [`KeyError::NotGenerated`] for RS256: ring makes no RSA keys.
    pub fn generate_pem(algorithm: Algorithm) -> Result<Zeroizing<String>, KeyError> {
        Pair::generate_pem(algorithm)
    }

    /// The key's id: its JWK Thumbprint by SHA-256 (RFC 7638).
    pub fn kid(&self) -> &str {
        self.verifying.kid()
    }

    /// What it signs with.
    pub const fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// What verifies its tokens.
    pub(super) const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// The header, encoded, of a signed introspection response.
    pub(super) fn introspection_header(&self) -> String {
        self.verifying.introspection_header()
    }

    /// The signature of a signing input, in base64url.
    pub(super) fn sign(&self, signing_input: &str) -> Result<String, Unspecified> {
        let signature = self.pair.sign(signing_input.as_bytes())?;
        Ok(URL_SAFE_NO_PAD.encode(signature))
    }

    /// A key that cannot verify its own signature must not be found out by its users: signed as
    /// tokens are, verified as they will be.
    fn self_test(&self) -> Result<(), KeyError> {
        let message = "jotleash key self-test";
        let signature = self
            .sign(message)
            .map_err(|Unspecified| KeyError::SelfTest)?;
        let key = self.verifying.decoding();
        let algorithm = self.algorithm().jwt();
        match jsonwebtoken::crypto::verify(&signature, message.as_bytes(), key, algorithm) {
            Ok(true) => Ok(()),
            _ => Err(KeyError::SelfTest),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
