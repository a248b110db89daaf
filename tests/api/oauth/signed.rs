//! Signed introspection (RFC 9701), and that it is never a token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use super::{IDLE, Known, on_both_stores};
use crate::app::{App, claims, header, json as body_of};

const SIGNED: &str = "application/token-introspection+jwt";

async fn signed(app: &App, known: Known<'_>, token: &str) -> String {
    let request = known
        .request(app, "/oauth2/introspect")
        .header("accept", SIGNED);
    let answer = request.form(&[("token", token)]).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), SIGNED);
    assert_eq!(header(&answer, "vary"), "Accept");
    super::assert_uncached(&answer);
    answer.text().await.unwrap()
}

fn header_of(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[tokio::test]
async fn the_answer_is_signed_for_the_client_that_asks_for_it() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let live = app.log_in().await;
        let kid = header_of(&live.access)["kid"].clone();
        for (known, token, told) in [
            (dev, &live.access, dev.introspect(app, &live.access).await),
            (dev, &live.refresh, dev.introspect(app, &live.refresh).await),
            (IDLE, &live.access, json!({"active": false})),
        ] {
            let jwt = signed(app, known, token).await;
            assert_eq!(
                header_of(&jwt),
                json!({"alg": "ES256", "kid": kid, "typ": "token-introspection+jwt"})
            );
            let mut said = claims(&jwt);
            let iat = said.as_object_mut().unwrap().remove("iat").unwrap();
            assert!(iat.as_u64().unwrap() >= claims(&live.access)["iat"].as_u64().unwrap());
            let issuer = &app.env["JOTLEASH_ISSUER"];
            assert_eq!(
                said,
                json!({"iss": issuer, "aud": known.id, "token_introspection": told})
            );
            let jwks = app
                .request(Method::GET, "/.well-known/jwks.json")
                .send()
                .await;
            let jwks = body_of(jwks.unwrap()).await;
            assert!(super::documents::signed_by(&jwt, &jwks["keys"][0]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_signed_answer_is_no_token() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let live = app.log_in().await;
        let jwt = signed(app, dev, &live.access).await;
        assert_eq!(app.status_of(&jwt).await, 401);
        assert_eq!(app.logout(&jwt, None).await.status(), 401);
        assert_eq!(dev.introspect(app, &jwt).await, json!({"active": false}));
        dev.revoke(app, &jwt).await;
        assert_eq!(app.status_of(&live.access).await, 200);
    })
    .await;
}
