//! The OAuth 2 endpoints with opaque tokens.

use serde_json::{Value, json};

use super::{form, introspect, jti_of, log_in_to, on_both_stores, status_at};
use crate::app::{App, Tokens, claims, json as body_of};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

async fn try_exchange(app: &App, client: &str, token: &str, audience: &str) -> (u16, Value) {
    let asked = [
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS),
        ("audience", audience),
    ];
    let answer = form(app, client, "/oauth2/token", &asked).await;
    (answer.status().as_u16(), body_of(answer).await)
}

async fn exchange(app: &App, token: &str, audience: &str) -> String {
    let (status, body) = try_exchange(app, "gate", token, audience).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn introspection_tells_what_a_handle_says_to_who_may_know() {
    on_both_stores(async |app| {
        let asked = json!({
            "subject": "ann", "audience": "vault", "client_id": "desk", "roles": ["clerk"],
        });
        let opened = app.admin().await.post("/sessions", &asked).await;
        let tokens = Tokens::of(opened).await;
        let told = introspect(app, "desk", &tokens.access).await;
        let lives = told["exp"].as_u64().unwrap() - told["iat"].as_u64().unwrap();
        assert_eq!(lives, tokens.body["expires_in"].as_u64().unwrap());
        let expected = json!({
            "active": true, "iss": app.env["JOTLEASH_ISSUER"], "sub": "ann", "aud": "vault",
            "exp": told["exp"], "iat": told["iat"], "jti": jti_of(&tokens.access),
            "client_id": "desk", "sid": tokens.session_id, "scope": "read write",
            "roles": ["clerk"], "token_type": "Bearer",
        });
        assert_eq!(told, expected);
        assert_eq!(introspect(app, "gate", &tokens.access).await, expected);
        let inactive = json!({"active": false});
        assert_eq!(introspect(app, "other", &tokens.access).await, inactive);
        app.logout(&tokens.access, None).await;
        assert_eq!(introspect(app, "desk", &tokens.access).await, inactive);
    })
    .await;
}

#[tokio::test]
async fn a_client_gets_a_handle_of_its_own() {
    on_both_stores(async |app| {
        let asked = [("grant_type", "client_credentials"), ("audience", "vault")];
        let body = body_of(form(app, "desk", "/oauth2/token", &asked).await).await;
        let handle = body["access_token"].as_str().unwrap();
        assert_eq!(status_at(app, "vault", handle).await, 200);
        assert_eq!(status_at(app, "safe", handle).await, 401);
        let told = introspect(app, "desk", handle).await;
        assert_eq!((&told["sub"], &told["sid"]), (&json!("desk"), &Value::Null));
        let child = exchange(app, handle, "safe").await;
        assert_eq!(status_at(app, "safe", &child).await, 200);
        form(app, "desk", "/oauth2/revoke", &[("token", handle)]).await;
        assert_eq!(status_at(app, "vault", handle).await, 401);
        assert_eq!(status_at(app, "safe", &child).await, 401, "its parent died");
    })
    .await;
}

#[tokio::test]
async fn tokens_are_exchanged_from_and_to_opaque_ones_and_die_with_their_session() {
    on_both_stores(async |app| {
        let vault = log_in_to(app, "vault").await;
        let web = app.log_in().await;
        let jwt = exchange(app, &vault.access, "cart").await;
        let handle = exchange(app, &vault.access, "safe").await;
        let of_jwt = exchange(app, &web.access, "safe").await;
        assert_eq!(claims(&jwt)["act"], json!({"sub": "gate"}));
        assert_eq!(claims(&jwt)["sid"], json!(vault.session_id));
        let told = introspect(app, "other", &handle).await;
        assert_eq!(told["act"], json!({"sub": "gate"}));
        assert_eq!(
            (&told["aud"], &told["scope"]),
            (&json!("safe"), &json!("read"))
        );
        for (audience, token) in [("cart", &jwt), ("safe", &handle), ("safe", &of_jwt)] {
            assert_eq!(status_at(app, audience, token).await, 200);
        }
        let me = super::verify_at(app, "/v1/me/sessions", &handle).await;
        assert_eq!(me.status(), 403, "an exchanged token is not its subject");
        app.logout(&vault.access, None).await;
        for (audience, token, status) in [
            ("cart", &jwt, 401),
            ("safe", &handle, 401),
            ("safe", &of_jwt, 200),
        ] {
            assert_eq!(status_at(app, audience, token).await, status);
        }
        let (status, body) = try_exchange(app, "gate", &vault.access, "cart").await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_request")));
    })
    .await;
}

#[tokio::test]
async fn who_may_not_see_a_handle_may_not_have_it_exchanged() {
    on_both_stores(async |app| {
        let vault = log_in_to(app, "vault").await.access;
        let safe = log_in_to(app, "safe").await.access;
        for (token, status) in [(&vault, 400), (&safe, 200)] {
            let (told, body) = try_exchange(app, "other", token, "cart").await;
            assert_eq!(told, status, "{body}");
            assert!(
                status == 200 || body["error"] == "invalid_request",
                "{body}"
            );
        }
    })
    .await;
}
