//! The commands beside a service that speaks TLS.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::app::{App, Setup};
use crate::authority::{Authority, Issued, put};
use crate::command::{Ran, run, run_with, settings_of};
use crate::redis_server::RedisServer;

/// The names of the settings, and of the files beside them.
const PAIRS: [(&str, &str); 4] = [
    ("JOTLEASH_TLS_CERT", "cert.pem"),
    ("JOTLEASH_TLS_KEY", "key.pem"),
    ("JOTLEASH_ADMIN_TLS_CERT", "cert.pem"),
    ("JOTLEASH_ADMIN_TLS_KEY", "key.pem"),
];

/// A service with one pair for both listeners, and a client that trusts its CA, `ca.pem`.
struct Tls {
    app: App,
    folder: TempDir,
}

impl Tls {
    fn start() -> Self {
        let authority = Authority::new();
        let folder = written(&authority.issue());
        put(&folder.path().join("ca.pem"), &authority.pem);
        let paths = paths(&folder);
        let setup = paths.iter().fold(Setup::default(), |setup, (name, path)| {
            setup.env(name, path)
        });
        let app = setup.start();
        Self { app, folder }
    }

    /// Runs a command beside the certificates, with the settings of the service.
    fn run(&self, arguments: &[&str]) -> Ran {
        let of_listeners = settings_of(&self.app);
        let settings = [&of_listeners[..], &PAIRS].concat();
        run(self.folder.path(), &settings, arguments)
    }
}

fn written(issued: &Issued) -> TempDir {
    let folder = TempDir::new().unwrap();
    issued.write(folder.path());
    folder
}

fn paths(folder: &TempDir) -> [(&'static str, String); 4] {
    PAIRS.map(|(name, file)| (name, folder.path().join(file).display().to_string()))
}

#[test]
fn a_healthcheck_finds_the_service_and_verifies_only_what_it_is_told_to_ask() {
    let tls = Tls::start();
    let url = &tls.app.url;
    tls.run(&["healthcheck"]).assert(0, &["ready:", url]);
    tls.run(&["healthcheck", "--admin", "--live"])
        .assert(0, &["live:", &tls.app.admin_url]);
    tls.run(&["healthcheck", "--url", url, "--cacert", "ca.pem"])
        .assert(0, &["ready:"]);
    tls.run(&["healthcheck", "--url", url])
        .assert(5, &["--cacert"]);
}

#[test]
fn a_doctor_recognises_a_service_that_speaks_tls() {
    let tls = Tls::start();
    let ran = tls.run(&["doctor", "--keys-dir", "none", "--store", "embedded:memory"]);
    for line in ["ok    public listener  ", "ok    admin listener   "] {
        assert!(ran.out.contains(line), "{ran:?}");
    }
    let made_of = format!("ok    issuer           {}, made of", tls.app.url);
    assert!(ran.out.contains(&made_of), "{ran:?}");
}

/// What a command for these certificates and this store says; nothing else is wrong.
fn on(command: &str, folder: &TempDir, store: &str) -> Ran {
    run(folder.path(), &[], &["keys", "generate"]);
    let free = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let arguments = [&[command, "--store", store], &free[..]].concat();
    run(folder.path(), &PAIRS, &arguments)
}

fn doctor(folder: &TempDir) -> Ran {
    on("doctor", folder, "embedded:memory")
}

#[test]
fn a_doctor_tells_how_long_each_certificate_is_good() {
    let authority = Authority::new();
    let folder = written(&authority.issue());
    let good = [
        "ok    public TLS       cert.pem and its key, valid until ",
        "ok    admin TLS        cert.pem",
    ];
    doctor(&folder).assert(0, &good);

    authority
        .issue_for(&["localhost"], -1, 13)
        .write(folder.path());
    let ends = "warn  public TLS       the certificate cert.pem ends on ";
    doctor(&folder).assert(0, &[ends, "replace it until then"]);

    authority.issue().write(folder.path());
    let key = folder.path().join("key.pem");
    fs::set_permissions(key, Permissions::from_mode(0o640)).unwrap();
    doctor(&folder).assert(0, &["warn  admin TLS", "run `chmod g= key.pem`"]);
}

#[test]
fn a_doctor_finds_what_a_listener_does_not_start_with() {
    let authority = Authority::new();
    let folder = written(&authority.issue());
    let key = folder.path().join("key.pem");
    let fails = |words: &str| {
        let ran = doctor(&folder);
        ran.assert(2, &["FAIL  public TLS", "FAIL  admin TLS", words]);
    };
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    fails("run `chmod o= key.pem`");
    put(&key, &authority.issue().key);
    fails("key.pem is not the key of the first certificate in cert.pem");
    put(&key, "no key");
    fails("openssl pkey -noout -check");
    for (from, until) in [(-9, -1), (1, 9)] {
        let issued = authority.issue_for(&["localhost"], from, until);
        issued.write(folder.path());
        fails("openssl x509 -noout -dates");
    }
    fs::remove_file(folder.path().join("cert.pem")).unwrap();
    fails("cert.pem: entity not found");
}

#[test]
fn a_private_ca_is_named_to_ask_about_a_token() {
    let tls = Tls::start();
    let login = format!("{}/v1/login", tls.app.url);
    let demo = tls.app.demo().to_string();
    let curl = Command::new("curl")
        .args(["-s", "--cacert", "ca.pem", "--json", &demo, &login])
        .current_dir(tls.folder.path())
        .output()
        .unwrap();
    let tokens: Value = serde_json::from_slice(&curl.stdout).unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    let profile = tls.app.folder.path().join("data/dev.env");
    let inspect = |more: &[&str]| {
        let asked = ["token", "inspect", "-", "--profile"];
        let arguments = [&asked[..], &[profile.to_str().unwrap()], more].concat();
        run_with(tls.folder.path(), &[], &arguments, token)
    };
    inspect(&["--cacert", "ca.pem"]).assert(0, &["live:"]);
    inspect(&[]).assert(5, &["is not trusted", "--cacert FILE"]);
    put(&tls.folder.path().join("other.pem"), &Authority::new().pem);
    inspect(&["--cacert", "other.pem"]).assert(5, &["is not trusted"]);
    inspect(&["--cacert", "key.pem"]).assert(2, &["key.pem: holds no certificate in PEM"]);
}

#[test]
fn a_redis_that_cannot_be_trusted_is_no_outage() {
    let authority = Authority::new();
    let issued = authority.issue();
    let redis = RedisServer::start_tls(&issued.cert, &issued.key, &authority.pem);
    let folder = written(&issued);
    put(&folder.path().join("other.pem"), &Authority::new().pem);
    on("doctor", &folder, &redis.url()).assert(0, &["ok    store            rediss://"]);
    let port = redis.port();
    let with_ca = |ca: &str| format!("rediss://u:hunter2@127.0.0.1:{port}/?ca={ca}");
    for (url, words) in [
        (with_ca("other.pem"), "?ca=PATH"),
        (with_ca("none.pem"), "none.pem: "),
    ] {
        let ran = on("doctor", &folder, &url);
        ran.assert(2, &["FAIL  store TLS        rediss://127.0.0.1:", words]);
        let serve = on("serve", &folder, &url);
        serve.assert(2, &[words]);
        assert!(!format!("{ran:?}{serve:?}").contains("hunter2"));
    }
}
