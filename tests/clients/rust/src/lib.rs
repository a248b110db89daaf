//! What both verifiers share: the settings, and one line of output for each line of input.

use std::{env, io};

pub struct Settings {
    pub jwks_url: String,
    pub issuer: String,
    pub audience: String,
    pub algorithm: String,
}

impl Settings {
    pub fn from_env() -> Self {
        let get = |name| env::var(name).expect(name);
        Self {
            jwks_url: get("JWKS_URL"),
            issuer: get("ISSUER"),
            audience: get("AUDIENCE"),
            algorithm: get("ALGORITHM"),
        }
    }
}

/// Reads one token a line, and writes what `verify` makes of each.
pub fn judge<T>(verify: impl Fn(&str) -> anyhow::Result<T>) {
    for token in io::stdin().lines() {
        match verify(&token.expect("standard input")) {
            Ok(_) => println!("accepted"),
            Err(error) => println!("refused: {error:#}"),
        }
    }
}
