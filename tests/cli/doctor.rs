//! `doctor`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::app::{App, Setup};
use crate::command::{Ran, run, settings_of};
use crate::redis_server::RedisServer;

/// A folder with keys.
fn prepared() -> TempDir {
    let folder = TempDir::new().unwrap();
    run(folder.path(), &[], &["keys", "generate"]).assert(0, &[]);
    folder
}

/// Addresses that are free, so that no other test's service is met.
const FREE: [&str; 4] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];

fn doctor(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, &[], &[&["doctor"], &FREE[..], arguments].concat())
}

fn on(redis: &RedisServer) -> Ran {
    doctor(prepared().path(), &["--store", &redis.url()])
}

/// The levels of all findings about something.
fn levels(json: &Value, about: &str) -> Vec<String> {
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["about"] == about)
        .map(|finding| finding["level"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_healthy_redis_is_ok_and_is_left_as_it_is() {
    let redis = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let folder = prepared();
    let ran = doctor(
        folder.path(),
        &[
            "--store",
            &redis.url(),
            "--issuer",
            "http://localhost:1",
            "--strict",
        ],
    );
    ran.assert(
        0,
        &[
            "ok    store            redis://127.0.0.1:",
            "appendfsync always",
            "on the disk before it is acknowledged",
            "the user may run all",
            "0 connected",
            "no data yet",
        ],
    );
    assert!(!ran.out.contains("FAIL"), "{ran:?}");
    assert_eq!(redis.keys(), Vec::<String>::new());
}

#[test]
fn a_redis_that_keeps_nothing_is_a_warning_and_with_strict_an_error() {
    let redis = RedisServer::start();
    let folder = prepared();
    let url = redis.url();
    doctor(folder.path(), &["--store", &url]).assert(0, &["warn  durability", "appendonly no"]);
    doctor(folder.path(), &["--store", &url, "--strict"]).assert(1, &["warn  durability"]);
}

#[test]
fn an_evicting_redis_fails_with_what_to_do() {
    let redis = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]);
    on(&redis).assert(2, &["FAIL  store", "set maxmemory-policy to noeviction"]);
}

#[test]
fn a_user_without_rights_is_told_which_he_lacks() {
    let redis = RedisServer::start();
    let _: () = redis.ask("ACL SETUSER few on >of-a-test ~jl:* +@all -hset -zadd -config -time");
    let _: () = redis.ask("ACL SETUSER none on >of-a-test ~other:* +@all");
    let _: () = redis.ask("ACL SETUSER blind on >of-a-test");
    let folder = prepared();
    let as_user = |user: &str| {
        let url = redis.url().replace("//", &format!("//{user}:of-a-test@"));
        let ran = doctor(folder.path(), &["--store", &url]);
        assert!(!format!("{ran:?}").contains("of-a-test"), "{ran:?}");
        ran
    };
    as_user("few").assert(
        2,
        &[
            "FAIL  rights",
            "HSET TIME ZADD",
            "ACL SETUSER <name> ~jl:* +hset +time +zadd",
            "may not ask CONFIG GET",
            "does not tell the time",
        ],
    );
    as_user("none").assert(2, &["FAIL  rights", "~jl:*"]);
    as_user("blind").assert(2, &["+info", "FAIL  rights"]);
    let wrong = redis.url().replace("//", "//few:hunter2@");
    let ran = doctor(folder.path(), &["--store", &wrong]);
    ran.assert(5, &["FAIL  store"]);
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
}

#[test]
fn a_replica_is_refused_and_a_missing_one_is_missed() {
    let primary = RedisServer::start();
    let replica = RedisServer::start();
    let _: () = replica.ask(&format!("REPLICAOF 127.0.0.1 {}", primary.port()));
    on(&replica).assert(2, &["FAIL  store", "give the address of the primary"]);
    let _: () = primary.ask("HSET jl:meta schema 1 replicas 3");
    on(&primary).assert(0, &["warn  replicas", "of 3 are connected", "schema 1"]);
    let _: () = primary.ask("HSET jl:meta schema 7");
    on(&primary).assert(2, &["FAIL  schema", "schema 7"]);
    let _: () = primary.ask("CONFIG SET min-replicas-to-write 5");
    on(&primary).assert(2, &["min-replicas-to-write is 5"]);
}

#[test]
fn a_redis_that_is_not_there_is_unreachable_unless_the_keys_are_wrong_too() {
    let mut redis = RedisServer::start();
    redis.kill();
    on(&redis).assert(5, &["FAIL  store", "check that it runs"]);
    let empty = TempDir::new().unwrap();
    let ran = doctor(empty.path(), &["--store", &redis.url()]);
    ran.assert(2, &["FAIL  store", "FAIL  keys", "keys generate"]);
}

#[test]
fn a_key_that_others_can_read_fails_with_the_command_that_helps() {
    let folder = prepared();
    let keys = folder.path().join("keys");
    fs::set_permissions(keys.join("mac.key"), Permissions::from_mode(0o644)).unwrap();
    doctor(folder.path(), &[]).assert(2, &["FAIL  keys", "chmod o= keys/mac.key"]);
    fs::set_permissions(keys.join("mac.key"), Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&keys, Permissions::from_mode(0o755)).unwrap();
    doctor(folder.path(), &[]).assert(0, &["warn  keys", "chmod o= keys"]);
}

#[test]
fn a_service_that_runs_is_recognised_by_its_listeners_and_its_file() {
    let app = Setup::default()
        .store("embedded:data/jotleash.redb")
        .start();
    let ran = run(
        app.folder.path(),
        &settings_of(&app),
        &["doctor", "--strict"],
    );
    ran.assert(
        0,
        &[
            "ok    public listener  ",
            "ok    admin listener   ",
            "is in use by a running jotleash",
            "data/jotleash.redb is in use by a running service",
            "MiB are free",
        ],
    );
    let settings = settings_of(&app).map(|(name, value)| (name, value.to_owned()));
    let folder = app.kill();
    let settings = settings
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    // Killed, so not closed well; nothing is repaired by looking.
    let ran = run(folder.path(), &settings, &["doctor"]);
    ran.assert(0, &["is free"]);
    assert!(!ran.out.contains("in use"), "{ran:?}");
}

#[test]
fn a_port_of_something_else_fails() {
    let redis = RedisServer::start();
    let taken = format!("127.0.0.1:{}", redis.port());
    let folder = prepared();
    let arguments = [
        "doctor",
        "--listen",
        &taken,
        "--admin-listen",
        "127.0.0.1:0",
    ];
    let ran = run(folder.path(), &[], &arguments);
    ran.assert(2, &["FAIL  public listener", "in use by something else"]);
}

#[test]
fn all_that_is_wrong_with_the_configuration_is_told_and_the_keys_where_they_are_known() {
    let folder = prepared();
    fs::write(
        folder.path().join("jotleash.toml"),
        "isuer = \"x\"\nlisten = \"y\"\n",
    )
    .unwrap();
    let ran = run(folder.path(), &[], &["doctor", "--json"]);
    ran.assert(2, &["jotleash.toml:1", "jotleash.toml:2"]);
    let json = ran.json();
    assert_eq!(levels(&json, "configuration"), ["fail", "fail"]);
    assert_eq!(levels(&json, "keys"), ["ok", "ok"]);
    assert_eq!(json["healthy"], false);
    // Of another algorithm than the one that cannot be read, they might be found wrong.
    let arguments = ["doctor", "--keys-algorithm", "HS256", "--json"];
    let ran = run(folder.path(), &[], &arguments);
    ran.assert(2, &["--keys-algorithm"]);
    assert_eq!(levels(&ran.json(), "keys"), ["warn"]);
}

#[test]
fn what_is_in_memory_is_gone_at_the_end() {
    let app = App::in_memory();
    let settings = settings_of(&app);
    let ran = run(
        app.folder.path(),
        &settings,
        &["doctor", "--store", "embedded:memory"],
    );
    ran.assert(0, &["warn  store", "gone when the service stops"]);
}
