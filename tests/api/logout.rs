//! Logging out, and looking at one's own sessions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Setup, Tokens, assert_problem, claims, header};
use crate::redis_server::RedisServer;

async fn me(app: &App, path: &str, token: &str) -> Value {
    let answer = app
        .request(Method::GET, path)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    crate::app::json(answer).await
}

#[tokio::test]
async fn a_log_out_ends_the_session_and_its_tokens_and_no_other() {
    let app = App::in_memory();
    let (one, two) = (app.log_in().await, app.log_in().await);
    let answer = app.logout(&one.access, None).await;
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "jotleash-durability"), "primary");
    assert_eq!(app.status_of(&one.access).await, 401);
    assert_problem(
        app.refresh(&one.refresh).await,
        401,
        "invalid_refresh_token",
    )
    .await;
    assert_eq!(app.status_of(&two.access).await, 200);
    assert_problem(app.logout(&one.access, None).await, 401, "invalid_token").await;
}

#[tokio::test]
async fn a_log_out_on_a_file_is_on_the_disk() {
    let app = Setup::default()
        .store("embedded:data/jotleash.redb")
        .start();
    let tokens = app.log_in().await;
    let answer = app.logout(&tokens.access, None).await;
    assert_eq!(header(&answer, "jotleash-durability"), "fsynced");
}

#[tokio::test]
async fn a_log_out_may_end_the_others_or_all() {
    let app = App::in_memory();
    let (one, two, three) = (app.log_in().await, app.log_in().await, app.log_in().await);
    assert_eq!(app.logout(&one.access, Some("others")).await.status(), 204);
    assert_eq!(app.status_of(&one.access).await, 200);
    assert_eq!(app.status_of(&two.access).await, 401);
    assert_eq!(app.status_of(&three.access).await, 401);

    let four = app.log_in().await;
    assert_eq!(app.logout(&four.access, Some("global")).await.status(), 204);
    for tokens in [&one, &four] {
        assert_eq!(app.status_of(&tokens.access).await, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
    }
    let five = app.log_in().await;
    assert_problem(
        app.logout(&five.access, Some("all")).await,
        400,
        "invalid_request",
    )
    .await;
    assert_eq!(
        app.status_of(&five.access).await,
        200,
        "a bad request loses nothing"
    );
}

#[tokio::test]
async fn a_token_without_a_session_can_only_end_itself() {
    let app = App::in_memory();
    let (id, secret) = (
        &app.env["JOTLEASH_CLIENT_ID"],
        &app.env["JOTLEASH_CLIENT_SECRET"],
    );
    let answer = app
        .token(id, secret, &[("grant_type", "client_credentials")])
        .await;
    let token = crate::app::json(answer).await["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    for scope in ["others", "global"] {
        assert_problem(app.logout(&token, Some(scope)).await, 400, "no_session").await;
    }
    assert_eq!(app.status_of(&token).await, 200);
    assert_eq!(app.logout(&token, Some("local")).await.status(), 204);
    assert_eq!(app.status_of(&token).await, 401);
}

#[tokio::test]
async fn me_shows_the_claims_and_the_session_and_no_secret() {
    let app = App::in_memory();
    let mut body = app.demo();
    body["device"] = json!("phone");
    let tokens = Tokens::of(app.login(&body).await).await;
    let shown = me(&app, "/v1/me", &tokens.access).await;
    assert_eq!(shown["claims"], claims(&tokens.access));
    let session = &shown["session"];
    assert_eq!(session["session_id"], tokens.session_id.as_str());
    assert_eq!(session["device"], "phone");
    assert_eq!(session["ip"], "127.0.0.1");
    assert_eq!(session["current"], true);
    let names: Vec<_> = session.as_object().unwrap().keys().cloned().collect();
    let known = "audience client_id created_at current device expires_at ip last_seen_at scope session_id subject";
    assert_eq!(names.join(" "), known);
    let none = app.request(Method::GET, "/v1/me").send().await.unwrap();
    assert_eq!(
        header(&none, "www-authenticate"),
        "Bearer realm=\"jotleash\""
    );
    assert_problem(none, 401, "invalid_token").await;
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions_only() {
    for store in [None, Some(RedisServer::start())] {
        let app = match &store {
            None => App::in_memory(),
            Some(redis) => App::on(redis),
        };
        let admin = app.admin().await;
        admin.create_user("bob", &[]).await;
        let bob = Tokens::of(app.login(&crate::app::credentials_of("bob")).await).await;
        let (one, two) = (app.log_in().await, app.log_in().await);
        let listed = me(&app, "/v1/me/sessions", &one.access).await;
        let mut ids: Vec<_> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["session_id"].as_str().unwrap())
            .collect();
        ids.sort_unstable();
        let mut mine = [one.session_id.as_str(), two.session_id.as_str()];
        mine.sort_unstable();
        assert_eq!(ids, mine);

        let end = |sid: String| {
            let path = format!("/v1/me/sessions/{sid}");
            app.request(Method::DELETE, &path)
                .bearer_auth(&one.access)
                .send()
        };
        for other in [bob.session_id.clone(), "nonsense".to_owned()] {
            assert_problem(end(other).await.unwrap(), 404, "not_found").await;
        }
        assert_eq!(app.status_of(&bob.access).await, 200);
        assert_eq!(end(two.session_id.clone()).await.unwrap().status(), 204);
        assert_eq!(app.status_of(&two.access).await, 401);
        assert_problem(end(two.session_id.clone()).await.unwrap(), 404, "not_found").await;
    }
}

#[tokio::test]
async fn a_list_comes_in_pages_newest_first() {
    let app = App::in_memory();
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(app.log_in().await);
    }
    let token = &all[0].access;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = me(&app, &format!("/v1/me/sessions?limit=2{cursor}"), token).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .map(|item| item["session_id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut distinct = seen.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (5, 5));
    for bad in [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=nonsense",
        "page=2",
    ] {
        let path = format!("/v1/me/sessions?{bad}");
        let answer = app
            .request(Method::GET, &path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_problem(answer, 400, "invalid_request").await;
    }
}
