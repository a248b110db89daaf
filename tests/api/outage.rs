//! The store out and back: 503, never 401, never 200; then well again by itself.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::app::{App, assert_problem};
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

async fn status(app: &App, path: &str) -> u16 {
    app.request(Method::GET, path)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

/// Waits until a check answers this. No limit of its own: the test runner has one.
async fn until(app: &App, token: &str, wanted: u16) {
    while app.status_of(token).await != wanted {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn redis_stopped_is_503_and_back_is_200_without_a_restart() {
    let mut redis = RedisServer::start_with(&["--appendonly", "yes"]);
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    assert_eq!(
        (
            app.status_of(&tokens.access).await,
            status(&app, "/readyz").await
        ),
        (200, 200)
    );

    for _ in 0..3 {
        redis.stop();
        let answer = app.verify(&tokens.access).await;
        assert_eq!(answer.status(), 503);
        assert!(
            answer.headers().get("www-authenticate").is_none(),
            "nothing a client could take for a log-out"
        );
        assert_eq!(status(&app, "/readyz").await, 503);
        assert_eq!(status(&app, "/livez").await, 200);
        assert_problem(app.login(&app.demo()).await, 503, "store_unavailable").await;
        assert_problem(app.refresh(&tokens.refresh).await, 503, "store_unavailable").await;
        assert_problem(
            app.logout(&tokens.access, None).await,
            503,
            "store_unavailable",
        )
        .await;
        assert_eq!(
            app.status_of("a.b.c").await,
            401,
            "what is forged is refused all the same"
        );
        redis.restart();
        until(&app, &tokens.access, 200).await;
        assert_eq!(status(&app, "/readyz").await, 200);
    }
    assert_eq!(app.logout(&tokens.access, None).await.status(), 204);
    assert_eq!(app.status_of(&tokens.access).await, 401);
}

#[tokio::test]
async fn redis_frozen_is_503_in_time() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    redis.pause();
    let answer = app.verify(&tokens.access).await;
    assert_eq!(answer.status(), 503);
    let logout = app.logout(&tokens.access, None).await;
    assert_problem(logout, 503, "store_unavailable").await;
    redis.resume();
    // The log-out's outcome was unknown, and it was not sent twice: both answers are honest.
    loop {
        match app.status_of(&tokens.access).await {
            503 => tokio::time::sleep(Duration::from_millis(20)).await,
            200 | 401 => break,
            other => panic!("{other}"),
        }
    }
    let fresh = app.log_in().await;
    assert_eq!(app.status_of(&fresh.access).await, 200);
}

#[tokio::test]
async fn something_else_under_a_tokens_key_is_no_answer() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let key = redis
        .matching("jl:*:t:*")
        .into_iter()
        .find(|key| key.ends_with(tokens.jti().split('.').nth(1).unwrap()));
    let key = key.unwrap();
    redis.run(&["DEL", &key]);
    redis.run(&["RPUSH", &key, "x"]);
    assert_eq!(app.status_of(&tokens.access).await, 503);
}

#[tokio::test]
async fn a_full_redis_takes_no_log_in_and_every_log_out() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let admin = app.admin().await;
    redis.run(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_problem(app.login(&app.demo()).await, 503, "store_unavailable").await;
    assert_eq!(app.status_of(&tokens.access).await, 200);
    assert_eq!(app.logout(&tokens.access, None).await.status(), 204);
    assert_eq!(app.status_of(&tokens.access).await, 401);
    assert_eq!(
        admin.post("/subjects/demo/ban", &json!({})).await.status(),
        200
    );
    redis.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_problem(app.login(&app.demo()).await, 403, "banned").await;
}
