//! A service to attack: one key, one issuer, two audiences, a time that stands.

use std::sync::Arc;

use jotleash::clock::SystemEntropy;
use jotleash::id::{Jti, Sid, Subject};
use jotleash::token::{
    Accept, Algorithm, Claims, Format, Keyring, SigningKey, TokenError, Typ, VerifiedToken,
    Verifier,
};

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "web";
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Service {
    pub(crate) pem: String,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) verifier: Verifier,
}

impl Service {
    pub(crate) fn new() -> Self {
        let pem = SigningKey::generate_pem(Algorithm::Es256)
            .unwrap()
            .to_string();
        let key = SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
        let keyring = Arc::new(Keyring::new(key, Vec::new()).unwrap());
        let audiences = [
            (AUDIENCE.to_owned(), Format::Jwt(Typ::AtJwt)),
            ("spring".to_owned(), Format::Jwt(Typ::Jwt)),
        ];
        let verifier = Verifier::new(Arc::clone(&keyring), ISSUER.to_owned(), audiences.into());
        Self {
            pem,
            keyring,
            verifier,
        }
    }

    pub(crate) fn verify(&self, raw: &str) -> Result<VerifiedToken, TokenError> {
        self.verifier.verify(raw, NOW, Accept::Audience(AUDIENCE))
    }

    pub(crate) fn mint(&self, claims: &Claims) -> String {
        self.keyring.mint(claims, Typ::AtJwt).unwrap().token
    }
}

pub(crate) fn claims() -> Claims {
    let sub: Subject = "alice".parse().unwrap();
    Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        exp: NOW + 300,
        iat: NOW,
        nbf: None,
        jti: Jti::random(sub.slot(), &SystemEntropy),
        client_id: "front".to_owned(),
        sid: Some(Sid::random(sub.slot(), &SystemEntropy)),
        auth_time: Some(NOW - 60),
        scope: "read write".to_owned(),
        roles: vec!["editor".to_owned()],
        act: None,
        sub,
    }
}
