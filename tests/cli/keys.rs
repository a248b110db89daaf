//! `keys list`, `keys rotate`, `keys retire`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::app::App;
use crate::command::{Ran, run};

fn generated() -> TempDir {
    let folder = TempDir::new().unwrap();
    run(folder.path(), &[], &["keys", "generate"]).assert(0, &["keys/es256-"]);
    folder
}

fn pem(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder.join("keys")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|e| e == "pem"))
        .unwrap()
}

#[test]
fn each_key_is_listed_with_its_state_and_its_file() {
    let folder = generated();
    let listed = run(folder.path(), &[], &["keys", "list"]);
    listed.assert(0, &["KID", "ES256", "active", "keys/es256-"]);
    assert_eq!(listed.err, "");
    let json = run(folder.path(), &[], &["keys", "list", "--json"]).json();
    let [key, mac] = [0, 1].map(|at| &json["keys"][at]);
    assert_eq!(
        (&key["state"], &key["alg"]),
        (&"active".into(), &"ES256".into())
    );
    assert_eq!((&key["mac"], &mac["mac"]), (&false.into(), &true.into()));
    assert_eq!(
        (&mac["state"], &mac["alg"], &mac["file"]),
        (&"active".into(), &"HS256".into(), &"keys/mac.key".into())
    );
    assert!(listed.out.contains(key["kid"].as_str().unwrap()));
    assert!(key["created_at"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(
        (&json["problems"], &json["warnings"]),
        (&[(); 0][..].into(), &[(); 0][..].into())
    );
}

#[test]
fn a_second_key_that_does_nothing_is_told() {
    let folder = generated();
    let other = generated();
    fs::copy(pem(other.path()), folder.path().join("keys/other.pem")).unwrap();
    let listed = run(folder.path(), &[], &["keys", "list"]);
    listed.assert(0, &["unused", "warning: keys/other.pem is not in use"]);
}

#[test]
fn without_mac_key_the_keys_are_listed_and_it_says_what_is_missing() {
    let folder = generated();
    fs::remove_file(folder.path().join("keys/mac.key")).unwrap();
    let listed = run(folder.path(), &[], &["keys", "list"]);
    listed.assert(
        2,
        &[
            "active",
            "keys/mac.key is missing: run `jotleash keys generate`",
        ],
    );
    let empty = TempDir::new().unwrap();
    run(empty.path(), &[], &["keys", "list"]).assert(2, &["keys generate"]);
}

#[test]
fn who_else_can_read_a_key_is_told_with_the_command_that_ends_it() {
    let folder = generated();
    let pem = pem(folder.path());
    fs::set_permissions(&pem, Permissions::from_mode(0o640)).unwrap();
    run(folder.path(), &[], &["keys", "list"]).assert(0, &["warning:", "chmod g= keys/"]);
    fs::set_permissions(&pem, Permissions::from_mode(0o604)).unwrap();
    run(folder.path(), &[], &["keys", "list"]).assert(2, &["active", "chmod o= keys/"]);
    fs::write(&pem, "no key").unwrap();
    fs::set_permissions(&pem, Permissions::from_mode(0o600)).unwrap();
    run(folder.path(), &[], &["keys", "list"]).assert(2, &["keys/es256-", "PEM"]);
}

/// Asks the running service, with the credentials that it wrote down.
fn ask(app: &App, arguments: &[&str]) -> Ran {
    let profile = ["--profile", "data/dev.env"];
    run(
        app.folder.path(),
        &[],
        &[&["keys"], arguments, &profile].concat(),
    )
}

#[tokio::test]
async fn a_key_is_published_and_withdrawn_on_request() {
    let app = App::in_memory();
    let published = ask(&app, &["rotate"]);
    published.assert(0, &[" is published, and signs from 20"]);
    let kid = published.out.split(' ').next().unwrap();
    let again = ask(&app, &["rotate"]);
    again.assert(1, &["409 conflict", "a next key is published already"]);
    assert_eq!(again.out, "");
    run(app.folder.path(), &[], &["keys", "list"]).assert(0, &[kid, "next"]);

    ask(&app, &["retire", kid, "--dry-run"]).assert(0, &[kid, " would be retired"]);
    run(app.folder.path(), &[], &["keys", "list"]).assert(0, &["next"]);
    ask(&app, &["retire", kid]).assert(0, &[kid, " is retired", "(primary)"]);
    run(app.folder.path(), &[], &["keys", "list"]).assert(0, &[kid, "retired"]);
    let key = ask(&app, &["retire", kid, "--json"]).json();
    assert_eq!(
        (&key["kid"], &key["state"]),
        (&kid.into(), &"retired".into())
    );
    assert!(key["retire_at"].as_u64().unwrap() > 1_700_000_000);
}

#[tokio::test]
async fn a_key_that_leaked_is_replaced_and_retired_in_two_commands() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let listed = run(app.folder.path(), &[], &["keys", "list", "--json"]).json();
    let old = listed["keys"][0]["kid"].as_str().unwrap();
    ask(&app, &["retire", old]).assert(1, &["409 conflict", "rotate first"]);
    let key = ask(&app, &["rotate", "--now", "--json"]).json();
    assert_eq!(
        (&key["state"], &key["alg"]),
        (&"active".into(), &"ES256".into())
    );
    assert_eq!(app.status_of(&tokens.access).await, 200);
    ask(&app, &["retire", old]).assert(0, &[old, "are refused (primary)"]);
    assert_eq!(app.status_of(&tokens.access).await, 401);
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 200);
}

#[tokio::test]
async fn a_mac_key_is_replaced_and_retired_by_its_id() {
    let app = App::in_memory();
    let tokens = app.log_in().await;
    let listed = run(app.folder.path(), &[], &["keys", "list", "--json"]).json();
    let old = listed["keys"][1]["kid"].as_str().unwrap();
    let rotated = ask(&app, &["rotate", "--mac", "--now"]);
    rotated.assert(0, &["mac-", " tags since 20"]);
    let new = rotated.out.split(' ').next().unwrap();
    let file = format!("keys/{new}.key");
    let listed = run(app.folder.path(), &[], &["keys", "list"]);
    listed.assert(0, &[old, "retiring", "keys/mac.key", new, &file]);
    ask(&app, &["retire", new]).assert(1, &["409 conflict", "rotate first"]);
    ask(&app, &["retire", old, "--dry-run"]).assert(0, &[old, "would be retired"]);
    assert_eq!(app.refresh(&tokens.refresh).await.status(), 200);
    ask(&app, &["retire", old]).assert(0, &["every refresh and opaque token", "(fsynced)"]);
    let again = app.refresh(&tokens.refresh).await;
    assert_eq!(again.status(), 401, "it was tagged by the old one");
    let next = ask(&app, &["rotate", "--mac"]);
    next.assert(0, &["is accepted, and tags from "]);
}

#[tokio::test]
async fn what_cannot_be_rotated_or_retired_has_its_exit_code() {
    let app = App::in_memory();
    ask(&app, &["retire", "none"]).assert(3, &["404 not_found"]);
    ask(&app, &["retire", "-a-kid-may-begin-so"]).assert(3, &["404 not_found"]);
    for outside in ["../rotate", "", "a b", "a/b", "a?b"] {
        ask(&app, &["retire", outside]).assert(2, &["a kid is letters"]);
    }
    run(app.folder.path(), &[], &["keys", "rotate"]).assert(2, &["--profile"]);
    let read_only: Vec<_> = app
        .env
        .iter()
        .map(|(name, value)| match name.as_str() {
            "JOTLEASH_ADMIN_CLIENT_ID" => (name.as_str(), app.env["JOTLEASH_CLIENT_ID"].as_str()),
            "JOTLEASH_ADMIN_CLIENT_SECRET" => {
                (name.as_str(), app.env["JOTLEASH_CLIENT_SECRET"].as_str())
            }
            _ => (name.as_str(), value.as_str()),
        })
        .collect();
    for words in [["keys", "rotate", "--now"], ["keys", "retire", "x"]] {
        run(app.folder.path(), &read_only, &words).assert(4, &["what this client may do"]);
    }
    let env = app.env.clone();
    let env: Vec<_> = env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let folder = app.kill();
    for words in [["keys", "rotate", "--now"], ["keys", "retire", "x"]] {
        run(folder.path(), &env, &words).assert(5, &["cannot be reached"]);
    }
}
