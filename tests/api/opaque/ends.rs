//! What ends a token ends an opaque one, on both stores, from the answer on.

use serde_json::{Value, json};

use super::{form, jti_of, log_in_to, on_both_stores, status_at};
use crate::app::{App, Tokens, credentials_of, json as body_of};

/// A new user's session at the vault.
async fn user(app: &App, name: &str) -> Tokens {
    app.admin().await.create_user(name, &["clerk"]).await;
    let mut body = credentials_of(name);
    body["audience"] = json!("vault");
    Tokens::of(app.login(&body).await).await
}

async fn alive(app: &App, tokens: &Tokens) -> bool {
    match status_at(app, "vault", &tokens.access).await {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_log_out_ends_it() {
    on_both_stores(async |app| {
        for (scope, others_live) in [(None, true), (Some("global"), false)] {
            let (this, other) = (log_in_to(app, "vault").await, log_in_to(app, "vault").await);
            assert!(alive(app, &this).await && alive(app, &other).await);
            assert_eq!(app.logout(&this.access, scope).await.status(), 204);
            assert!(!alive(app, &this).await);
            assert_eq!(alive(app, &other).await, others_live, "{scope:?}");
            assert_eq!(app.refresh(&this.refresh).await.status(), 401);
        }
    })
    .await;
}

#[tokio::test]
async fn what_an_operator_does_to_its_user_ends_it() {
    on_both_stores(async |app| {
        let admin = app.admin().await;
        for (name, change, session_lives) in [
            ("ann", json!({"roles": ["chief"]}), true),
            ("bob", json!({"password": "another s3cret of bob"}), false),
            ("cid", json!({"disabled": true}), false),
        ] {
            let tokens = user(app, name).await;
            assert!(alive(app, &tokens).await);
            let changed = admin.patch(&format!("/users/{name}"), &change).await;
            assert_eq!(changed.status(), 200);
            assert!(!alive(app, &tokens).await, "{name}: {change}");
            let refreshed = app.refresh(&tokens.refresh).await;
            assert_eq!(refreshed.status() == 200, session_lives, "{name}");
            if session_lives {
                let next = Tokens::of(refreshed).await;
                let live = super::verify_at(app, "/verify?audience=vault", &next.access).await;
                assert_eq!(crate::app::header(&live, "x-auth-roles"), "chief");
            }
        }
        let tokens = user(app, "dan").await;
        let banned = admin.post("/subjects/dan/ban", &json!({})).await;
        assert_eq!(banned.status(), 200);
        assert!(!alive(app, &tokens).await);
        let tokens = user(app, "eve").await;
        let deleted = admin.delete("/users/eve").await;
        assert!(deleted.status().is_success());
        assert!(!alive(app, &tokens).await);
    })
    .await;
}

#[tokio::test]
async fn it_is_revoked_by_itself_by_its_id_and_by_its_client() {
    on_both_stores(async |app| {
        let admin = app.admin().await;
        for by in ["token", "jti", "sid"] {
            let tokens = log_in_to(app, "vault").await;
            let target = match by {
                "token" => tokens.access.clone(),
                "jti" => jti_of(&tokens.access),
                _ => tokens.session_id.clone(),
            };
            let body = json!({by: target, "dry_run": true});
            let counted = body_of(admin.post("/revoke", &body).await).await;
            assert_eq!(counted["revoked"]["tokens"], 1, "{by}: {counted}");
            assert!(alive(app, &tokens).await);
            let ended = admin.post("/revoke", &json!({by: target})).await;
            assert_eq!(body_of(ended).await["revoked"]["tokens"], 1, "{by}");
            assert!(!alive(app, &tokens).await, "{by}");
        }
        let tokens = log_in_to(app, "vault").await;
        for (client, lives) in [("gate", true), ("desk", false), ("desk", false)] {
            let token = [("token", tokens.access.as_str())];
            let answer = form(app, client, "/oauth2/revoke", &token).await;
            assert_eq!(answer.status(), 200);
            assert_eq!(alive(app, &tokens).await, lives, "{client}");
        }
        let session = app.refresh(&tokens.refresh).await;
        assert_eq!(session.status(), 200, "the session lives on");
    })
    .await;
}

#[tokio::test]
async fn a_cut_off_of_its_client_ends_it() {
    on_both_stores(async |app| {
        let tokens = log_in_to(app, "vault").await;
        let admin = app.admin().await;
        let cut_off = admin.post("/revoke", &json!({"client_id": "desk"})).await;
        assert_eq!(cut_off.status(), 200);
        assert!(!alive(app, &tokens).await);
        assert_eq!(app.refresh(&tokens.refresh).await.status(), 401);
    })
    .await;
}

#[tokio::test]
async fn an_operator_is_told_what_it_is() {
    on_both_stores(async |app| {
        let admin = app.admin().await;
        let inspect = async |token: &str| -> Value {
            body_of(admin.post("/inspect", &json!({"token": token})).await).await
        };
        let tokens = log_in_to(app, "vault").await;
        let told = inspect(&tokens.access).await;
        assert_eq!(told["verdict"], "live", "{told}");
        assert_eq!(told["claims"]["jti"], json!(jti_of(&tokens.access)));
        assert_eq!(told["claims"]["aud"], "vault");

        let mut forged = tokens.access.clone();
        let last = if forged.pop() == Some('A') { 'E' } else { 'A' };
        forged.push(last);
        for (token, reason) in [
            (forged.as_str(), "the opaque token's tag does not hold"),
            ("jl_nothing", "the opaque token is not of its form"),
        ] {
            let told = inspect(token).await;
            assert_eq!(told, json!({"verdict": "invalid", "reason": reason}));
        }

        let brief = log_in_to(app, "brief").await.access;
        while status_at(app, "brief", &brief).await == 200 {
            tokio::task::yield_now().await;
        }
        assert_eq!(inspect(&brief).await["verdict"], "expired");
    })
    .await;
}

#[tokio::test]
async fn an_operator_is_told_what_ended_it() {
    on_both_stores(async |app| {
        let admin = app.admin().await;
        let operator = app.env["JOTLEASH_ADMIN_CLIENT_ID"].as_str();
        let [out, revoked, banned] = [
            log_in_to(app, "vault").await,
            log_in_to(app, "vault").await,
            log_in_to(app, "vault").await,
        ];
        app.logout(&out.access, None).await;
        let target = json!({"token": revoked.access});
        admin.post("/revoke", &target).await;
        admin.post("/subjects/demo/ban", &json!({})).await;
        for (tokens, reason, by) in [
            (out, "its owner logged out", "demo"),
            (revoked, "an operator ended it", operator),
            (banned, "its subject was banned", operator),
        ] {
            let asked = json!({"token": tokens.access});
            let told = body_of(admin.post("/inspect", &asked).await).await;
            assert_eq!(
                (&told["verdict"], &told["reason"], &told["revoked_by"]),
                (&json!("revoked"), &json!(reason), &json!(by))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_key_that_tagged_it_ends_it() {
    on_both_stores(async |app| {
        let (before, admin) = (log_in_to(app, "vault").await, app.admin().await);
        let listed = body_of(admin.get("/keys").await).await;
        let old = listed["items"].as_array().unwrap().last().unwrap()["kid"].clone();
        let rotation = json!({"mac": true, "now": true});
        assert_eq!(admin.post("/keys/rotate", &rotation).await.status(), 200);
        let after = log_in_to(app, "vault").await;
        assert!(alive(app, &before).await && alive(app, &after).await);
        let path = format!("/keys/{}/retire", old.as_str().unwrap());
        assert_eq!(admin.post(&path, &json!({})).await.status(), 200);
        assert!(!alive(app, &before).await && alive(app, &after).await);
    })
    .await;
}
