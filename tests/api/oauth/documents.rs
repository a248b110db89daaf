//! The keys and the metadata.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::app::{App, Setup, header, json as body_of};

#[tokio::test]
async fn the_keys_are_public_and_a_verifier_needs_nothing_else() {
    let app = App::in_memory();
    let answer = app
        .request(Method::GET, "/.well-known/jwks.json")
        .send()
        .await
        .unwrap();
    assert_eq!(header(&answer, "content-type"), "application/json");
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
    let header: Value = serde_json::from_slice(&decode(token.split('.').next().unwrap())).unwrap();
    let kid = &keys[0]["kid"];
    assert_eq!(header, json!({"alg": "ES256", "kid": kid, "typ": "at+jwt"}));
    assert!(
        signed_by(&token, &keys[0]),
        "by the x and y of the JWKS alone"
    );
}

/// Checks a signature with nothing but a JWK.
pub(super) fn signed_by(token: &str, jwk: &Value) -> bool {
    let point = [
        vec![4],
        decode(jwk["x"].as_str().unwrap()),
        decode(jwk["y"].as_str().unwrap()),
    ]
    .concat();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(input.as_bytes(), &decode(signature)).is_ok()
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[tokio::test]
async fn both_metadata_documents_are_one_and_tell_the_truth() {
    let app = App::in_memory();
    let get = async |path: &str| {
        let answer = app.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, "content-type"), "application/json");
        body_of(answer).await
    };
    let metadata = get("/.well-known/oauth-authorization-server").await;
    assert_eq!(metadata, get("/.well-known/openid-configuration").await);
    assert_eq!(metadata["issuer"], app.env["JOTLEASH_ISSUER"].as_str());
    let (secret, public_too) = (
        json!(["client_secret_basic", "client_secret_post"]),
        json!(["client_secret_basic", "client_secret_post", "none"]),
    );
    for (name, value) in [
        (
            "grant_types_supported",
            &json!([
                "client_credentials",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:token-exchange"
            ]),
        ),
        ("token_endpoint_auth_methods_supported", &public_too),
        ("introspection_endpoint_auth_methods_supported", &secret),
        (
            "introspection_signing_alg_values_supported",
            &json!(["ES256"]),
        ),
        ("revocation_endpoint_auth_methods_supported", &public_too),
        ("response_types_supported", &json!([])),
        ("scopes_supported", &json!(["read", "write"])),
    ] {
        assert_eq!(&metadata[name], value, "{name}");
    }
    for absent in [
        "authorization_endpoint",
        "token_endpoint_auth_signing_alg_values_supported",
        "signed_metadata",
    ] {
        assert!(metadata.get(absent).is_none(), "{absent}");
    }
    for name in [
        "jwks_uri",
        "token_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
    ] {
        let url = metadata[name].as_str().unwrap();
        let status = app.http.get(url).send().await.unwrap().status();
        let expected = if name == "jwks_uri" { 200 } else { 405 };
        assert_eq!(status, expected, "{name}: {url}");
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_metadata_before_the_path() {
    let issuer = "http://127.0.0.1:1/tenant/a";
    let app = Setup::default().env("JOTLEASH_ISSUER", issuer).start();
    let well_known = "/.well-known/oauth-authorization-server";
    let get = async |url: &str, tail: &str| {
        let url = format!("{url}{well_known}{tail}");
        app.http.get(url).send().await.unwrap()
    };
    for url in [&app.url, &app.admin_url] {
        let metadata = body_of(get(url, "/tenant/a").await).await;
        assert_eq!(metadata["issuer"], issuer);
        assert_eq!(metadata["token_endpoint"], format!("{issuer}/oauth2/token"));
        for other in ["/tenant/b", "/tenant", "/tenant/a/", "/tenant/a/b", "/"] {
            assert_eq!(get(url, other).await.status(), 404, "{other}");
        }
    }
    let without = App::in_memory();
    let url = format!("{}{well_known}/", without.url);
    assert_eq!(without.http.get(url).send().await.unwrap().status(), 404);
}
