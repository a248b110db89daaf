//! What verifies the tokens of one key: its public part and the headers that it signs under.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;

use super::algorithm::{Algorithm, Typ};
use super::install_provider;
use super::jwk::Jwk;
use super::public::PublicKey;

/// A key that verifies tokens. Its headers, its `kid` and its JWK are made once with it.
pub(super) struct VerifyingKey {
    algorithm: Algorithm,
    decoding: DecodingKey,
    jwk: Jwk,
    kid: Arc<str>,
    at_jwt_header: String,
    jwt_header: String,
}

impl VerifyingKey {
    pub(super) fn new(key: &PublicKey) -> Self {
        install_provider();
        let algorithm = key.algorithm();
        let jwk = Jwk::of(key);
        let kid = jwk.thumbprint();
        Self {
            algorithm,
            decoding: key.decoding_key(),
            at_jwt_header: encoded_header(algorithm, &kid, Typ::AtJwt),
            jwt_header: encoded_header(algorithm, &kid, Typ::Jwt),
            jwk,
            kid: kid.into(),
        }
    }

    /// The key's id: its JWK Thumbprint by SHA-256 (RFC 7638).
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The same, to be kept.
    pub(super) fn shared_kid(&self) -> Arc<str> {
        Arc::clone(&self.kid)
    }

    /// What its tokens are signed with.
    pub(super) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's JWK, rendered.
    pub(super) fn jwk(&self) -> String {
        self.jwk.render(&self.kid)
    }

    /// What jsonwebtoken verifies with.
    pub(super) const fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// The only header, encoded, that this key signs under a `typ`.
    pub(super) fn header(&self, typ: Typ) -> &str {
        match typ {
            Typ::AtJwt => &self.at_jwt_header,
            Typ::Jwt => &self.jwt_header,
        }
    }

    /// The header, encoded, of a signed introspection response. [`Self::typ_of`] does not know it,
    /// so a response can never pass for a token.
    pub(super) fn introspection_header(&self) -> String {
        encoded_header(self.algorithm, &self.kid, "token-introspection+jwt")
    }

    /// The `typ` under which this key signs the given encoded header, if it does at all.
    pub(super) fn typ_of(&self, header: &str) -> Option<Typ> {
        Typ::ALL.into_iter().find(|typ| self.header(*typ) == header)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The `kid` is base64url and the rest constants, so nothing needs escaping.
fn encoded_header(algorithm: Algorithm, kid: &str, typ: impl fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!(
        r#"{{"alg":"{algorithm}","kid":"{kid}","typ":"{typ}"}}"#
    ))
}
