//! What would be unsafe does not start, and says what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::program::Program;
use crate::redis_server::RedisServer;

/// SHA-256 of `changeme`.
const CHANGEME: &str = "057ba03d6c44104863dc7361fe4578965d1887360f90a0895882e58a6248fc86";

fn with_keys(toml: &str) -> Program {
    let program = Program::new();
    assert_eq!(program.run(&["keys", "generate"]).code, 0);
    program.file("jotleash.toml", toml, 0o644);
    program
}

fn refused(program: &Program, arguments: &[&str], words: &[&str]) {
    let ended = program.serve(arguments).unwrap_err();
    assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
    for word in words {
        assert!(
            ended.err.contains(word),
            "{arguments:?}: no {word:?} in\n{}",
            ended.err
        );
    }
}

#[test]
fn a_sound_configuration_starts() {
    with_keys("")
        .serve(&["--store", "embedded:memory"])
        .unwrap();
}

#[test]
fn a_default_or_short_secret() {
    let client = "[[client]]\nid = \"front\"\n";
    let program = with_keys(&format!("{client}secret_sha256 = \"{CHANGEME}\""));
    let words = [
        "jotleash.toml:3: this is a default secret",
        "`jotleash clients secret`",
    ];
    refused(&program, &[], &words);
    let program = with_keys(&format!("{client}secret_file = \"front\""));
    program.file("front", "changemechangeme\n", 0o600);
    refused(&program, &[], &words);
    program.file("front", "tooshort\n", 0o600);
    let words = [
        "jotleash.toml:3: the secret in front is shorter than 16",
        "`jotleash clients secret`",
    ];
    refused(&program, &[], &words);
}

#[test]
fn a_default_password_of_the_store() {
    let program = with_keys("");
    program.file("url", "rediss://jotleash:password@127.0.0.1:1/0\n", 0o600);
    let asked = "is a default one that everybody knows";
    for (arguments, place) in [
        (["--store", "redis://:changeme@127.0.0.1:1/0"], "--store: "),
        (
            ["--store", "redis://ann:change%6De@127.0.0.1:1"],
            "--store: ",
        ),
        (["--store", "redis://ann:@127.0.0.1:1"], "--store: "),
        (["--store-file", "url"], "--store-file: "),
    ] {
        refused(&program, &arguments, &[place, asked, "ACL SETUSER"]);
        let ended = program.run(&[&["config", "check"], &arguments[..]].concat());
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.out.contains(asked), "{ended:?}");
        let all = format!("{ended:?}");
        assert!(
            !all.contains("changeme") && !all.contains(":password"),
            "{all}"
        );
    }
    // Nobody is there, but with a password of one's own that is the store's affair.
    let own = ["--store", "redis://changeme:hunter2@127.0.0.1:1/0"];
    assert_eq!(program.serve(&own).unwrap_err().code, 5);
}

#[test]
fn a_secret_that_others_can_read() {
    let program = with_keys("[[client]]\nid = \"front\"\nsecret_file = \"front\"");
    program.file("front", "0123456789abcdef0123\n", 0o604);
    refused(
        &program,
        &[],
        &["jotleash.toml:3: front can be used by others: run `chmod o= front`"],
    );
    let program = with_keys("").env("JOTLEASH_STORE_FILE", "url");
    program.file("url", "embedded:memory\n", 0o644);
    refused(
        &program,
        &[],
        &["JOTLEASH_STORE_FILE: url can be used by others"],
    );
}

#[test]
fn a_private_key_that_others_can_read() {
    let program = with_keys("");
    for entry in fs::read_dir(program.folder.path().join("keys")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
    refused(
        &program,
        &["--store", "embedded:memory"],
        &["can be used by others: run `chmod o= keys/"],
    );
}

#[test]
fn no_keys() {
    refused(&Program::new(), &[], &["run `jotleash keys generate`"]);
}

#[test]
fn a_redis_that_evicts_and_one_that_is_not_there() {
    let redis = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]);
    let program = with_keys("");
    refused(
        &program,
        &["--store", &redis.url()],
        &["maxmemory-policy", "noeviction"],
    );
    let url = redis.url();
    drop(redis);
    let ended = program.serve(&["--store", &url]).unwrap_err();
    assert_eq!(ended.code, 5, "{ended:?}");
}

#[test]
fn an_unknown_key() {
    let program = with_keys("log = \"info\"\n\n[redis]\nassume_no_eviction = true\n");
    let words = "jotleash.toml:4: unknown key `redis.assume_no_eviction`; did you mean `redis.assume_noeviction`?";
    refused(&program, &[], &[words]);
}

#[test]
fn listeners_and_issuers_off_loopback() {
    let program = with_keys("");
    let start = |arguments: &[&str], words: &[&str]| {
        let ended = program.start(arguments).unwrap_err();
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        for word in words {
            assert!(
                ended.err.contains(word),
                "{arguments:?}: no {word:?} in\n{}",
                ended.err
            );
        }
    };
    start(
        &["serve", "--admin-listen", "0.0.0.0:0"],
        &[
            "--admin-listen: the admin listener",
            "admin_plaintext = true",
        ],
    );
    start(
        &["serve", "--issuer", "http://auth.example.com"],
        &["--issuer: ", "https:// is needed"],
    );
    start(
        &["serve", "--listen", "0.0.0.0:0"],
        &["--listen: ", "an https issuer"],
    );
    start(
        &["serve", "--dev", "--listen", "0.0.0.0:0"],
        &["--listen: serve --dev listens on loopback only"],
    );
    start(
        &["serve", "--dev", "--admin-listen", "[::]:0"],
        &["--admin-listen: serve --dev listens on loopback only"],
    );
    start(
        &["serve", "--tls-cert", "cert.pem", "--near-max", "1s"],
        &["--near-max: `--near-max` is not built yet"],
    );
}
