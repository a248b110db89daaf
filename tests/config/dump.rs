//! `config dump`: every setting from every source.

use std::collections::BTreeSet;

use jotleash::settings::{AUDIENCE_FIELDS, CLIENT_FIELDS, SETTINGS};
use serde_json::{Value, json};

use crate::program::{Ended, Program};

/// A value of each setting that is built and not its default: as a flag or variable says it, as
/// the file does, and as it is shown.
const VALUES: &[(&str, &str, &str, &str)] = &[
    (
        "listen",
        "127.0.0.1:1",
        "\"127.0.0.1:1\"",
        "\"127.0.0.1:1\"",
    ),
    ("admin_listen", "[::1]:2", "\"[::1]:2\"", "\"[::1]:2\""),
    ("admin_plaintext", "true", "true", "true"),
    (
        "trusted_proxies",
        "10.0.0.0/8,192.0.2.1",
        "[\"10.0.0.0/8\", \"192.0.2.1\"]",
        "[\"10.0.0.0/8\",\"192.0.2.1/32\"]",
    ),
    ("tls_cert", "a.pem", "\"a.pem\"", "\"a.pem\""),
    ("tls_key", "a.pem", "\"a.pem\"", "\"a.pem\""),
    ("admin_tls_cert", "a.pem", "\"a.pem\"", "\"a.pem\""),
    ("admin_tls_key", "a.pem", "\"a.pem\"", "\"a.pem\""),
    (
        "issuer",
        "https://a.example",
        "\"https://a.example\"",
        "\"https://a.example\"",
    ),
    ("default_audience", "cart", "\"cart\"", "\"cart\""),
    ("keys.dir", "elsewhere", "\"elsewhere\"", "\"elsewhere\""),
    ("keys.algorithm", "EdDSA", "\"EdDSA\"", "\"EdDSA\""),
    ("keys.publish_before", "60m", "\"60m\"", "\"1h\""),
    (
        "store",
        "embedded:memory",
        "\"embedded:memory\"",
        "\"embedded:memory\"",
    ),
    ("store_file", "url", "\"url\"", "\"url\""),
    ("redis.assume_noeviction", "true", "true", "true"),
    ("log", "warn", "\"warn\"", "\"warn\""),
    ("log_format", "json", "\"json\"", "\"json\""),
];

/// Lets `cart` be a default audience.
const AUDIENCES: &str = "\n[[audience]]\nname = \"web\"\n[[audience]]\nname = \"cart\"\n";

fn json_of(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

fn setting<'a>(dump: &'a Value, path: &str) -> &'a Value {
    let all = dump["settings"].as_array().unwrap();
    all.iter().find(|item| item["path"] == path).unwrap()
}

#[test]
fn every_setting_is_read_from_each_source() {
    let built: BTreeSet<_> = SETTINGS
        .iter()
        .filter(|s| s.built())
        .map(|s| s.path)
        .collect();
    let tried: BTreeSet<_> = VALUES.iter().map(|(path, ..)| *path).collect();
    assert_eq!(
        tried, built,
        "each built setting, and no other, is in this test's table"
    );
    for (path, bare, toml, shown) in VALUES {
        let setting_of = SETTINGS
            .iter()
            .find(|setting| setting.path == *path)
            .unwrap();
        let (flag, variable) = (setting_of.flag(), setting_of.environment());
        let shown: Value = serde_json::from_str(shown).unwrap();
        let in_file = match path.split_once('.') {
            Some((table, key)) => format!("[{table}]\n{key} = {toml}"),
            None => format!("{path} = {toml}"),
        };
        let with_flag = format!("{flag}={bare}");
        let dump = ["config", "dump", "--json"];
        let by_flag = [&dump[..], &[&with_flag]].concat();
        let in_line = if path.contains('.') { 2 } else { 1 };
        for (program, arguments, origin) in [
            (Program::with(AUDIENCES), &by_flag[..], flag.clone()),
            (
                Program::with(AUDIENCES).env(&variable, bare),
                &dump,
                variable.clone(),
            ),
            (
                Program::with(&format!("{in_file}\n{AUDIENCES}")),
                &dump,
                format!("jotleash.toml:{in_line}"),
            ),
        ] {
            let program = match other_half(path) {
                Some(variable) => program.env(variable, "b.pem"),
                None => program,
            };
            program.file("url", "redis://:hunter2@127.0.0.1:6379/0\n", 0o600);
            let ended = program.run(arguments);
            let dump = json_of(&ended);
            let expected = json!({"path": path, "value": shown, "origin": origin});
            assert_eq!(*setting(&dump, path), expected);
            assert!(!ended.out.contains("hunter2"), "{}", ended.out);
        }
        let defaults = json_of(&Program::with(AUDIENCES).run(&dump));
        let default = setting(&defaults, path);
        assert_eq!(default["origin"], "default", "{path}");
        assert_ne!(
            default["value"], shown,
            "{path}: the default proves nothing"
        );
        let told = setting_of.default;
        if !told.is_empty() {
            let told: Value = serde_json::from_str(told).unwrap();
            assert_eq!(
                default["value"], told,
                "{path}: the default in the table is another one"
            );
        }
    }
}

/// What a setting that comes in a pair needs beside it.
fn other_half(path: &str) -> Option<&'static str> {
    Some(match path {
        "tls_cert" => "JOTLEASH_TLS_KEY",
        "tls_key" => "JOTLEASH_TLS_CERT",
        "admin_tls_cert" => "JOTLEASH_ADMIN_TLS_KEY",
        "admin_tls_key" => "JOTLEASH_ADMIN_TLS_CERT",
        _ => return None,
    })
}

const FULL: &str = r#"
[[audience]]
name = "web"
scopes = ["read", "write"]
typ = "JWT"
login_client = "front"
access_ttl = "1m"
refresh_idle = "1h"
refresh_max = "2h"
refresh_grace = "500ms"
max_sessions = 3
outage = "grace 60s"
[[audience]]
name = "cart"
format = "opaque"
[[client]]
id = "front"
secret_sha256 = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f"
audiences = ["web"]
scopes = ["read"]
grants = ["client_credentials"]
introspect = ["web"]
allow = ["10.0.0.0/8"]
admin = true
[[client]]
id = "back"
secret_file = "secrets/back"
audiences = ["web"]
"#;

#[test]
fn audiences_and_clients_are_shown_with_their_lines_and_without_their_secrets() {
    let program = Program::with(FULL);
    program.file("secrets/back", "a-long-enough-hunter2\n", 0o600);
    let ended = program.run(&["config", "dump", "--json"]);
    let dump = json_of(&ended);
    let audience = &dump["audiences"][0];
    let expected = json!({
        "origin": "jotleash.toml:3", "name": "web", "scopes": ["read", "write"], "format": "jwt", "typ": "JWT",
        "login_client": "front", "access_ttl": "1m", "refresh_idle": "1h", "refresh_max": "2h",
        "refresh_grace": "500ms", "max_sessions": 3, "outage": "grace 1m",
    });
    assert_eq!(*audience, expected);
    let cart = &dump["audiences"][1];
    assert_eq!(cart["format"], "opaque");
    assert_eq!(cart.get("typ"), None, "it has none");
    assert_eq!(cart["outage"], "closed");
    let front = json!({
        "origin": "jotleash.toml:17", "id": "front", "secret_sha256": "redacted",
        "audiences": ["web"], "scopes": ["read"], "grants": ["client_credentials"],
        "introspect": ["web"], "allow": ["10.0.0.0/8"], "admin": true,
    });
    assert_eq!(dump["clients"][0], front);
    assert_eq!(dump["clients"][1]["secret_file"], "secrets/back");
    for field in &AUDIENCE_FIELDS {
        assert!(
            audience.get(field.name).is_some(),
            "{} is not shown",
            field.name
        );
    }
    for field in &CLIENT_FIELDS {
        let in_one = |client: &Value| client.get(field.name).is_some();
        assert!(
            dump["clients"].as_array().unwrap().iter().any(in_one),
            "{} is not shown",
            field.name
        );
    }
    for secret in ["hunter2", "9f9f5111"] {
        assert!(!ended.out.contains(secret), "{}", ended.out);
        assert!(!program.run(&["config", "dump"]).out.contains(secret));
    }
}

#[test]
fn the_text_is_a_configuration_that_says_the_same() {
    let program = Program::with("log = \"warn\"\n[keys]\ndir = \"k\"\n[[audience]]\nname = \"web\"\n[[audience]]\nname = \"cart\"\nformat = \"opaque\"\n[[client]]\nid = \"app\"\naudiences = [\"web\"]\ngrants = [\"refresh_token\"]\n")
        .env("JOTLEASH_STORE", "redis://ann:hunter2@127.0.0.1:6379/0");
    let ended = program.run(&["config", "dump", "--listen", "127.0.0.1:1"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for line in [
        "listen = \"127.0.0.1:1\"  # --listen",
        "admin_listen = \"127.0.0.1:9090\"  # default",
        "store = \"redis://127.0.0.1:6379/0\"  # JOTLEASH_STORE",
        "log = \"warn\"  # jotleash.toml:1",
        "dir = \"k\"  # jotleash.toml:3",
        "format = \"opaque\"",
        "[[client]]  # jotleash.toml:10",
    ] {
        assert!(
            ended.out.lines().any(|other| other == line),
            "no {line:?} in\n{}",
            ended.out
        );
    }
    assert!(!ended.out.contains("hunter2"));
    let again = Program::with(&ended.out);
    let values = |program: &Program, more: &[&str]| {
        let arguments = [&["config", "dump", "--json"], more].concat();
        let dump = json_of(&program.run(&arguments));
        let settings = dump["settings"].as_array().unwrap().clone();
        settings
            .into_iter()
            .map(|item| item["value"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        values(&again, &[]),
        values(&program, &["--listen", "127.0.0.1:1"])
    );
}

#[test]
fn a_wrong_configuration_is_told_of_instead() {
    let ended = Program::with("lgo = \"warn\"").run(&["config", "dump"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(
        ended
            .err
            .starts_with("jotleash.toml:1: unknown key `lgo`; did you mean `log`?"),
        "{ended:?}"
    );
}

#[test]
fn a_file_of_a_secret_hides_a_lower_layers_value_and_not_one_beside_it() {
    let dump = ["config", "dump", "--json"];
    let secret = "redis://:hunter2@127.0.0.1:6379/0";
    let program = Program::with("store = \"embedded:memory\"").env("JOTLEASH_STORE_FILE", "url");
    program.file("url", secret, 0o600);
    let shown = json_of(&program.run(&dump));
    assert_eq!(setting(&shown, "store_file")["value"], "url");
    assert_eq!(setting(&shown, "store")["value"], Value::Null);
    let by_flag = [&dump[..], &["--store", "embedded:memory"]].concat();
    let shown = json_of(&program.run(&by_flag));
    assert_eq!(setting(&shown, "store")["value"], "embedded:memory");
    assert_eq!(setting(&shown, "store_file")["value"], Value::Null);
    let both = [&by_flag[..], &["--store-file", "url"]].concat();
    let ended = program.run(&both);
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .err
            .contains("one of --store and --store-file, not both"),
        "{ended:?}"
    );
}
