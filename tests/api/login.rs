//! Logging in.

use reqwest::Method;
use serde_json::json;

use crate::app::{App, Setup, Tokens, assert_problem, claims, credentials_of, header};

#[tokio::test]
async fn a_log_in_gives_both_tokens_and_all_their_lifetimes() {
    let app = App::in_memory();
    let answer = app.login(&app.demo()).await;
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let tokens = Tokens::of(answer).await;
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["scope"], "read write");
    let lifetime = tokens.body["expires_in"].as_u64().unwrap();
    assert!(
        (285..=300).contains(&lifetime),
        "jitter only shortens: {lifetime}"
    );
    assert_eq!(tokens.body["refresh_expires_in"], 14 * 86_400);

    let claims = claims(&tokens.access);
    assert_eq!(claims["iss"], app.env["JOTLEASH_ISSUER"].as_str());
    assert_eq!(claims["sub"], "demo");
    assert_eq!(claims["aud"], "web");
    assert_eq!(claims["client_id"], app.env["JOTLEASH_CLIENT_ID"].as_str());
    assert_eq!(claims["sid"], tokens.session_id.as_str());
    assert_eq!(claims["auth_time"], claims["iat"]);
    assert!(
        claims.get("roles").is_none() && claims.get("nbf").is_none(),
        "left out, not empty"
    );
}

#[tokio::test]
async fn a_wrong_user_and_a_wrong_password_are_one_answer() {
    let app = App::in_memory();
    let mut problems = Vec::new();
    for (username, password) in [
        (app.env["JOTLEASH_USERNAME"].as_str(), "wrong"),
        ("nobody", app.env["JOTLEASH_PASSWORD"].as_str()),
        ("", ""),
        ("a\u{0}b", "x"),
    ] {
        let answer = app
            .login(&json!({"username": username, "password": password}))
            .await;
        let mut problem = assert_problem(answer, 401, "invalid_credentials").await;
        problem.as_object_mut().unwrap().remove("request_id");
        problems.push(problem);
    }
    problems.dedup();
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[tokio::test]
async fn a_user_name_is_the_same_however_it_is_typed() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let body = json!({"sub": "u1", "username": "Amélie", "password": "x"});
    assert_eq!(admin.post("/users", &body).await.status(), 201);
    for typed in ["amélie", "AMÉLIE", "Ame\u{301}lie"] {
        let tokens = Tokens::of(
            app.login(&json!({"username": typed, "password": "x"}))
                .await,
        );
        assert_eq!(claims(&tokens.await.access)["sub"], "u1", "{typed}");
    }
    let again = json!({"sub": "u2", "username": "ame\u{301}lie"});
    assert_problem(admin.post("/users", &again).await, 409, "conflict").await;
    let no_sub = json!({"username": "Amé lie"});
    assert_problem(admin.post("/users", &no_sub).await, 400, "invalid_request").await;
}

#[tokio::test]
async fn that_a_user_is_banned_or_disabled_is_told_only_after_the_right_password() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("bob", &[]).await;
    admin.create_user("eve", &[]).await;
    admin.post("/subjects/bob/ban", &json!({})).await;
    admin.patch("/users/eve", &json!({"disabled": true})).await;

    for (name, code) in [("bob", "banned"), ("eve", "disabled")] {
        assert_problem(app.login(&credentials_of(name)).await, 403, code).await;
        let wrong = json!({"username": name, "password": "wrong"});
        assert_problem(app.login(&wrong).await, 401, "invalid_credentials").await;
    }
}

#[tokio::test]
async fn a_scope_may_be_narrowed_and_not_widened() {
    let app = App::in_memory();
    let mut body = app.demo();
    body["scope"] = json!("read");
    assert_eq!(
        Tokens::of(app.login(&body).await).await.body["scope"],
        "read"
    );
    for bad in ["read admin", "", "jotleash:admin", "read  write"] {
        body["scope"] = json!(bad);
        assert_problem(app.login(&body).await, 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn an_audience_that_is_not_registered_is_refused() {
    let app = App::in_memory();
    let mut body = app.demo();
    body["audience"] = json!("cart");
    assert_eq!(
        claims(&Tokens::of(app.login(&body).await).await.access)["aud"],
        "cart"
    );
    body["audience"] = json!("nowhere");
    assert_problem(app.login(&body).await, 400, "invalid_request").await;
    body["audience"] = json!(app.env["JOTLEASH_ISSUER"]);
    assert_problem(app.login(&body).await, 400, "invalid_request").await;
}

#[tokio::test]
async fn only_the_login_client_and_public_clients_take_passwords() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let confidential = json!({"id": "backend", "audiences": ["web"], "scopes": ["read"]});
    assert_eq!(admin.post("/clients", &confidential).await.status(), 201);
    let public = json!({"id": "spa", "public": true, "audiences": ["web"], "scopes": ["read"]});
    assert_eq!(admin.post("/clients", &public).await.status(), 201);

    let mut body = app.demo();
    body["client_id"] = json!("spa");
    let tokens = Tokens::of(app.login(&body).await).await;
    assert_eq!(tokens.body["scope"], "read");
    assert_eq!(claims(&tokens.access)["client_id"], "spa");
    for other in ["backend", "nobody"] {
        body["client_id"] = json!(other);
        assert_problem(app.login(&body).await, 400, "invalid_request").await;
    }
    body["client_id"] = json!("spa");
    body["audience"] = json!("cart");
    assert_problem(app.login(&body).await, 400, "invalid_request").await;
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_what_is_wrong() {
    let app = App::in_memory();
    let post = || app.request(Method::POST, "/v1/login");
    let json_type = ("content-type", "application/json");
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"username\":\"x\"}",
        "[\"demo\",\"x\"]",
    ] {
        let answer = post()
            .header(json_type.0, json_type.1)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_problem(answer, 400, "invalid_request").await;
    }
    let mut unknown = app.demo();
    unknown["pasword"] = json!("x");
    let problem = assert_problem(app.login(&unknown).await, 400, "invalid_request").await;
    assert!(
        problem["detail"].as_str().unwrap().contains("pasword"),
        "{problem}"
    );

    let form = [("username", "demo"), ("password", "x")];
    assert_problem(
        post().form(&form).send().await.unwrap(),
        400,
        "invalid_request",
    )
    .await;
    let mut cookie = app.demo();
    cookie["cookie"] = json!(true);
    assert_problem(app.login(&cookie).await, 400, "cookie_mode_off").await;
    let mut device = app.demo();
    device["device"] = json!("x".repeat(201));
    assert_problem(app.login(&device).await, 400, "invalid_request").await;
    assert_eq!(
        app.request(Method::GET, "/v1/login")
            .send()
            .await
            .unwrap()
            .status(),
        405
    );
    let nowhere = app
        .request(Method::GET, "/v1/nowhere")
        .send()
        .await
        .unwrap();
    assert_problem(nowhere, 404, "not_found").await;
}

#[tokio::test]
async fn bodies_and_heads_have_a_limit() {
    let app = App::in_memory();
    let mut body = app.demo();
    body["device"] = json!("x".repeat(70 * 1024));
    assert_problem(app.login(&body).await, 413, "too_large").await;
    let request = app
        .request(Method::GET, "/v1/me")
        .header("x-padding", "x".repeat(20 * 1024));
    assert_problem(request.send().await.unwrap(), 431, "too_large").await;
}

#[tokio::test]
async fn a_request_id_is_kept_when_it_is_plain_and_made_otherwise() {
    let app = App::in_memory();
    let get = |id: &str| {
        app.request(Method::GET, "/livez")
            .header("x-request-id", id)
            .send()
    };
    assert_eq!(
        header(&get("trace-1.2_3").await.unwrap(), "x-request-id"),
        "trace-1.2_3"
    );
    let made = get("a b").await.unwrap();
    assert_eq!(header(&made, "x-request-id").len(), 36);
}

#[tokio::test]
async fn an_imported_hash_is_upgraded_at_the_first_log_in() {
    let app = Setup::default().start();
    let admin = app.admin().await;
    // bcrypt of "s3cret of ann", cost 4, as another system had it.
    let hash = bcrypt::hash("s3cret of ann", 4).unwrap();
    let body = json!({"username": "ann", "password_hash": hash});
    assert_eq!(admin.post("/users", &body).await.status(), 201);
    for _ in 0..2 {
        Tokens::of(app.login(&credentials_of("ann")).await).await;
    }
    let plain = json!({"username": "bad", "password_hash": "5f4dcc3b5aa765d61d8327deb882cf99"});
    assert_problem(admin.post("/users", &plain).await, 400, "invalid_request").await;
}
