//! The commands beside a service that speaks TLS.

use tempfile::TempDir;

use crate::app::{App, Setup};
use crate::authority::{Authority, Issued, put};
use crate::command::{Ran, run, settings_of};

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
