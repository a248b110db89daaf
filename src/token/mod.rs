//! The token core: bytes in, claims out.
//!
//! Pure: no store, HTTP, runtime, environment, files or logging. Key material comes in as bytes,
//! the time as a number. What is proved here is that a token was made by one of our keys, for
//! this service, and holds in time; whether it is still alive is the store's to say, and only a
//! [`VerifiedToken`] is worth asking it about.

mod actor;
mod algorithm;
mod claims;
mod der;
mod error;
mod introspection;
mod jwk;
mod jwks;
mod keyring;
mod keys;
mod mac;
mod mint;
mod opaque;
mod pair;
mod pem;
mod provider;
mod public;
mod public_keys;
mod refresh;
mod verify;
mod verifying;

pub use self::actor::{Actor, MAX_ACTORS};
pub use self::algorithm::{Algorithm, Format, Typ, UnknownAlgorithm};
pub use self::claims::Claims;
pub use self::error::{KeyError, MintError, TokenError};
pub use self::introspection::IntrospectionResponse;
pub use self::jwks::{JwkError, JwksError};
pub use self::keyring::{Keyring, MAX_KEYS};
pub use self::keys::SigningKey;
pub use self::mac::{MAC_ID_PREFIX, MacKey, MacKeys, Tag};
pub use self::mint::Minted;
pub use self::opaque::{PresentedOpaque, is_opaque_shaped};
pub use self::provider::install_provider;
pub use self::public::PublicKeyError;
pub use self::public_keys::{PublicKeys, SignedToken};
pub use self::refresh::{PresentedRefresh, is_refresh_shaped};
pub use self::verify::{Accept, Inspected, VerifiedToken, Verifier};

/// The longest token that is made or looked at, in bytes.
pub const MAX_TOKEN_LEN: usize = 4096;

/// The longest life of a token, `exp - iat`, in seconds: 24 hours.
pub const MAX_LIFETIME: u64 = 24 * 60 * 60;

/// How far `iat` and `nbf` may lie ahead, in seconds: the clocks of two instances differ.
pub const MAX_SKEW: u64 = 5;
