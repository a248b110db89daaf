//! The keys, changed while two instances that share their folder serve.

mod folder;
mod load;
mod mac;
mod retire;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::slice;
use std::time::{SystemTime, UNIX_EPOCH};

use jotleash::token::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::app::{Admin, App, Setup, Tokens, assert_problem, header, json as body_of};
use crate::redis_server::RedisServer;

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Two instances on one Redis and one folder of keys.
fn pair(redis: &RedisServer) -> [App; 2] {
    let one = App::on(redis);
    let folder = keys_of(&one).display().to_string();
    let two = Setup::default()
        .store(redis.url())
        .twin_of(&one)
        .env("JOTLEASH_KEYS_DIR", &folder)
        .start();
    [one, two]
}

fn keys_of(app: &App) -> PathBuf {
    app.folder.path().join("keys")
}

/// A new key's file; gives its `kid`.
fn add_key(folder: &Path) -> String {
    let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
    let key = SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
    let path = folder.join(format!(".{}.pem", key.kid()));
    fs::write(&path, pem.as_bytes()).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    fs::rename(&path, folder.join(format!("{}.pem", key.kid()))).unwrap();
    key.kid().to_owned()
}

fn states(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("keyring.json")).unwrap()).unwrap()
}

/// Replaces `keyring.json` as one.
fn write_states(folder: &Path, states: &Value) {
    let path = folder.join(".keyring.new");
    fs::write(&path, states.to_string()).unwrap();
    fs::rename(path, folder.join("keyring.json")).unwrap();
}

/// Publishes a new key that signs as soon as it may; gives its `kid` and when it was published.
fn publish(folder: &Path) -> (String, u64) {
    let kid = add_key(folder);
    let (mut states, at) = (states(folder), now());
    states["keys"][&kid] = json!({
        "state": "next", "created_at": at, "published_at": at, "active_from": at,
    });
    write_states(folder, &states);
    (kid, at)
}

fn kid_of(token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// The `kid`s that an instance publishes.
async fn published(app: &App) -> Vec<String> {
    let answer = app.http.get(format!("{}/.well-known/jwks.json", app.url));
    let jwks = body_of(answer.send().await.unwrap()).await;
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// Logs in, here and there, until both sign with a key. Every token is good on both, and both
/// have published its key. Gives the last token of each instance.
async fn until_both_sign_with(apps: &[App; 2], kid: &str, not_before: u64) -> [Tokens; 2] {
    loop {
        let mut last = Vec::new();
        for (here, there) in [(&apps[0], &apps[1]), (&apps[1], &apps[0])] {
            let tokens = here.log_in().await;
            for app in [here, there] {
                assert!(published(app).await.contains(&kid_of(&tokens.access)));
                assert_eq!(app.status_of(&tokens.access).await, 200);
            }
            if kid_of(&tokens.access) == kid {
                assert!(now() >= not_before, "{kid} signs too soon");
            }
            last.push(tokens);
        }
        if last.iter().all(|tokens| kid_of(&tokens.access) == kid) {
            return last.try_into().unwrap();
        }
    }
}

#[tokio::test]
async fn a_new_key_signs_on_every_instance_without_a_restart_or_a_failed_request() {
    let redis = RedisServer::start();
    let apps = pair(&redis);
    let before = apps[0].log_in().await;
    let old = kid_of(&before.access);
    assert_eq!(published(&apps[1]).await, slice::from_ref(&old));
    let jwks = format!("{}/.well-known/jwks.json", apps[0].url);
    let etag = header(&apps[0].http.get(&jwks).send().await.unwrap(), "etag").to_owned();

    let (new, at) = publish(&keys_of(&apps[0]));
    until_both_sign_with(&apps, &new, at + 3).await;
    for app in &apps {
        assert_eq!(published(app).await, [new.clone(), old.clone()]);
        let listed = body_of(app.admin().await.get("/keys").await).await;
        let state_of = |kid: &str| {
            let keys = listed["items"].as_array().unwrap();
            keys.iter().find(|key| key["kid"] == kid).unwrap().clone()
        };
        let (signs, ends) = (state_of(&new), state_of(&old));
        assert_eq!(
            (&signs["state"], &signs["alg"]),
            (&json!("active"), &json!("ES256"))
        );
        assert_eq!(
            (&signs["created_at"], &signs["active_from"]),
            (&json!(at), &json!(at + 3))
        );
        assert_eq!(ends["state"], "retiring");
        assert!(ends["retire_at"].as_u64().unwrap() >= at + 3 + 86_400);
        assert_eq!(app.status_of(&before.access).await, 200, "it verifies on");
    }
    let again = apps[0].http.get(&jwks).header("if-none-match", &etag);
    let again = again.send().await.unwrap();
    assert_eq!(again.status(), 200, "another document has another tag");
    let etag = header(&again, "etag").to_owned();
    let again = apps[0].http.get(&jwks).header("if-none-match", &etag);
    assert_eq!(again.send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn a_rotation_now_fails_no_request_and_answers_when_the_new_key_signs() {
    let redis = RedisServer::start();
    let apps = pair(&redis);
    let (before, began) = (apps[0].log_in().await, now());
    let admin = apps[0].admin().await;
    let busy = async {
        loop {
            until_both_sign_with(&apps, "none", 0).await;
        }
    };
    let body = json!({"now": true});
    let rotating = admin.post("/keys/rotate", &body);
    let answer = tokio::select! {
        answer = rotating => answer,
        () = busy => unreachable!(),
    };
    assert_eq!(answer.status(), 200);
    let key = body_of(answer).await;
    assert_eq!(key["state"], "active");
    assert!(now() >= began + 3);
    let kid = key["kid"].as_str().unwrap();
    assert_eq!(kid_of(&apps[0].log_in().await.access), kid);
    until_both_sign_with(&apps, kid, began + 3).await;
    for app in &apps {
        assert_eq!(app.status_of(&before.access).await, 200);
    }
    assert_eq!(events(&admin, "key_rotate").await[0]["target"], kid);
}

/// The events of an action, newest first, however many log-ins were audited after them.
async fn events(admin: &Admin<'_>, action: &str) -> Vec<Value> {
    let mut path = "/audit?limit=200".to_owned();
    let mut found = Vec::new();
    loop {
        let page = body_of(admin.get(&path).await).await;
        let events = page["items"].as_array().unwrap().iter();
        found.extend(events.filter(|event| event["action"] == action).cloned());
        let Some(cursor) = page["next_cursor"].as_str() else {
            return found;
        };
        path = format!("/audit?limit=200&cursor={cursor}");
    }
}

#[tokio::test]
async fn a_rotation_publishes_its_key_long_before_it_signs() {
    let app = App::in_memory();
    let old = kid_of(&app.log_in().await.access);
    let admin = app.admin().await;
    let began = now();
    let answer = admin.post("/keys/rotate", &json!({})).await;
    assert_eq!(answer.status(), 202);
    let key = body_of(answer).await;
    let new = key["kid"].as_str().unwrap().to_owned();
    assert_eq!(
        (&key["state"], &key["alg"]),
        (&json!("next"), &json!("ES256"))
    );
    let from = key["active_from"].as_u64().unwrap();
    assert!((began + 7_200..=now() + 7_201).contains(&from), "{from}");
    assert_eq!(published(&app).await, [old.clone(), new.clone()]);
    assert_eq!(kid_of(&app.log_in().await.access), old);

    let again = admin.post("/keys/rotate", &json!({})).await;
    assert_problem(again, 409, "conflict").await;
    let sooner = admin.post("/keys/rotate", &json!({"now": true})).await;
    assert_eq!(body_of(sooner).await["kid"], json!(new), "it waits already");
    assert_eq!(kid_of(&app.log_in().await.access), new);
}

#[tokio::test]
async fn there_is_no_fifth_key() {
    let app = App::in_memory();
    let folder = keys_of(&app);
    let mut states = states(&folder);
    for _ in 0..3 {
        let key = json!({"state": "retiring", "created_at": 1, "retire_at": now() + 3_600});
        states["keys"][add_key(&folder)] = key;
    }
    write_states(&folder, &states);
    while published(&app).await.len() != 4 {}
    let answer = app
        .admin()
        .await
        .post("/keys/rotate", &json!({"now": true}))
        .await;
    let problem = assert_problem(answer, 409, "conflict").await;
    assert!(
        problem["detail"].as_str().unwrap().contains("4 keys"),
        "{problem}"
    );
    assert_eq!(published(&app).await.len(), 4);
}

#[tokio::test]
async fn keys_that_cannot_be_used_change_nothing_and_are_told_of() {
    let app = App::in_memory();
    let folder = keys_of(&app);
    let good = fs::read(folder.join("keyring.json")).unwrap();
    fs::write(folder.join("keyring.json"), "{").unwrap();
    while !app.log().contains("the keys in use are kept") {
        assert_eq!(app.status_of(&app.log_in().await.access).await, 200);
    }
    fs::write(folder.join("keyring.json"), good).unwrap();
    let (new, _) = publish(&folder);
    while kid_of(&app.log_in().await.access) != new {}
}
