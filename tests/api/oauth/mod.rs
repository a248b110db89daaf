//! The OAuth 2 endpoints and the public documents, on both stores.

mod client;
mod documents;
mod exchange;
mod introspect;
mod races;
mod refresh;
mod revoke;
mod signed;
mod store;
mod token;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::app::{App, Setup, Tokens, header, json as body_of};
use crate::redis_server::RedisServer;

/// Beside the dev client: confidential ones whose secret is `inside-hunter2-inside`, and a public one.
const CLIENTS: &str = r#"
[[client]]
id = "shop"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web", "cart"]
scopes = ["read"]
grants = ["client_credentials", "refresh_token"]
introspect = ["cart"]
[[client]]
id = "idle"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web"]
scopes = ["read"]
[[client]]
id = "spa"
audiences = ["web"]
scopes = ["read", "write"]
grants = ["refresh_token"]
"#;

const SHOP: Known<'static> = Known {
    id: "shop",
    secret: "inside-hunter2-inside",
};
const IDLE: Known<'static> = Known {
    id: "idle",
    secret: "inside-hunter2-inside",
};

/// A client that knows its secret.
#[derive(Clone, Copy)]
struct Known<'a> {
    id: &'a str,
    secret: &'a str,
}

impl<'a> Known<'a> {
    /// The dev client, who may do everything that a client can.
    fn dev(app: &'a App) -> Self {
        Self {
            id: &app.env["JOTLEASH_CLIENT_ID"],
            secret: &app.env["JOTLEASH_CLIENT_SECRET"],
        }
    }

    /// A request by HTTP Basic.
    fn request(self, app: &App, path: &str) -> RequestBuilder {
        let request = app.request(Method::POST, path);
        request.basic_auth(self.id, Some(self.secret))
    }

    async fn post(self, app: &App, path: &str, form: &[(&str, &str)]) -> Response {
        self.request(app, path).form(form).send().await.unwrap()
    }

    async fn token(self, app: &App, form: &[(&str, &str)]) -> Response {
        self.post(app, "/oauth2/token", form).await
    }

    /// The `refresh_token` grant.
    async fn refresh(self, app: &App, token: &str) -> Response {
        self.token(app, &refreshing(token)).await
    }

    /// What introspection says of a token.
    async fn introspect(self, app: &App, token: &str) -> Value {
        let answer = self
            .post(app, "/oauth2/introspect", &[("token", token)])
            .await;
        assert_eq!(answer.status(), 200);
        assert_uncached(&answer);
        body_of(answer).await
    }

    /// A revocation, which is always 200.
    async fn revoke(self, app: &App, token: &str) -> Response {
        let answer = self.post(app, "/oauth2/revoke", &[("token", token)]).await;
        assert_eq!(answer.status(), 200);
        assert_uncached(&answer);
        answer
    }
}

fn refreshing(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

/// A request of a client that sends no more than a form.
async fn post(app: &App, path: &str, form: &[(&str, &str)]) -> Response {
    let request = app.request(Method::POST, path).form(form);
    request.send().await.unwrap()
}

/// Runs a test on the embedded store and on Redis.
async fn on_both_stores(test: impl AsyncFn(&App)) {
    let redis = RedisServer::start();
    for setup in [Setup::default(), Setup::default().store(redis.url())] {
        test(&setup.config(CLIENTS).start()).await;
    }
}

/// A session for a subject, opened through a client.
async fn session_of(app: &App, client: &str, subject: &str) -> Tokens {
    let asked = json!({"subject": subject, "client_id": client});
    let opened = app.admin().await.post("/sessions", &asked).await;
    Tokens::of(opened).await
}

fn assert_uncached(answer: &Response) {
    assert_eq!(header(answer, "cache-control"), "no-store");
    assert_eq!(header(answer, "pragma"), "no-cache");
}

/// Checks an error of RFC 6749, section 5.2: its status, its code and its shape.
async fn assert_oauth_error(answer: Response, status: u16, error: &str) {
    assert_uncached(&answer);
    assert_eq!(header(&answer, "content-type"), "application/json");
    let real = answer.status().as_u16();
    let body = body_of(answer).await;
    assert_eq!(
        (real, body["error"].as_str().unwrap()),
        (status, error),
        "{body}"
    );
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    let allowed = |c: char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
    let description = body["error_description"].as_str().unwrap();
    assert!(description.chars().all(allowed), "{description}");
}

/// The members of an object, sorted.
fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}
