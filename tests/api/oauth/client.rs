//! How clients say who they are, and what becomes of those who cannot.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::json;

use super::{
    CLIENTS, IDLE, Known, SHOP, assert_oauth_error, on_both_stores, post, refreshing, session_of,
};
use crate::app::{App, Setup, Tokens, header, json as body_of};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"];
const CHALLENGE: &str = "Basic realm=\"jotleash\", charset=\"UTF-8\"";

#[tokio::test]
async fn a_client_that_is_not_known_is_refused_everywhere_and_challenged_as_it_came() {
    on_both_stores(async |app| {
        for path in ENDPOINTS {
            for (id, secret) in [
                ("shop", "wrong"),
                ("nobody", "secret"),
                ("shop", ""),
                ("spa", "x"),
            ] {
                let known = Known { id, secret };
                let basic = known.post(app, path, &[GRANT, ("token", "x")]).await;
                assert_eq!(header(&basic, "www-authenticate"), CHALLENGE);
                assert_oauth_error(basic, 401, "invalid_client").await;
                let form = [GRANT, ("client_id", id), ("client_secret", secret)];
                let posted = post(app, path, &form).await;
                assert_eq!(header(&posted, "www-authenticate"), "");
                assert_oauth_error(posted, 401, "invalid_client").await;
            }
            for bad in ["Bearer a.b.c", "Basic", "Basic !!", "Basic c2hvcA=="] {
                let request = app.request(Method::POST, path).header("authorization", bad);
                let answer = request.form(&[GRANT]).send().await.unwrap();
                assert_eq!(header(&answer, "www-authenticate"), CHALLENGE, "{bad}");
                assert_oauth_error(answer, 401, "invalid_client").await;
            }
            assert_oauth_error(post(app, path, &[GRANT]).await, 401, "invalid_client").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_authenticates_by_one_method() {
    let app = Setup::default().config(CLIENTS).start();
    for path in ENDPOINTS {
        let both = [
            GRANT,
            ("client_id", "shop"),
            ("client_secret", "inside-hunter2-inside"),
        ];
        assert_oauth_error(SHOP.post(&app, path, &both).await, 400, "invalid_request").await;
        let another = [GRANT, ("client_id", "idle")];
        assert_oauth_error(
            SHOP.post(&app, path, &another).await,
            400,
            "invalid_request",
        )
        .await;
        let twice = SHOP
            .request(&app, path)
            .basic_auth("shop", Some("inside-hunter2-inside"));
        let twice = twice.form(&[GRANT]).send().await.unwrap();
        assert_oauth_error(twice, 400, "invalid_request").await;
    }
    let same = [GRANT, ("client_id", "shop")];
    assert_eq!(SHOP.token(&app, &same).await.status(), 200);
    let posted = [
        GRANT,
        ("client_id", "shop"),
        ("client_secret", "inside-hunter2-inside"),
    ];
    assert_eq!(post(&app, "/oauth2/token", &posted).await.status(), 200);
}

#[tokio::test]
async fn credentials_in_the_query_are_none() {
    let app = Setup::default().config(CLIENTS).start();
    let query = "client_id=shop&client_secret=inside-hunter2-inside";
    for path in ENDPOINTS {
        let path = format!("{path}?{query}");
        let answer = post(&app, &path, &[GRANT, ("token", "x")]).await;
        assert_oauth_error(answer, 401, "invalid_client").await;
    }
    // The same words in the form are some.
    let form = [
        GRANT,
        ("client_id", "shop"),
        ("client_secret", "inside-hunter2-inside"),
    ];
    assert_eq!(post(&app, "/oauth2/token", &form).await.status(), 200);
}

#[tokio::test]
async fn the_parts_of_basic_are_form_encoded() {
    // The digest is that of `p+s%:é secret`.
    let config = r#"
[[client]]
id = "a:b+c"
secret_sha256 = "0bcd7d01b14881829fde80560ad39017b9ea6310a7a2ac8c31a741a9ae61ecf6"
audiences = ["web"]
scopes = ["read"]
grants = ["client_credentials"]
"#;
    let app = Setup::default().config(config).start();
    let status = async |pair: &str| {
        let value = format!("Basic {}", STANDARD.encode(pair));
        let request = app.request(Method::POST, "/oauth2/token");
        let request = request.header("authorization", value).form(&[GRANT]);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("a%3Ab%2Bc:p%2Bs%25%3A%C3%A9+secret").await, 200);
    assert_eq!(status("a%3Ab%2Bc:p%2Bs%25%3A%C3%A9%20secret").await, 200);
    assert_eq!(status("a%3Ab%2Bc:p+s%25%3A%C3%A9+secret").await, 401);
    assert_eq!(status("a:b+c:p+s%:é secret").await, 401);
}

#[tokio::test]
async fn a_public_client_names_itself_and_gets_its_own_and_no_more() {
    on_both_stores(async |app| {
        let tokens = session_of(app, "spa", "ann").await;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &tokens.refresh),
            ("client_id", "spa"),
        ];
        let answer = body_of(post(app, "/oauth2/token", &form).await).await;
        let access = answer["access_token"].as_str().unwrap();
        assert_eq!(app.status_of(access).await, 200);
        // An empty secret is none (RFC 6749, section 2.3.1).
        let basic = Known {
            id: "spa",
            secret: "",
        };
        let refresh = answer["refresh_token"].as_str().unwrap();
        assert_eq!(basic.refresh(app, refresh).await.status(), 200);

        let own = [GRANT, ("client_id", "spa")];
        let refused = post(app, "/oauth2/token", &own).await;
        assert_oauth_error(refused, 400, "unauthorized_client").await;
        let ask = [("token", access), ("client_id", "spa")];
        let refused = post(app, "/oauth2/introspect", &ask).await;
        assert_oauth_error(refused, 401, "invalid_client").await;
        let refused = basic.post(app, "/oauth2/introspect", &ask[..1]).await;
        assert_eq!(header(&refused, "www-authenticate"), CHALLENGE);
        assert_oauth_error(refused, 401, "invalid_client").await;
    })
    .await;
}

#[tokio::test]
async fn a_client_comes_from_where_it_may_and_uses_only_its_grants() {
    let inside = r#"
trusted_proxies = ["127.0.0.1/32"]
[[client]]
id = "inside"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["web"]
scopes = ["read"]
grants = ["client_credentials"]
introspect = ["web"]
allow = ["10.0.0.0/8"]
"#;
    let app = Setup::default()
        .config(&format!("{inside}{CLIENTS}"))
        .start();
    let known = Known {
        id: "inside",
        secret: "inside-hunter2-inside",
    };
    for path in ENDPOINTS {
        let from = async |address: &str| {
            let request = known.request(&app, path).header("x-forwarded-for", address);
            request.form(&[GRANT, ("token", "x")]).send().await.unwrap()
        };
        assert_eq!(from("10.1.2.3").await.status(), 200);
        for outside in ["192.0.2.1", "10.1.2.3, 192.0.2.1"] {
            assert_oauth_error(from(outside).await, 401, "invalid_client").await;
        }
    }
    let refused = IDLE.token(&app, &[GRANT]).await;
    assert_oauth_error(refused, 400, "unauthorized_client").await;
    let tokens = session_of(&app, "idle", "ann").await;
    let refused = IDLE.refresh(&app, &tokens.refresh).await;
    assert_oauth_error(refused, 400, "unauthorized_client").await;
}

#[tokio::test]
async fn a_new_secret_and_a_deletion_count_at_once() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let new = json!({"id": "api", "audiences": ["web"], "scopes": ["read"],
        "grants": ["client_credentials", "refresh_token"], "introspect": ["web"]});
    let made = body_of(admin.post("/clients", &new).await).await;
    let old = made["secret"].as_str().unwrap();
    let tokens = session_of(&app, "api", "ann").await;
    let replaced = body_of(admin.post("/clients/api/secret", &json!({})).await).await;
    let new = replaced["secret"].as_str().unwrap();
    let (old, new) = (
        Known {
            id: "api",
            secret: old,
        },
        Known {
            id: "api",
            secret: new,
        },
    );
    for path in ENDPOINTS {
        let form = [GRANT, ("token", "x")];
        assert_oauth_error(old.post(&app, path, &form).await, 401, "invalid_client").await;
        assert_eq!(new.post(&app, path, &form).await.status(), 200);
    }
    let next = new.refresh(&app, &tokens.refresh).await;
    let next = Tokens::of_grant(next).await;
    assert_eq!(admin.delete("/clients/api").await.status(), 204);
    let refused = new.token(&app, &refreshing(&next.refresh)).await;
    assert_oauth_error(refused, 401, "invalid_client").await;
}
