//! What a thief of one secret can do: nothing that a check accepts.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jotleash::token::{MacKey, MacKeys};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use crate::app::{App, Tokens, assert_problem, claims};
use crate::hostile;
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

/// The service's real signing key, as a thief of the file has it.
pub fn signing_key(app: &App) -> String {
    let entries = fs::read_dir(app.folder.path().join("keys")).unwrap();
    let mut pems = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pem"));
    fs::read_to_string(pems.next().unwrap()).unwrap()
}

/// Signs a header and a payload with a key.
pub(crate) fn sign(pem: &str, header: &str, payload: &Value) -> String {
    let der = pem::parse(pem).unwrap();
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.contents(), &random)
        .unwrap();
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let signature = pair.sign(&random, input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn a_stolen_signing_key_mints_nothing_that_is_accepted() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let pem = signing_key(&app);
    let header = tokens.access.split('.').next().unwrap();
    let live = claims(&tokens.access);

    let same = sign(&pem, header, &live);
    assert_ne!(same, tokens.access, "ECDSA signatures are random");
    let payload: Value = claims(&same);
    assert_eq!(payload, live);

    for (name, value) in [
        ("roles", json!(["jotleash-admin"])),
        ("scope", json!("read write admin")),
        ("exp", json!(live["exp"].as_u64().unwrap() + 60)),
        ("client_id", json!("other")),
        ("auth_time", json!(1)),
        ("iat", json!(live["iat"].as_u64().unwrap() - 1)),
    ] {
        let mut changed = live.clone();
        changed[name] = value;
        assert_eq!(
            app.status_of(&sign(&pem, header, &changed)).await,
            401,
            "{name}"
        );
    }
    let mut unrecorded = live.clone();
    let slot = live["jti"]
        .as_str()
        .unwrap()
        .split('.')
        .next()
        .unwrap()
        .to_owned();
    unrecorded["jti"] = json!(format!("{slot}.AAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(app.status_of(&sign(&pem, header, &unrecorded)).await, 401);
    let admin = app.admin_token().await;
    let mut escalated = claims(&admin);
    escalated["sub"] = json!("demo");
    let url = format!("{}/v1/admin/users", app.admin_url);
    let answer = app
        .http
        .get(url)
        .bearer_auth(sign(&pem, header, &escalated))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        app.status_of(&tokens.access).await,
        200,
        "the real one lives on"
    );
}

#[tokio::test]
async fn a_stolen_mac_key_alone_makes_no_refresh_token() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let mac = fs::read(app.folder.path().join("keys/mac.key")).unwrap();
    let mac = MacKeys::from(MacKey::from_bytes(&mac).unwrap());
    let sid = tokens.session_id.parse().unwrap();
    for counter in [0, 1, 2, u64::MAX] {
        let forged = mac.mint_refresh(&sid, counter, &[7; 32]);
        assert_problem(app.refresh(&forged).await, 401, "invalid_refresh_token").await;
    }
    assert_eq!(
        app.status_of(&tokens.access).await,
        200,
        "and it ends nobody's session"
    );
    Tokens::of(app.refresh(&tokens.refresh).await).await;
    let guess = hmac::Key::new(hmac::HMAC_SHA256, b"guess");
    assert_ne!(hmac::sign(&guess, b"").as_ref(), [0; 32]);
}

#[tokio::test]
async fn hostile_tokens_are_refused_and_cost_the_store_nothing() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let live = claims(&tokens.access);
    let now = live["iat"].as_u64().unwrap();
    let issuer = &app.env["JOTLEASH_ISSUER"];
    let mut good = live.clone();
    good["roles"] = json!(["viewer"]);
    let cases = hostile::cases(&signing_key(&app), issuer, "web", &good, now);
    assert!(cases.len() >= 150, "only {} cases", cases.len());
    for case in &cases {
        // A connection of its own: one that was cut must not be the control's.
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let before = redis.calls();
        let mut request = http.get(format!("{}/verify", app.url));
        // HTTP takes spaces at the ends away, so these would be the good token itself.
        if case.token.trim() != case.token {
            continue;
        }
        // A token that is no header value at all cannot be sent; the unit tests have it.
        let Ok(value) =
            reqwest::header::HeaderValue::from_bytes(format!("Bearer {}", case.token).as_bytes())
        else {
            continue;
        };
        request = request.header("authorization", value);
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                assert!(
                    [401, 431].contains(&status),
                    "{} ({}): {status}",
                    case.id,
                    case.note
                );
            }
            // A head that is larger than what is read at all: the connection ends.
            Err(_) => assert!(case.token.len() > 64 * 1024, "{} ({})", case.id, case.note),
        }
        let counts = redis.calls_since(&before);
        let asked = counts
            .keys()
            .any(|name| ["get", "evalsha"].contains(&name.as_str()));
        assert!(
            !asked,
            "{} ({}) reached the store: {counts:?}",
            case.id, case.note
        );
        assert_eq!(
            app.status_of(&tokens.access).await,
            200,
            "the control, after {}",
            case.id
        );
    }
}
