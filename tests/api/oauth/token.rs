//! The token endpoint: `client_credentials`, and what is refused whatever the grant.

use reqwest::Method;
use serde_json::json;

use super::{Known, SHOP, assert_oauth_error, assert_uncached, members, on_both_stores, post};
use crate::app::{App, claims, header, json as body_of};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_client_gets_a_token_of_its_own() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let basic = dev.token(app, &[GRANT]).await;
        assert_eq!(basic.status(), 200);
        assert_uncached(&basic);
        assert_eq!(header(&basic, "content-type"), "application/json");
        let basic = body_of(basic).await;
        assert_eq!(
            members(&basic),
            ["access_token", "expires_in", "scope", "token_type"]
        );
        assert_eq!(basic["token_type"], "Bearer");
        assert_eq!(basic["scope"], "read write");
        let said = claims(basic["access_token"].as_str().unwrap());
        assert_eq!(
            (&said["sub"], &said["client_id"]),
            (&json!(dev.id), &json!(dev.id))
        );
        assert_eq!(said["aud"], "web", "the default one");
        assert!(said.get("sid").is_none() && said.get("auth_time").is_none());

        let form = [
            GRANT,
            ("client_id", dev.id),
            ("client_secret", dev.secret),
            ("resource", "cart"),
            ("scope", "read"),
        ];
        let posted = body_of(post(app, "/oauth2/token", &form).await).await;
        assert_eq!(posted["scope"], "read");
        let said = claims(posted["access_token"].as_str().unwrap());
        assert_eq!(
            (&said["aud"], &said["scope"]),
            (&json!("cart"), &json!("read"))
        );
    })
    .await;
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused_by_their_names() {
    on_both_stores(async |app| {
        let issuer = &app.env["JOTLEASH_ISSUER"];
        for (form, error) in [
            (vec![], "invalid_request"),
            (vec![("grant_type", "")], "invalid_request"),
            (vec![("grant_type", "password")], "unsupported_grant_type"),
            (
                vec![("grant_type", "authorization_code"), ("code", "x")],
                "unsupported_grant_type",
            ),
            (
                vec![("grant_type", "CLIENT_CREDENTIALS")],
                "unsupported_grant_type",
            ),
            (vec![GRANT, GRANT], "invalid_request"),
            (vec![GRANT, ("x", "1"), ("x", "1")], "invalid_request"),
            (
                vec![GRANT, ("scope", "read"), ("scope", "read")],
                "invalid_request",
            ),
            (vec![GRANT, ("scope", "read write")], "invalid_scope"),
            (vec![GRANT, ("scope", "READ")], "invalid_scope"),
            (vec![GRANT, ("scope", "read  read")], "invalid_scope"),
            (vec![GRANT, ("scope", "re\"ad\\")], "invalid_scope"),
            (vec![GRANT, ("scope", "jotleash:admin")], "invalid_scope"),
            (vec![GRANT, ("audience", "nowhere")], "invalid_target"),
            (
                vec![GRANT, ("resource", "https://web.example")],
                "invalid_target",
            ),
            (vec![GRANT, ("audience", issuer)], "invalid_target"),
            (
                vec![GRANT, ("audience", "web"), ("resource", "cart")],
                "invalid_target",
            ),
            (
                vec![GRANT, ("resource", "web"), ("resource", "cart")],
                "invalid_target",
            ),
            (vec![("grant_type", "refresh_token")], "invalid_request"),
        ] {
            assert_oauth_error(SHOP.token(app, &form).await, 400, error).await;
        }
        for fine in [
            vec![GRANT, ("scope", ""), ("audience", "")],
            vec![GRANT, ("audience", "web"), ("resource", "web")],
            vec![GRANT, ("unknown", "is ignored")],
        ] {
            assert_eq!(SHOP.token(app, &fine).await.status(), 200, "{fine:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_a_form_is_read_and_only_so_much_of_it() {
    let app = App::in_memory();
    let dev = Known::dev(&app);
    let large = format!("grant_type=client_credentials&x={}", "y".repeat(64 * 1024));
    for (typed, body) in [
        (
            "application/json",
            &br#"{"grant_type":"client_credentials"}"#[..],
        ),
        ("", b"grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"grant_type=\xff"),
        ("application/x-www-form-urlencoded", large.as_bytes()),
    ] {
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
            let request = dev.request(&app, path).header("content-type", typed);
            let answer = request.body(body.to_vec()).send().await.unwrap();
            assert_oauth_error(answer, 400, "invalid_request").await;
        }
    }
    let typed = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
    let request = dev
        .request(&app, "/oauth2/token")
        .header("content-type", typed);
    let answer = request.body("grant_type=client_credentials").send().await;
    assert_eq!(answer.unwrap().status(), 200);
    // What stands in the query is no parameter: it would be in every log on the way.
    let query = "/oauth2/token?grant_type=client_credentials";
    assert_oauth_error(dev.post(&app, query, &[]).await, 400, "invalid_request").await;
    let got = app.request(Method::GET, query).send().await.unwrap();
    assert_eq!(got.status(), 405);
}

#[tokio::test]
async fn a_banned_client_gets_nothing() {
    on_both_stores(async |app| {
        let admin = app.admin().await;
        let banned = admin.post("/subjects/shop/ban", &json!({})).await;
        assert_eq!(banned.status(), 200);
        let refused = SHOP.token(app, &[GRANT]).await;
        assert_oauth_error(refused, 400, "unauthorized_client").await;
    })
    .await;
}
