//! Token exchange (RFC 8693): a service asks the next one on somebody's behalf.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::{join, join_all};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{Known, SHOP, assert_oauth_error, assert_uncached, members, post};
use crate::app::{App, Setup, Tokens, assert_problem, claims, json as body_of};
use crate::redis_server::RedisServer;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// `gate` may see tokens of `web` and have them exchanged; `next` those of `cart`. Their secret is
/// `inside-hunter2-inside`. Tokens of `lasting` live longer than any that `gate` may see.
const CLIENTS: &str = r#"
[[audience]]
name = "lasting"
scopes = ["read"]
access_ttl = "1h"
[[client]]
id = "gate"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["cart", "lasting"]
scopes = ["read"]
grants = ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"]
introspect = ["web", "cart"]
[[client]]
id = "next"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web", "cart"]
scopes = ["read", "write"]
grants = ["urn:ietf:params:oauth:grant-type:token-exchange"]
introspect = ["cart"]
[[client]]
id = "shop"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web", "cart"]
scopes = ["read"]
introspect = ["web"]
"#;

const GATE: Known<'static> = Known {
    id: "gate",
    secret: "inside-hunter2-inside",
};
const NEXT: Known<'static> = Known {
    id: "next",
    secret: "inside-hunter2-inside",
};

async fn on_both_stores(test: impl AsyncFn(&App)) {
    let redis = RedisServer::start();
    for setup in [Setup::default(), Setup::default().store(redis.url())] {
        test(&setup.config(CLIENTS).start()).await;
    }
}

fn exchanging<'a>(token: &'a str, audience: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
        ("audience", audience),
    ]
}

async fn try_exchange(app: &App, known: Known<'_>, token: &str, audience: &str) -> Response {
    known.token(app, &exchanging(token, audience)).await
}

async fn exchange(app: &App, known: Known<'_>, token: &str, audience: &str) -> String {
    let answer = try_exchange(app, known, token, audience).await;
    let status = answer.status();
    let body = body_of(answer).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

async fn status_at(app: &App, audience: &str, token: &str) -> u16 {
    let path = format!("/verify?audience={audience}");
    let request = app.request(Method::GET, &path).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// Lets the second pass in which a token was made, so that times that are kept show.
async fn after_the_second_of(token: &str) {
    let over = claims(token)["iat"].as_u64().unwrap() + 1;
    while SystemTime::now() < UNIX_EPOCH + Duration::from_secs(over) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_users_token_becomes_a_narrower_one_of_another_audience() {
    on_both_stores(async |app| {
        let asked = json!({"subject": "ann", "roles": ["viewer"]});
        let opened = app.admin().await.post("/sessions", &asked).await;
        let parent = Tokens::of(opened).await.access;
        after_the_second_of(&parent).await;
        let answer = try_exchange(app, GATE, &parent, "cart").await;
        assert_uncached(&answer);
        let body = body_of(answer).await;
        let names = [
            "access_token",
            "expires_in",
            "issued_token_type",
            "scope",
            "token_type",
        ];
        assert_eq!(members(&body), names);
        assert_eq!(
            (&body["token_type"], &body["issued_token_type"]),
            (&json!("Bearer"), &json!(ACCESS))
        );
        let child = body["access_token"].as_str().unwrap();
        let (old, new) = (claims(&parent), claims(child));
        for same in ["iss", "sub", "sid", "auth_time", "roles"] {
            assert_eq!(new[same], old[same], "{same}");
        }
        for other in ["jti", "iat"] {
            assert_ne!(new[other], old[other], "{other}");
        }
        assert_eq!(new["aud"], "cart");
        assert_eq!(
            (&new["scope"], &body["scope"]),
            (&json!("read"), &json!("read"))
        );
        assert_eq!(
            (&new["client_id"], &new["act"]),
            (&json!("gate"), &json!({"sub": "gate"}))
        );
        assert!(new["exp"].as_u64().unwrap() <= old["exp"].as_u64().unwrap());
        let lasting = claims(&exchange(app, GATE, &parent, "lasting").await);
        assert_eq!(lasting["exp"], old["exp"], "no longer than its parent");

        let statuses = (
            status_at(app, "cart", child).await,
            app.status_of(child).await,
        );
        assert_eq!(statuses, (200, 401));
        assert_eq!(app.status_of(&parent).await, 200);
        let told = NEXT.introspect(app, child).await;
        assert_eq!((&told["active"], &told["act"]), (&json!(true), &new["act"]));

        let again = claims(&exchange(app, NEXT, child, "web").await);
        assert_eq!(again["act"], json!({"sub": "next", "act": {"sub": "gate"}}));
        assert_eq!(again["scope"], "read", "never more than its parent");
        assert!(again["exp"].as_u64().unwrap() <= new["exp"].as_u64().unwrap());
    })
    .await;
}

#[tokio::test]
async fn only_who_may_see_the_token_exchanges_it_and_only_for_what_both_may_have() {
    on_both_stores(async |app| {
        let web = app.log_in().await.access;
        let issuer = app.env["JOTLEASH_ISSUER"].as_str();
        let with = |more: (&'static str, &'static str)| {
            let mut form = exchanging(&web, "cart");
            form.push(more);
            form
        };
        for (known, form, error) in [
            (NEXT, exchanging(&web, "cart"), "invalid_request"),
            (SHOP, exchanging(&web, "cart"), "unauthorized_client"),
            (GATE, exchanging(&web, "web"), "invalid_target"),
            (GATE, exchanging(&web, "nowhere"), "invalid_target"),
            (GATE, exchanging(&web, issuer), "invalid_target"),
            (GATE, with(("resource", "web")), "invalid_target"),
            (GATE, with(("scope", "read write")), "invalid_scope"),
            (GATE, with(("scope", "jotleash:admin")), "invalid_scope"),
        ] {
            assert_oauth_error(known.token(app, &form).await, 400, error).await;
        }
        let mut public = exchanging(&web, "cart");
        public.push(("client_id", "gate"));
        assert_oauth_error(
            post(app, "/oauth2/token", &public).await,
            401,
            "invalid_client",
        )
        .await;
        let mut twice = web.clone();
        for (known, audience) in [
            (GATE, "cart"),
            (NEXT, "cart"),
            (NEXT, "cart"),
            (NEXT, "cart"),
        ] {
            twice = exchange(app, known, &twice, audience).await;
        }
        let fifth = try_exchange(app, NEXT, &twice, "cart").await;
        assert_oauth_error(fifth, 400, "invalid_request").await;
    })
    .await;
}

#[tokio::test]
async fn hostile_parameters_are_refused_and_dead_tokens_get_one_answer() {
    on_both_stores(async |app| {
        let session = app.log_in().await;
        let web = session.access.as_str();
        let refresh = "urn:ietf:params:oauth:token-type:refresh_token";
        let changed = |name: &str, value: &'static str| -> Vec<(&str, &str)> {
            let form = exchanging(web, "cart").into_iter();
            form.map(|(key, old)| (key, if key == name { value } else { old }))
                .collect()
        };
        let added = |name: &'static str, value: &'static str| {
            let mut form = exchanging(web, "cart");
            form.push((name, value));
            form
        };
        for form in [
            changed("subject_token", ""),
            changed("subject_token", "a.b.c"),
            changed("subject_token", "jr_x"),
            changed("subject_token_type", ""),
            changed("subject_token_type", refresh),
            changed("audience", ""),
            added("requested_token_type", refresh),
            added(
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:jwt",
            ),
            added("actor_token", "a.b.c"),
            added("actor_token_type", ACCESS),
            added("subject_token", "a.b.c"),
        ] {
            assert_oauth_error(GATE.token(app, &form).await, 400, "invalid_request").await;
        }
        let mut by_resource = exchanging(web, "cart");
        by_resource[3].0 = "resource";
        for fine in [added("requested_token_type", ACCESS), by_resource] {
            assert_eq!(GATE.token(app, &fine).await.status(), 200, "{fine:?}");
        }

        let forged = format!("{web}A");
        assert_eq!(app.logout(web, None).await.status(), 204);
        let (mut told, others) = (Vec::new(), app.log_in().await.access);
        for (known, token) in [
            (GATE, web),
            (GATE, &forged),
            (GATE, &session.refresh),
            (NEXT, &others),
        ] {
            let refused = try_exchange(app, known, token, "cart").await;
            assert_eq!(refused.status(), 400);
            told.push(refused.text().await.unwrap());
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn an_exchanged_token_may_only_end_itself() {
    on_both_stores(async |app| {
        let session = app.log_in().await;
        let child = exchange(app, GATE, &session.access, "cart").await;
        let own = format!("/v1/me/sessions/{}", session.session_id);
        for (method, path) in [
            (Method::GET, "/v1/me"),
            (Method::GET, "/v1/me/sessions"),
            (Method::DELETE, &own),
        ] {
            let refused = app.request(method, path).bearer_auth(&child).send().await;
            assert_problem(refused.unwrap(), 403, "insufficient_scope").await;
        }
        for scope in ["others", "global"] {
            let refused = app.logout(&child, Some(scope)).await;
            assert_problem(refused, 403, "insufficient_scope").await;
        }
        assert_eq!(app.logout(&child, None).await.status(), 204);
        assert_eq!(status_at(app, "cart", &child).await, 401);
        assert_eq!(app.status_of(&session.access).await, 200);
        assert_eq!(app.refresh(&session.refresh).await.status(), 200);
    })
    .await;
}

#[tokio::test]
async fn an_actor_before_the_last_has_no_rights_by_it() {
    on_both_stores(async |app| {
        let mut body = app.demo();
        body["audience"] = json!("cart");
        let cart = Tokens::of(app.login(&body).await).await.access;
        let web = exchange(app, NEXT, &cart, "web").await;
        let last = exchange(app, GATE, &web, "cart").await;
        let act = json!({"sub": "gate", "act": {"sub": "next"}});
        assert_eq!(claims(&last)["act"], act);

        NEXT.revoke(app, &last).await;
        assert_eq!(status_at(app, "cart", &last).await, 200);
        GATE.revoke(app, &last).await;
        assert_eq!(status_at(app, "cart", &last).await, 401);
    })
    .await;
}

/// A token of the client's own for `cart`.
async fn own_token(app: &App) -> String {
    let form = [("grant_type", "client_credentials"), ("audience", "cart")];
    let body: Value = body_of(GATE.token(app, &form).await).await;
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_exchanged_token_dies_with_what_it_was_exchanged_for() {
    on_both_stores(async |app| {
        let admin = app.admin().await;
        // The client last: its log-ins are 503 for some seconds after.
        for end in ["log-out", "subject", "client"] {
            let session = app.log_in().await;
            let child = exchange(app, GATE, &session.access, "cart").await;
            assert_eq!(status_at(app, "cart", &child).await, 200);
            let ended = match end {
                "log-out" => app.logout(&session.access, None).await.status(),
                "subject" => admin
                    .post("/revoke", &json!({"subject": "demo"}))
                    .await
                    .status(),
                _ => {
                    let body = json!({"client_id": app.env["JOTLEASH_CLIENT_ID"]});
                    admin.post("/revoke", &body).await.status()
                }
            };
            assert!(ended.is_success(), "{end}: {ended}");
            assert_eq!(status_at(app, "cart", &child).await, 401, "{end}");
        }
        let parent = own_token(app).await;
        let child = exchange(app, NEXT, &parent, "web").await;
        assert!(claims(&child).get("sid").is_none());
        assert_eq!(app.status_of(&child).await, 200);
        let revoked = GATE.revoke(app, &parent).await;
        assert_eq!(revoked.status(), 200);
        assert_eq!(app.status_of(&child).await, 401);

        let child = exchange(app, NEXT, &own_token(app).await, "web").await;
        assert_eq!(
            admin
                .post("/revoke", &json!({"client_id": "gate"}))
                .await
                .status(),
            200
        );
        assert_eq!(
            app.status_of(&child).await,
            401,
            "its parent was given to gate"
        );
    })
    .await;
}

#[tokio::test]
async fn a_log_out_that_races_exchanges_leaves_none_alive() {
    on_both_stores(async |app| {
        for _ in 0..40 {
            let session = app.log_in().await;
            let exchanges = (0..30).map(|_| try_exchange(app, GATE, &session.access, "cart"));
            let (answers, ended) =
                join(join_all(exchanges), app.logout(&session.access, None)).await;
            assert_eq!(ended.status(), 204);
            for answer in answers {
                let (status, body) = (answer.status(), body_of(answer).await);
                assert!(status == 200 || status == 400, "{body}");
                if let Some(child) = body["access_token"].as_str() {
                    assert_eq!(status_at(app, "cart", child).await, 401);
                }
            }
        }
    })
    .await;
}
