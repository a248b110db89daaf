//! `GET /metrics`
#![expect(
    clippy::float_cmp,
    reason = "counts are whole numbers, and f64 holds those exactly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{App, Setup, claims, credentials_of, header};
use crate::exposition::{Series, read};
use crate::redis_server::RedisServer;

async fn text(app: &App) -> String {
    let answer = app.http.get(format!("{}/metrics", app.admin_url)).send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        header(&answer, "content-type"),
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    answer.text().await.unwrap()
}

async fn scrape(app: &App) -> Series {
    read(&text(app).await).1
}

/// What has grown since, of the counters and of how often something was timed.
fn grown(before: &Series, after: &Series) -> BTreeMap<String, f64> {
    let counted = |name: &str| name.contains("_total") || name.contains("_count");
    let mut grown = BTreeMap::new();
    for (name, value) in after.iter().filter(|(name, _)| counted(name)) {
        let more = value - before.get(name).unwrap_or(&0.0);
        if more != 0.0 {
            grown.insert(name.trim_start_matches("jotleash_").to_owned(), more);
        }
    }
    grown
}

fn expected(lines: &[(&str, f64)]) -> BTreeMap<String, f64> {
    lines
        .iter()
        .map(|(name, more)| ((*name).to_owned(), *more))
        .collect()
}

/// What the requests of the first test make of the counters.
const SCRIPT: &[(&str, f64)] = &[
    (
        r#"http_request_duration_seconds_count{route="/metrics"}"#,
        1.0,
    ),
    (
        r#"http_request_duration_seconds_count{route="/v1/admin/subjects/{sub}/ban"}"#,
        1.0,
    ),
    (
        r#"http_request_duration_seconds_count{route="/v1/login"}"#,
        3.0,
    ),
    (
        r#"http_request_duration_seconds_count{route="/v1/logout"}"#,
        1.0,
    ),
    (
        r#"http_request_duration_seconds_count{route="/v1/me/sessions/{sid}"}"#,
        1.0,
    ),
    (
        r#"http_request_duration_seconds_count{route="/v1/refresh"}"#,
        2.0,
    ),
    (
        r#"http_request_duration_seconds_count{route="/verify"}"#,
        4.0,
    ),
    (
        r#"http_requests_total{route="/metrics",method="GET",code="200"}"#,
        1.0,
    ),
    (
        r#"http_requests_total{route="/v1/admin/subjects/{sub}/ban",method="POST",code="200"}"#,
        1.0,
    ),
    (
        r#"http_requests_total{route="/v1/login",method="POST",code="200"}"#,
        2.0,
    ),
    (
        r#"http_requests_total{route="/v1/login",method="POST",code="401"}"#,
        1.0,
    ),
    (
        r#"http_requests_total{route="/v1/logout",method="POST",code="204"}"#,
        1.0,
    ),
    (
        r#"http_requests_total{route="/v1/me/sessions/{sid}",method="DELETE",code="401"}"#,
        1.0,
    ),
    (
        r#"http_requests_total{route="/v1/refresh",method="POST",code="200"}"#,
        2.0,
    ),
    (
        r#"http_requests_total{route="/verify",method="GET",code="200"}"#,
        2.0,
    ),
    (
        r#"http_requests_total{route="/verify",method="GET",code="401"}"#,
        2.0,
    ),
    (r#"revocations_total{kind="session"}"#, 1.0),
    (r#"revocations_total{kind="subject"}"#, 1.0),
    (r#"token_checks_total{result="invalid",source="none"}"#, 1.0),
    // The two that passed, that of the log-out, and that of the ban.
    (r#"token_checks_total{result="live",source="store"}"#, 4.0),
    (
        r#"token_checks_total{result="not_live",source="store"}"#,
        1.0,
    ),
    (r#"tokens_issued_total{grant="password"}"#, 2.0),
    (r#"tokens_issued_total{grant="refresh_token"}"#, 1.0),
];

#[tokio::test]
async fn every_request_is_counted_for_what_it_was() {
    let app = App::in_memory();
    let admin = app.admin().await;
    admin.create_user("alice", &[]).await;
    let before = scrape(&app).await;

    let tokens = app.log_in().await;
    assert_eq!(app.status_of(&tokens.access).await, 200);
    assert_eq!(app.status_of(&tokens.access).await, 200);
    assert_eq!(app.status_of("not.a.token").await, 401);
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 200);
    // Within the grace it is the same token again, and nothing is issued.
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 200);
    assert_eq!(app.logout(&tokens.access, None).await.status(), 204);
    assert_eq!(app.status_of(&tokens.access).await, 401);
    let path = format!("/v1/me/sessions/{}", tokens.session_id);
    let answer = app.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let wrong = json!({"username": "alice", "password": "wrong"});
    assert_eq!(app.login(&wrong).await.status(), 401);
    assert_eq!(app.login(&credentials_of("alice")).await.status(), 200);
    let banned = admin.post("/subjects/alice/ban", &json!({})).await;
    assert_eq!(banned.status(), 200);

    let grown = grown(&before, &scrape(&app).await);
    let (store, rest): (BTreeMap<_, _>, BTreeMap<_, _>) = grown
        .into_iter()
        .partition(|(name, _)| name.starts_with("store_"));
    assert_eq!(rest, expected(SCRIPT));
    assert_eq!(
        store[r#"store_op_duration_seconds_count{op="liveness"}"#],
        5.0
    );
    assert_eq!(store[r#"store_op_duration_seconds_count{op="open"}"#], 2.0);
    assert_eq!(
        store[r#"store_op_duration_seconds_count{op="revoke"}"#],
        1.0
    );
    assert_eq!(store[r#"store_op_duration_seconds_count{op="ban"}"#], 1.0);
    assert!(!store.contains_key("store_errors_total"));
}

#[tokio::test]
async fn what_operators_and_back_ends_do_is_counted_too() {
    let app = App::in_memory();
    let admin = app.admin().await;
    let before = scrape(&app).await;
    admin.create_user("bob", &[]).await;
    let opened = admin.post("/sessions", &json!({"subject": "bob"})).await;
    assert_eq!(opened.status(), 200);
    let tokens = crate::app::Tokens::of(opened).await;
    let revoked = admin.post("/revoke", &json!({"jti": tokens.jti()})).await;
    assert_eq!(revoked.status(), 200);
    // What takes nothing away is no revocation.
    assert_eq!(
        admin
            .patch("/users/bob", &json!({"disabled": false}))
            .await
            .status(),
        200
    );
    assert_eq!(
        admin
            .patch("/users/bob", &json!({"disabled": true}))
            .await
            .status(),
        200
    );
    assert_eq!(admin.delete("/users/bob").await.status(), 204);
    assert_eq!(admin.delete("/users/bob").await.status(), 404);

    let grown = grown(&before, &scrape(&app).await);
    assert_eq!(grown[r#"revocations_total{kind="token"}"#], 1.0);
    assert_eq!(grown[r#"revocations_total{kind="subject"}"#], 2.0);
    assert_eq!(grown[r#"tokens_issued_total{grant="trusted"}"#], 1.0);
    let users = r#"http_requests_total{route="/v1/admin/users/{sub}",method="#;
    assert_eq!(grown[&format!(r#"{users}"PATCH",code="200"}}"#)], 2.0);
    assert_eq!(grown[&format!(r#"{users}"DELETE",code="404"}}"#)], 1.0);
}

#[tokio::test]
async fn no_outsider_makes_a_series_and_none_is_named_in_one() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    assert_eq!(app.status_of(&tokens.access).await, 200);
    let odd = async |number: usize| {
        let method = Method::from_bytes(format!("ODD{number}").as_bytes()).unwrap();
        for (method, path) in [
            (Method::GET, format!("/nowhere/{number}")),
            (
                Method::GET,
                format!("/verify/{number}?audience=web{number}"),
            ),
            (Method::DELETE, format!("/v1/me/sessions/{number}")),
            (method, format!("/v1/login/{number}")),
        ] {
            app.request(method, &path).send().await.unwrap();
        }
        let admin = format!("{}/v1/admin/users/{number}", app.admin_url);
        app.http.get(admin).send().await.unwrap();
        let metrics = format!("{}/odd/{number}", app.admin_url);
        app.http.get(metrics).send().await.unwrap();
    };
    odd(0).await;
    let names = |series: Series| series.into_keys().collect::<BTreeSet<_>>();
    let warm = scrape(&app).await;
    let unmatched = r#"jotleash_http_requests_total{route="unmatched",method="GET",code="404"}"#;
    let other = r#"jotleash_http_requests_total{route="unmatched",method="OTHER",code="404"}"#;
    assert_eq!((warm[unmatched], warm[other]), (2.0, 1.0));
    // The scrape itself makes the series of the scrapes.
    let before = names(scrape(&app).await);
    for number in 1..500 {
        odd(number).await;
    }
    let after = scrape(&app).await;
    assert_eq!((after[unmatched], after[other]), (1000.0, 500.0));
    assert_eq!(names(after), before);

    let text = text(&app).await;
    let claims = claims(&tokens.access);
    for secret in ["sub", "jti", "sid", "client_id", "iss"] {
        let value = claims[secret].as_str().unwrap();
        assert!(!text.contains(&format!("\"{value}\"")), "{secret} {value}");
    }
    assert!(!text.contains("127.0.0.1"));
}

#[tokio::test]
async fn a_store_that_is_out_shows() {
    let mut redis = RedisServer::start();
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    let before = scrape(&app).await;
    assert_eq!(before["jotleash_store_errors_total"], 0.0);
    redis.stop();
    assert_eq!(app.status_of(&tokens.access).await, 503);
    let grown = grown(&before, &scrape(&app).await);
    assert_eq!(
        grown[r#"token_checks_total{result="error",source="store"}"#],
        1.0
    );
    assert_eq!(grown["store_errors_total"], 1.0);
    assert_eq!(
        grown[r#"http_requests_total{route="/verify",method="GET",code="503"}"#],
        1.0
    );
}

#[tokio::test]
async fn the_key_that_signs_has_an_age_if_its_making_was_written_down() {
    let app = App::in_memory();
    let age = scrape(&app).await["jotleash_signing_key_age_seconds"];
    assert!((0.0..3600.0).contains(&age), "{age}");

    // A key that openssl made, and nobody wrote down when.
    let folder = app.kill();
    fs::remove_file(folder.path().join("keys/keyring.json")).unwrap();
    let app = Setup::default().in_folder_of(folder).start();
    let series = scrape(&app).await;
    assert!(!series.contains_key("jotleash_signing_key_age_seconds"));
    // The service is built as this test is: also by `cargo test --release`.
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let build = format!(
        r#"jotleash_build_info{{version="{}",profile="{profile}"}}"#,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(series[&build], 1.0);
}

#[tokio::test]
async fn plain_text_is_there_for_who_asks_for_it() {
    let app = App::in_memory();
    let plain = app.http.get(format!("{}/metrics", app.admin_url));
    let plain = plain.header("accept", "text/plain").send().await.unwrap();
    assert_eq!(
        header(&plain, "content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = plain.text().await.unwrap();
    assert!(
        text.contains("# TYPE jotleash_store_errors_total counter\n"),
        "{text}"
    );
    assert!(!text.contains("# EOF"));
    // Not on the listener that everybody reaches.
    let public = app.request(Method::GET, "/metrics").send().await.unwrap();
    assert_eq!(public.status(), StatusCode::NOT_FOUND);
}

/// `docs/deploy.md` has a table with a line for each metric: its name, its type, its labels.
#[tokio::test]
async fn the_documented_metrics_are_those_that_there_are() {
    let app = App::in_memory();
    app.log_in().await;
    app.http.get(&app.admin_url).send().await.unwrap();
    let (families, _) = read(&text(&app).await);
    let real: BTreeSet<_> = families
        .iter()
        .map(|(name, family)| {
            let suffix = match family.kind.as_str() {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            let labels: Vec<_> = family
                .labels
                .iter()
                .map(|label| format!("`{label}`"))
                .collect();
            format!(
                "| `{name}{suffix}` | {} | {} |",
                family.kind,
                labels.join(" ")
            )
        })
        .collect();
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deploy.md");
    let docs = fs::read_to_string(docs).unwrap();
    let lines = docs.lines().filter(|line| line.starts_with("| `jotleash_"));
    let documented: BTreeSet<_> = lines
        .map(|line| line.rsplitn(3, '|').nth(2).unwrap().to_owned() + "|")
        .collect();
    assert_eq!(documented, real);
}
