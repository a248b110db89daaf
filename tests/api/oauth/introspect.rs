//! Introspection: what is live, and who may see it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{IDLE, Known, SHOP, assert_oauth_error, members, on_both_stores, post, session_of};
use crate::app::{App, Setup, Tokens, claims, header, json as body_of};
use crate::redis_server::RedisServer;

fn inactive() -> Value {
    json!({"active": false})
}

/// A token of a client's own, for an audience.
async fn own_token(app: &App, known: Known<'_>, audience: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("audience", audience)];
    let body = body_of(known.token(app, &form).await).await;
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_live_token_is_told_with_all_its_members_and_no_empty_one() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let admin = app.admin().await;
        let asked = json!({"subject": "ann", "roles": ["viewer"]});
        let tokens = Tokens::of(admin.post("/sessions", &asked).await).await;
        let answer = dev
            .post(app, "/oauth2/introspect", &[("token", &tokens.access)])
            .await;
        assert_eq!(header(&answer, "content-type"), "application/json");
        let told = body_of(answer).await;
        let mut expected = claims(&tokens.access);
        expected["active"] = json!(true);
        expected["token_type"] = json!("Bearer");
        expected.as_object_mut().unwrap().remove("auth_time");
        assert_eq!(told, expected);

        let own = own_token(app, dev, "web").await;
        assert_eq!(
            members(&dev.introspect(app, &own).await),
            [
                "active",
                "aud",
                "client_id",
                "exp",
                "iat",
                "iss",
                "jti",
                "scope",
                "sub",
                "token_type"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_client_sees_its_own_tokens_and_those_of_its_audiences() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let web = app.log_in().await.access;
        let mut body = app.demo();
        body["audience"] = json!("cart");
        let cart = Tokens::of(app.login(&body).await).await.access;
        let shops = own_token(app, SHOP, "web").await;
        let admins = app.admin_token().await;
        for (known, token, seen) in [
            (dev, &web, true),
            (dev, &cart, true),
            (dev, &shops, true),
            (dev, &admins, false),
            (SHOP, &web, false),
            (SHOP, &cart, true),
            (SHOP, &shops, true),
            (IDLE, &web, false),
            (IDLE, &cart, false),
            (IDLE, &shops, false),
        ] {
            let told = known.introspect(app, token).await;
            assert_eq!(told["active"], seen, "{}: {:?}", known.id, claims(token));
            assert!(seen || told == inactive(), "{told}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_is_seen_by_its_client_while_it_is_the_current_one() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let first = app.log_in().await;
        let told = dev.introspect(app, &first.refresh).await;
        let access = claims(&first.access);
        let mut expected = json!({"active": true, "token_type": "refresh_token"});
        for same in ["iss", "sub", "aud", "client_id", "sid", "scope", "iat"] {
            expected[same] = access[same].clone();
        }
        expected["exp"] = told["exp"].clone();
        assert_eq!(told, expected);
        let lives = told["exp"].as_u64().unwrap() - told["iat"].as_u64().unwrap();
        assert_eq!(lives, first.body["refresh_expires_in"]);

        for other in [SHOP, IDLE] {
            assert_eq!(other.introspect(app, &first.refresh).await, inactive());
        }
        let second = Tokens::of(app.refresh(&first.refresh).await).await;
        assert_eq!(dev.introspect(app, &first.refresh).await, inactive());
        assert_eq!(dev.introspect(app, &second.refresh).await["active"], true);
        assert_eq!(app.logout(&second.access, None).await.status(), 204);
        assert_eq!(dev.introspect(app, &second.refresh).await, inactive());
    })
    .await;
}

#[tokio::test]
async fn what_is_not_live_is_not_active_and_nothing_else_is_said() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let ended = app.log_in().await;
        assert_eq!(app.logout(&ended.access, None).await.status(), 204);
        let banned = session_of(app, "spa", "bob").await;
        let admin = app.admin().await;
        assert_eq!(
            admin.post("/subjects/bob/ban", &json!({})).await.status(),
            200
        );
        let cut = format!("{}A", app.log_in().await.access);
        for dead in [
            &ended.access,
            &ended.refresh,
            &banned.access,
            &cut,
            "x",
            "jr_x",
        ] {
            let hints = ["", "access_token", "refresh_token", "unknown"];
            for hint in hints {
                let form = [("token", dead), ("token_type_hint", hint)];
                let answer = dev.post(app, "/oauth2/introspect", &form).await;
                assert_eq!(answer.status(), 200);
                assert_eq!(answer.text().await.unwrap(), r#"{"active":false}"#);
            }
        }
        let live = app.log_in().await.access;
        let form = [
            ("token", live.as_str()),
            ("token_type_hint", "refresh_token"),
        ];
        let hinted = dev.post(app, "/oauth2/introspect", &form).await;
        assert_eq!(
            body_of(hinted).await["active"],
            true,
            "a hint is only a hint"
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_that_has_expired_is_not_active() {
    let config = r#"
[[audience]]
name = "brief"
scopes = ["read"]
login_client = "dev"
access_ttl = "1s"
refresh_idle = "1s"
"#;
    let app = App::in_memory();
    let client = app.env["JOTLEASH_CLIENT_ID"].clone();
    drop(app);
    let app = Setup::default()
        .config(&config.replace("\"dev\"", &format!("{client:?}")))
        .start();
    let dev = Known::dev(&app);
    let mut body = app.demo();
    body["audience"] = json!("brief");
    let tokens = Tokens::of(app.login(&body).await).await;
    for token in [&tokens.access, &tokens.refresh] {
        while dev.introspect(&app, token).await != inactive() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_token_is_taken_from_the_form_only() {
    let app = App::in_memory();
    let dev = Known::dev(&app);
    let live = app.log_in().await.access;
    let query = format!("/oauth2/introspect?token={live}");
    for (path, form) in [
        (query.as_str(), vec![]),
        ("/oauth2/introspect", vec![]),
        ("/oauth2/introspect", vec![("token", "")]),
        ("/oauth2/introspect", vec![("token", "a"), ("token", "a")]),
    ] {
        let refused = dev.post(&app, path, &form).await;
        assert_oauth_error(refused, 400, "invalid_request").await;
    }
    let bearer = app
        .request(reqwest::Method::POST, "/oauth2/introspect")
        .bearer_auth(&live);
    let refused = bearer.form(&[("token", &live)]).send().await.unwrap();
    assert_oauth_error(refused, 401, "invalid_client").await;
}

#[tokio::test]
async fn the_caller_is_authenticated_before_the_token_is_looked_at() {
    on_both_stores(async |app| {
        let live = app.log_in().await;
        for token in [&live.access, &live.refresh, "x", "jr_x", ""] {
            let form = [
                ("token", token),
                ("client_id", "shop"),
                ("client_secret", "no"),
            ];
            let refused = post(app, "/oauth2/introspect", &form).await;
            assert_oauth_error(refused, 401, "invalid_client").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_store_that_is_out_is_503_and_never_inactive() {
    let mut redis = RedisServer::start();
    let app = App::on(&redis);
    let dev = Known::dev(&app);
    let live = app.log_in().await;
    redis.stop();
    for (path, token) in [
        ("/oauth2/introspect", &live.access),
        ("/oauth2/introspect", &live.refresh),
        ("/oauth2/revoke", &live.access),
        ("/oauth2/revoke", &live.refresh),
    ] {
        let answer = dev.post(&app, path, &[("token", token)]).await;
        assert_eq!(header(&answer, "retry-after"), "1");
        assert_eq!(header(&answer, "jotleash-durability"), "");
        assert_oauth_error(answer, 503, "temporarily_unavailable").await;
    }
    let answer = dev.refresh(&app, &live.refresh).await;
    assert_oauth_error(answer, 503, "temporarily_unavailable").await;
}
