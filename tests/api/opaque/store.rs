//! What opaque tokens cost the store, and what they make of one that is out or written to.

use jotleash::remote::Verdict;
use jotleash::token::{MacKey, MacKeys};
use serde_json::json;

use super::{VAULT, form, jti_of, log_in_to, status_at};
use crate::app::{App, Setup};
use crate::redis_server::RedisServer;
use crate::remote::ask;
use crate::watch::Watch as _;

pub(super) fn app_on(redis: &RedisServer) -> App {
    Setup::default().store(redis.url()).config(VAULT).start()
}

/// The key of a handle, as the schema says.
pub(super) fn key_of(handle: &str) -> String {
    let jti = jti_of(handle);
    let (slot, tail) = jti.split_once('.').unwrap();
    format!("jl:{{{slot}}}:t:{tail}")
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
    let other = MacKeys::from(MacKey::from_bytes(b"an example key, 32 bytes long...").unwrap());
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
fn same_jti(key: &MacKeys, handle: &str) -> String {
    let mut claims = claims_for("demo");
    claims["jti"] = json!(jti_of(handle));
    let claims = serde_json::from_value(claims).unwrap();
    key.mint_opaque(&claims).unwrap().token
}

pub(super) fn claims_for(subject: &str) -> serde_json::Value {
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
async fn a_store_that_is_out_is_503_for_a_good_handle_and_a_forged_one_is_401() {
    let mut redis = RedisServer::start();
    let app = app_on(&redis);
    let vault = log_in_to(&app, "vault").await;
    let Verdict::Live(who) = ask(&app, &vault.access, Some("vault"), &["read"]).await else {
        panic!("it is alive")
    };
    assert_eq!(who.subject.as_str(), "demo");
    assert_eq!(who.token_id, jti_of(&vault.access));
    redis.stop();
    let verdict = ask(&app, &vault.access, Some("vault"), &["read"]).await;
    assert_eq!(verdict, Verdict::Unknown);
    assert_eq!(status_at(&app, "vault", &vault.access).await, 503);
    let token = [("token", vault.access.as_str())];
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        assert_eq!(
            form(&app, "desk", path, &token).await.status(),
            503,
            "{path}"
        );
    }
    let forged = vault.access.replace("jl_", "jl_A");
    assert_eq!(status_at(&app, "vault", &forged).await, 401);
    let other = MacKeys::from(MacKey::from_bytes(b"an example key, 32 bytes long...").unwrap());
    let forged = same_jti(&other, &vault.access);
    assert_eq!(status_at(&app, "vault", &forged).await, 401);
}
