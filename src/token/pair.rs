//! A key pair of one of the three kinds.

use ring::error::{KeyRejected, Unspecified};
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::der::{self, Found};
use super::error::KeyError;
use super::pem;
use super::public::{PublicKey, check_rsa, rng};

/// ring's key pairs under one name.
pub(super) enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    /// Reads a PKCS#8 document (RFC 5958) that must hold a key for this algorithm.
    pub(super) fn from_pkcs8(document: &[u8], needed: Algorithm) -> Result<Self, KeyError> {
        let found = der::inspect(document);
        match (&found, needed) {
            (Found::P256WithoutPublic, Algorithm::Es256) => return Err(KeyError::NoPublicPart),
            (Found::Rsa { n, e }, Algorithm::Rs256) => {
                check_rsa(n, e).map_err(|source| KeyError::Weak { source, needed })?;
            }
            (Found::P256, Algorithm::Es256)
            | (Found::Ed25519, Algorithm::EdDsa)
            // Left to ring, which says what it cannot read.
            | (Found::Unreadable, _) => {}
            _ => return Err(KeyError::WrongType { found: found.name(), needed }),
        }
        let pair = match needed {
            Algorithm::Es256 => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                EcdsaKeyPair::from_pkcs8(algorithm, document, &rng()).map(Self::P256)
            }
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(document).map(Self::Rsa),
            // OpenSSL writes the first version of PKCS#8, in which there is no public part that
            // could contradict the private one.
            Algorithm::EdDsa => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(document).map(Self::Ed25519)
            }
        };
        pair.map_err(|rejected| rejection(rejected, needed))
    }

    /// A new key as a PEM file; [`KeyError::NotGenerated`] for RSA, which ring does not make.
    pub(super) fn generate_pem(algorithm: Algorithm) -> Result<Zeroizing<String>, KeyError> {
        let document = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng())
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&rng()),
            Algorithm::Rs256 => return Err(KeyError::NotGenerated),
        };
        let document = document.map_err(|Unspecified| KeyError::Generate)?;
        Ok(pem::encode(document.as_ref()))
    }

    /// The public part, checked.
    pub(super) fn public(&self) -> Result<PublicKey, KeyError> {
        let (needed, public) = match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                (Algorithm::Es256, PublicKey::p256(point))
            }
            Self::Rsa(pair) => {
                let numbers: PublicKeyComponents<Vec<u8>> = pair.public().into();
                (Algorithm::Rs256, PublicKey::rsa(&numbers.n, &numbers.e))
            }
            Self::Ed25519(pair) => {
                let x = pair.public_key().as_ref();
                (Algorithm::EdDsa, PublicKey::ed25519(x))
            }
        };
        public.map_err(|source| KeyError::Weak { source, needed })
    }

    /// Signs: `R || S` for ES256 (RFC 7518, section 3.4), as long as the modulus for RS256.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::P256(pair) => Ok(pair.sign(&rng(), message)?.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &rng(), message, &mut signature)?;
                Ok(signature)
            }
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn rejection(rejected: KeyRejected, needed: Algorithm) -> KeyError {
    match rejected.to_string() {
        reason if reason == "InconsistentComponents" => KeyError::Mismatch { needed },
        reason => KeyError::Malformed { reason, needed },
    }
}
