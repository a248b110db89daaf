//! Forward-auth.

use reqwest::{Method, Response};
use serde_json::json;

use crate::app::{App, Tokens, header};
use crate::redis_server::RedisServer;
use crate::watch::Watch as _;

const IDENTITY: [&str; 8] = [
    "x-auth-subject",
    "x-auth-session",
    "x-auth-scope",
    "x-auth-roles",
    "x-auth-client",
    "x-auth-expires",
    "x-auth-token-id",
    "x-auth-liveness",
];

async fn get(app: &App, path: &str, token: &str) -> Response {
    app.request(Method::GET, path)
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_live_token_is_told_by_all_headers_and_no_body() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("ann", &["editor", "viewer"]).await;
    let tokens = Tokens::of(app.login(&crate::app::credentials_of("ann")).await).await;
    let answer = app.verify(&tokens.access).await;
    assert_eq!(answer.status(), 200);
    let claims = crate::app::claims(&tokens.access);
    assert_eq!(header(&answer, "x-auth-subject"), "ann");
    assert_eq!(header(&answer, "x-auth-session"), tokens.session_id);
    assert_eq!(header(&answer, "x-auth-scope"), "read write");
    assert_eq!(header(&answer, "x-auth-roles"), "editor viewer");
    assert_eq!(
        header(&answer, "x-auth-client"),
        app.env["JOTLEASH_CLIENT_ID"]
    );
    assert_eq!(header(&answer, "x-auth-expires"), claims["exp"].to_string());
    assert_eq!(header(&answer, "x-auth-token-id"), tokens.jti());
    assert_eq!(header(&answer, "x-auth-liveness"), "live");
    assert_eq!(answer.text().await.unwrap(), "");

    let form = [("grant_type", "client_credentials")];
    let (id, secret) = (
        &app.env["JOTLEASH_CLIENT_ID"],
        &app.env["JOTLEASH_CLIENT_SECRET"],
    );
    let own = crate::app::json(app.token(id, secret, &form).await).await;
    let answer = app.verify(own["access_token"].as_str().unwrap()).await;
    for name in IDENTITY {
        assert!(
            answer.headers().contains_key(name),
            "{name} must be there, if only empty"
        );
    }
    assert_eq!(header(&answer, "x-auth-session"), "");
    assert_eq!(header(&answer, "x-auth-roles"), "");
}

#[tokio::test]
async fn any_method_and_any_tail_will_do() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    for method in [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND",
    ] {
        for path in [
            "/verify",
            "/verify/",
            "/verify/a/b?audience=nowhere&scope=x",
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = app
                .request(method.clone(), path)
                .bearer_auth(&tokens.access);
            let answer = request.body("ignored").send().await.unwrap();
            assert_eq!(answer.status(), 200, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn without_an_audience_only_the_default_one_is_accepted() {
    let app = App::in_memory();
    let web = app.log_in().await.access;
    let mut body = app.demo();
    body["audience"] = json!("cart");
    let cart = Tokens::of(app.login(&body).await).await.access;
    for (path, for_web, for_cart) in [
        ("/verify", 200, 401),
        ("/verify?audience=web", 200, 401),
        ("/verify?audience=cart", 401, 200),
        ("/verify/x?audience=cart", 200, 401),
        ("/verify-for/cart/any/path?audience=web", 401, 200),
        ("/verify-for/web/", 200, 401),
        ("/verify?audience=nowhere", 400, 400),
        ("/verify-for/nowhere/x", 400, 400),
        ("/verify?audience=web&audience=cart", 400, 400),
    ] {
        assert_eq!(
            get(&app, path, &web).await.status(),
            for_web,
            "{path} for web"
        );
        assert_eq!(
            get(&app, path, &cart).await.status(),
            for_cart,
            "{path} for cart"
        );
    }
    let admin = app.admin_token().await;
    assert_eq!(
        app.status_of(&admin).await,
        401,
        "a token for the admin listener"
    );
}

#[tokio::test]
async fn every_scope_named_is_needed() {
    let app = App::in_memory();
    let mut body = app.demo();
    body["scope"] = json!("read");
    let token = Tokens::of(app.login(&body).await).await.access;
    assert_eq!(get(&app, "/verify?scope=read", &token).await.status(), 200);
    assert_eq!(get(&app, "/verify?scope=", &token).await.status(), 200);
    let answer = get(&app, "/verify?scope=read+write", &token).await;
    assert_eq!(answer.status(), 403);
    assert_eq!(
        header(&answer, "www-authenticate"),
        "Bearer realm=\"jotleash\", error=\"insufficient_scope\", scope=\"read write\""
    );
    assert_eq!(answer.text().await.unwrap(), "");
    for bad in ["/verify?scope=a%22b", "/verify?scope=read&scope=read"] {
        assert_eq!(get(&app, bad, &token).await.status(), 400, "{bad}");
    }
}

#[tokio::test]
async fn a_refusal_is_one_sentence_whatever_was_wrong() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let mut changed = tokens.access.clone();
    changed.replace_range(60..61, if &changed[60..61] == "A" { "B" } else { "A" });
    app.logout(&tokens.access, None).await;
    let mut sentences = Vec::new();
    for token in [
        tokens.access.as_str(),
        &changed,
        "a.b.c",
        &tokens.refresh,
        "x",
    ] {
        let answer = app.verify(token).await;
        assert_eq!(answer.status(), 401);
        sentences.push(header(&answer, "www-authenticate").to_owned());
        assert_eq!(answer.text().await.unwrap(), "");
    }
    sentences.dedup();
    assert_eq!(sentences.len(), 1, "{sentences:?}");
    assert!(
        sentences[0].contains("error=\"invalid_token\""),
        "{sentences:?}"
    );
}

#[tokio::test]
async fn no_token_is_no_error_and_two_are_a_wrong_request() {
    let app = App::in_memory();
    let token = app.log_in().await.access;
    let none = app.request(Method::GET, "/verify").send().await.unwrap();
    assert_eq!(none.status(), 401);
    assert_eq!(
        header(&none, "www-authenticate"),
        "Bearer realm=\"jotleash\""
    );

    let query = app.request(Method::GET, &format!("/verify?access_token={token}"));
    assert_eq!(
        query.send().await.unwrap().status(),
        401,
        "never from the query"
    );

    let form = app.request(Method::POST, "/verify");
    let form = form.form(&[("access_token", &token)]);
    assert_eq!(form.send().await.unwrap().status(), 401, "nor from a form");

    let bearer = format!("Bearer {token}");
    for lines in [
        vec![bearer.clone(), bearer.clone()],
        vec![format!("{bearer}, {bearer}")],
        vec![format!("{bearer} {token}")],
        vec![format!("Basic {token}")],
        vec!["Bearer".to_owned()],
        vec![token.clone()],
    ] {
        let mut request = app.request(Method::GET, "/verify");
        for line in &lines {
            request = request.header("authorization", line);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{lines:?}");
        assert!(header(&answer, "www-authenticate").contains("error=\"invalid_request\""));
    }
    let lower = app
        .request(Method::GET, "/verify")
        .header("authorization", format!("bearer {token}"));
    assert_eq!(
        lower.send().await.unwrap().status(),
        200,
        "the scheme has no case"
    );
}

#[tokio::test]
async fn a_check_is_one_get_and_no_write() {
    let redis = RedisServer::start();
    let app = App::on(&redis);
    let token = app.log_in().await.access;
    let before = redis.calls();
    for _ in 0..25 {
        assert_eq!(app.status_of(&token).await, 200);
    }
    let counts = redis.calls_since(&before);
    assert_eq!(counts.get("get"), Some(&25), "{counts:?}");
    let others: Vec<_> = counts
        .keys()
        .filter(|name| !["get", "info", "hvals"].contains(&name.as_str()))
        .collect();
    assert!(
        others.is_empty(),
        "nothing but the check and the heartbeat: {counts:?}"
    );
    assert!(
        redis.connections() <= 6,
        "multiplexed: {} connections",
        redis.connections()
    );
}
