//! The MAC keys, which only the service itself sees: they tag refresh tokens.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use futures_util::future::join_all;
use jotleash::token::MacKey;
use serde_json::{Value, json};

use super::load::{CLIENTS, Ledger, client};
use super::{keys_of, kid_of, now, pair, published, states, write_states};
use crate::app::{Admin, App, Setup, Tokens, assert_problem, header, json as body_of};
use crate::redis_server::RedisServer;

/// The id of the key in `mac.key`.
fn first_of(folder: &Path) -> String {
    let bytes = fs::read(folder.join("mac.key")).unwrap();
    MacKey::from_bytes(&bytes).unwrap().id().to_owned()
}

/// The MAC keys that an instance lists, newest first.
async fn listed(admin: &Admin<'_>) -> Vec<Value> {
    let mut listed = body_of(admin.get("/keys").await).await;
    let all = listed["items"].as_array_mut().unwrap();
    let from = all.iter().position(|key| key["mac"] == true).unwrap();
    let macs = all.split_off(from);
    assert!(all.iter().all(|key| key.get("mac").is_none()));
    assert!(
        macs.iter()
            .all(|key| key["mac"] == true && key["alg"] == "HS256")
    );
    macs
}

async fn rotate(admin: &Admin<'_>) -> String {
    let body = json!({"mac": true, "now": true});
    let answer = admin.post("/keys/rotate", &body).await;
    assert_eq!(answer.status(), 200);
    let key = body_of(answer).await;
    assert_eq!(
        (&key["state"], &key["mac"], &key["alg"]),
        (&json!("active"), &json!(true), &json!("HS256"))
    );
    key["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_mac_key_is_replaced_under_load_and_every_older_refresh_token_is_good_until_it_is_retired()
 {
    let redis = RedisServer::start();
    let apps = pair(&redis);
    let mut idle = Vec::new();
    for turn in 0..10 {
        idle.push(apps[turn % 2].log_in().await);
    }
    let signing = published(&apps[0]).await;
    let old = first_of(&keys_of(&apps[0]));
    let admin = apps[0].admin().await;
    assert_eq!(listed(&admin).await[0]["kid"], json!(old));
    let ledger = Ledger::default();
    let scenario = async {
        ledger.busy().await;
        let new = rotate(&admin).await;
        ledger.busy().await;
        new
    };
    let clients = (0..CLIENTS).map(|number| client(&apps, number, &ledger));
    let new = tokio::select! {
        new = scenario => new,
        _ = join_all(clients) => unreachable!(),
    };
    for app in &apps {
        let macs = listed(&app.admin().await).await;
        assert_eq!(macs.len(), 2);
        assert_eq!(
            (&macs[0]["kid"], &macs[0]["state"]),
            (&json!(new), &json!("active"))
        );
        assert_eq!(
            (&macs[1]["kid"], &macs[1]["state"]),
            (&json!(old), &json!("retiring"))
        );
        assert_eq!(
            macs[1].get("retire_at"),
            None,
            "it is good until it is retired"
        );
        assert_eq!(published(app).await, signing, "nobody else hears of it");
    }
    // Half of them come back in time, each to the other instance, and go on with the new key.
    let mut went_on = Vec::new();
    for (turn, tokens) in idle.iter().enumerate().skip(5) {
        let answer = apps[(turn + 1) % 2].refresh(&tokens.refresh).await;
        went_on.push(Tokens::of(answer).await);
    }

    let path = format!("/keys/{old}/retire");
    let dry = admin.post(&path, &json!({"dry_run": true})).await;
    assert_eq!(body_of(dry).await["state"], "retired");
    assert_eq!(listed(&admin).await[1]["state"], "retiring");
    let answer = admin.post(&path, &json!({})).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "jotleash-durability"), "fsynced");
    let key = body_of(answer).await;
    assert_eq!(
        (&key["state"], &key["durability"]),
        (&json!("retired"), &json!("fsynced"))
    );
    assert!(key["retire_at"].as_u64().unwrap() > now() + 89 * 86_400);
    for tokens in &idle[..5] {
        for app in &apps {
            let refused = app.refresh(&tokens.refresh).await;
            assert_problem(refused, 401, "invalid_refresh_token").await;
            let live = app.status_of(&tokens.access).await;
            assert_eq!(live, 200, "the access token is of another key");
        }
    }
    for (turn, tokens) in went_on.iter().enumerate() {
        Tokens::of(apps[turn % 2].refresh(&tokens.refresh).await).await;
    }
}

#[tokio::test]
async fn a_mac_key_is_accepted_before_it_tags_and_there_is_one_next_key() {
    let app = App::in_memory();
    let before = app.log_in().await;
    let admin = app.admin().await;
    let began = now();
    let answer = admin.post("/keys/rotate", &json!({"mac": true})).await;
    assert_eq!(answer.status(), 202);
    let key = body_of(answer).await;
    assert_eq!(key["state"], "next");
    let from = key["active_from"].as_u64().unwrap();
    assert!(
        (began + 4..=now() + 4).contains(&from),
        "only instances have to hear of it"
    );
    let id = key["kid"].as_str().unwrap();
    let file = keys_of(&app).join(format!("{id}.key"));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        MacKey::from_bytes(&fs::read(&file).unwrap()).unwrap().id(),
        id
    );

    while listed(&admin).await[0]["state"] == "next" {}
    assert!(now() >= from);
    let after = Tokens::of(app.refresh(&before.refresh).await).await;
    Tokens::of(app.refresh(&after.refresh).await).await;
}

#[tokio::test]
async fn the_active_mac_key_an_unknown_one_and_a_fifth_are_refused() {
    let app = App::in_memory();
    let folder = keys_of(&app);
    let tokens = app.log_in().await;
    let admin = app.admin().await;
    let first = first_of(&folder);
    let mut written = states(&folder);
    written["mac_keys"][&first] = json!({"state": "active", "created_at": 1});
    for number in 0..3 {
        let bytes: Vec<u8> = (number..number + 32).collect();
        let id = MacKey::from_bytes(&bytes).unwrap().id().to_owned();
        let path = folder.join(format!("{id}.key"));
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        written["mac_keys"][&id] = json!({"state": "retiring", "created_at": 1});
    }
    write_states(&folder, &written);
    while listed(&admin).await.len() < 4 {}

    let fifth = admin.post("/keys/rotate", &json!({"mac": true})).await;
    let problem = assert_problem(fifth, 409, "conflict").await;
    assert!(
        problem["detail"].as_str().unwrap().contains("retire one"),
        "{problem}"
    );
    let active = format!("/keys/{first}/retire");
    let problem = assert_problem(admin.post(&active, &json!({})).await, 409, "conflict").await;
    assert!(
        problem["detail"].as_str().unwrap().contains("rotate first"),
        "{problem}"
    );
    let unknown = admin
        .post("/keys/mac-AAAAAAAAAAAAAAAA/retire", &json!({}))
        .await;
    assert_problem(unknown, 404, "not_found").await;
    assert_eq!(states(&folder), written);
    Tokens::of(app.refresh(&tokens.refresh).await).await;
    // The signing keys have places of their own.
    let signing = admin.post("/keys/rotate", &json!({})).await;
    assert_eq!(signing.status(), 202);
}

#[tokio::test]
async fn every_mac_key_is_there_after_a_restart_and_without_mac_key_too() {
    let redis = RedisServer::start();
    let again = |app: App| {
        let setup = Setup::default().store(redis.url());
        setup.in_folder_of(app.kill()).start()
    };
    let app = App::on(&redis);
    let (folder, before) = (keys_of(&app), app.log_in().await);
    let old = first_of(&folder);
    rotate(&app.admin().await).await;
    let between = app.log_in().await;
    let app = again(app);
    let signing = kid_of(&app.log_in().await.access);
    for tokens in [&before, &between] {
        Tokens::of(app.refresh(&tokens.refresh).await).await;
    }
    // Retired, it is no longer needed, and nobody makes it again.
    let admin = app.admin().await;
    let answer = admin.post(&format!("/keys/{old}/retire"), &json!({})).await;
    assert_eq!(answer.status(), 200);
    drop((answer, admin));
    fs::remove_file(folder.join("mac.key")).unwrap();
    let app = again(app);
    assert!(!folder.join("mac.key").exists());
    assert_eq!(kid_of(&app.log_in().await.access), signing);
    let after = app.log_in().await;
    Tokens::of(app.refresh(&after.refresh).await).await;
}
