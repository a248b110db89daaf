//! The pinned signature algorithm, and the `typ` of a token's header.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::TokenError;

/// A signature algorithm (RFC 7518, section 3.1; RFC 8037). All keys of a keyring share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: what every JWT library verifies.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for verifiers that know nothing else.
    Rs256,
    /// `EdDSA` with Ed25519, and with no other curve.
    EdDsa,
}

impl Algorithm {
    /// All that there are.
    pub const ALL: [Self; 3] = [Self::Es256, Self::Rs256, Self::EdDsa];

    /// The `alg` of a header and of a JWK.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The command by which OpenSSL makes a key for it, as [`SigningKey`](super::SigningKey) reads
    /// it, in the file of that name.
    pub fn genpkey(self, file: &str) -> String {
        let options = match self {
            Self::Es256 => "EC -pkeyopt ec_paramgen_curve:P-256",
            Self::Rs256 => "RSA -pkeyopt rsa_keygen_bits:2048",
            Self::EdDsa => "ED25519",
        };
        format!("openssl genpkey -algorithm {options} -out {file}")
    }

    /// The key that it needs, as a sentence has it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Es256 => "a P-256 key",
            Self::Rs256 => "an RSA key",
            Self::EdDsa => "an Ed25519 key",
        }
    }

    pub(super) const fn jwt(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

/// An algorithm that tokens are not signed with here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no algorithm for these keys: ES256, RS256 or EdDSA")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Exactly the spelling of a header: `alg` is case-sensitive (RFC 7515, section 4.1.1).
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == raw)
            .ok_or(UnknownAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The `typ` of a token's header, fixed for each audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Typ {
    /// `at+jwt`: an OAuth 2.0 access token (RFC 9068, section 2.1).
    #[default]
    #[serde(rename = "at+jwt")]
    AtJwt,
    /// `JWT` (RFC 7519, section 5.1), for stacks that reject the other.
    #[serde(rename = "JWT")]
    Jwt,
}

impl Typ {
    pub(super) const ALL: [Self; 2] = [Self::AtJwt, Self::Jwt];

    /// The `typ` as it stands in a header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtJwt => "at+jwt",
            Self::Jwt => "JWT",
        }
    }
}

impl fmt::Display for Typ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Typ {
    type Err = TokenError;

    /// Exactly one of the two spellings; anything else is [`TokenError::Typ`].
    fn from_str(raw: &str) -> Result<Self, TokenError> {
        Self::ALL
            .into_iter()
            .find(|typ| typ.as_str() == raw)
            .ok_or(TokenError::Typ)
    }
}

/// What the access tokens of an audience are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JWTs whose header has this `typ`.
    Jwt(Typ),
    /// Handles for claims that the store keeps.
    Opaque,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_reads_as_it_is_written() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
            assert_eq!(format!("{:?}", algorithm.jwt()), algorithm.as_str());
        }
        for other in ["", "es256", "EDDSA", "Ed25519", "HS256", "none", "ES256 "] {
            assert_eq!(other.parse::<Algorithm>(), Err(UnknownAlgorithm), "{other}");
        }
    }

    #[test]
    fn a_typ_reads_as_it_is_written() {
        for typ in Typ::ALL {
            assert_eq!(typ.to_string().parse(), Ok(typ));
            let json = serde_json::to_string(&typ).unwrap();
            assert_eq!(json, format!("\"{typ}\""));
            assert_eq!(serde_json::from_str::<Typ>(&json).unwrap(), typ);
        }
        for other in ["", "jwt", "AT+JWT", "application/at+jwt"] {
            assert_eq!(other.parse::<Typ>(), Err(TokenError::Typ), "{other}");
        }
    }
}
