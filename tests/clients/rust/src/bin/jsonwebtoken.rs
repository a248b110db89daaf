use verifiers::{Settings, judge};

// snippet:verify
use anyhow::{Context, Result, ensure};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

#[derive(serde::Deserialize)]
struct Claims {
    sub: String,
    jti: String,
    scope: Option<String>,
}

struct Verifier {
    keys: JwkSet,
    rules: Validation,
}

impl Verifier {
    /// Fetches the keys. A long-lived service makes a new one every five minutes.
    fn new(jwks_url: &str, issuer: &str, audience: &str, algorithm: Algorithm) -> Result<Self> {
        let mut rules = Validation::new(algorithm);
        rules.leeway = 0; // its default is 60 s
        rules.set_required_spec_claims(&["iss", "aud", "exp"]);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[audience]);
        let keys = ureq::get(jwks_url).call()?.body_mut().read_json()?;
        Ok(Self { keys, rules })
    }

    fn verify(&self, token: &str) -> Result<Claims> {
        let header = decode_header(token)?;
        ensure!(header.typ.as_deref() == Some("at+jwt"), "not an access token");
        let kid = header.kid.context("no kid")?;
        let key = DecodingKey::from_jwk(self.keys.find(&kid).context("unknown kid")?)?;
        Ok(decode(token, &key, &self.rules)?.claims)
    }
}
// snippet:end

fn main() -> Result<()> {
    let Settings { jwks_url, issuer, audience, algorithm } = Settings::from_env();
    let verifier = Verifier::new(&jwks_url, &issuer, &audience, algorithm.parse()?)?;
    judge(|token| {
        let Claims { sub, jti, scope } = verifier.verify(token)?;
        ensure!(!sub.is_empty() && !jti.is_empty(), "empty claims");
        Ok(scope)
    });
    Ok(())
}
