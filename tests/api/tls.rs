//! TLS on the listeners, as clients and operators meet it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::app::{App, Setup};
use crate::authority::{Authority, Issued};
use crate::process::{paste, refused};
use crate::redis_server::RedisServer;

/// A client that trusts one authority only.
#[derive(Clone)]
struct Trusting(TlsConnector);

/// One connection, kept.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    certificate: CertificateDer<'static>,
}

impl Trusting {
    fn new(authority: &Authority) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(der(&authority.pem)).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        // Who resumes is not shown a certificate.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self(TlsConnector::from(Arc::new(config)))
    }

    async fn shake(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::from(address.ip());
        self.0.connect(name, stream).await
    }

    async fn connect(&self, address: SocketAddr) -> Connection {
        let stream = self.shake(address).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
        let certificate = session.peer_certificates().unwrap()[0].clone().into_owned();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Connection {
            sender,
            host: address.to_string(),
            certificate,
        }
    }
}

impl Connection {
    /// The status of a GET, or of a POST of this JSON.
    async fn status(&mut self, path: &str, json: Option<String>) -> u16 {
        let request = Request::builder()
            .method(if json.is_some() { "POST" } else { "GET" })
            .uri(path)
            .header(header::HOST, &self.host)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(json.unwrap_or_default()))
            .unwrap();
        self.sender.ready().await.unwrap();
        let answer = self.sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        answer.into_body().collect().await.unwrap();
        status
    }
}

const JWKS: &str = "/.well-known/jwks.json";

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("https://").unwrap().parse().unwrap()
}

/// With these certificates on both listeners, in these folders.
fn app(public: &Path, admin: &Path) -> App {
    let path = |folder: &Path, name: &str| folder.join(name).to_str().unwrap().to_owned();
    Setup::default()
        .env("JOTLEASH_TLS_CERT", &path(public, "cert.pem"))
        .env("JOTLEASH_TLS_KEY", &path(public, "key.pem"))
        .env("JOTLEASH_ADMIN_TLS_CERT", &path(admin, "cert.pem"))
        .env("JOTLEASH_ADMIN_TLS_KEY", &path(admin, "key.pem"))
        .start()
}

fn folder(issued: &Issued) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    issued.write(folder.path());
    folder
}

async fn logged(app: &App, words: &str) {
    while !app.log().contains(words) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn each_listener_proves_itself_with_its_own_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (public, admin) = (folder(&authority.issue()), folder(&other.issue()));
    let app = app(public.path(), admin.path());
    let (at, admin_at) = (address(&app.url), address(&app.admin_url));
    assert_eq!(app.env["JOTLEASH_ISSUER"], app.url);
    let trusting = Trusting::new(&authority);
    assert_eq!(trusting.connect(at).await.status(JWKS, None).await, 200);
    let mut connection = Trusting::new(&other).connect(admin_at).await;
    assert_eq!(connection.status("/readyz", None).await, 200);
    assert!(trusting.shake(admin_at).await.is_err(), "another CA's");

    let printed = paste(&app);
    let verified: Vec<_> = printed
        .iter()
        .filter(|(line, _)| line.contains("/verify"))
        .map(|(_, printed)| printed.trim())
        .collect();
    assert_eq!(verified, ["200", "401"], "{}", app.banner);
}

#[tokio::test]
async fn what_is_not_tls_of_today_gets_nothing() {
    let authority = Authority::new();
    let folder = folder(&authority.issue());
    let app = app(folder.path(), folder.path());
    let mut plain = TcpStream::connect(address(&app.url)).await.unwrap();
    let request = format!("GET {JWKS} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    plain.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(
        !String::from_utf8_lossy(&answer).contains("HTTP"),
        "{answer:?}"
    );

    let ca = folder.path().join("ca.pem");
    fs::write(&ca, &authority.pem).unwrap();
    for (version, words) in [
        ("-tls1_1", "SSL alert number"),
        ("-tls1_2", "Verify return code: 0 (ok)"),
        ("-tls1_3", "Verify return code: 0 (ok)"),
    ] {
        let output = Command::new("openssl")
            .args(["s_client", version, "-cipher", "ALL:@SECLEVEL=0", "-CAfile"])
            .arg(&ca)
            .args(["-connect", &address(&app.url).to_string()])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains(words), "{version}: {said}");
    }
}

#[tokio::test]
async fn a_certificate_is_replaced_under_load_without_a_failed_request() {
    let authority = Authority::new();
    let folder = folder(&authority.issue());
    let app = app(folder.path(), folder.path());
    let (trusting, at) = (Trusting::new(&authority), address(&app.url));
    let done = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for worker in 0..16 {
        let (trusting, done) = (trusting.clone(), Arc::clone(&done));
        load.spawn(async move {
            let mut connection = trusting.connect(at).await;
            let mut requests = 0_u64;
            while !done.load(Ordering::Relaxed) {
                assert_eq!(connection.status(JWKS, None).await, 200);
                requests += 1;
                // Half of the connections live through all of it, half are made for one request.
                if worker % 2 == 0 {
                    connection = trusting.connect(at).await;
                }
            }
            requests
        });
    }
    for _ in 0..4 {
        let next = authority.issue();
        next.write(folder.path());
        let next = der(&next.cert);
        while trusting.connect(at).await.certificate != next {
            tokio::task::yield_now().await;
        }
    }
    done.store(true, Ordering::Relaxed);
    for requests in load.join_all().await {
        assert!(requests > 0);
    }
    logged(&app, "replaced the certificate").await;
}

#[tokio::test]
async fn a_broken_replacement_is_told_and_not_shown() {
    let authority = Authority::new();
    let issued = authority.issue();
    let folder = folder(&issued);
    let app = app(folder.path(), folder.path());
    let (trusting, at) = (Trusting::new(&authority), address(&app.url));
    fs::write(folder.path().join("key.pem"), authority.issue().key).unwrap();
    logged(&app, "is not the key of").await;
    assert!(app.log().contains("openssl pkey -pubout"), "{}", app.log());
    let mut connection = trusting.connect(at).await;
    assert_eq!(connection.certificate, der(&issued.cert));
    assert_eq!(connection.status(JWKS, None).await, 200);
    assert!(!app.log().contains("BEGIN"));
}

#[tokio::test]
async fn who_does_not_shake_hands_or_ask_in_time_is_let_go() {
    let authority = Authority::new();
    let folder = folder(&authority.issue());
    let app = app(folder.path(), folder.path());
    let mut silent = TcpStream::connect(address(&app.url)).await.unwrap();
    let trusting = Trusting::new(&authority);
    let mut shaken = trusting.shake(address(&app.url)).await.unwrap();
    shaken.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let (mut nothing, mut refusal) = (Vec::new(), Vec::new());
    let _ = silent.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty());
    let _ = shaken.read_to_end(&mut refusal).await;
    let refusal = String::from_utf8_lossy(&refusal);
    assert!(refusal.starts_with("HTTP/1.1 408"), "{refusal}");
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun_over_tls() {
    let authority = Authority::new();
    let folder = folder(&authority.issue());
    let mut app = app(folder.path(), folder.path());
    let trusting = Trusting::new(&authority);
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let mut connection = trusting.connect(address(&app.url)).await;
        let body = app.demo().to_string();
        // Each takes a password hash, so they are under way for a while.
        requests.spawn(async move { connection.status("/v1/login", Some(body)).await });
    }
    assert_eq!(requests.join_next().await.unwrap().unwrap(), 200);
    app.signal("TERM");
    for status in requests.join_all().await {
        assert_eq!(status, 200);
    }
    assert_eq!(app.wait(), Some(0));
}

#[tokio::test]
async fn the_service_runs_on_a_redis_that_speaks_tls() {
    let authority = Authority::new();
    let issued = authority.issue();
    let redis = RedisServer::start_tls(&issued.cert, &issued.key, &authority.pem);
    let app = App::on(&redis);
    let tokens = app.log_in().await;
    assert_eq!(app.status_of(&tokens.access).await, 200);
    app.logout(&tokens.access, None).await;
    assert_eq!(app.status_of(&tokens.access).await, 401);
}

#[test]
fn what_tls_cannot_start_with_is_refused_with_what_to_do() {
    let authority = Authority::new();
    let folder = folder(&authority.issue());
    let over = authority.issue_for(&["localhost"], -9, -1);
    fs::create_dir(folder.path().join("over")).unwrap();
    over.write(&folder.path().join("over"));
    let run = |cert: &str, key: &str, more: &[&str]| {
        let tls = ["--tls-cert", cert, "--tls-key", key];
        let listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let arguments = [&["serve", "--dev"], &listen[..], &tls, more].concat();
        refused(folder.path(), &[], &arguments)
    };
    let ca = format!("rediss://u:hunter2@localhost/?ca={}", "/no/such");
    for (code, (found, said), words) in [
        (2, run("none.pem", "key.pem", &[]), "none.pem: "),
        (
            2,
            run("over/cert.pem", "over/key.pem", &[]),
            "openssl x509 -noout -dates",
        ),
        (
            2,
            run("cert.pem", "over/key.pem", &[]),
            "over/key.pem is not the key",
        ),
        (2, run("cert.pem", "key.pem", &["--store", &ca]), "/no/such"),
    ] {
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains(words), "no {words} in {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    let key = folder.path().join("key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = run("cert.pem", "key.pem", &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("chmod o= key.pem"), "{said}");
}

#[test]
fn off_loopback_each_listener_says_what_would_make_it_safe() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = "https://auth.example.com";
    for (listen, words) in [
        ("--listen", ["tls_cert", "trusted_proxies", "loopback"]),
        (
            "--admin-listen",
            ["admin_tls_cert", "admin_plaintext", "loopback"],
        ),
    ] {
        let arguments = ["serve", "--issuer", issuer, listen, "0.0.0.0:0"];
        let (code, said) = refused(folder.path(), &[], &arguments);
        assert_eq!(code, Some(2), "{said}");
        for word in words {
            assert!(said.contains(word), "no {word} in {said}");
        }
    }
}
