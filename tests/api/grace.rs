//! Audiences that declare grace: while Redis is out, what this instance has seen live, and nothing else.
#![expect(
    clippy::float_cmp,
    reason = "counts are whole numbers, and f64 holds those exactly"
)]

use std::time::Duration;

use jotleash::remote::Verdict;
use reqwest::{Method, Response};
use serde_json::json;

use crate::app::{App, Setup, Tokens, assert_problem, credentials_of, header, json as body_of};
use crate::exposition::read;
use crate::redis_server::RedisServer;
use crate::remote::ask;

/// Three audiences with grace, one for JWTs, one for handles and one for a moment only, and clients
/// whose secret is `inside-hunter2-inside`. `gate` has tokens of `web`, which is closed, exchanged.
const LENIENT: &str = r#"
log = "info,jotleash::grace=debug"
[[audience]]
name = "shop"
scopes = ["read", "write"]
login_client = "desk"
outage = "grace 10m"
[[audience]]
name = "vault"
format = "opaque"
scopes = ["read"]
login_client = "desk"
outage = "grace 10m"
[[audience]]
name = "brief"
login_client = "desk"
outage = "grace 1s"
[[client]]
id = "desk"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["shop", "vault", "brief"]
scopes = ["read"]
grants = ["client_credentials", "refresh_token"]
introspect = ["shop", "vault"]
[[client]]
id = "gate"
secret_sha256 = "992e203d1df796b6b269717446da7a7a7cfd05dc3800b34a3fb60665123b91dc"
audiences = ["shop"]
scopes = ["read"]
grants = ["urn:ietf:params:oauth:grant-type:token-exchange"]
introspect = ["web"]
"#;

const SECRET: &str = "inside-hunter2-inside";
const LENIENT_AUDIENCES: [&str; 2] = ["shop", "vault"];

fn app_on(redis: &RedisServer) -> App {
    Setup::default().store(redis.url()).config(LENIENT).start()
}

fn twin_on(redis: &RedisServer, app: &App) -> App {
    let setup = Setup::default().store(redis.url()).config(LENIENT);
    setup.twin_of(app).start()
}

/// A session of the demo user.
async fn log_in_to(app: &App, audience: &str) -> Tokens {
    let mut body = app.demo();
    body["audience"] = json!(audience);
    Tokens::of(app.login(&body).await).await
}

async fn get(app: &App, path: &str, token: &str) -> Response {
    let request = app.request(Method::GET, path).bearer_auth(token);
    request.send().await.unwrap()
}

/// The status of a check and what it went by: `""` when it is no 200.
async fn check(app: &App, audience: &str, token: &str) -> (u16, String) {
    let answer = get(app, &format!("/verify?audience={audience}"), token).await;
    let liveness = header(&answer, "x-auth-liveness").to_owned();
    (answer.status().as_u16(), liveness)
}

fn live() -> (u16, String) {
    (200, "live".to_owned())
}

fn in_grace() -> (u16, String) {
    (200, "grace".to_owned())
}

fn refused(status: u16) -> (u16, String) {
    (status, String::new())
}

/// Checks until Redis answers. No limit of its own: the test runner has one.
async fn until_live(app: &App, audience: &str, token: &str) {
    while check(app, audience, token).await != live() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Checks until the token is refused.
async fn until_dead(app: &App, audience: &str, token: &str) {
    while check(app, audience, token).await != refused(401) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How often something was counted.
async fn counted(app: &App, name: &str) -> f64 {
    let answer = app.http.get(format!("{}/metrics", app.admin_url)).send();
    let text = answer.await.unwrap().text().await.unwrap();
    read(&text).1[name]
}

#[tokio::test]
async fn what_was_seen_live_is_taken_and_marked_while_redis_is_out_and_live_afterwards() {
    const GRACE: &str = r#"jotleash_token_checks_total{result="live",source="grace"}"#;
    let mut redis = RedisServer::start_with(&["--appendonly", "yes"]);
    let app = app_on(&redis);
    for (round, audience) in LENIENT_AUDIENCES.into_iter().enumerate() {
        let seen = log_in_to(&app, audience).await;
        let unseen = log_in_to(&app, audience).await;
        until_live(&app, audience, &seen.access).await;
        let before = get(&app, &format!("/verify-for/{audience}/x"), &seen.access).await;
        assert_eq!(header(&before, "x-auth-liveness"), "live");
        let counted_before = counted(&app, GRACE).await;

        redis.stop();
        let verdict = ask(&app, &seen.access, Some(audience), &[]).await;
        assert!(matches!(verdict, Verdict::Live(who) if who.grace));
        assert_eq!(check(&app, audience, &unseen.access).await, refused(503));
        let after = get(&app, &format!("/verify-for/{audience}/x"), &seen.access).await;
        for name in ["subject", "session", "scope", "roles", "client", "expires"] {
            let name = format!("x-auth-{name}");
            assert_eq!(header(&after, &name), header(&before, &name), "{name}");
        }
        let jti = header(&after, "x-auth-token-id");
        assert_eq!(counted(&app, GRACE).await - counted_before, 2.0);
        let log = app.log();
        // A slow machine may have been late with the cut-offs before.
        assert!(log.matches(&format!("{jti} was taken in grace")).count() >= 2);
        assert!(log.matches("grace begins").count() > round, "{log}");

        redis.restart();
        until_live(&app, audience, &seen.access).await;
        until_live(&app, audience, &unseen.access).await;
        // The end is told once a moment has passed without any.
        while app.log().matches("grace ends").count() == round {
            until_live(&app, audience, &seen.access).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_redis_that_hangs_is_an_outage_too() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let mut seen = Vec::new();
    for audience in LENIENT_AUDIENCES {
        let tokens = log_in_to(&app, audience).await;
        until_live(&app, audience, &tokens.access).await;
        seen.push((audience, tokens.access));
    }
    redis.pause();
    // At first the question gets no answer in time, later there is no connection at all.
    for _ in 0..3 {
        for (audience, token) in &seen {
            assert_eq!(check(&app, audience, token).await, in_grace());
        }
    }
    redis.resume();
    for (audience, token) in &seen {
        until_live(&app, audience, token).await;
    }
}

#[tokio::test]
async fn grace_is_for_checks_of_audiences_that_declare_it_and_for_nothing_else() {
    let mut redis = RedisServer::start();
    let app = app_on(&redis);
    let closed = app.log_in().await;
    let shop = log_in_to(&app, "shop").await;
    let admin = app.admin().await;
    assert_eq!(app.status_of(&closed.access).await, 200);
    until_live(&app, "shop", &shop.access).await;
    assert_eq!(get(&app, "/v1/me", &shop.access).await.status(), 200);
    assert_eq!(admin.get("/sessions").await.status(), 200);

    redis.stop();
    assert_eq!(check(&app, "shop", &shop.access).await, in_grace());
    assert_eq!(app.verify(&closed.access).await.status(), 503);
    let admin_path = format!("/verify?audience={}", app.env["JOTLEASH_ISSUER"]);
    assert_eq!(get(&app, &admin_path, &admin.token).await.status(), 503);
    let out = "store_unavailable";
    assert_problem(admin.get("/sessions").await, 503, out).await;
    assert_problem(get(&app, "/v1/me", &shop.access).await, 503, out).await;
    assert_problem(app.refresh(&shop.refresh).await, 503, out).await;
    assert_problem(app.logout(&shop.access, None).await, 503, out).await;
    let form = app.request(Method::POST, "/oauth2/introspect");
    let form = form.basic_auth("desk", Some(SECRET));
    let answer = form.form(&[("token", &shop.access)]).send().await.unwrap();
    assert_eq!(answer.status(), 503, "RFC 7662 has no mark for it");

    // What the token itself says is judged as ever.
    assert_eq!(check(&app, "vault", &shop.access).await, refused(401));
    let path = "/verify?audience=shop&scope=admin";
    assert_eq!(get(&app, path, &shop.access).await.status(), 403);
    let mut changed = shop.access.clone();
    changed.replace_range(changed.len() - 4.., "AAAA");
    assert_eq!(check(&app, "shop", &changed).await, refused(401));
}

#[tokio::test]
async fn what_this_instance_has_ended_or_seen_dead_is_not_taken() {
    let mut redis = RedisServer::start();
    let app = app_on(&redis);
    let admin = app.admin().await;
    let banned = {
        admin.create_user("mallory", &[]).await;
        let mut body = credentials_of("mallory");
        body["audience"] = json!("shop");
        Tokens::of(app.login(&body).await).await
    };
    for (name, role) in [("ann", "roles"), ("bob", "disabled")] {
        admin.create_user(name, &[role]).await;
    }
    let mut dead = vec![("shop", banned.access)];
    let log_in = async |name: &str, audience: &'static str| {
        let mut body = credentials_of(name);
        body["audience"] = json!(audience);
        (audience, Tokens::of(app.login(&body).await).await.access)
    };
    dead.push(log_in("ann", "vault").await);
    dead.push(log_in("bob", "shop").await);
    let gone = log_in_to(&app, "shop").await;
    let revoked = log_in_to(&app, "vault").await;
    dead.push(("shop", gone.access.clone()));
    dead.push(("vault", revoked.access.clone()));
    let elsewhere = log_in_to(&app, "shop").await;
    dead.push(("shop", elsewhere.access.clone()));
    for (audience, token) in &dead {
        until_live(&app, audience, token).await;
    }
    let ban = admin.post("/subjects/mallory/ban", &json!({})).await;
    assert_eq!(ban.status(), 200);
    let roles = admin.patch("/users/ann", &json!({"roles": ["none"]})).await;
    assert_eq!(roles.status(), 200);
    let disabled = admin.patch("/users/bob", &json!({"disabled": true})).await;
    assert_eq!(disabled.status(), 200);
    assert_eq!(app.logout(&gone.access, None).await.status(), 204);
    let body = json!({"token": revoked.access});
    assert_eq!(admin.post("/revoke", &body).await.status(), 200);
    // Another instance ends this one, and this one sees that it is dead.
    let twin = twin_on(&redis, &app);
    assert_eq!(twin.logout(&elsewhere.access, None).await.status(), 204);
    until_dead(&app, "shop", &elsewhere.access).await;
    // Whatever is alive is seen again, after all of this.
    let alive = log_in_to(&app, "shop").await;
    until_live(&app, "shop", &alive.access).await;

    redis.stop();
    for (audience, token) in &dead {
        assert_eq!(check(&app, audience, token).await, refused(503));
    }
    assert_eq!(check(&app, "shop", &alive.access).await, in_grace());
}

#[tokio::test]
async fn what_only_another_instance_has_ended_is_taken_until_it_is_seen_dead() {
    let redis = RedisServer::start();
    let (one, tokens) = {
        let app = app_on(&redis);
        let tokens = log_in_to(&app, "shop").await;
        (app, tokens)
    };
    let two = twin_on(&redis, &one);
    until_live(&one, "shop", &tokens.access).await;
    assert_eq!(two.logout(&tokens.access, None).await.status(), 204);
    redis.pause();
    // The price, as the documentation tells it.
    assert_eq!(check(&one, "shop", &tokens.access).await, in_grace());
    assert_eq!(check(&two, "shop", &tokens.access).await, refused(503));
    redis.resume();
    until_dead(&one, "shop", &tokens.access).await;
    redis.pause();
    assert_eq!(check(&one, "shop", &tokens.access).await, refused(503));
}

#[tokio::test]
async fn a_cut_off_that_was_read_holds_in_grace_and_for_whoever_imposed_it() {
    let redis = RedisServer::start();
    let one = app_on(&redis);
    let two = twin_on(&redis, &one);
    let admin = two.admin().await;
    let client = json!({"id": "spa", "public": true, "audiences": ["shop"], "scopes": ["read"]});
    assert_eq!(admin.post("/clients", &client).await.status(), 201);
    let mut body = one.demo();
    body["client_id"] = json!("spa");
    body["audience"] = json!("shop");
    let covered = Tokens::of(one.login(&body).await).await;
    let other = log_in_to(&one, "shop").await;
    for app in [&one, &two] {
        until_live(app, "shop", &covered.access).await;
        until_live(app, "shop", &other.access).await;
    }
    let answer = admin.post("/revoke", &json!({"client_id": "spa"})).await;
    assert_eq!(answer.status(), 200);
    // Whoever imposes one forgets all that it has seen until then.
    until_live(&two, "shop", &other.access).await;
    redis.pause();
    let ask = async |app: &App, token: &str| check(app, "shop", token).await;
    // The first has not seen any of these tokens since, but has read the cut-off: more than a second
    // ago, so that it cannot be known whether there is another one.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(ask(&one, &covered.access).await, refused(401));
    assert_eq!(ask(&one, &other.access).await, in_grace());
    assert_eq!(ask(&two, &covered.access).await, refused(503));
    assert_eq!(ask(&two, &other.access).await, in_grace());
}

#[tokio::test]
async fn an_exchanged_token_is_taken_unless_only_its_session_could_tell_that_it_was_cut_off() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let own = app.log_in().await;
    let form = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", own.access.as_str()),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("audience", "shop"),
    ];
    let answer = body_of(app.token("gate", SECRET, &form).await).await;
    let exchanged = answer["access_token"].as_str().unwrap();
    until_live(&app, "shop", exchanged).await;
    redis.pause();
    assert_eq!(check(&app, "shop", exchanged).await, in_grace());
    redis.resume();
    until_live(&app, "shop", exchanged).await;

    let admin = app.admin().await;
    let answer = admin.post("/revoke", &json!({"client_id": "desk"})).await;
    assert_eq!(answer.status(), 200);
    until_live(&app, "shop", exchanged).await;
    redis.pause();
    // Its session was opened through another client, which only Redis knows.
    assert_eq!(check(&app, "shop", exchanged).await, refused(503));
}

#[tokio::test]
async fn grace_has_an_end() {
    let redis = RedisServer::start();
    let app = app_on(&redis);
    let tokens = log_in_to(&app, "brief").await;
    let long = log_in_to(&app, "shop").await;
    until_live(&app, "shop", &long.access).await;
    until_live(&app, "brief", &tokens.access).await;
    redis.pause();
    while check(&app, "brief", &tokens.access).await == in_grace() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..3 {
        assert_eq!(check(&app, "brief", &tokens.access).await, refused(503));
    }
    assert_eq!(check(&app, "shop", &long.access).await, in_grace());
}

#[tokio::test]
async fn an_instance_that_was_restarted_has_seen_nothing() {
    let mut redis = RedisServer::start();
    let app = app_on(&redis);
    let tokens = log_in_to(&app, "shop").await;
    until_live(&app, "shop", &tokens.access).await;
    let setup = Setup::default().store(redis.url()).config(LENIENT);
    let app = setup.in_folder_of(app.kill()).start();
    redis.stop();
    assert_eq!(check(&app, "shop", &tokens.access).await, refused(503));
}

#[tokio::test]
async fn the_start_tells_what_grace_gives_up() {
    let app = Setup::default().config(LENIENT).start();
    let log = app.log();
    for audience in ["shop", "vault", "brief"] {
        let told = format!("tokens of the audience \"{audience}\" are taken");
        assert!(log.contains(&told), "{log}");
    }
    let web = "audience \"web\" are taken";
    assert!(!log.contains(web), "{log}");
}
