//! The wire to Redis under TLS: who is believed, what is said when it is not so, and recovery.

use jotleash::store::redis::RedisStartError;
use jotleash::store::{Store as _, StoreError};
use redis::Connection;

use crate::authority::{Authority, Issued};
use crate::redis_server::RedisServer;
use crate::support::{connect, connect_in_time, opened, subject, try_store, until};

fn server(authority: &Authority, issued: &Issued) -> RedisServer {
    RedisServer::start_tls(&issued.cert, &issued.key, &authority.pem)
}

/// Lets the server show another certificate from now on, and ends all other connections.
fn show(server: &RedisServer, issued: &Issued, connection: &mut Connection) {
    issued.write(server.directory());
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| server.directory().join(name));
    let _: () = redis::cmd("CONFIG")
        .arg(&["SET", "tls-cert-file"])
        .arg(cert.to_str())
        .arg("tls-key-file")
        .arg(key.to_str())
        .query(connection)
        .unwrap();
    let _: u64 = redis::cmd("CLIENT")
        .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"])
        .query(connection)
        .unwrap();
}

#[tokio::test]
async fn a_private_ca_is_believed_when_it_is_named_and_only_then() {
    let authority = Authority::new();
    let server = server(&authority, &authority.issue());
    let store = try_store(&server).await.unwrap();
    opened(&store, &subject("alice")).await;

    let plain = server.url();
    let without = plain.split('?').next().unwrap().to_owned();
    let other = server.directory().join("other-ca");
    std::fs::write(&other, Authority::new().pem).unwrap();
    let foreign = format!("{without}?ca={}", other.display());
    for url in [without, foreign] {
        let refused = connect(url).await.unwrap_err();
        assert!(
            matches!(refused, RedisStartError::Certificate(_)),
            "{refused}"
        );
        assert!(refused.to_string().contains("?ca=PATH"), "{refused}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_over_or_for_another_name_is_refused() {
    let authority = Authority::new();
    let server = server(&authority, &authority.issue());
    let mut connection = server.raw();
    for issued in [
        authority.issue_for(&["127.0.0.1"], -9, -1),
        authority.issue_for(&["redis.example.com"], -1, 9),
        Authority::new().issue(),
    ] {
        show(&server, &issued, &mut connection);
        let refused = try_store(&server).await.unwrap_err();
        assert!(
            matches!(refused, RedisStartError::Certificate(_)),
            "{refused}"
        );
    }
    show(&server, &authority.issue(), &mut connection);
    try_store(&server).await.unwrap();
}

#[tokio::test]
async fn a_wrong_certificate_while_running_is_an_outage_that_ends_by_itself() {
    let authority = Authority::new();
    let server = server(&authority, &authority.issue());
    let mut connection = server.raw();
    let store = try_store(&server).await.unwrap();
    show(&server, &Authority::new().issue(), &mut connection);
    let out = async || matches!(store.ready().await, Err(StoreError::Unavailable(_)));
    until(out).await;
    show(&server, &authority.issue(), &mut connection);
    until(async || store.ready().await.is_ok()).await;
}

#[tokio::test]
async fn a_new_ca_is_read_at_the_next_connection() {
    let (old, new) = (Authority::new(), Authority::new());
    let server = server(&old, &old.issue());
    let mut connection = server.raw();
    let store = try_store(&server).await.unwrap();
    let both = format!("{}{}", old.pem, new.pem);
    std::fs::write(server.directory().join("ca-cert"), both).unwrap();
    show(&server, &new.issue(), &mut connection);
    until(async || store.ready().await.is_ok()).await;
}

#[tokio::test]
async fn a_port_that_speaks_the_other_way_is_an_error_that_says_so() {
    let authority = Authority::new();
    let tls = server(&authority, &authority.issue());
    let plain = RedisServer::start();
    let ca = tls.directory().join("ca-cert");
    let url = format!("rediss://127.0.0.1:{}/?ca={}", plain.port(), ca.display());
    // It waits for the rest of what it takes for a command.
    let refused = connect_in_time(url).await.unwrap_err();
    assert!(refused.to_string().contains("speak TLS"), "{refused}");
    let refused = connect(format!("redis://127.0.0.1:{}/", tls.port())).await;
    assert!(matches!(refused, Err(RedisStartError::Unreachable(_))));
}

#[tokio::test]
async fn a_ca_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("empty", ""),
        ("garbage", "-----BEGIN CERTIFICATE-----\n!\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let url = format!("rediss://u:hunter2@127.0.0.1:1/?ca={}", path.display());
        let refused = connect(url).await.unwrap_err().to_string();
        assert!(refused.contains(path.to_str().unwrap()), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn a_handshake_without_an_answer_is_not_waited_for() {
    let authority = Authority::new();
    let server = server(&authority, &authority.issue());
    server.pause();
    let refused = connect_in_time(server.url()).await.unwrap_err();
    assert!(
        matches!(refused, RedisStartError::Unreachable(_)),
        "{refused}"
    );
}

#[tokio::test]
async fn a_password_with_anything_in_it_is_percent_encoded_and_never_told() {
    let authority = Authority::new();
    let server = server(&authority, &authority.issue());
    let _: () = server.ask("ACL SETUSER jotleash on >p@s/?#:%s ~jl:* +@all");
    let store = connect(server.url_of("jotleash:p%40s%2F%3F%23%3A%25s@")).await;
    store.unwrap().ready().await.unwrap();
    let refused = connect(server.url_of("jotleash:hunter%402@")).await;
    let refused = refused.unwrap_err().to_string();
    assert!(!refused.contains("hunter"), "{refused}");
}
