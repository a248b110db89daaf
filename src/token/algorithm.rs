//! The pinned signature algorithm, and the `typ` of a token's header.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::TokenError;

/// A signature algorithm (RFC 7518, section 3.1). All keys of a keyring share one.
///
/// Another one is a variant here, a key type in `keys`, and a verifier in `provider`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: what every JWT library verifies.
    Es256,
}

impl Algorithm {
    /// The `alg` of a header and of a JWK.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
        }
    }

    pub(super) const fn jwt(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
