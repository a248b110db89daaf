//! The admin listener, as an operator uses it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{
    App, Setup, Tokens, assert_problem, claims, credentials_of, header, json as body_of,
};
use crate::redis_server::RedisServer;

/// A token of the admin audience with one narrower scope.
async fn narrow_token(app: &App, scope: &str) -> String {
    let admin = app.admin().await;
    let id = scope.replace(':', "-");
    let client = json!({"id": id, "scopes": [scope], "grants": ["client_credentials"]});
    let made = body_of(admin.post("/clients", &client).await).await;
    let issuer = app.env["JOTLEASH_ISSUER"].as_str();
    let form = [
        ("grant_type", "client_credentials"),
        ("audience", issuer),
        ("scope", scope),
    ];
    let answer = app
        .token(&id, made["secret"].as_str().unwrap(), &form)
        .await;
    body_of(answer).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn send(app: &App, method: &str, path: &str, token: &str, body: &Value) -> reqwest::Response {
    let url = format!("{}/v1/admin{path}", app.admin_url);
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    app.http
        .request(method, url)
        .bearer_auth(token)
        .json(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn only_a_token_of_the_admin_audience_gets_in() {
    let app = App::in_memory();
    let user = app.log_in().await.access;
    for (method, path) in ROUTES {
        let url = format!("{}/v1/admin{path}", app.admin_url);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let bare = app
            .http
            .request(method.clone(), &url)
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_problem(bare, 401, "invalid_token").await;
        let user = app
            .http
            .request(method, &url)
            .bearer_auth(&user)
            .json(&json!({}));
        assert_problem(user.send().await.unwrap(), 401, "invalid_token").await;
    }
    for path in ["/v1/admin/users", "/v1/admin/audit"] {
        let public = app
            .request(Method::GET, path)
            .bearer_auth(app.admin_token().await);
        assert_problem(public.send().await.unwrap(), 404, "not_found").await;
    }
    let spoofed = app
        .http
        .get(format!("{}/livez", app.admin_url))
        .header("host", "evil.example");
    assert_eq!(
        spoofed.send().await.unwrap().status(),
        403,
        "a foreign Host in --dev"
    );
}

/// Every route of the admin API.
const ROUTES: [(&str, &str); 24] = [
    ("GET", "/users"),
    ("POST", "/users"),
    ("GET", "/users/demo"),
    ("PATCH", "/users/demo"),
    ("DELETE", "/users/demo"),
    ("GET", "/clients"),
    ("POST", "/clients"),
    ("GET", "/clients/dev"),
    ("PATCH", "/clients/dev"),
    ("DELETE", "/clients/dev"),
    ("POST", "/clients/dev/secret"),
    ("GET", "/sessions"),
    ("POST", "/sessions"),
    ("DELETE", "/sessions/x"),
    ("DELETE", "/subjects/demo/sessions"),
    ("GET", "/subjects/demo/ban"),
    ("POST", "/subjects/demo/ban"),
    ("DELETE", "/subjects/demo/ban"),
    ("POST", "/revoke"),
    ("POST", "/inspect"),
    ("GET", "/audit"),
    ("GET", "/keys"),
    ("POST", "/keys/rotate"),
    ("POST", "/keys/x/retire"),
];

#[tokio::test]
async fn a_narrower_scope_does_only_its_own_work() {
    let app = App::in_memory();
    let read = narrow_token(&app, "jotleash:read").await;
    let sessions = narrow_token(&app, "jotleash:sessions").await;
    for (method, path) in ROUTES {
        // Shapes that would be taken, so that only the scope decides.
        let body = match path {
            "/users" => json!({"username": "x"}),
            "/clients" => json!({"id": "x"}),
            "/sessions" => json!({"subject": "x"}),
            "/revoke" => json!({"subject": "nobody"}),
            "/inspect" => json!({"token": "x"}),
            _ => json!({}),
        };
        let reads = method == "GET" || path == "/inspect";
        let opens = (method, path) == ("POST", "/sessions");
        for (token, allowed) in [(&read, reads), (&sessions, opens)] {
            let answer = send(&app, method, path, token, &body).await;
            if allowed {
                let status = answer.status().as_u16();
                assert!(status == 200 || status == 404, "{method} {path}: {status}");
            } else {
                assert_problem(answer, 403, "insufficient_scope").await;
            }
        }
    }
}

#[tokio::test]
async fn a_back_end_with_the_sessions_scope_cannot_make_an_admin() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("root", &["jotleash-admin"]).await;
    let token = narrow_token(&app, "jotleash:sessions").await;
    for body in [
        json!({"subject": "root"}),
        json!({"subject": "root", "roles": ["viewer"]}),
        json!({"subject": "ann", "roles": ["jotleash-admin"]}),
        json!({"subject": "ann", "audience": app.env["JOTLEASH_ISSUER"], "client_id": "dev"}),
    ] {
        let answer = send(&app, "POST", "/sessions", &token, &body).await;
        assert!(
            [400, 403].contains(&answer.status().as_u16()),
            "{body}: {}",
            answer.status()
        );
    }
    let fine = send(
        &app,
        "POST",
        "/sessions",
        &token,
        &json!({"subject": "ann"}),
    )
    .await;
    assert_eq!(fine.status(), 200);
}

#[tokio::test]
async fn users_are_created_read_changed_and_deleted() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let made = admin.create_user("Bob", &["viewer"]).await;
    assert_eq!(made["sub"], "bob");
    assert_eq!(made["roles"], json!(["viewer"]));
    assert_eq!(made["disabled"], false);
    assert!(
        made["created_at"].is_u64() && made.get("password").is_none(),
        "{made}"
    );

    assert_eq!(body_of(admin.get("/users/bob").await).await, made);
    let listed = body_of(admin.get("/users").await).await;
    assert!(
        listed["items"].as_array().unwrap().contains(&made),
        "{listed}"
    );
    let clash = admin
        .post("/users", &json!({"username": "bob", "sub": "other"}))
        .await;
    assert_problem(clash, 409, "conflict").await;
    let client = admin
        .post("/users", &json!({"username": "x", "sub": "dev"}))
        .await;
    assert_problem(client, 409, "conflict").await;
    for bad in [
        json!({"username": ""}),
        json!({"username": "x", "sub": "a/b"}),
        json!({}),
        json!({"username": "x", "roles": ["a b"]}),
        json!({"username": "x", "roles": "a"}),
        json!({"username": "x", "password": "y", "password_hash": "z"}),
        json!({"username": "x", "password": ""}),
        json!({"username": "x", "admin": true}),
    ] {
        assert_problem(admin.post("/users", &bad).await, 400, "invalid_request").await;
    }
    assert_problem(
        admin.patch("/users/bob", &json!({})).await,
        400,
        "invalid_request",
    )
    .await;
    assert_problem(
        admin.patch("/users/eve", &json!({"disabled": true})).await,
        404,
        "not_found",
    )
    .await;
    assert_eq!(admin.delete("/users/bob").await.status(), 204);
    for answer in [
        admin.get("/users/bob").await,
        admin.delete("/users/bob").await,
    ] {
        assert_problem(answer, 404, "not_found").await;
    }
}

#[tokio::test]
async fn a_sub_with_odd_characters_is_percent_encoded_in_paths() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let sub = "auth0|a+b@x;y={z}";
    let body = json!({"username": "odd", "password": "x", "sub": sub});
    assert_eq!(admin.post("/users", &body).await.status(), 201);
    let path = "/users/auth0%7Ca%2Bb%40x%3By%3D%7Bz%7D";
    assert_eq!(body_of(admin.get(path).await).await["sub"], sub);
    assert_problem(admin.get("/users/a%2Fb").await, 400, "invalid_request").await;
}

#[tokio::test]
async fn a_clients_secret_is_shown_once_and_replaced_at_once() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let client = json!({"id": "svc", "audiences": ["web"], "scopes": ["read"], "grants": ["client_credentials"]});
    let made = body_of(admin.post("/clients", &client).await).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.len() >= 43);
    assert!(
        body_of(admin.get("/clients/svc").await)
            .await
            .get("secret")
            .is_none()
    );
    let form = [("grant_type", "client_credentials")];
    assert_eq!(app.token("svc", &secret, &form).await.status(), 200);

    let replaced = body_of(admin.post("/clients/svc/secret", &json!({})).await).await;
    let new = replaced["secret"].as_str().unwrap();
    assert_eq!(app.token("svc", &secret, &form).await.status(), 401);
    let token = body_of(app.token("svc", new, &form).await).await;

    let narrowed = admin.patch("/clients/svc", &json!({"scopes": []})).await;
    assert_eq!(body_of(narrowed).await["scopes"], json!([]));
    let without = body_of(app.token("svc", new, &form).await).await;
    assert!(without.get("scope").is_none(), "{without}");

    assert_eq!(admin.delete("/clients/svc").await.status(), 204);
    assert_eq!(
        app.token("svc", new, &form).await.status(),
        401,
        "no grant any more"
    );
    let live = app.status_of(token["access_token"].as_str().unwrap()).await;
    assert_eq!(live, 401, "and its live tokens are dead");
    for bad in [
        json!({"id": "x", "audiences": ["nowhere"]}),
        json!({"id": "x", "grants": ["password"]}),
        json!({"id": "x", "scopes": ["jotleash:admin"]}),
        json!({"id": "x", "allow": ["here"]}),
        json!({"id": "x", "public": true, "admin": true}),
        json!({"id": "a b"}),
    ] {
        assert_problem(admin.post("/clients", &bad).await, 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn a_managed_client_is_changed_in_the_file_only() {
    let config = r#"
[[client]]
id = "spa"
audiences = ["web"]
scopes = ["read"]
"#;
    let app = Setup::default().config(config).start();
    let admin = app.admin().await;
    assert_eq!(
        body_of(admin.get("/clients/spa").await).await["managed"],
        true
    );
    for answer in [
        admin
            .patch("/clients/spa", &json!({"scopes": ["write"]}))
            .await,
        admin.delete("/clients/spa").await,
        admin.post("/clients/spa/secret", &json!({})).await,
    ] {
        assert_problem(answer, 409, "managed").await;
    }
}

#[tokio::test]
async fn a_trusted_back_end_opens_a_session_for_whom_it_knows() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let asked = json!({"subject": "ext|7", "roles": ["gold"], "scope": "read", "audience": "cart", "device": "tv"});
    let tokens = Tokens::of(admin.post("/sessions", &asked).await).await;
    let said = claims(&tokens.access);
    assert_eq!(
        (&said["sub"], &said["aud"], &said["scope"]),
        (&json!("ext|7"), &json!("cart"), &json!("read"))
    );
    assert_eq!(said["roles"], json!(["gold"]));
    let next = Tokens::of(app.refresh(&tokens.refresh).await).await;
    assert_eq!(
        claims(&next.access)["roles"],
        json!(["gold"]),
        "given roles stay the session's"
    );

    admin.create_user("ann", &["viewer"]).await;
    let own = Tokens::of(admin.post("/sessions", &json!({"subject": "ann"})).await).await;
    assert_eq!(
        claims(&own.access)["roles"],
        json!(["viewer"]),
        "else the user's"
    );
    assert_problem(
        admin.post("/sessions", &json!({"subject": "dev"})).await,
        409,
        "conflict",
    )
    .await;
    admin.patch("/users/ann", &json!({"disabled": true})).await;
    assert_problem(
        admin.post("/sessions", &json!({"subject": "ann"})).await,
        403,
        "disabled",
    )
    .await;
    for bad in [
        json!({"subject": "x", "scope": "admin"}),
        json!({"subject": "x", "audience": "nowhere"}),
        json!({}),
    ] {
        assert_problem(admin.post("/sessions", &bad).await, 400, "invalid_request").await;
    }
}

#[tokio::test]
async fn everything_can_be_revoked_by_its_name() {
    for redis in [None, Some(RedisServer::start())] {
        let app = match &redis {
            None => App::in_memory(),
            Some(redis) => App::on(redis),
        };
        let admin = app.admin().await;
        let one = |sessions: u64, tokens: u64| json!({"sessions": sessions, "tokens": tokens});
        let revoke = async |body: Value| {
            let answer = admin.post("/revoke", &body).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(header(&answer, "jotleash-durability"), "primary");
            let body = body_of(answer).await;
            assert_eq!(body["durability"], "primary");
            body["revoked"].clone()
        };
        let t = app.log_in().await;
        assert_eq!(
            revoke(json!({"jti": t.jti(), "dry_run": true})).await,
            one(0, 1)
        );
        assert_eq!(app.status_of(&t.access).await, 200, "a dry run only counts");
        assert_eq!(revoke(json!({"jti": t.jti()})).await, one(0, 1));
        assert_eq!(app.status_of(&t.access).await, 401);
        assert_eq!(
            revoke(json!({"jti": t.jti()})).await,
            one(0, 0),
            "idempotent"
        );
        Tokens::of(app.refresh(&t.refresh).await).await;

        let t = app.log_in().await;
        assert_eq!(revoke(json!({"token": t.access})).await, one(0, 1));
        assert_eq!(revoke(json!({"token": t.refresh})).await, one(1, 0));
        assert_eq!(app.refresh(&t.refresh).await.status(), 401);

        let t = app.log_in().await;
        assert_eq!(
            revoke(json!({"sid": t.session_id, "dry_run": true})).await,
            one(1, 1)
        );
        assert_eq!(revoke(json!({"sid": t.session_id})).await, one(1, 1));
        assert_eq!(app.status_of(&t.access).await, 401);

        for unknown in ["x", "a.b.c", "jr_x", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(
                revoke(json!({"token": unknown})).await,
                one(0, 0),
                "{unknown}"
            );
        }
        let ended = body_of(admin.delete("/subjects/demo/sessions").await).await;
        assert_eq!(
            ended["revoked"]["sessions"], 1,
            "the one that was refreshed: {ended}"
        );
        let (a, b) = (app.log_in().await, app.log_in().await);
        assert_eq!(
            revoke(json!({"subject": "demo", "dry_run": true})).await,
            one(2, 2)
        );
        assert_eq!(revoke(json!({"subject": "demo"})).await, one(2, 2));
        for t in [a, b] {
            assert_eq!(app.status_of(&t.access).await, 401);
        }
        let t = app.log_in().await;
        let path = format!("/sessions/{}", t.session_id);
        assert_eq!(
            body_of(admin.delete(&path).await).await["revoked"],
            one(1, 1)
        );
        assert_eq!(
            body_of(admin.delete(&path).await).await["revoked"],
            one(0, 0)
        );
        for bad in [
            json!({}),
            json!({"jti": t.jti(), "sid": t.session_id}),
            json!({"jti": "x"}),
            json!({"jti": t.jti(), "client_id": "dev"}),
        ] {
            assert_problem(admin.post("/revoke", &bad).await, 400, "invalid_request").await;
        }
    }
}

#[tokio::test]
async fn a_ban_stands_until_it_ends_or_is_lifted() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("bob", &[]).await;
    let t = Tokens::of(app.login(&credentials_of("bob")).await).await;
    let answer = admin
        .post(
            "/subjects/bob/ban",
            &json!({"seconds": 3600, "reason": "spam"}),
        )
        .await;
    assert_eq!(header(&answer, "jotleash-durability"), "primary");
    let ban = body_of(answer).await;
    assert_eq!(ban["revoked"], json!({"sessions": 1, "tokens": 1}));
    assert_eq!(
        (&ban["subject"], &ban["reason"]),
        (&json!("bob"), &json!("spam"))
    );
    assert_eq!(app.status_of(&t.access).await, 401);
    assert_eq!(app.refresh(&t.refresh).await.status(), 401);

    let shown = body_of(admin.get("/subjects/bob/ban").await).await;
    assert_eq!(shown["banned_until"], ban["banned_until"]);
    let replaced = body_of(
        admin
            .request(Method::POST, "/subjects/bob/ban")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert!(
        replaced.get("banned_until").is_none(),
        "repeating replaces: {replaced}"
    );
    let listed = body_of(admin.get("/bans").await).await;
    assert_eq!(listed["items"], json!([{"subject": "bob"}]));
    for _ in 0..2 {
        assert_eq!(admin.delete("/subjects/bob/ban").await.status(), 204);
    }
    assert_problem(admin.get("/subjects/bob/ban").await, 404, "not_found").await;
    assert_eq!(
        app.status_of(&t.access).await,
        401,
        "what a ban ended stays dead"
    );
    Tokens::of(app.login(&credentials_of("bob")).await).await;
    assert_eq!(
        admin
            .post("/subjects/stranger/ban", &json!({}))
            .await
            .status(),
        200
    );
    assert_problem(
        admin
            .post("/sessions", &json!({"subject": "stranger"}))
            .await,
        403,
        "banned",
    )
    .await;
    assert_problem(
        admin
            .post("/subjects/bob/ban", &json!({"seconds": 0}))
            .await,
        400,
        "invalid_request",
    )
    .await;
}

#[tokio::test]
async fn a_banned_client_gets_no_token() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let (id, secret) = (
        &app.env["JOTLEASH_CLIENT_ID"],
        &app.env["JOTLEASH_CLIENT_SECRET"],
    );
    let form = [("grant_type", "client_credentials")];
    let token = body_of(app.token(id, secret, &form).await).await;
    assert_eq!(
        admin
            .post(&format!("/subjects/{id}/ban"), &json!({}))
            .await
            .status(),
        200
    );
    assert_eq!(
        app.status_of(token["access_token"].as_str().unwrap()).await,
        401
    );
    let refused = app.token(id, secret, &form).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(body_of(refused).await["error"], "unauthorized_client");
}

#[tokio::test]
async fn inspect_tells_why_and_the_audit_who() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let verdict =
        async |token: &str| body_of(admin.post("/inspect", &json!({"token": token})).await).await;
    let t = app.log_in().await;
    let live = verdict(&t.access).await;
    assert_eq!(
        (&live["verdict"], &live["claims"]),
        (&json!("live"), &claims(&t.access))
    );
    assert_eq!(verdict(&t.refresh).await["verdict"], "live");
    assert_eq!(verdict("a.b.c").await["verdict"], "invalid");

    app.logout(&t.access, None).await;
    for token in [&t.access, &t.refresh] {
        let dead = verdict(token).await;
        assert_eq!(
            (&dead["verdict"], &dead["revoked_by"]),
            (&json!("revoked"), &json!("demo")),
            "{dead}"
        );
        assert!(dead["revoked_at"].is_u64());
    }
    let t = app.log_in().await;
    admin.post("/subjects/demo/ban", &json!({})).await;
    assert_eq!(verdict(&t.access).await["revoked_by"], "dev-admin");

    let audit = body_of(admin.get("/audit").await).await;
    let events = audit["items"].as_array().unwrap();
    let actions: Vec<_> = events
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions[..4],
        ["ban", "login", "logout", "login"],
        "newest first: {audit}"
    );
    assert_eq!(
        (&events[0]["actor"], &events[0]["target"]),
        (&json!("dev-admin"), &json!("demo"))
    );
    assert_eq!(
        (&events[1]["actor"], &events[1]["result"]),
        (&json!("demo"), &json!("ok"))
    );
    for event in events {
        assert!(
            event["id"].is_string() && event["time"].is_u64() && event["request_id"].is_string(),
            "{event}"
        );
    }
    let page = body_of(admin.get("/audit?limit=1").await).await;
    let next = page["next_cursor"].as_str().unwrap();
    let second = body_of(admin.get(&format!("/audit?limit=1&cursor={next}")).await).await;
    assert_eq!(second["items"][0]["id"], events[1]["id"]);
    assert_problem(
        admin.get("/audit?cursor=nonsense!").await,
        400,
        "invalid_request",
    )
    .await;
}

#[tokio::test]
async fn sessions_are_listed_by_subject_and_by_address() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("ann", &[]).await;
    let t = Tokens::of(app.login(&credentials_of("ann")).await).await;
    app.log_in().await;
    let ids = async |query: &str| {
        let listed = body_of(admin.get(&format!("/sessions{query}")).await).await;
        let items = listed["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["subject"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("").await.len(), 2);
    assert_eq!(ids("?subject=ann").await, ["ann"]);
    assert_eq!(ids("?ip=127.0.0.1").await.len(), 2);
    assert_eq!(ids("?ip=127.0.0.1&subject=ann").await, ["ann"]);
    assert_eq!(ids("?ip=10.0.0.1").await.len(), 0);
    app.logout(&t.access, None).await;
    assert_eq!(ids("").await, ["demo"]);
    assert_problem(admin.get("/sessions?ip=here").await, 400, "invalid_request").await;
}
