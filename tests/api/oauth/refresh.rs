//! The `refresh_token` grant.

use serde_json::json;

use super::{
    Known, SHOP, assert_oauth_error, assert_uncached, members, on_both_stores, post, refreshing,
    session_of,
};
use crate::app::{Tokens, assert_problem, claims, json as body_of};

#[tokio::test]
async fn a_confidential_client_refreshes_its_own_sessions_here_and_only_here() {
    on_both_stores(async |app| {
        let first = session_of(app, "shop", "ann").await;
        assert_problem(
            app.refresh(&first.refresh).await,
            401,
            "invalid_refresh_token",
        )
        .await;
        let answer = SHOP.refresh(app, &first.refresh).await;
        assert_uncached(&answer);
        let body = body_of(answer).await;
        assert_eq!(
            members(&body),
            [
                "access_token",
                "expires_in",
                "refresh_expires_in",
                "refresh_token",
                "scope",
                "token_type"
            ]
        );
        assert_eq!(
            (&body["token_type"], &body["scope"]),
            (&json!("Bearer"), &json!("read"))
        );
        let (old, new) = (
            claims(&first.access),
            claims(body["access_token"].as_str().unwrap()),
        );
        for same in [
            "iss",
            "sub",
            "aud",
            "sid",
            "auth_time",
            "client_id",
            "scope",
        ] {
            assert_eq!(old[same], new[same], "{same}");
        }
        let next = body["refresh_token"].as_str().unwrap();
        assert_ne!(next, first.refresh);
        Tokens::of_grant(SHOP.refresh(app, next).await).await;
    })
    .await;
}

#[tokio::test]
async fn the_login_client_may_refresh_in_both_places() {
    on_both_stores(async |app| {
        let first = app.log_in().await;
        let second = Tokens::of_grant(Known::dev(app).refresh(app, &first.refresh).await).await;
        let third = Tokens::of(app.refresh(&second.refresh).await).await;
        Tokens::of_grant(Known::dev(app).refresh(app, &third.refresh).await).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_happens_to_a_refresh_token_of_another_client() {
    on_both_stores(async |app| {
        let session = session_of(app, "spa", "ann").await;
        let mut current = session.refresh.clone();
        for _ in 0..2 {
            for known in [SHOP, Known::dev(app)] {
                for token in [&session.refresh, &current] {
                    let refused = known.refresh(app, token).await;
                    assert_oauth_error(refused, 400, "invalid_grant").await;
                }
            }
            current = Tokens::of(app.refresh(&current).await).await.refresh;
        }
        let tokens = Tokens::of(app.refresh(&current).await).await;
        assert_eq!(app.status_of(&tokens.access).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_scope_may_be_narrowed_for_one_token_and_the_sessions_stays() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let session = app.log_in().await;
        let narrow = async |token: &str, scope: &str| {
            let [grant, token] = refreshing(token);
            dev.token(app, &[grant, token, ("scope", scope)]).await
        };
        let read = Tokens::of_grant(narrow(&session.refresh, "read").await).await;
        assert_eq!(read.body["scope"], "read");
        assert_eq!(claims(&read.access)["scope"], "read");
        let again = Tokens::of_grant(narrow(&session.refresh, "read").await).await;
        assert_eq!(
            claims(&again.access),
            claims(&read.access),
            "a repeat is the same"
        );
        for more in ["read admin", "jotleash:admin", "read  write"] {
            let refused = narrow(&read.refresh, more).await;
            assert_oauth_error(refused, 400, "invalid_scope").await;
        }
        let all = Tokens::of_grant(dev.refresh(app, &read.refresh).await).await;
        assert_eq!(all.body["scope"], "read write");
        let me = app
            .request(reqwest::Method::GET, "/v1/me")
            .bearer_auth(&all.access);
        let me = body_of(me.send().await.unwrap()).await;
        assert_eq!(me["session"]["scope"], "read write");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_is_for_the_sessions_own_audience() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let session = app.log_in().await;
        let [grant, token] = refreshing(&session.refresh);
        for other in [
            vec![("audience", "cart")],
            vec![("resource", "nowhere")],
            vec![("resource", "web"), ("resource", "cart")],
        ] {
            let form = [vec![grant, token], other].concat();
            assert_oauth_error(dev.token(app, &form).await, 400, "invalid_target").await;
        }
        let own = [grant, token, ("resource", "web"), ("audience", "web")];
        Tokens::of_grant(dev.token(app, &own).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_replay_ends_the_session_and_what_is_dead_is_an_invalid_grant() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let first = app.log_in().await;
        let second = Tokens::of_grant(dev.refresh(app, &first.refresh).await).await;
        let third = Tokens::of_grant(dev.refresh(app, &second.refresh).await).await;
        for token in [&first.refresh, &third.refresh, "jr_x", &first.access, "x"] {
            assert_oauth_error(dev.refresh(app, token).await, 400, "invalid_grant").await;
        }
        assert_eq!(app.status_of(&third.access).await, 401);

        let banned = session_of(app, "spa", "bob").await;
        let admin = app.admin().await;
        assert_eq!(
            admin.post("/subjects/bob/ban", &json!({})).await.status(),
            200
        );
        let [grant, token] = refreshing(&banned.refresh);
        let form = [grant, token, ("client_id", "spa")];
        let refused = post(app, "/oauth2/token", &form).await;
        assert_oauth_error(refused, 400, "invalid_grant").await;
    })
    .await;
}
