//! How safe a revocation is, told truly.

use jotleash::store::{Durability, Store as _, Target};

use crate::redis_server::RedisServer;
use crate::support::{cause, connect, opened, store, subject, until};

async fn of_a_revocation(server: &RedisServer) -> Durability {
    let store = store(server).await;
    let (sid, _) = opened(&store, &subject("alice")).await;
    let ended = store.revoke(&Target::Session(sid), &cause()).await;
    ended.unwrap().durability
}

const SAFE: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];

#[tokio::test]
async fn a_server_that_fsyncs_before_it_answers_is_fsynced() {
    let server = RedisServer::start_with(&SAFE);
    assert_eq!(of_a_revocation(&server).await, Durability::Fsynced);
}

#[tokio::test]
async fn anything_less_is_primary() {
    let lesser: [&[&str]; 3] = [
        &[],
        &["--appendonly", "yes", "--appendfsync", "everysec"],
        &[
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--no-appendfsync-on-rewrite",
            "yes",
        ],
    ];
    for arguments in lesser {
        let server = RedisServer::start_with(arguments);
        assert_eq!(
            of_a_revocation(&server).await,
            Durability::Primary,
            "{arguments:?}"
        );
    }
}

#[tokio::test]
async fn a_change_of_the_settings_is_seen_at_the_next_revocation() {
    let server = RedisServer::start_with(&SAFE);
    let store = store(&server).await;
    let nobody = Target::Subject(subject("alice").slot());
    let ended = store.revoke(&nobody, &cause()).await.unwrap();
    assert_eq!(ended.durability, Durability::Fsynced);
    let _: () = server.ask("CONFIG SET appendfsync everysec");
    let ended = store.revoke(&nobody, &cause()).await.unwrap();
    assert_eq!(ended.durability, Durability::Primary);
}

#[tokio::test]
async fn settings_that_cannot_be_read_promise_nothing() {
    let server = RedisServer::start_with(&SAFE);
    let _: () = server.ask("ACL SETUSER limited on >word ~jl:* +@all -config");
    let url = format!("redis://limited:word@127.0.0.1:{}", server.port());
    let store = connect(url).await.unwrap();
    let nobody = Target::Subject(subject("alice").slot());
    let ended = store.revoke(&nobody, &cause()).await.unwrap();
    assert_eq!(ended.durability, Durability::Primary);
}

#[tokio::test]
async fn a_server_that_ever_had_a_replica_is_never_fsynced_again() {
    let server = RedisServer::start_with(&SAFE);
    let store = store(&server).await;
    let nobody = Target::Subject(subject("alice").slot());
    {
        let address = format!("127.0.0.1 {}", server.port());
        let _replica = RedisServer::start_with(&["--replicaof", &address]);
        // The heartbeat sees it, also when nothing is revoked meanwhile.
        until(async || server.ask::<Option<u64>>("HGET jl:meta replicas") == Some(1)).await;
    }
    until(async || {
        server
            .ask::<String>("INFO replication")
            .contains("connected_slaves:0")
    })
    .await;
    let ended = store.revoke(&nobody, &cause()).await.unwrap();
    assert_eq!(ended.durability, Durability::Primary);
    assert_eq!(
        of_a_revocation(&server).await,
        Durability::Primary,
        "another instance"
    );
}
