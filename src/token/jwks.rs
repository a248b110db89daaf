//! A JWK Set read as strictly as it is written (RFC 7517; RFC 7518, section 6; RFC 8037).

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::keyring::MAX_KEYS;
use super::public::{PublicKey, PublicKeyError};
use super::verifying::VerifyingKey;

/// No set of four keys is longer.
const MAX_LEN: usize = 64 * 1024;

/// Members that only a private or a secret key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a JWK Set is refused.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// Longer than 64 KiB.
    #[error("the JWK Set is too long: {MAX_LEN} bytes at most")]
    TooLong,
    /// No JSON object with a list of objects named `keys`.
    #[error("not a JWK Set: {0}")]
    Json(#[from] serde_json::Error),
    /// No key.
    #[error("the JWK Set is empty")]
    Empty,
    /// More than [`MAX_KEYS`].
    #[error("the JWK Set has {0} keys, {MAX_KEYS} at most are published at a time")]
    TooMany(usize),
    /// A key that is refused, counted from one.
    #[error("key {at} of the JWK Set: {source}")]
    Key {
        /// Which.
        at: usize,
        /// Why.
        source: JwkError,
    },
    /// Keys of more than one algorithm.
    #[error(
        "the JWK Set mixes keys for {0} and {1}: this service publishes one algorithm at a time"
    )]
    Mixed(Algorithm, Algorithm),
    /// The same key twice.
    #[error("the JWK Set has the key {0} twice")]
    Duplicate(String),
}

/// Why one JWK is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// It holds a private or secret part, which is out now.
    #[error(
        "it holds the private member {0:?}: whoever has read this set can sign, replace the key"
    )]
    Private(String),
    /// A `kty` or `crv` that no algorithm of ours has, `oct` among them.
    #[error("kty {kty:?} with crv {crv:?} is no key for ES256, RS256 or EdDSA")]
    Type {
        /// Its `kty`.
        kty: String,
        /// Its `crv`; empty without one.
        crv: String,
    },
    /// A member that its type needs is missing.
    #[error("it has no {0:?}")]
    Missing(&'static str),
    /// A member that is not canonical base64url without padding (RFC 7515, section 2).
    #[error("{0:?} is not canonical base64url")]
    Encoding(&'static str),
    /// `use` is there and not `sig` (RFC 7517, section 4.2).
    #[error("its use is {0:?}, not \"sig\"")]
    Use(String),
    /// `key_ops` is there and not just `verify` (RFC 7517, section 4.3).
    #[error("its key_ops are {0:?}, not [\"verify\"]")]
    KeyOps(Vec<String>),
    /// `alg` is there and not that of the key's type.
    #[error("its alg is {found:?}, and a key of its type is for {expected}")]
    Alg {
        /// Its `alg`.
        found: String,
        /// The algorithm of its type.
        expected: Algorithm,
    },
    /// `kid` is not the key's thumbprint (RFC 7638), as it is in all sets of this service.
    #[error("its kid is {found:?}, not {expected:?}, the key's thumbprint")]
    Kid {
        /// Its `kid`.
        found: String,
        /// The key's thumbprint.
        expected: String,
    },
    /// Its numbers are no key, or a weak one.
    #[error(transparent)]
    Key(#[from] PublicKeyError),
}

/// The keys of a set and their algorithm.
pub(super) fn read(json: &[u8]) -> Result<(Algorithm, Vec<VerifyingKey>), JwksError> {
    if json.len() > MAX_LEN {
        return Err(JwksError::TooLong);
    }
    let Set { keys: jwks, .. } = serde_json::from_slice(json)?;
    if jwks.len() > MAX_KEYS {
        return Err(JwksError::TooMany(jwks.len()));
    }
    let mut keys = Vec::new();
    for (index, jwk) in jwks.iter().enumerate() {
        let at = index + 1;
        keys.push(jwk.read().map_err(|source| JwksError::Key { at, source })?);
    }
    let algorithm = keys.first().ok_or(JwksError::Empty)?.algorithm();
    let mut seen = HashSet::new();
    for key in &keys {
        if key.algorithm() != algorithm {
            return Err(JwksError::Mixed(algorithm, key.algorithm()));
        }
        if !seen.insert(key.kid()) {
            return Err(JwksError::Duplicate(key.kid().to_owned()));
        }
    }
    Ok((algorithm, keys))
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
    /// A struct that collects what it does not know is read from an object only; any other would
    /// be read from a list as well, its members by position.
    #[serde(flatten)]
    _others: Map<String, Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    /// Not understood and so ignored (RFC 7517, section 4), but for what must never be there.
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl Jwk {
    fn read(&self) -> Result<VerifyingKey, JwkError> {
        if let Some(member) = PRIVATE.into_iter().find(|m| self.others.contains_key(*m)) {
            return Err(JwkError::Private(member.to_owned()));
        }
        let key = VerifyingKey::new(&self.public_key()?);
        self.check_purpose(key.algorithm())?;
        let found = self.kid.as_deref().ok_or(JwkError::Missing("kid"))?;
        if found != key.kid() {
            return Err(JwkError::Kid {
                found: found.to_owned(),
                expected: key.kid().to_owned(),
            });
        }
        Ok(key)
    }

    fn public_key(&self) -> Result<PublicKey, JwkError> {
        let key = match (self.kty.as_str(), self.crv.as_str()) {
            ("EC", "P-256") => {
                let (x, y) = (member("x", self.x.as_ref())?, member("y", self.y.as_ref())?);
                if x.len() != 32 {
                    return Err(PublicKeyError::Length.into());
                }
                PublicKey::p256(&[&[4], &*x, &*y].concat())
            }
            ("RSA", "") => {
                let (n, e) = (member("n", self.n.as_ref())?, member("e", self.e.as_ref())?);
                PublicKey::rsa(&n, &e)
            }
            ("OKP", "Ed25519") => PublicKey::ed25519(&member("x", self.x.as_ref())?),
            (kty, crv) => {
                let (kty, crv) = (kty.to_owned(), crv.to_owned());
                return Err(JwkError::Type { kty, crv });
            }
        };
        Ok(key?)
    }

    /// What the key is for, as far as it says so.
    fn check_purpose(&self, expected: Algorithm) -> Result<(), JwkError> {
        if let Some(usage) = self.usage.as_ref().filter(|usage| *usage != "sig") {
            return Err(JwkError::Use(usage.clone()));
        }
        if let Some(ops) = self.key_ops.as_ref().filter(|ops| **ops != ["verify"]) {
            return Err(JwkError::KeyOps(ops.clone()));
        }
        match &self.alg {
            Some(found) if found != expected.as_str() => Err(JwkError::Alg {
                found: found.clone(),
                expected,
            }),
            _ => Ok(()),
        }
    }
}

/// A member's bytes.
fn member(name: &'static str, value: Option<&String>) -> Result<Vec<u8>, JwkError> {
    let text = value.ok_or(JwkError::Missing(name))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| JwkError::Encoding(name))
}
