//! The end of a key: its tokens are refused, their sessions go on.

use std::fs;
use std::path::Path;
use std::slice;

use serde_json::{Value, json};

use super::{
    add_key, events, keys_of, kid_of, now, pair, publish, published, states, until_both_sign_with,
    write_states,
};
use crate::app::{App, Setup, Tokens, assert_problem, header, json as body_of};
use crate::redis_server::RedisServer;

/// A retiring key in the folder, known to the instance; gives its `kid`.
async fn retiring_key(app: &App) -> String {
    let (folder, kid) = (keys_of(app), add_key(&keys_of(app)));
    let mut states = states(&folder);
    states["keys"][&kid] = json!({
        "state": "retiring", "created_at": 1, "retire_at": now() + 3_600,
    });
    write_states(&folder, &states);
    while !published(app).await.contains(&kid) {}
    kid
}

async fn state_of(app: &App, kid: &str) -> Value {
    let listed = body_of(app.admin().await.get("/keys").await).await;
    let keys = listed["items"].as_array().unwrap();
    keys.iter().find(|key| key["kid"] == kid).unwrap().clone()
}

#[tokio::test]
async fn a_retired_key_is_refused_by_an_instance_with_a_folder_of_its_own_too() {
    let redis = RedisServer::start();
    let one = App::on(&redis);
    let two = Setup::default().store(redis.url()).twin_of(&one).start();
    let before = two.log_in().await;
    let old = kid_of(&before.access);
    let (new, at) = publish(&keys_of(&one));
    for entry in fs::read_dir(keys_of(&one)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, keys_of(&two).join(path.file_name().unwrap())).unwrap();
    }
    let apps = [one, two];
    until_both_sign_with(&apps, &new, at + 3).await;

    let admin = apps[0].admin().await;
    let answer = admin.post(&format!("/keys/{old}/retire"), &json!({})).await;
    assert_eq!(answer.status(), 200);
    for app in &apps {
        assert_eq!(app.status_of(&before.access).await, 401);
    }
    assert_eq!(published(&apps[0]).await, slice::from_ref(&new));
    assert!(
        published(&apps[1]).await.contains(&old),
        "its folder is another: the store alone told it"
    );
    let exp = crate::app::claims(&before.access)["exp"].as_u64().unwrap();
    assert!(now() < exp, "it died of the cut-off, and not of age");
    let after = Tokens::of(apps[1].refresh(&before.refresh).await).await;
    assert_eq!(kid_of(&after.access), new);
    assert_eq!(apps[0].status_of(&after.access).await, 200);
}

#[tokio::test]
async fn a_key_that_is_marked_retired_by_hand_is_refused_and_its_sessions_go_on() {
    let redis = RedisServer::start();
    let apps = pair(&redis);
    let folder = keys_of(&apps[0]);
    let before = apps[0].log_in().await;
    let old = kid_of(&before.access);
    let (new, at) = publish(&folder);
    until_both_sign_with(&apps, &new, at + 3).await;
    let mut written = states(&folder);
    let retired = json!({"state": "retired", "created_at": 1, "retire_at": now() + 3_600});
    written["keys"][&old] = retired;
    written["keys"][&new] = json!({"state": "active", "created_at": at});
    write_states(&folder, &written);
    for app in &apps {
        while state_of(app, &old).await["state"] != "retired" {}
        // The look at the folder may just have ended, and its keys not be in use yet.
        while app.status_of(&before.access).await != 401 {}
        assert_eq!(published(app).await, slice::from_ref(&new));
    }
    let exp = crate::app::claims(&before.access)["exp"].as_u64().unwrap();
    assert!(now() < exp, "it died with its key, and not of age");
    let after = Tokens::of(apps[1].refresh(&before.refresh).await).await;
    assert_eq!(apps[0].status_of(&after.access).await, 200);
}

#[tokio::test]
async fn a_retired_key_is_told_until_its_last_token_has_expired_and_can_be_retired_again() {
    let app = App::in_memory();
    let kid = retiring_key(&app).await;
    let ends = state_of(&app, &kid).await["retire_at"].clone();
    let path = format!("/keys/{kid}/retire");
    let admin = app.admin().await;

    let dry = admin.post(&path, &json!({"dry_run": true})).await;
    assert_eq!(header(&dry, "jotleash-durability"), "primary");
    assert_eq!(body_of(dry).await["state"], "retired");
    assert_eq!(state_of(&app, &kid).await["state"], "retiring");
    assert!(published(&app).await.contains(&kid));

    for _ in 0..2 {
        let answer = admin.post(&path, &json!({})).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "jotleash-durability"), "primary");
        let expected = json!({
            "kid": kid, "alg": "ES256", "state": "retired", "created_at": 1, "retire_at": ends,
            "durability": "primary",
        });
        assert_eq!(body_of(answer).await, expected);
        assert!(!published(&app).await.contains(&kid));
        assert_eq!(state_of(&app, &kid).await["state"], "retired");
    }
    let audited = events(&admin, "key_retire").await;
    assert_eq!(audited.len(), 2, "the dry run is no event");
    assert!(audited.iter().all(|event| event["target"] == json!(kid)));
    // Its place is free, and its file does not come back as another key.
    let answer = admin.post("/keys/rotate", &json!({})).await;
    assert_eq!(answer.status(), 202);
    assert_ne!(body_of(answer).await["kid"], json!(kid));
}

#[tokio::test]
async fn the_active_key_an_unknown_one_and_a_half_asked_retirement_are_refused() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let kid = kid_of(&tokens.access);
    let admin = app.admin().await;
    let retire = async |kid: &str, body: Value| {
        let path = format!("/keys/{kid}/retire");
        admin.post(&path, &body).await
    };
    for body in [json!({}), json!({"dry_run": true})] {
        let problem = assert_problem(retire(&kid, body).await, 409, "conflict").await;
        let said = problem["detail"].as_str().unwrap();
        assert!(said.contains("rotate first"), "{said}");
    }
    for unknown in ["none", "..%2fx", "mac-none"] {
        assert_problem(retire(unknown, json!({})).await, 404, "not_found").await;
    }
    let answer = retire(&kid, json!({"force": true})).await;
    assert_problem(answer, 400, "invalid_request").await;
    assert_eq!(app.status_of(&tokens.access).await, 200);
    assert_eq!(states(&keys_of(&app))["keys"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_withdrawn_before_it_signs_and_is_never_taken_again() {
    let app = App::in_memory();
    let old = kid_of(&app.log_in().await.access);
    let admin = app.admin().await;
    let next = body_of(admin.post("/keys/rotate", &json!({})).await).await;
    let kid = next["kid"].as_str().unwrap();
    let answer = admin.post(&format!("/keys/{kid}/retire"), &json!({})).await;
    assert_eq!(answer.status(), 200);
    let withdrawn = body_of(answer).await;
    assert_eq!(withdrawn["state"], "retired");
    assert_eq!(withdrawn.get("active_from"), None, "it never signs");
    assert_eq!(published(&app).await, slice::from_ref(&old));

    let another = admin.post("/keys/rotate", &json!({"now": true})).await;
    assert_eq!(another.status(), 200);
    let another = body_of(another).await["kid"].as_str().unwrap().to_owned();
    assert_ne!(another, kid);
    assert_eq!(published(&app).await, [another, old]);
}

/// Withdraws the key that a rotation publishes next, as an operator with an editor does; gives
/// whether there was time.
async fn withdraw_by_hand(folder: &Path) -> bool {
    let before = states(folder);
    let mut after = before.clone();
    while after == before {
        tokio::task::yield_now().await;
        after = states(folder);
    }
    let is_new = |kid: &str| before["keys"].get(kid).is_none();
    let keys = after["keys"].as_object_mut().unwrap();
    let (_, key) = keys.iter_mut().find(|(kid, _)| is_new(kid)).unwrap();
    if now() + 1 >= key["active_from"].as_u64().unwrap() {
        return false;
    }
    *key = json!({"state": "retired", "created_at": 1, "retire_at": now() + 60});
    write_states(folder, &after);
    true
}

#[tokio::test]
async fn a_rotation_whose_key_is_withdrawn_before_it_signs_says_so() {
    let app = App::in_memory();
    let folder = keys_of(&app);
    // There are four seconds for it, which a slow machine may lose: then once more.
    let signing = loop {
        let signing = kid_of(&app.log_in().await.access);
        let admin = app.admin().await;
        let body = json!({"now": true});
        let rotating = admin.post("/keys/rotate", &body);
        let (answer, withdrawn) = tokio::join!(rotating, withdraw_by_hand(&folder));
        if withdrawn {
            let problem = assert_problem(answer, 409, "conflict").await;
            let said = problem["detail"].as_str().unwrap();
            assert!(said.contains("was withdrawn before it signed"), "{said}");
            break signing;
        }
        assert_eq!(answer.status(), 200);
        let old = format!("/keys/{signing}/retire");
        assert_eq!(admin.post(&old, &json!({})).await.status(), 200);
    };
    assert_eq!(kid_of(&app.log_in().await.access), signing);
}

#[tokio::test]
async fn a_retired_key_stays_retired_after_a_crash() {
    let store = "embedded:data/jotleash.redb";
    let app = Setup::default().store(store).start();
    let before = app.log_in().await;
    let (new, _) = publish(&keys_of(&app));
    while kid_of(&app.log_in().await.access) != new {}
    let admin = app.admin().await;
    let path = format!("/keys/{}/retire", kid_of(&before.access));
    let answer = admin.post(&path, &json!({})).await;
    assert_eq!(header(&answer, "jotleash-durability"), "fsynced");
    drop((answer, admin));
    let app = Setup::default()
        .store(store)
        .in_folder_of(app.kill())
        .start();
    assert_eq!(app.status_of(&before.access).await, 401);
    assert_eq!(published(&app).await, [new]);
    let after = Tokens::of(app.refresh(&before.refresh).await).await;
    assert_eq!(app.status_of(&after.access).await, 200);
}
