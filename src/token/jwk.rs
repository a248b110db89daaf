//! The public key as a JWK (RFC 7517; RFC 7518, section 6; RFC 8037) and its thumbprint (RFC 7638).
//!
//! Written by hand: the texts are small, and one of them is hashed byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::public::PublicKey;

/// The members of a JWK that are the key, in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Jwk {
    /// `kty` `EC`, `crv` `P-256`.
    Ec { x: String, y: String },
    /// `kty` `RSA`.
    Rsa { n: String, e: String },
    /// `kty` `OKP`, `crv` `Ed25519`.
    Okp { x: String },
}

impl Jwk {
    pub(super) fn of(key: &PublicKey) -> Self {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match key {
            PublicKey::P256(point) => {
                let (_, coordinates) = point.split_at(1);
                let (x, y) = coordinates.split_at(32);
                let [x, y] = [x, y].map(encode);
                Self::Ec { x, y }
            }
            PublicKey::Rsa { n, e } => {
                let [n, e] = [n, e].map(|number| encode(number));
                Self::Rsa { n, e }
            }
            PublicKey::Ed25519(x) => Self::Okp { x: encode(x) },
        }
    }

    /// The JWK Thumbprint by SHA-256 (RFC 7638, section 3; RFC 8037, section 2), in base64url:
    /// our `kid`.
    pub(super) fn thumbprint(&self) -> String {
        // The required members only, in the order of their names, without white space.
        let canonical = match self {
            Self::Ec { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Okp { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }

    /// The JWK as it stands in the JWKS. Every part of it is base64url or a constant.
    pub(super) fn render(&self, kid: &str) -> String {
        let (key, alg) = match self {
            Self::Ec { x, y } => (
                format!(r#""kty":"EC","crv":"P-256","x":"{x}","y":"{y}""#),
                "ES256",
            ),
            Self::Rsa { n, e } => (format!(r#""kty":"RSA","n":"{n}","e":"{e}""#), "RS256"),
            Self::Okp { x } => (format!(r#""kty":"OKP","crv":"Ed25519","x":"{x}""#), "EdDSA"),
        };
        format!(r#"{{{key},"kid":"{kid}","use":"sig","alg":"{alg}"}}"#)
    }
}
