use verifiers::{Settings, judge};

// snippet:verify
use anyhow::{Context, Result, bail, ensure};
use jwt_simple::prelude::*;
use serde_json::Value;

struct Verifier {
    keys: Vec<Value>,
    rules: VerificationOptions,
    algorithm: String,
}

impl Verifier {
    /// Fetches the keys. A long-lived service makes a new one every five minutes.
    fn new(jwks_url: &str, issuer: &str, audience: &str, algorithm: &str) -> Result<Self> {
        let mut jwks: Value = ureq::get(jwks_url).call()?.body_mut().read_json()?;
        let rules = VerificationOptions {
            allowed_issuers: Some([issuer.to_owned()].into()),
            allowed_audiences: Some([audience.to_owned()].into()),
            required_signature_type: Some("at+jwt".to_owned()),
            time_tolerance: Some(Duration::from_secs(0)), // its default is 15 minutes
            ..Default::default()
        };
        let keys = jwks["keys"].as_array_mut().context("no keys")?.split_off(0);
        Ok(Self { keys, rules, algorithm: algorithm.to_owned() })
    }

    fn verify(&self, token: &str) -> Result<JWTClaims<Value>> {
        let header = Token::decode_metadata(token)?;
        let kid = header.key_id().context("no kid")?;
        let key = self.keys.iter().find(|key| key["kid"] == kid).context("unknown kid")?;
        let (key, rules) = (key.to_string(), Some(self.rules.clone()));
        let claims = match self.algorithm.as_str() {
            "ES256" => ES256PublicKey::from_jwk(&key)?.verify_token(token, rules)?,
            "RS256" => RS256PublicKey::from_jwk(&key)?.verify_token(token, rules)?,
            "EdDSA" => Ed25519PublicKey::from_jwk(&key)?.verify_token(token, rules)?,
            other => bail!("{other} is not for jotleash"),
        };
        ensure!(claims.expires_at.is_some(), "no exp");
        Ok(claims)
    }
}
// snippet:end

fn main() -> Result<()> {
    let Settings { jwks_url, issuer, audience, algorithm } = Settings::from_env();
    let verifier = Verifier::new(&jwks_url, &issuer, &audience, &algorithm)?;
    judge(|token| verifier.verify(token));
    Ok(())
}
