//! The end of everything of a kind, wherever its keys lie.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Response;
use serde_json::{Value, json};

use crate::app::{App, Setup, Tokens, assert_problem, header, json as body_of};
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

/// Unix seconds, as every time in an answer and a token.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Makes a public client of `web` and gives the body of a log-in through it.
async fn public_client(app: &App, id: &str) -> Value {
    let client = json!({"id": id, "public": true, "audiences": ["web"], "scopes": ["read"]});
    let admin = app.admin().await;
    assert_eq!(admin.post("/clients", &client).await.status(), 201);
    let mut body = app.demo();
    body["client_id"] = json!(id);
    body
}

/// Asks again and again while the answer is "not yet".
async fn once_it_may<F: Future<Output = Response>>(ask: impl Fn() -> F) -> Response {
    loop {
        let answer = ask().await;
        if answer.status() != 503 {
            return answer;
        }
        let seconds: u64 = header(&answer, "retry-after").parse().unwrap();
        assert!((1..=7).contains(&seconds), "{seconds}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn assert_dead(app: &App, tokens: &Tokens) {
    assert_eq!(app.status_of(&tokens.access).await, 401);
    let refreshed = app.refresh(&tokens.refresh).await;
    assert_problem(refreshed, 401, "invalid_refresh_token").await;
}

#[tokio::test]
async fn what_a_client_was_given_is_dead_on_every_instance_from_the_answer_on() {
    let redis = RedisServer::start();
    let one = App::on(&redis);
    let two = Setup::default().store(redis.url()).twin_of(&one).start();
    let log_in = public_client(&one, "spa").await;
    let (here, there) = (one.login(&log_in).await, two.login(&log_in).await);
    let (here, there) = (Tokens::of(here).await, Tokens::of(there).await);
    let other = one.log_in().await;
    // The sweep finds nothing by these: the cut-off must do without it.
    for list in redis.matching("jl:x:*") {
        redis.run(&["DEL", &list]);
    }

    let admin = one.admin().await;
    let answer = admin.post("/revoke", &json!({"client_id": "spa"})).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "jotleash-durability"), "primary");
    assert_eq!(body_of(answer).await["exact"], false);
    for app in [&two, &one] {
        assert_dead(app, &here).await;
        assert_dead(app, &there).await;
        assert_eq!(app.status_of(&other.access).await, 200, "another client's");
    }
    assert!(
        redis.matching("jl:*:t:*").len() >= 3,
        "the keys are there still"
    );
    let said = body_of(admin.post("/inspect", &json!({"token": here.access})).await).await;
    assert_eq!(said["verdict"], "revoked", "{said}");

    let fresh = Tokens::of(once_it_may(async || two.login(&log_in).await).await).await;
    assert_eq!(one.status_of(&fresh.access).await, 200);
    assert_dead(&two, &here).await;
}

#[tokio::test]
async fn what_was_issued_before_now_is_dead_and_what_comes_later_lives() {
    let redis = RedisServer::start();
    for app in [App::in_memory(), App::on(&redis)] {
        let tokens = app.log_in().await;
        let admin = app.admin().await;
        let nothing_yet = json!({"issued_before": now() - 3_600});
        let answer = admin.post("/revoke", &nothing_yet).await;
        assert_eq!(body_of(answer).await["revoked"]["sessions"], 0);
        assert_eq!(app.status_of(&tokens.access).await, 200);

        let dry = json!({"issued_before": now(), "dry_run": true});
        let said = body_of(admin.post("/revoke", &dry).await).await;
        assert_eq!(
            (&said["revoked"], &said["exact"]),
            (&json!({"sessions": 1, "tokens": 1}), &json!(false))
        );
        assert_eq!(app.status_of(&tokens.access).await, 200);

        let answer = admin
            .post("/revoke", &json!({"issued_before": now()}))
            .await;
        assert_eq!(body_of(answer).await["revoked"]["sessions"], 1);
        assert_dead(&app, &tokens).await;
        let own = admin.get("/users").await;
        assert_problem(own, 401, "invalid_token").await;

        let refused = app.login(&app.demo()).await;
        assert_problem(refused, 503, "overloaded").await;
        let fresh = once_it_may(async || app.login(&app.demo()).await).await;
        let fresh = Tokens::of(fresh).await;
        assert_eq!(app.status_of(&fresh.access).await, 200);
        app.admin_token().await;
    }
}

#[tokio::test]
async fn a_cut_off_in_the_future_or_beside_another_target_is_refused() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let admin = app.admin().await;
    for bad in [
        json!({"issued_before": now() + 60}),
        json!({"issued_before": now(), "client_id": "dev"}),
        json!({"client_id": "dev", "subject": "demo"}),
        json!({"issued_before": -1}),
        json!({"client_id": ""}),
    ] {
        assert_problem(admin.post("/revoke", &bad).await, 400, "invalid_request").await;
    }
    assert_eq!(app.status_of(&tokens.access).await, 200);
}

#[tokio::test]
async fn a_deleted_clients_tokens_die_and_are_not_revived_when_it_is_made_again() {
    let redis = RedisServer::start();
    for app in [App::in_memory(), App::on(&redis)] {
        let log_in = public_client(&app, "spa").await;
        let tokens = Tokens::of(app.login(&log_in).await).await;
        let admin = app.admin().await;
        assert_eq!(admin.delete("/clients/spa").await.status(), 204);
        assert_dead(&app, &tokens).await;
        public_client(&app, "spa").await;
        assert_dead(&app, &tokens).await;
        let fresh = Tokens::of(once_it_may(async || app.login(&log_in).await).await).await;
        assert_eq!(app.status_of(&fresh.access).await, 200);
        assert_dead(&app, &tokens).await;
    }
}

#[tokio::test]
async fn a_cut_off_in_a_file_is_in_force_after_a_crash() {
    let store = "embedded:data/jotleash.redb";
    let app = Setup::default().store(store).start();
    let log_in = public_client(&app, "spa").await;
    let tokens = Tokens::of(app.login(&log_in).await).await;
    let admin = app.admin().await;
    let answer = admin.post("/revoke", &json!({"client_id": "spa"})).await;
    assert_eq!(header(&answer, "jotleash-durability"), "fsynced");
    drop(answer);
    drop(admin);
    let app = Setup::default()
        .store(store)
        .in_folder_of(app.kill())
        .start();
    assert_dead(&app, &tokens).await;
    let refused = app.login(&log_in).await;
    assert!([503, 200].contains(&refused.status().as_u16()));
}

#[tokio::test]
async fn the_sweep_deletes_what_a_cut_off_ended() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let log_in = public_client(&app, "spa").await;
    Tokens::of(app.login(&log_in).await).await;
    let other = app.log_in().await;
    let admin = app.admin().await;
    admin.post("/revoke", &json!({"client_id": "spa"})).await;
    while redis.matching("jl:{*}:s:*").len() > 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(app.status_of(&other.access).await, 200);
}
