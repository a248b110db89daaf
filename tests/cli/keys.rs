//! `keys list`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::command::run;

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
    let key = &json["keys"][0];
    assert_eq!(
        (&key["state"], &key["alg"]),
        (&"active".into(), &"ES256".into())
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
