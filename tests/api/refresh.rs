//! Refreshing: one lineage, whatever the network does.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::app::{App, Setup, Tokens, assert_problem, claims, credentials_of, json as body_of};
use crate::cut_offs::now;
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

/// A set-up whose `web` has no grace and whose `cart` has one of a second.
const GRACES: &str = r#"
[[audience]]
name = "strict"
scopes = ["read", "write"]
login_client = "spa"
refresh_grace = "0s"
[[audience]]
name = "brief"
scopes = ["read", "write"]
login_client = "spa"
refresh_grace = "1s"
[[audience]]
name = "short"
scopes = ["read"]
login_client = "spa"
access_ttl = "2s"
refresh_idle = "6s"
refresh_max = "9s"
[[client]]
id = "spa"
audiences = ["strict", "brief", "short"]
scopes = ["read", "write"]
grants = ["refresh_token"]
"#;

async fn log_in_to(app: &App, audience: &str) -> Tokens {
    let mut body = app.demo();
    body["audience"] = json!(audience);
    Tokens::of(app.login(&body).await).await
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_for_the_same_session() {
    let app = App::in_memory();
    let first = app.log_in().await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(second.session_id, first.session_id);
    let (old, new) = (claims(&first.access), claims(&second.access));
    for same in [
        "sub",
        "sid",
        "aud",
        "iss",
        "client_id",
        "scope",
        "auth_time",
    ] {
        assert_eq!(old[same], new[same], "{same}");
    }
    assert_eq!(app.status_of(&second.access).await, 200);
}

#[tokio::test]
async fn a_hundred_parallel_refreshes_are_one_lineage_and_no_error() {
    for redis in [None, Some(RedisServer::start())] {
        let app = match &redis {
            None => App::in_memory(),
            Some(redis) => App::on(redis),
        };
        let first = app.log_in().await;
        let answers = join_all((0..100).map(|_| app.refresh(&first.refresh))).await;
        let mut refreshes = HashSet::new();
        let mut accesses = HashSet::new();
        for answer in answers {
            let tokens = Tokens::of(answer).await;
            accesses.insert(tokens.jti());
            refreshes.insert(tokens.refresh);
        }
        assert_eq!(refreshes.len(), 1, "one successor");
        assert_eq!(accesses.len(), 1, "one access token");
        let next = refreshes.into_iter().next().unwrap();
        Tokens::of(app.refresh(&next).await).await;
    }
}

#[tokio::test]
async fn a_repeat_within_the_grace_extends_nothing_and_is_audited_once() {
    let app = App::in_memory();
    let first = app.log_in().await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    for _ in 0..3 {
        let again = Tokens::of(app.refresh(&first.refresh).await).await;
        assert_eq!(again.refresh, second.refresh);
        assert_eq!(
            claims(&again.access),
            claims(&second.access),
            "the same access token"
        );
    }
    let admin = app.admin().await;
    let audit = body_of(admin.get("/audit?limit=200").await).await;
    let repeats: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["action"] == "refresh_repeat")
        .collect();
    assert_eq!(repeats.len(), 1, "{audit}");
    assert!(repeats[0]["detail"].as_str().unwrap().contains("127.0.0.1"));
    assert_eq!(repeats[0]["target"], first.session_id.as_str());
}

#[tokio::test]
async fn a_repeat_after_the_access_token_was_ended_gives_a_new_one() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let first = app.log_in().await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    let revoked = admin.post("/revoke", &json!({"jti": second.jti()})).await;
    assert_eq!(
        body_of(revoked).await["revoked"],
        json!({"sessions": 0, "tokens": 1})
    );
    let third = Tokens::of(app.refresh(&first.refresh).await).await;
    assert_eq!(third.refresh, second.refresh, "still the same lineage");
    assert_ne!(third.jti(), second.jti());
    assert_eq!(app.status_of(&third.access).await, 200);
    assert_eq!(app.status_of(&second.access).await, 401, "dead stays dead");
}

#[tokio::test]
async fn a_replay_two_generations_back_ends_the_session_at_once() {
    let app = App::in_memory();
    let first = app.log_in().await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    let third = Tokens::of(app.refresh(&second.refresh).await).await;
    assert_problem(
        app.refresh(&first.refresh).await,
        401,
        "invalid_refresh_token",
    )
    .await;
    for access in [&first.access, &second.access, &third.access] {
        assert_eq!(app.status_of(access).await, 401);
    }
    assert_eq!(app.refresh(&third.refresh).await.status(), 401);
    let admin = app.admin().await;
    let verdict = body_of(
        admin
            .post("/inspect", &json!({"token": third.access}))
            .await,
    )
    .await;
    assert_eq!(verdict["verdict"], "revoked", "{verdict}");
    let audit = body_of(admin.get("/audit").await).await;
    assert!(
        audit["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["action"] == "refresh_reuse"
                && event["target"] == first.session_id.as_str()),
        "{audit}"
    );
}

#[tokio::test]
async fn without_a_grace_the_first_repeat_ends_the_session() {
    let app = Setup::default().config(GRACES).start();
    let first = log_in_to(&app, "strict").await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    assert_eq!(app.refresh(&first.refresh).await.status(), 401);
    assert_eq!(app.refresh(&second.refresh).await.status(), 401);
}

#[tokio::test]
async fn after_the_grace_a_repeat_ends_the_session() {
    let redis = RedisServer::start();
    let app = Setup::default().store(redis.url()).config(GRACES).start();
    let first = log_in_to(&app, "brief").await;
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(app.refresh(&first.refresh).await.status(), 401);
    assert_eq!(app.refresh(&second.refresh).await.status(), 401);
}

#[tokio::test]
async fn a_session_ends_when_it_idles_and_at_the_latest_at_its_maximum() {
    let redis = RedisServer::start();
    let app = Setup::default().store(redis.url()).config(GRACES).start();
    let idle = log_in_to(&app, "short").await;
    assert_eq!(idle.body["refresh_expires_in"], 6);
    // A slow machine may idle for too long by itself: then another session shows it.
    while !lasts_nine_seconds_at_most(&app).await {}
    let last_used = claims(&idle.access)["auth_time"].as_u64().unwrap();
    while now() < last_used + 6 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(app.refresh(&idle.refresh).await.status(), 401);
}

/// Refreshes a session until it ends, which it does in time; `false` if it idled too long before.
async fn lasts_nine_seconds_at_most(app: &App) -> bool {
    let mut busy = log_in_to(app, "short").await;
    let started = claims(&busy.access)["auth_time"].as_u64().unwrap();
    loop {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let asked_at = now();
        let answer = app.refresh(&busy.refresh).await;
        let last_used = claims(&busy.access)["iat"].as_u64().unwrap();
        if answer.status() != 200 {
            assert_problem(answer, 401, "invalid_refresh_token").await;
            let answered_at = now();
            // The token may have been made in the second after the one that the session counts from.
            let may_idle = last_used + 5;
            assert!(
                answered_at >= started + 9 || answered_at >= may_idle,
                "not too early"
            );
            return answered_at >= started + 9 && asked_at < may_idle;
        }
        assert!(asked_at < started + 9, "not too late");
        assert!(asked_at < last_used + 6, "not after it has idled");
        busy = Tokens::of(answer).await;
        let new = claims(&busy.access);
        let exp = new["exp"].as_u64().unwrap();
        assert!(exp <= started + 9, "no token outlives its session");
        assert_eq!(new["auth_time"], started);
        let idles = busy.body["refresh_expires_in"].as_u64().unwrap();
        assert!(
            idles <= 6,
            "a refresh gives no more than refresh_idle: {idles}"
        );
    }
}

#[tokio::test]
async fn new_roles_reach_the_token_at_the_next_refresh() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("ann", &["editor"]).await;
    let first = Tokens::of(app.login(&credentials_of("ann")).await).await;
    let changed = admin
        .patch("/users/ann", &json!({"roles": ["viewer"]}))
        .await;
    assert_eq!(changed.status(), 200);
    assert_eq!(app.status_of(&first.access).await, 401, "access tokens die");
    let second = Tokens::of(app.refresh(&first.refresh).await).await;
    assert_eq!(claims(&second.access)["roles"], json!(["viewer"]));
    assert_eq!(app.status_of(&second.access).await, 200);
}

#[tokio::test]
async fn a_confidential_clients_session_is_not_refreshed_here() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let client = json!({"id": "backend", "audiences": ["web"], "scopes": ["read"]});
    assert_eq!(admin.post("/clients", &client).await.status(), 201);
    let asked = json!({"subject": "ann", "client_id": "backend"});
    let session = Tokens::of(admin.post("/sessions", &asked).await).await;
    assert_problem(
        app.refresh(&session.refresh).await,
        401,
        "invalid_refresh_token",
    )
    .await;
    assert_eq!(
        app.status_of(&session.access).await,
        200,
        "and nothing happens to it"
    );
}

#[tokio::test]
async fn a_deleted_clients_sessions_are_not_refreshed_any_more() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let public = json!({"id": "spa", "public": true, "audiences": ["web"], "scopes": ["read"]});
    assert_eq!(admin.post("/clients", &public).await.status(), 201);
    let mut body = app.demo();
    body["client_id"] = json!("spa");
    let tokens = Tokens::of(app.login(&body).await).await;
    assert_eq!(admin.delete("/clients/spa").await.status(), 204);
    assert_problem(
        app.refresh(&tokens.refresh).await,
        401,
        "invalid_refresh_token",
    )
    .await;
    assert_problem(app.login(&body).await, 400, "invalid_request").await;
}

#[tokio::test]
async fn what_is_no_refresh_token_of_ours_never_reaches_the_store() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let before = redis.calls();
    let mut forged = Vec::new();
    for position in 3..tokens.refresh.len() {
        let mut bytes = tokens.refresh.clone().into_bytes();
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(bytes).unwrap());
    }
    forged.extend(["", "jr_", "jr_x", &tokens.access].map(str::to_owned));
    forged.push(format!("{}A", tokens.refresh));
    for token in &forged {
        assert_problem(app.refresh(token).await, 401, "invalid_refresh_token").await;
    }
    let counts = redis.calls_since(&before);
    let asked = ["get", "eval", "evalsha", "hgetall", "fcall"]
        .iter()
        .any(|name| counts.contains_key(*name));
    assert!(!asked, "{counts:?}");
    Tokens::of(app.refresh(&tokens.refresh).await).await;
}
