//! The keys in use: one signs, all verify.

use std::collections::HashSet;
use std::iter;

use super::algorithm::Algorithm;
use super::error::KeyError;
use super::keys::SigningKey;
use super::verifying::VerifyingKey;

/// The most keys that a keyring takes.
pub const MAX_KEYS: usize = 4;

/// The active signing key, and all keys that verify: the next one and those being retired.
#[derive(Debug)]
pub struct Keyring {
    active: SigningKey,
    /// By `kid`.
    others: Vec<SigningKey>,
    jwks: String,
}

impl Keyring {
    /// A keyring that signs with the one key and verifies with all of them.
    ///
    /// # Errors
    /// [`KeyError::Mixed`] for a key of another algorithm than the active one's,
    /// [`KeyError::Duplicate`] for the same key twice, [`KeyError::TooMany`] for more than
    /// [`MAX_KEYS`].
    pub fn new(active: SigningKey, mut others: Vec<SigningKey>) -> Result<Self, KeyError> {
        let count = 1 + others.len();
        if count > MAX_KEYS {
            return Err(KeyError::TooMany(count));
        }
        let pinned = active.algorithm();
        if let Some(other) = others.iter().find(|key| key.algorithm() != pinned) {
            return Err(KeyError::Mixed {
                kid: other.kid().to_owned(),
                found: other.algorithm(),
                pinned,
            });
        }
        others.sort_by(|a, b| a.kid().cmp(b.kid()));
        let mut seen = HashSet::new();
        for key in iter::once(&active).chain(&others) {
            if !seen.insert(key.kid()) {
                return Err(KeyError::Duplicate(key.kid().to_owned()));
            }
        }
        let jwks = render_jwks(&active, &others);
        Ok(Self {
            active,
            others,
            jwks,
        })
    }

    /// The public keys as a JWK Set (RFC 7517, section 5), a JSON document, the active one first.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// The `kid` of the key that signs.
    pub fn active_kid(&self) -> &str {
        self.active.kid()
    }

    /// What every key of this keyring signs with.
    pub const fn algorithm(&self) -> Algorithm {
        self.active.algorithm()
    }

    /// The `kid`s of all keys, the active one first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.all().map(SigningKey::kid)
    }

    pub(super) const fn active(&self) -> &SigningKey {
        &self.active
    }

    /// What verifies, the active key first.
    pub(super) fn verifying(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.all().map(SigningKey::verifying)
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        iter::once(&self.active).chain(&self.others)
    }
}

fn render_jwks(active: &SigningKey, others: &[SigningKey]) -> String {
    let keys: Vec<String> = iter::once(active)
        .chain(others)
        .map(|key| key.verifying().jwk())
        .collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn generated(algorithm: Algorithm) -> SigningKey {
        let pem = SigningKey::generate_pem(algorithm).unwrap();
        SigningKey::from_pem(pem.as_bytes(), algorithm).unwrap()
    }

    fn key() -> SigningKey {
        generated(Algorithm::Es256)
    }

    #[test]
    fn the_jwks_lists_the_active_key_first_and_the_others_by_kid() {
        let active = key();
        let kid = active.kid().to_owned();
        let ring = Keyring::new(active, vec![key(), key(), key()]).unwrap();
        let kids: Vec<&str> = ring.kids().collect();
        assert_eq!(kids[0], kid);
        assert_eq!(ring.active_kid(), kid);
        assert!(kids[1..].is_sorted());

        let jwks: Value = serde_json::from_str(ring.jwks()).unwrap();
        let listed = jwks["keys"].as_array().unwrap();
        assert_eq!(listed.len(), 4);
        for (jwk, kid) in listed.iter().zip(kids) {
            assert_eq!(jwk["kid"], kid);
            assert_eq!(jwk["alg"], "ES256");
            assert_eq!(jwk["use"], "sig");
            assert_eq!(jwk.get("d"), None, "a private key is published");
            assert_eq!(jwk.as_object().unwrap().len(), 7);
        }
    }

    #[test]
    fn the_same_key_twice_is_refused() {
        let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
        let load = || SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
        let expected = KeyError::Duplicate(load().kid().to_owned());
        assert_eq!(Keyring::new(load(), vec![load()]).unwrap_err(), expected);
        let others = vec![load(), load()];
        assert_eq!(Keyring::new(key(), others).unwrap_err(), expected);
    }

    #[test]
    fn a_key_of_another_algorithm_is_refused() {
        let other = generated(Algorithm::EdDsa);
        let expected = KeyError::Mixed {
            kid: other.kid().to_owned(),
            found: Algorithm::EdDsa,
            pinned: Algorithm::Es256,
        };
        assert_eq!(
            Keyring::new(key(), vec![key(), other]).unwrap_err(),
            expected
        );
    }

    #[test]
    fn a_fifth_key_is_refused() {
        let others = (0..4).map(|_| key()).collect();
        assert_eq!(
            Keyring::new(key(), others).unwrap_err(),
            KeyError::TooMany(5)
        );
    }
}
