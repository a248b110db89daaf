//! Audiences whose access tokens are opaque: the same endpoints, the same leash.

mod ends;
mod formats;
mod oauth;
mod refresh;
mod store;
mod theft;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::app::{App, Setup, Tokens, assert_problem, header, json as body_of};
use crate::redis_server::RedisServer;

/// Two opaque audiences beside `web` and `cart`, and clients whose secret is
/// `inside-hunter2-inside`. `gate` sees tokens of `vault` and `web`, and has them exchanged.
const VAULT: &str = r#"
[[audience]]
name = "vault"
format = "opaque"
scopes = ["read", "write"]
login_client = "desk"
[[audience]]
name = "safe"
format = "opaque"
scopes = ["read"]
login_client = "desk"
[[audience]]
name = "brief"
format = "opaque"
login_client = "desk"
access_ttl = "1s"
[[client]]
id = "desk"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["vault", "safe", "brief"]
scopes = ["read", "write"]
grants = ["client_credentials", "refresh_token"]
introspect = ["vault"]
[[client]]
id = "gate"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["cart", "safe"]
scopes = ["read"]
grants = ["urn:ietf:params:oauth:grant-type:token-exchange"]
introspect = ["web", "vault", "safe"]
[[client]]
id = "other"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["safe", "cart"]
scopes = ["read"]
grants = ["urn:ietf:params:oauth:grant-type:token-exchange"]
introspect = ["safe"]
"#;

const SECRET: &str = "inside-hunter2-inside";

async fn on_both_stores(test: impl AsyncFn(&App)) {
    let redis = RedisServer::start();
    for setup in [Setup::default(), Setup::default().store(redis.url())] {
        test(&setup.config(VAULT).start()).await;
    }
}

/// A session of the demo user.
async fn log_in_to(app: &App, audience: &str) -> Tokens {
    let mut body = app.demo();
    body["audience"] = json!(audience);
    Tokens::of(app.login(&body).await).await
}

async fn verify_at(app: &App, path: &str, token: &str) -> Response {
    let request = app.request(Method::GET, path).bearer_auth(token);
    request.send().await.unwrap()
}

async fn status_at(app: &App, audience: &str, token: &str) -> u16 {
    let path = format!("/verify?audience={audience}");
    verify_at(app, &path, token).await.status().as_u16()
}

async fn form(app: &App, client: &str, path: &str, form: &[(&str, &str)]) -> Response {
    let request = app.request(Method::POST, path);
    let request = request.basic_auth(client, Some(SECRET)).form(form);
    request.send().await.unwrap()
}

async fn introspect(app: &App, client: &str, token: &str) -> Value {
    let answer = form(app, client, "/oauth2/introspect", &[("token", token)]).await;
    assert_eq!(answer.status(), 200);
    body_of(answer).await
}

/// The `jti` that a handle shows: the slot tag, a dot, and 16 random bytes.
fn jti_of(handle: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let (slot, rest) = handle.strip_prefix("jl_").unwrap().split_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(rest).unwrap();
    assert_eq!((slot.len(), rest.len(), bytes.len()), (16, 43, 32));
    format!("{slot}.{}", URL_SAFE_NO_PAD.encode(&bytes[..16]))
}

#[tokio::test]
async fn a_log_in_gives_a_handle_that_is_checked_like_any_token() {
    on_both_stores(async |app| {
        let tokens = log_in_to(app, "vault").await;
        let (handle, sid) = (&tokens.access, &tokens.session_id);
        let live = verify_at(app, "/verify?audience=vault&scope=read", handle).await;
        assert_eq!(live.status(), 200);
        for (name, value) in [
            ("x-auth-subject", "demo"),
            ("x-auth-session", sid),
            ("x-auth-scope", "read write"),
            ("x-auth-client", "desk"),
            ("x-auth-token-id", &jti_of(handle)),
            ("x-auth-liveness", "live"),
        ] {
            assert_eq!(header(&live, name), value, "{name}");
        }
        for (path, status) in [
            ("/verify-for/vault/any/path", 200),
            ("/verify-for/safe/any/path", 401),
            ("/verify?audience=safe", 401),
            ("/verify", 401),
            ("/verify?audience=nowhere", 400),
            ("/verify?audience=vault&scope=admin", 403),
        ] {
            assert_eq!(
                verify_at(app, path, handle).await.status(),
                status,
                "{path}"
            );
        }
        let url = format!("{}/v1/admin/users", app.admin_url);
        let refused = app.http.get(url).bearer_auth(handle).send().await.unwrap();
        assert_problem(refused, 401, "invalid_token").await;
    })
    .await;
}

#[tokio::test]
async fn its_owner_reads_who_he_is_and_ends_what_he_has() {
    on_both_stores(async |app| {
        let tokens = log_in_to(app, "vault").await;
        let me = body_of(verify_at(app, "/v1/me", &tokens.access).await).await;
        let lives = tokens.body["expires_in"].as_u64().unwrap();
        let claims = &me["claims"];
        assert_eq!(claims["jti"], json!(jti_of(&tokens.access)));
        assert_eq!(
            claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
            lives
        );
        assert_eq!(me["session"]["session_id"], tokens.session_id);
        let other = log_in_to(app, "vault").await;
        let listed = body_of(verify_at(app, "/v1/me/sessions", &tokens.access).await).await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
        let path = format!("/v1/me/sessions/{}", other.session_id);
        let delete = app.request(Method::DELETE, &path);
        let ended = delete.bearer_auth(&tokens.access).send().await.unwrap();
        assert_eq!(ended.status(), 204);
        assert_eq!(status_at(app, "vault", &other.access).await, 401);
        assert_eq!(status_at(app, "vault", &tokens.access).await, 200);
    })
    .await;
}
