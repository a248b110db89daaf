//! Refreshing: a handle comes out of its claims, so a repeat gives the same one.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use super::{form, log_in_to, on_both_stores, status_at};
use crate::app::{Tokens, assert_problem, json as body_of};

#[tokio::test]
async fn a_repeat_within_the_grace_gives_the_same_handle_and_it_is_alive() {
    on_both_stores(async |app| {
        let first = log_in_to(app, "vault").await;
        let second = Tokens::of(app.refresh(&first.refresh).await).await;
        assert_ne!(second.access, first.access);
        let again = Tokens::of(app.refresh(&first.refresh).await).await;
        assert_eq!(again.access, second.access);
        assert_eq!(again.refresh, second.refresh);
        assert_eq!(status_at(app, "vault", &again.access).await, 200);
        // What was given is gone: then a repeat gives another.
        let admin = app.admin().await;
        let body = json!({"token": again.access});
        assert_eq!(admin.post("/revoke", &body).await.status(), 200);
        let third = Tokens::of(app.refresh(&first.refresh).await).await;
        assert_ne!(third.access, again.access);
        assert_eq!(status_at(app, "vault", &third.access).await, 200);
        assert_eq!(status_at(app, "vault", &again.access).await, 401);
    })
    .await;
}

#[tokio::test]
async fn parallel_refreshes_are_one_lineage_and_one_handle() {
    on_both_stores(async |app| {
        let first = log_in_to(app, "vault").await;
        let answers = join_all((0..30).map(|_| app.refresh(&first.refresh))).await;
        let (mut handles, mut refreshes) = (HashSet::new(), HashSet::new());
        for answer in answers {
            let tokens = Tokens::of(answer).await;
            handles.insert(tokens.access);
            refreshes.insert(tokens.refresh);
        }
        assert_eq!((handles.len(), refreshes.len()), (1, 1));
        for handle in &handles {
            assert_eq!(status_at(app, "vault", handle).await, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_replay_ends_the_session_and_every_handle_of_it() {
    on_both_stores(async |app| {
        let first = log_in_to(app, "vault").await;
        let second = Tokens::of(app.refresh(&first.refresh).await).await;
        let third = Tokens::of(app.refresh(&second.refresh).await).await;
        let replay = app.refresh(&first.refresh).await;
        assert_problem(replay, 401, "invalid_refresh_token").await;
        for tokens in [first, second, third] {
            assert_eq!(status_at(app, "vault", &tokens.access).await, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn the_token_endpoint_refreshes_and_narrows() {
    on_both_stores(async |app| {
        let first = log_in_to(app, "vault").await;
        let narrower = [
            ("grant_type", "refresh_token"),
            ("refresh_token", first.refresh.as_str()),
            ("scope", "read"),
        ];
        let answer = form(app, "desk", "/oauth2/token", &narrower).await;
        assert_eq!(answer.status(), 200);
        let body = body_of(answer).await;
        let handle = body["access_token"].as_str().unwrap();
        let path = "/verify?audience=vault&scope=";
        for (scope, status) in [("read", 200), ("write", 403)] {
            let told = super::verify_at(app, &format!("{path}{scope}"), handle).await;
            assert_eq!(told.status(), status, "{scope}");
        }
        // A repeat that asks for more is given another handle, not the narrower one.
        let wider = [narrower[0], narrower[1]];
        let answer = form(app, "desk", "/oauth2/token", &wider).await;
        let body = body_of(answer).await;
        let wider = body["access_token"].as_str().unwrap();
        assert_ne!(wider, handle);
        let told = super::verify_at(app, &format!("{path}write"), wider).await;
        assert_eq!(told.status(), 200);
    })
    .await;
}
