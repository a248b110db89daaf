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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// The public key of RFC 7515, appendix A.3.
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    /// That of RFC 7638, section 3.1.
    const N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFF\
        xuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4Q\
        yQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q\
        NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz\
        KnqDKgw";
    /// That of RFC 8037, appendix A.2.
    const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn jwks() -> [Jwk; 3] {
        let point = [vec![4], bytes(X), bytes(Y)].concat();
        [
            PublicKey::p256(&point),
            PublicKey::rsa(&bytes(N), &[1, 0, 1]),
            PublicKey::ed25519(&bytes(ED)),
        ]
        .map(|key| Jwk::of(&key.unwrap()))
    }

    #[test]
    fn the_thumbprints_are_those_of_the_rfcs() {
        let expected = [
            // Computed once with Python's hashlib and json.
            "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
            // RFC 7638, section 3.1.
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            // RFC 8037, appendix A.3.
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ];
        assert_eq!(jwks().map(|jwk| jwk.thumbprint()), expected);
    }

    #[test]
    fn the_jwk_says_what_the_key_is_for() {
        let rendered = jwks().map(|jwk| serde_json::from_str::<Value>(&jwk.render("k")).unwrap());
        let common = |alg: &str, mut key: Value| {
            for (name, value) in [("kid", "k"), ("use", "sig"), ("alg", alg)] {
                key[name] = value.into();
            }
            key
        };
        let expected = [
            common(
                "ES256",
                json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y}),
            ),
            common("RS256", json!({"kty": "RSA", "n": N, "e": "AQAB"})),
            common("EdDSA", json!({"kty": "OKP", "crv": "Ed25519", "x": ED})),
        ];
        assert_eq!(rendered, expected);
    }
}
