//! Audiences: services of one shop that share a log-in, and none of each other's tokens.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Setup, Tokens, assert_problem, claims, json as body_of};
use crate::redis_server::RedisServer;

/// The cart and the back office of one shop, and a client of each; their secret is
/// `inside-hunter2-inside`.
const SHOP: &str = r#"
[[audience]]
name = "CartService"
scopes = ["cart:read", "cart:write"]
login_client = "cart-web"
access_ttl = "10m"
refresh_idle = "30d"
refresh_max = "30d"
max_sessions = 3
[[audience]]
name = "BackOfficeService"
scopes = ["orders:read", "orders:write"]
typ = "JWT"
login_client = "office-web"
access_ttl = "1m"
refresh_idle = "1h"
refresh_max = "8h"
max_sessions = 1
[[client]]
id = "cart-web"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["CartService"]
scopes = ["cart:read", "cart:write"]
introspect = ["CartService"]
[[client]]
id = "office-web"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["BackOfficeService", "CartService"]
scopes = ["orders:read", "cart:read"]
introspect = ["BackOfficeService"]
"#;

async fn on_both_stores(test: impl AsyncFn(&App)) {
    let redis = RedisServer::start();
    for setup in [Setup::default(), Setup::default().store(redis.url())] {
        test(&setup.config(SHOP).start()).await;
    }
}

async fn log_in_to(app: &App, audience: &str) -> Tokens {
    let mut body = app.demo();
    body["audience"] = json!(audience);
    Tokens::of(app.login(&body).await).await
}

async fn status_at(app: &App, audience: &str, token: &str) -> u16 {
    let path = format!("/verify?audience={audience}");
    let request = app.request(Method::GET, &path).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

async fn introspect(app: &App, client: &str, token: &str) -> Value {
    let request = app.request(Method::POST, "/oauth2/introspect");
    let request = request.basic_auth(client, Some("inside-hunter2-inside"));
    body_of(request.form(&[("token", token)]).send().await.unwrap()).await
}

#[tokio::test]
async fn a_token_of_one_service_is_none_at_another() {
    on_both_stores(async |app| {
        let web = app.log_in().await.access;
        let cart = log_in_to(app, "CartService").await.access;
        let office = log_in_to(app, "BackOfficeService").await.access;
        for (audience, right) in [
            ("web", &web),
            ("CartService", &cart),
            ("BackOfficeService", &office),
        ] {
            for token in [&web, &cart, &office] {
                let expected = if token == right { 200 } else { 401 };
                assert_eq!(status_at(app, audience, token).await, expected);
            }
        }
        for (client, right) in [("cart-web", &cart), ("office-web", &office)] {
            for token in [&web, &cart, &office] {
                let told = introspect(app, client, token).await;
                assert_eq!(told["active"], token == right, "{client}: {told}");
            }
        }
        for token in [&web, &cart, &office] {
            let url = format!("{}/v1/admin/users", app.admin_url);
            let refused = app.http.get(url).bearer_auth(token).send().await.unwrap();
            assert_problem(refused, 401, "invalid_token").await;
        }
    })
    .await;
}

#[tokio::test]
async fn each_audience_has_its_own_lifetimes_scopes_and_typ() {
    on_both_stores(async |app| {
        for (audience, life, session, scope, typ) in [
            (
                "CartService",
                600,
                30 * 86_400,
                "cart:read cart:write",
                "at+jwt",
            ),
            ("BackOfficeService", 60, 3_600, "orders:read", "JWT"),
        ] {
            let tokens = log_in_to(app, audience).await;
            let claims = claims(&tokens.access);
            assert_eq!(
                (&claims["aud"], &claims["scope"]),
                (&json!(audience), &json!(scope))
            );
            let lives = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
            assert!((life * 19 / 20..=life).contains(&lives), "{lives}");
            assert_eq!(tokens.body["refresh_expires_in"], session);
            assert_eq!(header_of(&tokens.access)["typ"], typ);
        }
        let mut more = app.demo();
        more["audience"] = json!("CartService");
        more["scope"] = json!("orders:read");
        assert_problem(app.login(&more).await, 400, "invalid_request").await;
    })
    .await;
}

#[tokio::test]
async fn the_oldest_session_ends_when_one_more_opens_than_its_audience_allows() {
    on_both_stores(async |app| {
        let office = log_in_to(app, "BackOfficeService").await;
        let mut carts = Vec::new();
        for _ in 0..3 {
            carts.push(log_in_to(app, "CartService").await);
        }
        for tokens in &carts {
            assert_eq!(status_at(app, "CartService", &tokens.access).await, 200);
        }
        for _ in 0..2 {
            carts.push(log_in_to(app, "CartService").await);
        }
        for (index, tokens) in carts.iter().enumerate() {
            let (check, refresh) = if index < 2 { (401, 401) } else { (200, 200) };
            let status = status_at(app, "CartService", &tokens.access).await;
            assert_eq!(status, check, "session {index}");
            assert_eq!(app.refresh(&tokens.refresh).await.status(), refresh);
        }
        let next = log_in_to(app, "BackOfficeService").await;
        let old = status_at(app, "BackOfficeService", &office.access).await;
        let new = status_at(app, "BackOfficeService", &next.access).await;
        assert_eq!((old, new), (401, 200));

        let admin = app.admin().await;
        let inspected = admin
            .post("/inspect", &json!({"token": office.access}))
            .await;
        let told = body_of(inspected).await;
        let expected = "a newer session of its subject took its place";
        assert_eq!(
            (&told["verdict"], &told["reason"]),
            (&json!("revoked"), &json!(expected))
        );
        let audit = body_of(admin.get("/audit").await).await;
        let events = audit["items"].as_array().unwrap().iter();
        let ended: Vec<_> = events
            .filter(|event| event["action"] == "session_limit")
            .map(|event| event["target"].as_str().unwrap())
            .collect();
        let expected = [&office, &carts[1], &carts[0]].map(|it| it.session_id.as_str());
        assert_eq!(ended, expected);
        let metrics = app.http.get(format!("{}/metrics", app.admin_url));
        let metrics = metrics.send().await.unwrap().text().await.unwrap();
        let counted = r#"jotleash_revocations_total{kind="session"} 3"#;
        assert!(metrics.contains(counted), "{metrics}");
    })
    .await;
}

fn header_of(token: &str) -> Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}
