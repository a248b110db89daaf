//! What can be wrong with a token, with claims to be signed, and with a key.

use super::algorithm::Algorithm;
use super::public::PublicKeyError;

/// Why a presented token is refused: one variant for each step of the check, in their order.
///
/// An outsider is told none of this: to him all of them are one and the same refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_LEN`](super::MAX_TOKEN_LEN).
    #[error("the token is too long")]
    TooLong,
    /// Not three parts of base64url with two dots between them (RFC 7515, section 3.1).
    #[error("the token is not three parts of base64url")]
    Form,
    /// The header is none of those that this service writes with its present keys.
    #[error("the header is not one that a key of this service in use writes")]
    Header,
    /// The payload is no JSON object that begins like one of ours.
    #[error("the payload is not an object")]
    Payload,
    /// The signature is not that of the header's key over these bytes.
    #[error("the signature does not hold")]
    Signature,
    /// The payload or the signature is not canonical base64url.
    #[error("the token is not canonical base64url")]
    Encoding,
    /// The claims are not of their types and forms: one is missing, unknown, twice, null or empty.
    #[error("the claims are not of their form")]
    Claims,
    /// `iss` is another.
    #[error("the issuer is another")]
    Issuer,
    /// `exp` is not in the future.
    #[error("the token has expired")]
    Expired,
    /// `iat` is too far in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// `nbf` is too far in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `exp` is not after `iat`, or more than [`MAX_LIFETIME`](super::MAX_LIFETIME) after it.
    #[error("the token's lifetime is not between one second and 24 hours")]
    Lifetime,
    /// `jti` or `sid` is not in the slot of `sub`.
    #[error("the token's ids belong to another subject")]
    Slot,
    /// One of `sid` and `auth_time` without the other.
    #[error("a session id and its start come together or not at all")]
    Session,
    /// `aud` is not registered, or not the one asked for.
    #[error("the audience is another")]
    Audience,
    /// The header's `typ`, or the format, is not that of the audience.
    #[error("the type is not that of the audience")]
    Typ,
    /// Not of the form of an opaque token.
    #[error("the opaque token is not of its form")]
    OpaqueForm,
    /// The tag of an opaque token is not by this key.
    #[error("the opaque token's tag does not hold")]
    OpaqueTag,
    /// The claims that the store has for an opaque token are not tagged by this key for it.
    #[error("what is recorded for the token is not tagged as its claims")]
    Unbound,
    /// Not of the form of a refresh token.
    #[error("the refresh token is not of its form")]
    RefreshForm,
    /// The outer tag of a refresh token is not by this key.
    #[error("the refresh token's tag does not hold")]
    RefreshTag,
}

/// Why a token is not made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The check would refuse the token on its face.
    #[error("no check would accept the token: {0}")]
    Refused(#[from] TokenError),
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written")]
    Write(#[from] serde_json::Error),
    /// The key did not sign: the system's random number generator failed.
    #[error("signing failed")]
    Sign(#[from] ring::error::Unspecified),
}

/// Why a key, or a set of keys, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not PEM (RFC 7468).
    #[error("not a PEM file: it must hold one block, BEGIN PRIVATE KEY, and nothing else")]
    NotPem,
    /// Text before or after the block.
    #[error("the file holds text outside its PEM block: remove it")]
    TrailingText,
    /// More than one block.
    #[error("the file holds {0} PEM blocks: one key, one file")]
    Several(usize),
    /// A key in the format of SEC 1, where ES256 needs one in PKCS#8.
    #[error("the key is SEC1 (BEGIN EC PRIVATE KEY), not PKCS#8; convert it: {CONVERT}")]
    Sec1,
    /// An RSA key in the format of PKCS#1, where RS256 needs one in PKCS#8.
    #[error("the key is PKCS#1 (BEGIN RSA PRIVATE KEY), not PKCS#8; convert it: {CONVERT}")]
    Pkcs1,
    /// A key under a passphrase.
    #[error("the key is encrypted; decrypt it: openssl pkcs8 -in old.pem -out new.pem")]
    Encrypted,
    /// A certificate, a public key, or something else that cannot sign.
    #[error("the file holds a {label}, not a private key in PKCS#8: {}", needed.genpkey(NEW))]
    NotPrivate {
        /// What the block calls itself.
        label: String,
        /// What the key is for.
        needed: Algorithm,
    },
    /// A key of another type.
    #[error("the key is {found}; {needed} needs {}: {}", needed.key(), needed.genpkey(NEW))]
    WrongType {
        /// Its type.
        found: &'static str,
        /// What the key is for.
        needed: Algorithm,
    },
    /// A key of the right type that is too weak, or that nobody else would take.
    #[error("the key cannot be used ({source}): {}", needed.genpkey(NEW))]
    Weak {
        /// Why.
        source: PublicKeyError,
        /// What the key is for.
        needed: Algorithm,
    },
    /// A P-256 key without its public part.
    #[error(
        "the key lacks its public part; add it: \
         openssl ec -in old.pem | openssl pkcs8 -topk8 -nocrypt -out new.pem"
    )]
    NoPublicPart,
    /// A key whose public part is another key's.
    #[error("the key's public part is not that of its private part: {}", needed.genpkey(NEW))]
    Mismatch {
        /// What the key is for.
        needed: Algorithm,
    },
    /// PKCS#8 that cannot be read.
    #[error("the key is not well-formed PKCS#8 ({reason}): {}", needed.genpkey(NEW))]
    Malformed {
        /// What cannot be read.
        reason: String,
        /// What the key is for.
        needed: Algorithm,
    },
    /// Keys for RS256 are not made here.
    #[error("RSA keys are not made here: {}", Algorithm::Rs256.genpkey(NEW))]
    NotGenerated,
    /// A key of another algorithm than that of the key which signs.
    #[error(
        "the key {kid} is for {found}, and the key that signs for {pinned}: one algorithm only"
    )]
    Mixed {
        /// The other key.
        kid: String,
        /// Its algorithm.
        found: Algorithm,
        /// That of the key which signs.
        pinned: Algorithm,
    },
    /// A signature just made by the key does not verify, or could not be made.
    #[error("the key fails its self-test: a signature by it does not verify")]
    SelfTest,
    /// A key could not be generated.
    #[error("the system's random number generator failed")]
    Generate,
    /// The same key twice.
    #[error("the key {0} is there twice")]
    Duplicate(String),
    /// More keys than a keyring takes.
    #[error("{0} keys are too many: {max} at most, retire one", max = super::MAX_KEYS)]
    TooMany(usize),
    /// Not 32 bytes.
    #[error("a MAC key is 32 random bytes, not {0}: openssl rand -out mac.key 32")]
    MacLength(usize),
    /// 32 bytes that nobody's generator gave.
    #[error("the MAC key is one byte repeated, not random: openssl rand -out mac.key 32")]
    MacWeak,
}

const CONVERT: &str = "openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem";
const NEW: &str = "new.pem";
