//! A server on which a promise could not be kept is refused at the start, with what to do.

use std::sync::Arc;

use jotleash::clock::SystemClock;
use jotleash::store::Store as _;
use jotleash::store::redis::{RedisConfig, RedisStartError, RedisStore};

use crate::redis_server::RedisServer;
use crate::support::{connect, connect_in_time, try_store};

#[tokio::test]
async fn a_server_that_evicts_is_refused() {
    for policy in ["allkeys-lru", "volatile-ttl"] {
        let server = RedisServer::start_with(&["--maxmemory-policy", policy]);
        let refused = try_store(&server).await.unwrap_err();
        assert!(refused.to_string().contains(policy));
        assert!(
            refused
                .to_string()
                .contains("set maxmemory-policy to noeviction")
        );

        let mut config = RedisConfig::new(server.url());
        config.assume_noeviction = true;
        let refused = RedisStore::connect(config, Arc::new(SystemClock))
            .await
            .unwrap_err();
        assert!(
            matches!(refused, RedisStartError::Evicts(_)),
            "an assumption is no permission"
        );
    }
}

#[tokio::test]
async fn a_replica_is_refused() {
    let primary = RedisServer::start();
    let port = primary.port().to_string();
    let replica = RedisServer::start_with(&["--replicaof", &format!("127.0.0.1 {port}")]);
    let refused = try_store(&replica).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("give the address of the primary")
    );
}

#[tokio::test]
async fn data_of_another_schema_is_refused_and_left_alone() {
    let server = RedisServer::start();
    let _: u64 = server.ask("HSET jl:meta schema 7");
    let refused = try_store(&server).await.unwrap_err();
    assert!(matches!(refused, RedisStartError::Schema(found) if found == "7"));
    assert_eq!(server.ask::<String>("HGET jl:meta schema"), "7");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_at_the_start() {
    let mut server = RedisServer::start();
    server.kill();
    let refused = try_store(&server).await.unwrap_err();
    assert!(matches!(refused, RedisStartError::Unreachable(_)));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_an_error_at_the_start() {
    let server = RedisServer::start();
    server.pause();
    let refused = connect_in_time(server.url()).await.unwrap_err();
    assert!(matches!(refused, RedisStartError::Unreachable(_)));
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_repeating_it() {
    let server = RedisServer::start();
    let _: () = server.ask("ACL SETUSER jotleash on >right ~jl:* +@all");
    let url = |password: &str| format!("redis://jotleash:{password}@127.0.0.1:{}", server.port());
    let refused = connect(url("hunter2")).await.unwrap_err();
    assert!(!refused.to_string().contains("hunter2"));
    let store = connect(url("right")).await.unwrap();
    store.ready().await.unwrap();
}
