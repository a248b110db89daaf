//! The public key as a JWK (RFC 7517; RFC 7518, section 6.2.1) and its thumbprint (RFC 7638).
//!
//! Written by hand: both texts are small, and one of them is hashed byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::algorithm::Algorithm;

/// The public key of a P-256 key pair: both coordinates, in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EcJwk {
    x: String,
    y: String,
}

impl EcJwk {
    /// From an uncompressed point (SEC 1, section 2.3.3); `None` if it is not one on a curve of
    /// 256 bits.
    pub(super) fn from_point(point: &[u8]) -> Option<Self> {
        let (4, coordinates) = point.split_first().map(|(tag, rest)| (*tag, rest))? else {
            return None;
        };
        let (x, y) = coordinates.split_at_checked(32)?;
        (y.len() == 32).then(|| Self {
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// The JWK Thumbprint by SHA-256 (RFC 7638, section 3), in base64url: our `kid`.
    pub(super) fn thumbprint(&self) -> String {
        // The required members only, in the order of their names, without white space.
        let Self { x, y } = self;
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }

    /// The JWK as it stands in the JWKS. Every part of it is base64url or a constant.
    pub(super) fn render(&self, kid: &str, algorithm: Algorithm) -> String {
        let Self { x, y } = self;
        format!(
            r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","kid":"{kid}","use":"sig","alg":"{algorithm}"}}"#
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The public key of RFC 7515, appendix A.3.
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    fn jwk() -> EcJwk {
        let mut point = vec![4];
        point.extend(URL_SAFE_NO_PAD.decode(X).unwrap());
        point.extend(URL_SAFE_NO_PAD.decode(Y).unwrap());
        EcJwk::from_point(&point).unwrap()
    }

    #[test]
    fn the_thumbprint_is_made_as_rfc_7638_says() {
        // The method in its own words: required members, sorted, no white space, SHA-256.
        let members = [("y", Y), ("x", X), ("kty", "EC"), ("crv", "P-256")];
        let sorted: std::collections::BTreeMap<_, _> = members.into_iter().collect();
        let canonical = serde_json::to_vec(&sorted).unwrap();
        let expected = URL_SAFE_NO_PAD.encode(digest(&SHA256, &canonical));
        assert_eq!(jwk().thumbprint(), expected);
        // Computed once with Python's hashlib and json.
        assert_eq!(
            jwk().thumbprint(),
            "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
        );
    }

    #[test]
    fn the_jwk_says_what_the_key_is_for() {
        let rendered: Value = serde_json::from_str(&jwk().render("k", Algorithm::Es256)).unwrap();
        assert_eq!(
            rendered,
            json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "k", "use": "sig", "alg": "ES256"})
        );
    }

    #[test]
    fn only_an_uncompressed_point_of_256_bits_is_a_key() {
        for bad in [
            &[][..],
            &[4],
            &[4; 64],
            &[4; 66],
            &[4; 97],
            &[2; 65],
            &[2; 33],
        ] {
            assert_eq!(EcJwk::from_point(bad), None, "{} bytes", bad.len());
        }
    }
}
