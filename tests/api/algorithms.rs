//! Each algorithm that can be pinned, from the key's file to the token that died.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jotleash::token::PublicKeys;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{self, App, Setup};

/// A service that is told this algorithm, with the keys of that folder.
fn start(algorithm: &str, folder: Arc<TempDir>) -> App {
    Setup::default()
        .in_folder_of(folder)
        .env("JOTLEASH_KEYS_ALGORITHM", algorithm)
        .start()
}

/// Runs the commands as an operator does, in that folder.
fn shell(folder: &Path, commands: &str) {
    let ran = Command::new("sh")
        .args(["-ec", commands])
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{commands}: {errors}");
}

/// Logs in, looks at the token by the published keys alone, and lets it die.
async fn lives_and_dies(app: &App, algorithm: &str, kty: &str) {
    let get = app.request(Method::GET, "/.well-known/jwks.json");
    let jwks = app::json(get.send().await.unwrap()).await;
    let key = &jwks["keys"][0];
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
    assert_eq!([&key["kty"], &key["alg"]], [kty, algorithm]);

    let token = app.log_in().await.access;
    let (header, rest) = token.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    let expected = json!({"alg": algorithm, "kid": key["kid"], "typ": "at+jwt"});
    assert_eq!(header, expected);
    let keys = PublicKeys::from_jwks(jwks.to_string().as_bytes()).unwrap();
    assert_eq!(keys.read(&token).unwrap().kid, key["kid"]);

    assert_eq!(app.status_of(&token).await, 200);
    for alg in ["none", "HS256", "ES256", "RS256", "PS256", "EdDSA"] {
        let mut header = header.clone();
        header["alg"] = json!(alg);
        let mut forged = URL_SAFE_NO_PAD.encode(header.to_string());
        forged = format!("{forged}.{rest}");
        let same = forged == token;
        assert_eq!(same, alg == algorithm, "the header is written as ours is");
        let status = app.status_of(&forged).await;
        assert_eq!(status, if same { 200 } else { 401 }, "{alg}");
    }
    assert_eq!(app.logout(&token, None).await.status(), 204);
    assert_eq!(app.status_of(&token).await, 401);
}

#[tokio::test]
async fn with_es256_a_token_lives_and_dies() {
    let app = start("ES256", Arc::new(TempDir::new().unwrap()));
    lives_and_dies(&app, "ES256", "EC").await;
}

#[tokio::test]
async fn with_eddsa_a_token_lives_and_dies() {
    let app = start("EdDSA", Arc::new(TempDir::new().unwrap()));
    lives_and_dies(&app, "EdDSA", "OKP").await;
}

#[tokio::test]
async fn with_eddsa_and_a_key_by_openssl_a_token_lives_and_dies() {
    let folder = Arc::new(TempDir::new().unwrap());
    fs::create_dir(folder.path().join("keys")).unwrap();
    let commands = "openssl genpkey -algorithm ED25519 -out keys/eddsa.pem
        chmod 600 keys/eddsa.pem";
    shell(folder.path(), commands);
    lives_and_dies(&start("EdDSA", folder), "EdDSA", "OKP").await;
}

#[tokio::test]
async fn with_rs256_it_says_how_to_make_the_key_and_with_that_key_a_token_lives_and_dies() {
    let folder = Arc::new(TempDir::new().unwrap());
    let refused = Command::new(env!("CARGO_BIN_EXE_jotleash"))
        .current_dir(folder.path())
        .env_clear()
        .env("JOTLEASH_KEYS_ALGORITHM", "RS256")
        .args(["serve", "--dev", "--store", "embedded:memory"])
        .args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let errors = String::from_utf8(refused.stderr).unwrap();
    let command = errors.split('`').nth(1).unwrap();
    shell(folder.path(), command);
    lives_and_dies(&start("RS256", folder), "RS256", "RSA").await;
}
