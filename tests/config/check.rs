//! `config check`.

use std::fs;

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
"#;

#[test]
fn five_faults_are_told_at_once_with_their_lines() {
    let program = Program::with(FAULTY);
    let ended = program.run(&["config", "check"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    let lines: Vec<_> = ended.out.lines().collect();
    let expected = [
        "jotleash.toml:1: unknown key `lisetn`; did you mean `listen`?",
        "jotleash.toml:2: \"http://auth.example.com\" is not on loopback",
        "jotleash.toml:6: \"25h\" is longer than 24h",
        "jotleash.toml:9: the audience \"wbe\" is no [[audience]]",
        "jotleash.toml:10: the scope \"raed\" exists in none of its `audiences`",
    ];
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}\nis not\n{expected}");
    }
    assert_eq!(
        *lines.last().unwrap(),
        "jotleash.toml: 5 problems",
        "{lines:#?}"
    );
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert_eq!(ended.err, "");
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
