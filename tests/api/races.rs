//! What takes a right away wins against everything that races with it.

use std::time::Duration;

use futures_util::future::{join, join_all};
use reqwest::Response;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::app::{App, Setup, Tokens, assert_problem, credentials_of, header};
use crate::redis_server::RedisServer;

/// Two instances on one Redis, with the same keys.
fn two_instances(redis: &RedisServer) -> (App, App) {
    let one = App::on(redis);
    let two = Setup::default().store(redis.url()).twin_of(&one).start();
    (one, two)
}

/// Asks again when it is told to, as a client does: a slow machine may be too busy for a storm.
pub async fn persistent(ask: impl AsyncFn() -> Response) -> Response {
    loop {
        let answer = ask().await;
        if answer.status() != 503 {
            return answer;
        }
        let seconds = header(&answer, "retry-after").parse().unwrap();
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

/// The tokens that 200 attempts brought in, while something else happened.
async fn storm<F>(attempts: Vec<F>, meanwhile: impl Future<Output = ()>) -> Vec<Tokens>
where
    F: Future<Output = Response>,
{
    let (answers, ()) = join(join_all(attempts), meanwhile).await;
    let mut given = Vec::new();
    for answer in answers {
        match answer.status().as_u16() {
            200 => given.push(Tokens::of(answer).await),
            401 | 403 => {}
            other => panic!("{other}: {}", answer.text().await.unwrap()),
        }
    }
    given
}

#[tokio::test]
async fn a_ban_wins_against_logins_and_refreshes_on_both_instances() {
    let redis = RedisServer::start();
    let (one, two) = two_instances(&redis);
    let admin = one.admin().await;
    admin.create_user("bob", &[]).await;
    let body = credentials_of("bob");
    let early = join_all((0..20).map(|_| persistent(async || one.login(&body).await))).await;
    let mut sessions = Vec::new();
    for answer in early {
        sessions.push(Tokens::of(answer).await);
    }

    let attempts: Vec<_> = (0..200)
        .map(|index| {
            let app = if index % 2 == 0 { &one } else { &two };
            let (body, session) = (&body, &sessions[index % 20]);
            async move {
                persistent(async || {
                    if index % 4 < 2 {
                        app.login(body).await
                    } else {
                        app.refresh(&session.refresh).await
                    }
                })
                .await
            }
        })
        .collect();
    let ban = async {
        // In the middle: when some have been answered already.
        while two.status_of(&sessions[0].access).await == 200
            && redis.calls().get("evalsha").copied().unwrap_or(0) < 60
        {
            tokio::task::yield_now().await;
        }
        let ban = async || admin.post("/subjects/bob/ban", &json!({})).await;
        assert_eq!(persistent(ban).await.status(), 200);
    };
    let given = storm(attempts, ban).await;

    for tokens in sessions.iter().chain(&given) {
        for app in [&one, &two] {
            assert_eq!(app.status_of(&tokens.access).await, 401);
            assert_problem(
                app.refresh(&tokens.refresh).await,
                401,
                "invalid_refresh_token",
            )
            .await;
        }
    }
    assert_problem(two.login(&body).await, 403, "banned").await;
    let asked = json!({"subject": "bob"});
    assert_problem(admin.post("/sessions", &asked).await, 403, "banned").await;
    let listed = crate::app::json(admin.get("/sessions?subject=bob").await).await;
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_new_password_leaves_no_session_of_the_old_one_alive() {
    let redis = RedisServer::start();
    let (one, two) = two_instances(&redis);
    let admin = one.admin().await;
    admin.create_user("bob", &[]).await;
    let body = credentials_of("bob");
    let logged_in = Semaphore::new(0);
    let attempts: Vec<_> = (0..200)
        .map(|index| {
            let app = if index % 2 == 0 { &one } else { &two };
            let (body, logged_in) = (&body, &logged_in);
            async move {
                let answer = persistent(async || app.login(body).await).await;
                if answer.status() == 200 {
                    logged_in.add_permits(1);
                }
                answer
            }
        })
        .collect();
    let change = async {
        let _ten = logged_in.acquire_many(10).await.unwrap();
        let new = json!({"password": "new"});
        let changed = persistent(async || admin.patch("/users/bob", &new).await).await;
        assert_eq!(changed.status(), 200);
    };
    let given = storm(attempts, change).await;
    assert!(
        given.len() >= 10,
        "some came before the change: {}",
        given.len()
    );
    for tokens in &given {
        for app in [&one, &two] {
            assert_eq!(app.status_of(&tokens.access).await, 401);
            assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
        }
    }
    assert_problem(two.login(&body).await, 401, "invalid_credentials").await;
    let new = json!({"username": "bob", "password": "new"});
    let tokens = Tokens::of(two.login(&new).await).await;
    assert_eq!(one.status_of(&tokens.access).await, 200);
}

#[tokio::test]
async fn no_refresh_in_flight_brings_back_a_session_that_was_ended() {
    for redis in [None, Some(RedisServer::start())] {
        let app = match &redis {
            None => App::in_memory(),
            Some(redis) => App::on(redis),
        };
        for _ in 0..10 {
            let session = app.log_in().await;
            let refresh = async || app.refresh(&session.refresh).await;
            let attempts: Vec<_> = (0..20).map(|_| persistent(refresh)).collect();
            let logout = async {
                assert_eq!(app.logout(&session.access, None).await.status(), 204);
            };
            for tokens in storm(attempts, logout).await {
                assert_eq!(app.status_of(&tokens.access).await, 401);
                assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
            }
            assert_eq!(app.refresh(&session.refresh).await.status(), 401);
        }
    }
}

#[tokio::test]
async fn a_second_instance_refuses_at_the_next_request() {
    let redis = RedisServer::start();
    let (one, two) = two_instances(&redis);
    for _ in 0..50 {
        let tokens = one.log_in().await;
        assert_eq!(two.status_of(&tokens.access).await, 200);
        assert_eq!(one.logout(&tokens.access, None).await.status(), 204);
        assert_eq!(two.status_of(&tokens.access).await, 401);
    }
}

#[tokio::test]
async fn a_deleted_or_disabled_user_has_nothing_alive() {
    let app = App::in_memory();
    let admin = app.admin().await;
    for (name, disable) in [("ann", true), ("bob", false)] {
        admin.create_user(name, &[]).await;
        let tokens = Tokens::of(app.login(&credentials_of(name)).await).await;
        let path = format!("/users/{name}");
        let ended = if disable {
            admin.patch(&path, &json!({"disabled": true})).await
        } else {
            admin.delete(&path).await
        };
        assert!(ended.status().is_success());
        assert_eq!(header(&ended, "jotleash-durability"), "primary");
        assert_eq!(app.status_of(&tokens.access).await, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
    }
    assert_problem(app.login(&credentials_of("ann")).await, 403, "disabled").await;
    assert_problem(
        app.login(&credentials_of("bob")).await,
        401,
        "invalid_credentials",
    )
    .await;
    assert_eq!(
        admin
            .patch("/users/ann", &json!({"disabled": false}))
            .await
            .status(),
        200
    );
    Tokens::of(app.login(&credentials_of("ann")).await).await;
    admin.create_user("bob", &[]).await;
    Tokens::of(app.login(&credentials_of("bob")).await).await;
}
