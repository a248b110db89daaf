//! Revocation by a client.

use serde_json::json;

use super::{
    CLIENTS, IDLE, Known, SHOP, assert_oauth_error, assert_uncached, on_both_stores, post,
    session_of,
};
use crate::app::{App, Setup, Tokens, header, json as body_of};

#[tokio::test]
async fn an_access_token_ends_alone_and_a_refresh_token_with_its_session() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let first = app.log_in().await;
        let answer = dev.revoke(app, &first.access).await;
        assert_eq!(header(&answer, "jotleash-durability"), "primary");
        assert_eq!(answer.text().await.unwrap(), "");
        assert_eq!(app.status_of(&first.access).await, 401);
        let second = Tokens::of(app.refresh(&first.refresh).await).await;
        assert_eq!(
            app.status_of(&second.access).await,
            200,
            "the session lives on"
        );

        dev.revoke(app, &second.refresh).await;
        assert_eq!(app.status_of(&second.access).await, 401);
        assert_oauth_error(
            dev.refresh(app, &second.refresh).await,
            400,
            "invalid_grant",
        )
        .await;
        let again = dev.revoke(app, &second.refresh).await;
        assert_eq!(header(&again, "jotleash-durability"), "primary");
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_was_replaced_still_names_its_session() {
    on_both_stores(async |app| {
        let first = app.log_in().await;
        let second = Tokens::of(app.refresh(&first.refresh).await).await;
        let third = Tokens::of(app.refresh(&second.refresh).await).await;
        Known::dev(app).revoke(app, &first.refresh).await;
        assert_eq!(app.status_of(&third.access).await, 401);
    })
    .await;
}

#[tokio::test]
async fn nothing_happens_to_what_is_unknown_or_another_clients() {
    on_both_stores(async |app| {
        let live = app.log_in().await;
        for known in [SHOP, IDLE] {
            for token in [&live.access, &live.refresh, "x", "jr_x", "jr_"] {
                let answer = known.revoke(app, token).await;
                assert_eq!(header(&answer, "jotleash-durability"), "primary");
                assert_eq!(answer.text().await.unwrap(), "");
            }
        }
        assert_eq!(app.status_of(&live.access).await, 200);
        Tokens::of(app.refresh(&live.refresh).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_hint_is_only_a_hint() {
    let app = App::in_memory();
    let dev = Known::dev(&app);
    for hint in ["access_token", "refresh_token", "unknown", ""] {
        let live = app.log_in().await;
        for token in [&live.access, &live.refresh] {
            let form = [("token", token.as_str()), ("token_type_hint", hint)];
            let answer = dev.post(&app, "/oauth2/revoke", &form).await;
            assert_eq!(answer.status(), 200, "{hint}");
        }
        assert_eq!(app.status_of(&live.access).await, 401);
        assert_eq!(app.refresh(&live.refresh).await.status(), 401);
    }
    let refused = dev.post(&app, "/oauth2/revoke", &[]).await;
    assert_oauth_error(refused, 400, "invalid_request").await;
}

#[tokio::test]
async fn a_public_client_revokes_its_own() {
    on_both_stores(async |app| {
        let (own, other) = (
            session_of(app, "spa", "ann").await,
            session_of(app, "shop", "ann").await,
        );
        for token in [&own.refresh, &other.refresh] {
            let form = [("token", token.as_str()), ("client_id", "spa")];
            let answer = post(app, "/oauth2/revoke", &form).await;
            assert_eq!(answer.status(), 200);
            assert_uncached(&answer);
        }
        assert_eq!(app.status_of(&own.access).await, 401);
        assert_eq!(app.status_of(&other.access).await, 200);
    })
    .await;
}

#[tokio::test]
async fn what_was_ended_is_audited_once_and_what_was_not_never() {
    let app = Setup::default().config(CLIENTS).start();
    let dev = Known::dev(&app);
    let live = app.log_in().await;
    for _ in 0..2 {
        SHOP.revoke(&app, &live.refresh).await;
        dev.revoke(&app, "x").await;
        dev.revoke(&app, &live.access).await;
    }
    for _ in 0..2 {
        dev.revoke(&app, &live.refresh).await;
    }
    let admin = app.admin().await;
    let audit = body_of(admin.get("/audit?limit=200").await).await;
    let events = audit["items"].as_array().unwrap();
    let revocations: Vec<_> = events
        .iter()
        .filter(|event| event["action"] == "revoke")
        .map(|event| (&event["actor"], &event["target"], &event["result"]))
        .collect();
    let (actor, ok) = (json!(dev.id), json!("ok"));
    let (sid, jti) = (json!(live.session_id), json!(live.jti()));
    assert_eq!(revocations, [(&actor, &sid, &ok), (&actor, &jti, &ok)]);

    let asked = json!({"token": live.access});
    let verdict = body_of(admin.post("/inspect", &asked).await).await;
    assert_eq!(verdict["verdict"], "revoked");
    assert_eq!(verdict["revoked_by"], dev.id, "{verdict}");
}
