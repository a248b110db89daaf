//! The settings, through the public functions: from files as people write them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bad_files;
mod listeners;
mod outage;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use jotleash::settings::{
    Flags, Loaded, LogFormat, Place, Problems, Sources, StoreSetting, TokenFormat, keys, load,
};
use jotleash::token::Algorithm;
use tempfile::TempDir;

/// A configuration file in a folder of its own, and the other sources.
struct Given {
    folder: TempDir,
    sources: Sources,
}

impl Given {
    fn file(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jotleash.toml");
        fs::write(&path, text).unwrap();
        let flags = Flags {
            config: Some(path),
            ..Flags::default()
        };
        let sources = Sources {
            flags,
            ..Sources::default()
        };
        Self { folder, sources }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        let environment = &mut self.sources.environment;
        environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn flag(mut self, path: &'static str, value: &str) -> Self {
        let settings = &mut self.sources.flags.settings;
        settings.insert(path, value.to_owned());
        self
    }

    fn dev(mut self) -> Self {
        self.sources.flags.dev = true;
        self
    }

    fn secret(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn load(&self) -> Result<Loaded, Problems> {
        load(&self.sources)
    }

    /// The problems as `line: message`; the name for what is not in the file.
    fn problems(&self) -> Vec<String> {
        let problems = self.load().unwrap_err();
        let all = problems.as_slice().iter();
        all.map(|problem| match &problem.place {
            Place::File { line, .. } => format!("{line}: {}", problem.message),
            other => format!("{other}: {}", problem.message),
        })
        .collect()
    }
}

#[test]
fn without_any_source_the_defaults_hold() {
    let settings = Given::file("").load().unwrap().settings;
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.admin_listen.to_string(), "127.0.0.1:9090");
    assert_eq!(settings.issuer, None);
    assert_eq!(settings.store.to_string(), "embedded:data/jotleash.redb");
    assert_eq!(settings.keys_dir, PathBuf::from("keys"));
    assert_eq!(settings.algorithm, Algorithm::Es256);
    assert_eq!(settings.log, "info");
    assert_eq!(settings.log_format, LogFormat::Text);
    assert!(!settings.admin_plaintext && !settings.assume_noeviction);
    assert_eq!(settings.default_audience, "web");
    let web = settings.audiences.first().unwrap();
    assert_eq!((web.name.as_str(), web.typ.as_str()), ("web", "at+jwt"));
    assert_eq!((web.access_ttl, web.refresh_grace_millis), (300, 30_000));
    assert_eq!((web.refresh_idle, web.refresh_max), (1_209_600, 7_776_000));
}

#[test]
fn every_key_of_the_file_is_read() {
    let given = Given::file(
        r#"
listen = "0.0.0.0:80"
admin_listen = "[::1]:90"
issuer = "https://auth.example.com"
store = "redis://:pw@127.0.0.1:6379/0"
default_audience = "cart"
trusted_proxies = ["10.0.0.0/8", "192.0.2.1"]
tls_cert = "/etc/jotleash/cert.pem"
tls_key = "/etc/jotleash/key.pem"
log = "warn,jotleash=debug"
log_format = "json"
admin_plaintext = true
liveness = "strict"
cors_origins = []
[redis]
assume_noeviction = true
[keys]
dir = "/etc/jotleash/keys"
algorithm = "RS256"
[[audience]]
name = "web"
scopes = ["read", "write"]
format = "jwt"
typ = "JWT"
login_client = "front"
access_ttl = "1m"
refresh_idle = "1h"
refresh_max = "2h"
refresh_grace = "500ms"
max_sessions = 4
cookie = false
outage = "closed"
[[audience]]
name = "cart"
format = "opaque"
[[client]]
id = "front"
secret_sha256 = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
audiences = ["web", "cart"]
scopes = ["read"]
grants = ["client_credentials", "refresh_token"]
introspect = ["web"]
allow = ["10.0.0.0/8"]
admin = true
[[client]]
id = "app"
audiences = ["web"]
grants = ["refresh_token"]
"#,
    );
    let settings = given.load().unwrap().settings;
    assert_eq!(settings.listen.to_string(), "0.0.0.0:80");
    assert_eq!(settings.admin_listen.to_string(), "[::1]:90");
    assert_eq!(settings.issuer.as_deref(), Some("https://auth.example.com"));
    let url = "redis://:pw@127.0.0.1:6379/0".to_owned();
    assert_eq!(settings.store, StoreSetting::Redis(url));
    assert_eq!(settings.default_audience, "cart");
    let proxies: Vec<_> = settings
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.1/32"]);
    assert_eq!(settings.log, "warn,jotleash=debug");
    assert_eq!(settings.log_format, LogFormat::Json);
    let tls = settings.tls.unwrap();
    assert_eq!(tls.cert, PathBuf::from("/etc/jotleash/cert.pem"));
    assert_eq!(tls.key, PathBuf::from("/etc/jotleash/key.pem"));
    assert_eq!(settings.admin_tls, None);
    assert!(settings.admin_plaintext && settings.assume_noeviction);
    assert_eq!(settings.keys_dir, PathBuf::from("/etc/jotleash/keys"));
    assert_eq!(settings.algorithm, Algorithm::Rs256);
    let [web, cart] = settings.audiences.as_slice() else {
        unreachable!()
    };
    assert_eq!(
        (web.format, cart.format),
        (TokenFormat::Jwt, TokenFormat::Opaque)
    );
    assert_eq!(web.scopes, ["read", "write"]);
    assert_eq!(web.typ, "JWT");
    assert_eq!(web.login_client.as_deref(), Some("front"));
    assert_eq!(
        (web.access_ttl, web.refresh_idle, web.refresh_max),
        (60, 3_600, 7_200)
    );
    assert_eq!((web.refresh_grace_millis, web.max_sessions), (500, 4));
    assert_eq!(cart.name, "cart");
    let [front, app] = settings.clients.as_slice() else {
        unreachable!()
    };
    let digest = front.secret_sha256.as_deref().unwrap();
    assert!(digest.starts_with("ba7816bf"));
    assert_eq!(front.audiences, ["web", "cart"]);
    assert_eq!(front.grants, ["client_credentials", "refresh_token"]);
    assert_eq!((front.scopes.len(), front.introspect.len()), (1, 1));
    assert_eq!(front.allow.first().unwrap().to_string(), "10.0.0.0/8");
    assert!(front.admin && !app.admin);
    assert_eq!(app.secret_sha256, None);
}

#[test]
fn each_bad_file_is_answered_with_the_line_and_what_to_do() {
    for (file, expected) in bad_files::TABLE {
        let problems = Given::file(file).problems();
        assert!(
            problems.iter().any(|problem| problem.starts_with(expected)),
            "{file}\nexpected {expected}\ngot {problems:#?}"
        );
        assert_eq!(problems.len(), 1, "{file}\n{problems:#?}");
    }
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_lines() {
    let text = "log = \"loud\"\nbananas = 1\nissuer = \"x\"\n[[client]]\nid = \"\"";
    let given = Given::file(text)
        .variable("JOTLEASH_LISTEN", "x")
        .flag("admin_listen", "y");
    let places: Vec<_> = given
        .load()
        .unwrap_err()
        .as_slice()
        .iter()
        .map(|p| p.place.to_string())
        .collect();
    let file = given.sources.flags.config.as_ref().unwrap().display();
    let expected = [
        format!("{file}:1"),
        format!("{file}:2"),
        format!("{file}:3"),
        format!("{file}:5"),
        "JOTLEASH_LISTEN".to_owned(),
        "--admin-listen".to_owned(),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_flag_beats_the_environment_and_that_beats_the_file() {
    let given = Given::file("listen = \"127.0.0.1:1\"\nlog = \"warn\"\n[keys]\ndir = \"a\"")
        .variable("JOTLEASH_LISTEN", "127.0.0.1:2")
        .variable("JOTLEASH_KEYS_DIR", "b")
        .flag("listen", "127.0.0.1:3");
    let settings = given.load().unwrap().settings;
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.keys_dir, PathBuf::from("b"));
    assert_eq!(settings.log, "warn");
    let expected = (PathBuf::from("b"), Algorithm::Es256);
    assert_eq!(keys(&given.sources).unwrap(), expected);
}

#[test]
fn a_store_from_the_environment_beats_a_store_file_of_the_configuration() {
    let given =
        Given::file("store_file = \"/no/such\"").variable("JOTLEASH_STORE", "embedded:memory");
    assert_eq!(
        given.load().unwrap().settings.store,
        StoreSetting::EmbeddedMemory
    );
}

#[test]
fn a_list_in_the_environment_is_separated_by_commas() {
    let given = Given::file("").variable("JOTLEASH_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.0/24");
    assert_eq!(given.load().unwrap().settings.trusted_proxies.len(), 2);
}

#[test]
fn a_variable_that_is_no_setting_is_a_warning_with_a_hint() {
    let given = Given::file("")
        .variable("JOTLEASH_LISSTEN", "x")
        .variable("JOTLEASH_CLIENT_SECRET", "of data/dev.env")
        .variable("OTHER", "x");
    let warnings = given.load().unwrap().warnings;
    let expected = "JOTLEASH_LISSTEN is no setting and is ignored; did you mean `JOTLEASH_LISTEN`?";
    assert_eq!(warnings, [expected]);
}

#[test]
fn a_variable_that_is_not_built_yet_or_empty_is_an_error() {
    let given = Given::file("")
        .variable("JOTLEASH_REDIS_REPLICAS", "1")
        .variable("JOTLEASH_LIVENESS", "near")
        .variable("JOTLEASH_STORE", "");
    let problems = given.problems().join("\n");
    assert!(
        problems.contains("`JOTLEASH_REDIS_REPLICAS` is not built yet"),
        "{problems}"
    );
    assert!(
        problems.contains("`JOTLEASH_LIVENESS` is not built yet"),
        "{problems}"
    );
    assert!(problems.contains("JOTLEASH_STORE: is empty"), "{problems}");
}

#[test]
fn a_store_url_may_stand_in_a_file_that_others_cannot_read() {
    let given = Given::file("");
    let open = given.secret("open", "redis://:hunter2@h\n", 0o644);
    let closed = given.secret("closed", "redis://:hunter2@h\n", 0o600);
    let given = given.variable("JOTLEASH_STORE_FILE", open.to_str().unwrap());
    let problems = given.problems().join("\n");
    assert!(problems.contains("chmod o= "), "{problems}");
    assert!(!problems.contains("hunter2"));
    let given = given.variable("JOTLEASH_STORE_FILE", closed.to_str().unwrap());
    let settings = given.load().unwrap().settings;
    assert_eq!(
        settings.store,
        StoreSetting::Redis("redis://:hunter2@h".to_owned())
    );
    assert!(!format!("{settings:?}").contains("hunter2"));
    let given = given.variable("JOTLEASH_STORE", "embedded:memory");
    assert!(given.problems().join("\n").contains("not both"));
}

#[test]
fn a_clients_secret_file_becomes_a_digest() {
    let given = Given::file("");
    let long = given.secret("front", "0123456789abcdef\n", 0o640);
    let short = given.secret("short", "changeme\n", 0o600);
    let client =
        |secret: &PathBuf| format!("[[client]]\nid = \"front\"\nsecret_file = {secret:?}\n");
    let digest = Given::file(&client(&long)).load().unwrap().settings.clients;
    let digest = digest.first().unwrap().secret_sha256.clone().unwrap();
    assert_eq!(
        digest,
        "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f"
    );
    let problems = Given::file(&client(&short)).problems();
    assert!(
        problems.first().unwrap().contains("shorter than 16"),
        "{problems:?}"
    );
    let both = format!("{}secret_sha256 = \"{digest}\"", client(&long));
    let problems = Given::file(&both).problems();
    assert!(
        problems.first().unwrap().contains("not both"),
        "{problems:?}"
    );
}

#[test]
fn dev_mode_adds_its_audiences_to_those_of_the_file() {
    let settings = Given::file("").dev().load().unwrap().settings;
    let all: Vec<_> = settings
        .audiences
        .iter()
        .map(|a| (a.name.as_str(), a.login_client.as_deref()))
        .collect();
    assert_eq!(all, [("web", Some("dev")), ("cart", Some("dev"))]);
    assert!(
        settings
            .audiences
            .iter()
            .all(|a| a.scopes == ["read", "write"])
    );
    let text = "[[audience]]\nname = \"shop\"\n[[client]]\nid = \"front\"\naudiences = [\"cart\", \"shop\"]";
    let settings = Given::file(text).dev().load().unwrap().settings;
    assert_eq!(settings.audiences.len(), 3);
    assert_eq!(settings.default_audience, "web");
    assert_eq!(settings.clients.len(), 1);
}

#[test]
fn dev_mode_refuses_listeners_off_loopback_and_its_own_ids() {
    let given = Given::file("[[client]]\nid = \"dev\"\n[[client]]\nid = \"demo\"")
        .dev()
        .flag("listen", "0.0.0.0:8080")
        .variable("JOTLEASH_ADMIN_LISTEN", "[::]:9090");
    let problems = given.problems();
    assert_eq!(problems.len(), 4, "{problems:#?}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let mut given = Given::file("");
    given.sources.flags.config = Some("/no/such/jotleash.toml".into());
    let problems = given.load().unwrap_err().to_string();
    assert!(
        problems.starts_with("/no/such/jotleash.toml:1: cannot be read"),
        "{problems}"
    );
}
