//! Signs whatever it is given, with ring directly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// The service's own signing key, in the hands of somebody who signs anything with it.
pub(crate) struct Forge {
    pub(crate) pem: String,
    pair: EcdsaKeyPair,
    kid: String,
    claims: Value,
}

impl Forge {
    pub(crate) fn new(pem: &str, claims: &Value) -> Self {
        let document = pem::parse(pem).unwrap().into_contents();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &document, &rng()).unwrap();
        let mut forge = Self {
            pem: pem.to_owned(),
            pair,
            kid: String::new(),
            claims: claims.clone(),
        };
        // RFC 7638: `serde_json` sorts the members and writes no white space.
        let members = forge.jwk().to_string();
        forge.kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        forge
    }

    /// Somebody else with a key of his own and the same wishes.
    pub(crate) fn stranger(&self) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &rng()).unwrap();
        let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", document.as_ref()));
        Self::new(&pem, &self.claims)
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The required members of the public JWK.
    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.point()[1..].split_at(32);
        let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    }

    /// The header that the service writes, byte for byte.
    pub(crate) fn header(&self) -> String {
        format!(r#"{{"alg":"ES256","kid":"{}","typ":"at+jwt"}}"#, self.kid)
    }

    /// That header with one member set.
    pub(crate) fn header_with(&self, member: &str, value: Value) -> String {
        let mut header: Value = serde_json::from_str(&self.header()).unwrap();
        header[member] = value;
        header.to_string()
    }

    /// That header without one member.
    pub(crate) fn header_without(&self, member: &str) -> String {
        let mut header: Value = serde_json::from_str(&self.header()).unwrap();
        header.as_object_mut().unwrap().remove(member).unwrap();
        header.to_string()
    }

    /// The good claims.
    pub(crate) fn payload(&self) -> String {
        self.claims.to_string()
    }

    pub(crate) fn claim(&self, member: &str) -> &Value {
        &self.claims[member]
    }

    /// The good claims with some members set, under the good header, signed.
    pub(crate) fn with(&self, members: &[(&str, Value)]) -> String {
        let mut claims = self.claims.clone();
        for (member, value) in members {
            claims[*member] = value.clone();
        }
        self.sign(self.header(), claims.to_string())
    }

    /// The good claims without some members, under the good header, signed.
    pub(crate) fn without(&self, members: &[&str]) -> String {
        let mut claims = self.claims.clone();
        for member in members {
            claims.as_object_mut().unwrap().remove(*member).unwrap();
        }
        self.sign(self.header(), claims.to_string())
    }

    /// The good claims with some JSON put before the first member as it is, signed.
    pub(crate) fn with_text(&self, members: &str) -> String {
        let payload = self.payload().replacen('{', &format!("{{{members},"), 1);
        self.sign(self.header(), payload)
    }

    /// A good token: the control.
    pub(crate) fn good(&self) -> String {
        self.sign(self.header(), self.payload())
    }

    /// Encodes a header and a payload of any bytes and signs them.
    pub(crate) fn sign(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.sign_input(&format!("{}.{}", encode(header), encode(payload)))
    }

    /// Signs a signing input of any form.
    pub(crate) fn sign_input(&self, input: &str) -> String {
        format!("{input}.{}", encode(self.signature(input.as_bytes())))
    }

    pub(crate) fn signature(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(&rng(), message).unwrap().as_ref().to_vec()
    }
}

/// Encodes a header and a payload and tags them with HMAC-SHA-256.
pub(crate) fn hs256(secret: &[u8], header: &str, payload: &str) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    format!("{input}.{}", encode(tag))
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(clippy::disallowed_methods, reason = "ring takes no other generator")]
pub(crate) fn rng() -> SystemRandom {
    SystemRandom::new()
}
