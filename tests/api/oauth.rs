//! The token endpoint and the public documents.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Setup, claims, header, json as body_of};

async fn assert_oauth_error(answer: reqwest::Response, status: u16, error: &str) -> Value {
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(header(&answer, "content-type"), "application/json");
    let real = answer.status().as_u16();
    let body = body_of(answer).await;
    assert_eq!(
        (real, body["error"].as_str().unwrap()),
        (status, error),
        "{body}"
    );
    body
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own() {
    let app = App::in_memory();
    let (id, secret) = (
        &app.env["JOTLEASH_CLIENT_ID"],
        &app.env["JOTLEASH_CLIENT_SECRET"],
    );
    let basic = app
        .token(id, secret, &[("grant_type", "client_credentials")])
        .await;
    assert_eq!(header(&basic, "cache-control"), "no-store");
    let basic = body_of(basic).await;
    assert_eq!(
        (&basic["token_type"], &basic["scope"]),
        (&json!("Bearer"), &json!("read write"))
    );
    assert!(basic.get("refresh_token").is_none());
    let said = claims(basic["access_token"].as_str().unwrap());
    assert_eq!(
        (said["sub"].as_str(), said["client_id"].as_str()),
        (Some(id.as_str()), Some(id.as_str()))
    );
    assert!(said.get("sid").is_none() && said.get("auth_time").is_none());

    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("resource", "cart"),
        ("scope", "read"),
    ];
    let post = app
        .request(Method::POST, "/oauth2/token")
        .form(&form)
        .send()
        .await
        .unwrap();
    let post = body_of(post).await;
    assert_eq!(post["scope"], "read");
    assert_eq!(
        claims(post["access_token"].as_str().unwrap())["aud"],
        "cart"
    );
}

#[tokio::test]
async fn errors_are_those_of_rfc_6749() {
    let app = App::in_memory();
    let (id, secret) = (
        app.env["JOTLEASH_CLIENT_ID"].as_str(),
        app.env["JOTLEASH_CLIENT_SECRET"].as_str(),
    );
    let grant = ("grant_type", "client_credentials");
    let wrong = app.token(id, "wrong", &[grant]).await;
    assert!(
        header(&wrong, "www-authenticate").starts_with("Basic "),
        "Basic was used"
    );
    assert_oauth_error(wrong, 401, "invalid_client").await;
    assert_oauth_error(
        app.token("nobody", "", &[grant]).await,
        401,
        "invalid_client",
    )
    .await;
    let posted = app.request(Method::POST, "/oauth2/token");
    let posted = posted
        .form(&[grant, ("client_id", id), ("client_secret", "wrong")])
        .send()
        .await
        .unwrap();
    assert_eq!(header(&posted, "www-authenticate"), "");
    assert_oauth_error(posted, 401, "invalid_client").await;
    let bare = app
        .request(Method::POST, "/oauth2/token")
        .form(&[grant])
        .send()
        .await
        .unwrap();
    assert_oauth_error(bare, 401, "invalid_client").await;

    for (form, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![grant, grant], "invalid_request"),
        (vec![grant, ("scope", "read admin")], "invalid_scope"),
        (vec![grant, ("scope", "jotleash:admin")], "invalid_scope"),
        (vec![grant, ("audience", "nowhere")], "invalid_target"),
        (
            vec![grant, ("audience", &app.env["JOTLEASH_ISSUER"])],
            "invalid_target",
        ),
        (
            vec![grant, ("audience", "web"), ("resource", "cart")],
            "invalid_request",
        ),
        (vec![grant, ("client_secret", "x")], "invalid_request"),
    ] {
        assert_oauth_error(app.token(id, secret, &form).await, 400, error).await;
    }
    let json_body = app
        .request(Method::POST, "/oauth2/token")
        .basic_auth(id, Some(secret));
    let json_body = json_body
        .json(&json!({"grant_type": "client_credentials"}))
        .send()
        .await
        .unwrap();
    assert_oauth_error(json_body, 400, "invalid_request").await;
}

#[tokio::test]
async fn a_client_comes_from_where_it_may_and_uses_only_its_grants() {
    let config = r#"
trusted_proxies = ["127.0.0.1/32"]
[[client]]
id = "inside"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web"]
scopes = ["read"]
grants = ["client_credentials"]
allow = ["10.0.0.0/8"]
[[client]]
id = "idle"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web"]
scopes = ["read"]
"#;
    let app = Setup::default().config(config).start();
    let form = [("grant_type", "client_credentials")];
    let from = |address: &'static str| {
        let request = app
            .request(Method::POST, "/oauth2/token")
            .basic_auth("inside", Some("inside-hunter2-inside"));
        request
            .header("x-forwarded-for", address)
            .form(&form)
            .send()
    };
    assert_eq!(from("10.1.2.3").await.unwrap().status(), 200);
    assert_oauth_error(from("192.0.2.1").await.unwrap(), 401, "invalid_client").await;
    assert_oauth_error(
        from("10.1.2.3, 192.0.2.1").await.unwrap(),
        401,
        "invalid_client",
    )
    .await;
    assert_oauth_error(
        app.token("idle", "inside-hunter2-inside", &form).await,
        400,
        "unauthorized_client",
    )
    .await;
}

#[tokio::test]
async fn the_keys_are_public_and_a_verifier_needs_nothing_else() {
    let app = App::in_memory();
    let answer = app
        .request(Method::GET, "/.well-known/jwks.json")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&answer, "cache-control"), "public, max-age=300");
    assert_eq!(header(&answer, "access-control-allow-origin"), "*");
    let etag = header(&answer, "etag").to_owned();
    let jwks = body_of(answer).await;
    let keys = jwks["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    for (name, value) in [
        ("kty", "EC"),
        ("crv", "P-256"),
        ("use", "sig"),
        ("alg", "ES256"),
    ] {
        assert_eq!(keys[0][name], value);
    }
    assert!(keys[0].get("d").is_none(), "never the private part");
    let again = app
        .request(Method::GET, "/.well-known/jwks.json")
        .header("if-none-match", &etag);
    assert_eq!(again.send().await.unwrap().status(), 304);

    let token = app.log_in().await.access;
    assert!(
        verifies(&token, &keys[0]),
        "by the x and y of the JWKS alone"
    );
}

/// Checks a signature with nothing but a JWK.
fn verifies(token: &str, jwk: &Value) -> bool {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let point = [
        vec![4],
        decode(jwk["x"].as_str().unwrap()),
        decode(jwk["y"].as_str().unwrap()),
    ]
    .concat();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(input.split('.').next().unwrap())).unwrap();
    assert_eq!(
        header,
        json!({"alg": "ES256", "kid": jwk["kid"], "typ": "at+jwt"})
    );
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(input.as_bytes(), &decode(signature)).is_ok()
}

#[tokio::test]
async fn both_metadata_documents_are_one_and_tell_the_truth() {
    let app = App::in_memory();
    let get =
        async |path: &str| body_of(app.request(Method::GET, path).send().await.unwrap()).await;
    let metadata = get("/.well-known/oauth-authorization-server").await;
    assert_eq!(metadata, get("/.well-known/openid-configuration").await);
    assert_eq!(metadata["issuer"], app.env["JOTLEASH_ISSUER"].as_str());
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["client_credentials"])
    );
    for name in ["jwks_uri", "token_endpoint"] {
        let url = metadata[name].as_str().unwrap();
        let status = app.http.get(url).send().await.unwrap().status();
        assert!(status != 404, "{name}: {url}: {status}");
    }
}
