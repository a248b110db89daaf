//! Signed introspection responses (RFC 9701): not tokens, and never taken for one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::error::MintError;
use super::keyring::Keyring;

/// The claims of a signed introspection response (RFC 9701, section 5).
#[derive(Debug, Serialize)]
pub struct IntrospectionResponse<'a, T> {
    /// Who answers: this service's URL.
    pub iss: &'a str,
    /// The client that asked.
    pub aud: &'a str,
    /// When, Unix seconds.
    pub iat: u64,
    /// The answer: the object that the unsigned response is.
    pub token_introspection: T,
}

impl Keyring {
    /// Signs an introspection response with the active key.
    ///
    /// # Errors
    /// [`MintError`], when it cannot be rendered or signed.
    pub fn sign_introspection<T: Serialize>(
        &self,
        response: &IntrospectionResponse<'_, T>,
    ) -> Result<String, MintError> {
        let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(response)?);
        let input = format!("{}.{payload}", self.active().introspection_header());
        let signature = self.active().sign(&input)?;
        Ok(format!("{input}.{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::super::claims::tests::good;
    use super::super::{Accept, Algorithm, Format, SigningKey, TokenError, Typ, Verifier};
    use super::*;

    #[test]
    fn its_header_is_a_constant_and_none_of_a_tokens() {
        let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
        let key = SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
        let ring = Keyring::new(key, vec![]).unwrap();
        let ring = Arc::new(ring);
        let claims = good();
        let response = IntrospectionResponse {
            iss: &claims.iss,
            aud: "front",
            iat: claims.iat,
            token_introspection: &claims,
        };
        let signed = ring.sign_introspection(&response).unwrap();
        let header = URL_SAFE_NO_PAD.decode(signed.split('.').next().unwrap());
        let expected = format!(
            r#"{{"alg":"ES256","kid":"{}","typ":"token-introspection+jwt"}}"#,
            ring.active_kid()
        );
        assert_eq!(String::from_utf8(header.unwrap()).unwrap(), expected);

        let audiences = HashMap::from([(claims.aud.clone(), Format::Jwt(Typ::AtJwt))]);
        let verifier = Verifier::new(Arc::clone(&ring), claims.iss.clone(), audiences);
        let verdict = |raw: &str| {
            let token = verifier.verify(raw, claims.iat, Accept::AnyRegistered);
            token.map(|token| token.claims().clone())
        };
        assert_eq!(verdict(&signed), Err(TokenError::Header));

        // Not even with the claims of a token that is accepted.
        let token = ring.mint(&claims, Typ::AtJwt).unwrap().token;
        assert!(verdict(&token).is_ok());
        let payload = token.split('.').nth(1).unwrap();
        let input = format!("{}.{payload}", ring.active().introspection_header());
        let signature = ring.active().sign(&input).unwrap();
        let forged = format!("{input}.{signature}");
        assert_eq!(verdict(&forged), Err(TokenError::Header));
    }
}
