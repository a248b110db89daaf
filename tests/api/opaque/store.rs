//! What opaque tokens cost the store, and what somebody who writes to it can do.

use jotleash::token::MacKey;
use serde_json::json;

use super::{VAULT, form, jti_of, log_in_to, status_at};
use crate::app::{App, Setup, Tokens};
use crate::forged::{sign, signing_key};
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

fn app_on(redis: &RedisServer) -> App {
    Setup::default().store(redis.url()).config(VAULT).start()
}

/// The key of a handle, as the schema says.
fn key_of(handle: &str) -> String {
    let jti = jti_of(handle);
    let (slot, tail) = jti.split_once('.').unwrap();
    format!("jl:{{{slot}}}:t:{tail}")
}

fn mac_key(app: &App) -> MacKey {
    let bytes = std::fs::read(app.folder.path().join("keys/mac.key")).unwrap();
    MacKey::from_bytes(&bytes).unwrap()
}

/// How often the store was asked about a token or session.
fn asked(redis: &RedisServer, before: &std::collections::BTreeMap<String, u64>) -> u64 {
    let counts = redis.calls_since(before);
    let names = ["get", "eval", "evalsha", "exists", "del"];
    names.iter().filter_map(|name| counts.get(*name)).sum()
}

#[tokio::test]
async fn a_good_handle_costs_one_command_and_a_changed_one_none() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let tokens = log_in_to(&app, "vault").await;
    let handle = &tokens.access;
    for _ in 0..10 {
        let before = redis.calls();
        assert_eq!(status_at(&app, "vault", handle).await, 200);
        assert_eq!(
            (asked(&redis, &before), redis.calls_since(&before)["get"]),
            (1, 1)
        );
    }
    // Where it cannot be right, nobody asks what it says.
    let before = redis.calls();
    assert_eq!(status_at(&app, "web", handle).await, 401);
    assert_eq!(asked(&redis, &before), 0, "a JWT audience");
    let other = MacKey::from_bytes(b"an example key, 32 bytes long...").unwrap();
    let mut forged: Vec<_> = (0..handle.len())
        .map(|at| {
            let mut bytes = handle.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'E' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        .collect();
    forged.extend([
        format!("{handle}A"),
        handle[..handle.len() - 1].to_owned(),
        handle.to_uppercase(),
        handle.replace("jl_", "jo_"),
        format!("jl_{}", jti_of(handle)),
        "jl_".to_owned(),
    ]);
    forged.push(same_jti(&other, handle));
    let before = redis.calls();
    for token in &forged {
        for path in ["/verify?audience=vault", "/v1/me"] {
            let refused = super::verify_at(&app, path, token).await;
            assert_eq!(refused.status(), 401, "{path} {token}");
        }
        let told = super::introspect(&app, "desk", token).await;
        assert_eq!(told, json!({"active": false}));
        form(&app, "desk", "/oauth2/revoke", &[("token", token)]).await;
    }
    assert_eq!(
        asked(&redis, &before),
        0,
        "{:?}",
        redis.calls_since(&before)
    );
    assert_eq!(status_at(&app, "vault", handle).await, 200);
}

/// A handle for the same `jti` by another key.
fn same_jti(key: &MacKey, handle: &str) -> String {
    let mut claims = claims_for("demo");
    claims["jti"] = json!(jti_of(handle));
    let claims = serde_json::from_value(claims).unwrap();
    key.mint_opaque(&claims).unwrap().token
}

fn claims_for(subject: &str) -> serde_json::Value {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    json!({
        "iss": "https://id.example", "sub": subject, "aud": "vault", "exp": now + 300,
        "iat": now, "client_id": "desk", "scope": "read write", "roles": ["jotleash-admin"],
    })
}

#[tokio::test]
async fn who_writes_to_redis_does_not_change_what_a_token_says() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let tokens = log_in_to(&app, "vault").await;
    let key = key_of(&tokens.access);
    let recorded = redis.run(&["GET", &key]);
    assert!(recorded.starts_with('{'), "{recorded}");
    let (claims, tag) = recorded.rsplit_once('.').unwrap();
    assert_eq!(tag.len(), 22);
    let said: serde_json::Value = serde_json::from_str(claims).unwrap();
    assert_eq!(
        (&said["sub"], &said["aud"]),
        (&json!("demo"), &json!("vault"))
    );

    let another = log_in_to(&app, "vault").await;
    let anothers = redis.run(&["GET", &key_of(&another.access)]);
    let mut wider = said.clone();
    wider["roles"] = json!(["jotleash-admin"]);
    for written in [
        format!("{wider}.{tag}"),
        format!("{}.{tag}", claims.replace("demo", "root")),
        format!("{claims}.AAAAAAAAAAAAAAAAAAAAAA"),
        format!("{claims} .{tag}"),
        claims.to_owned(),
        anothers,
        "x".to_owned(),
        String::new(),
    ] {
        redis.run(&["SET", &key, &written, "KEEPTTL"]);
        assert_eq!(
            status_at(&app, "vault", &tokens.access).await,
            503,
            "{written}"
        );
    }
    redis.run(&["SET", &key, &recorded, "KEEPTTL"]);
    assert_eq!(status_at(&app, "vault", &tokens.access).await, 200);
    redis.run(&["DEL", &key]);
    redis.run(&["RPUSH", &key, "x"]);
    assert_eq!(status_at(&app, "vault", &tokens.access).await, 503);
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
