//! `config check`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::authority::{Authority, put};
use crate::program::Program;

const FAULTY: &str = r#"lisetn = "127.0.0.1:1"
issuer = "http://auth.example.com"
[[audience]]
name = "web"
scopes = ["read"]
access_ttl = "25h"
[[client]]
id = "front"
audiences = ["wbe"]
scopes = ["raed"]
[[client]]
id = "idle"
"#;

#[test]
fn six_faults_and_a_warning_are_told_at_once_with_their_lines() {
    let program = Program::with(FAULTY);
    expose_a_key(&program);
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    let lines: Vec<_> = ended.out.lines().collect();
    let expected = [
        "jotleash.toml:1: unknown key `lisetn`; did you mean `listen`?",
        "jotleash.toml:2: \"http://auth.example.com\" is not on loopback",
        "jotleash.toml:6: \"25h\" is longer than 24h",
        "jotleash.toml:9: the audience \"wbe\" is no [[audience]]",
        "jotleash.toml:10: the scope \"raed\" exists in none of its `audiences`",
        "keys/mac.key can be used by others: run `chmod o= keys/mac.key`",
        "warning: jotleash.toml:12: the client idle may do nothing",
        "jotleash.toml: 6 problems, 1 warning",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}\nis not\n{expected}");
    }
    assert_eq!(ended.err, "");
}

/// Makes keys, and lets everybody read one.
fn expose_a_key(program: &Program) {
    let made = program.run(&["keys", "generate", "--config=/dev/null"]);
    assert_eq!(made.code, 0, "{made:?}");
    let key = program.folder.path().join("keys/mac.key");
    fs::set_permissions(key, Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn keys_are_looked_at_unless_it_cannot_be_read_where_they_are_or_what_for() {
    let program = Program::new();
    expose_a_key(&program);
    let exposed = |file: &str, arguments: &[&str]| {
        program.file("jotleash.toml", file, 0o644);
        let ended = program.run(&[&["config", "check"], arguments].concat());
        assert_eq!(ended.code, 2, "{ended:?}");
        ended.out.contains("keys/mac.key can be used by others")
    };
    assert!(exposed("store = \"nonsense\"", &[]));
    assert!(exposed(
        "[keys]\nalgorithm = \"EdDSA\"\n",
        &["--keys-algorithm=ES256"]
    ));
    assert!(!exposed("[keys]\nalgorithm = \"HS256\"\n", &[]));
    assert!(!exposed("[keys]\ndir = 7\n", &[]));
    assert!(!exposed("= no TOML", &[]));
}

#[test]
fn certificates_are_looked_at_as_keys_are() {
    let authority = Authority::new();
    let program = Program::with("tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\nlog = \"loud\"\n");
    let folder = program.folder.path();
    let check = |found: usize, words: &str| {
        let ended = program.run(&["config", "check"]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.out.contains("jotleash.toml:3: "), "{ended:?}");
        assert!(ended.out.contains(words), "no {words:?} in {ended:?}");
        let problems = ended.out.lines().count() - 1 - ended.out.matches("warning: ").count();
        assert_eq!(problems, found, "{ended:?}");
    };
    check(1, "warning: cert.pem: entity not found");
    authority.issue().write(folder);
    check(1, "1 problem");
    authority.issue_for(&["localhost"], -1, 13).write(folder);
    check(1, "warning: the certificate cert.pem ends on ");
    authority.issue_for(&["localhost"], -9, -1).write(folder);
    check(2, "\ncert.pem is valid from ");
    authority.issue().write(folder);
    put(&folder.join("key.pem"), &authority.issue().key);
    check(
        2,
        "\nkey.pem is not the key of the first certificate in cert.pem",
    );
    fs::set_permissions(folder.join("key.pem"), Permissions::from_mode(0o644)).unwrap();
    check(2, "\nkey.pem can be used by others: run `chmod o= key.pem`");
}

#[test]
fn a_file_is_named_by_argument_or_flag_or_is_the_usual_one() {
    let program = Program::new();
    program.file("other.toml", "log = \"loud\"\n", 0o644);
    for arguments in [
        &["config", "check", "other.toml"][..],
        &["config", "check", "--config", "other.toml"],
    ] {
        let ended = program.run(arguments);
        assert_eq!(ended.code, 2);
        assert!(ended.out.starts_with("other.toml:1: "), "{ended:?}");
    }
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("environment and defaults: no problems"),
        "{ended:?}"
    );
    let ended = program.run(&["config", "check", "no-such.toml"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.out.contains("no-such.toml:1: cannot be read"),
        "{ended:?}"
    );
}

#[test]
fn flags_and_variables_are_checked_with_the_file() {
    let program = Program::with("log = \"info\"").env("JOTLEASH_LOG_FORMAT", "xml");
    let ended = program.run(&["config", "check", "--listen", "nowhere"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.out.contains("JOTLEASH_LOG_FORMAT: \"xml\""),
        "{ended:?}"
    );
    assert!(ended.out.contains("--listen: \"nowhere\""), "{ended:?}");
}

#[test]
fn a_flag_of_what_is_not_built_yet_is_refused_by_name() {
    let ended = Program::new().run(&[
        "config",
        "check",
        "--near-lease",
        "1s",
        "--liveness",
        "near",
    ]);
    assert_eq!(ended.code, 2);
    for flag in ["--near-lease", "--liveness"] {
        let words = format!("{flag}: `{flag}` is not built yet");
        assert!(ended.out.contains(&words), "{ended:?}");
    }
    let ended = Program::new().run(&["config", "check", "--liveness", "strict", "--cors-origins="]);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn keys_that_others_can_read_are_found_and_missing_ones_are_a_warning() {
    let program = Program::new();
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended
            .out
            .contains("warning: the folder keys is missing: run `jotleash keys generate`"),
        "{ended:?}"
    );
    assert_eq!(program.run(&["keys", "generate"]).code, 0);
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.out, "environment and defaults: no problems\n");
    let pem = fs::read_dir(program.folder.path().join("keys")).unwrap();
    let pem = pem
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "pem"));
    let text = fs::read_to_string(pem.as_ref().unwrap()).unwrap();
    program.file(pem.unwrap().to_str().unwrap(), &text, 0o644);
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.out.contains("run `chmod o= "), "{ended:?}");
}

#[test]
fn what_shows_only_across_tables_is_found() {
    let audience = "[[audience]]\nname = \"web\"\nscopes = [\"read\"]\n";
    let client = "[[client]]\nid = \"front\"\n";
    let secret =
        "secret_sha256 = \"9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f\"\n";
    for (file, code, words) in [
        (
            format!("{audience}login_client = \"front\"\n{client}"),
            2,
            "jotleash.toml:4: the `login_client` front does not list \"web\"",
        ),
        (
            format!("{audience}{client}audiences = [\"web\"]\nscopes = [\"raed\"]"),
            2,
            "jotleash.toml:7: the scope \"raed\" exists in none of its `audiences`; did you mean `read`?",
        ),
        (
            format!("{client}{secret}scopes = [\"jotleash:admin\"]"),
            2,
            "jotleash.toml:4: jotleash:admin is no scope to list: set `admin = true`",
        ),
        (
            format!("{client}{secret}admin = true\ngrants = [\"refresh_token\"]"),
            2,
            "jotleash.toml:5: an admin asks for its token with the grant client_credentials",
        ),
        (
            format!("{client}secret_file = \"missing\""),
            2,
            "jotleash.toml:3: missing cannot be read",
        ),
        (
            format!("{client}{secret}grants = [\"client_credentials\"]"),
            0,
            "jotleash.toml:4: the client front has grants, but no audience",
        ),
        (
            client.to_owned(),
            0,
            "jotleash.toml:2: the client front may do nothing",
        ),
        (
            format!(
                "{client}{secret}scopes = [\"jotleash:read\"]\ngrants = [\"client_credentials\"]"
            ),
            0,
            "no problems",
        ),
    ] {
        let ended = Program::with(&file).run(&["config", "check"]);
        assert_eq!(ended.code, code, "{file}\n{ended:?}");
        assert!(
            ended.out.contains(words),
            "{file}\nno {words:?} in\n{}",
            ended.out
        );
    }
}
