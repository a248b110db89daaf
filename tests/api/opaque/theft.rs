//! What somebody can do who has one secret of the service, or reads where it writes.

use jotleash::token::{MacKey, MacKeys};
use serde_json::json;

use super::store::{app_on, claims_for, key_of};
use super::{VAULT, form, jti_of, log_in_to, status_at};
use crate::app::{App, Setup, Tokens};
use crate::forged::{sign, signing_key};
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

fn mac_key(app: &App) -> MacKeys {
    let bytes = std::fs::read(app.folder.path().join("keys/mac.key")).unwrap();
    MacKey::from_bytes(&bytes).unwrap().into()
}

#[tokio::test]
async fn a_stolen_mac_key_alone_makes_no_token() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let key = mac_key(&app);
    let live = app.log_in().await;
    let vault = log_in_to(&app, "vault").await;
    let mut claims = claims_for("demo");
    claims["iss"] = json!(app.env["JOTLEASH_ISSUER"]);
    // Nobody recorded it; or it is a JWT's; and in either case the store is not written to.
    let slot = jti_of(&vault.access).split('.').next().unwrap().to_owned();
    for jti in [format!("{slot}.AAAAAAAAAAAAAAAAAAAAAA"), live.jti()] {
        claims["jti"] = json!(jti);
        let forged = serde_json::from_value(claims.clone()).unwrap();
        let forged = key.mint_opaque(&forged).unwrap().token;
        assert_eq!(status_at(&app, "vault", &forged).await, 401, "{jti}");
    }
    assert_eq!(app.status_of(&live.access).await, 200);
    // Whoever has the key of a token that is alive learns no more than that token could do.
    claims["jti"] = json!(jti_of(&vault.access));
    let same = serde_json::from_value(claims).unwrap();
    let same = key.mint_opaque(&same).unwrap().token;
    assert_eq!(same, vault.access);
    let told = super::verify_at(&app, "/verify?audience=vault", &same).await;
    assert_eq!(crate::app::header(&told, "x-auth-roles"), "");
}

#[tokio::test]
async fn a_stolen_signing_key_makes_no_token_of_an_opaque_ones_id() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let pem = signing_key(&app);
    let web = app.log_in().await.access;
    let header = web.split('.').next().unwrap();
    let vault = log_in_to(&app, "vault").await;
    let recorded = redis.run(&["GET", &key_of(&vault.access)]);
    let mut said: serde_json::Value =
        serde_json::from_str(recorded.rsplit_once('.').unwrap().0).unwrap();
    for audience in ["vault", "web"] {
        said["aud"] = json!(audience);
        let forged = sign(&pem, header, &said);
        assert_eq!(status_at(&app, audience, &forged).await, 401, "{audience}");
    }
    assert_eq!(status_at(&app, "vault", &vault.access).await, 200);
}

#[tokio::test]
async fn a_handle_is_neither_in_redis_nor_in_the_log() {
    let redis = RedisServer::start();
    let setup = Setup::default().store(redis.url()).config(VAULT);
    let app = setup.env("JOTLEASH_LOG", "trace").start();
    let first = log_in_to(&app, "vault").await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    status_at(&app, "vault", &second.access).await;
    form(
        &app,
        "desk",
        "/oauth2/introspect",
        &[("token", &second.access)],
    )
    .await;
    let dump = redis.dump();
    app.logout(&second.access, None).await;
    status_at(&app, "vault", &second.access).await;
    let find_me = app.request(reqwest::Method::GET, "/v1/me");
    find_me
        .header("x-request-id", "find-me")
        .send()
        .await
        .unwrap();
    while !app.log().contains("find-me") {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    for tokens in [first, second] {
        assert!(dump.contains(jti_of(&tokens.access).split('.').nth(1).unwrap()));
        // The last 21 characters are of the tag alone.
        let tag = &tokens.access[tokens.access.len() - 21..];
        for (place, text) in [("redis", &dump), ("the log", &app.log())] {
            assert!(!text.contains(tag), "{tag} is in {place}");
        }
    }
}
