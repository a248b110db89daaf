//! The server away and back.

use std::time::Duration;

use jotleash::id::{Jti, Recorded};
use jotleash::store::redis::RedisStore;
use jotleash::store::{CUT_OFFS_MAX_AGE_MILLIS, Store as _, StoreError, Target};
use tokio::time::sleep;

use crate::redis_server::RedisServer;
use crate::support::{
    NOBODY, access, cause, opened, session, store, store_in_time, subject, until,
};

async fn is_unavailable(store: &RedisStore) -> bool {
    let asked = store.liveness(&access(subject("alice").slot()).jti).await;
    matches!(asked, Err(StoreError::Unavailable(_)))
}

/// Every verb answers, and none with a guess.
async fn nothing_is_answered(store: &RedisStore) {
    let alice = subject("alice");
    let opening = store
        .open(&session(&alice), &access(alice.slot()), &NOBODY, None)
        .await;
    assert!(matches!(opening, Err(StoreError::Unavailable(_))));
    let target = Target::Subject(alice.slot());
    let ended = store.revoke(&target, &cause()).await;
    assert!(matches!(ended, Err(StoreError::Unavailable(_))));
    let standing = store.standing(&alice.slot()).await;
    assert!(matches!(standing, Err(StoreError::Unavailable(_))));
    assert!(matches!(
        store.ready().await,
        Err(StoreError::Unavailable(_))
    ));
}

/// What is recorded, as soon as there is an answer at all.
async fn found(store: &RedisStore, jti: &Jti) -> Option<Recorded> {
    loop {
        match store.liveness(jti).await {
            Ok(found) => return found,
            Err(StoreError::Unavailable(_)) => sleep(Duration::from_millis(10)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_and_starts_again_is_used_again() {
    let mut server = RedisServer::start_with(&["--appendonly", "yes"]);
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    for _ in 0..2 {
        server.stop();
        assert!(is_unavailable(&store).await);
        nothing_is_answered(&store).await;
        server.restart();
        assert_eq!(
            found(&store, &access.jti).await,
            Some(access.recorded.clone())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_noticed_without_a_request_and_used_again() {
    let server = RedisServer::start();
    let (_, access) = opened(&store(&server).await, &subject("alice")).await;
    let store = store_in_time(&server).await;
    server.pause();
    // Nobody asks anything: the heartbeat alone finds out.
    until(async || format!("{store:?}").contains("connected: false")).await;
    assert!(is_unavailable(&store).await);
    nothing_is_answered(&store).await;
    server.resume();
    assert_eq!(found(&store, &access.jti).await, Some(access.recorded));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_cut_offs_that_is_old_is_no_answer() {
    let server = RedisServer::start();
    let store = store_in_time(&server).await;
    until(async || store.cut_offs().is_ok()).await;
    server.pause();
    // Whatever has been read was asked for before the server stood still.
    sleep(Duration::from_millis(CUT_OFFS_MAX_AGE_MILLIS + 50)).await;
    assert!(matches!(store.cut_offs(), Err(StoreError::Unavailable(_))));
    server.resume();
    until(async || store.cut_offs().is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_hangs_ends_by_itself() {
    let server = RedisServer::start();
    let store = store_in_time(&server).await;
    server.pause();
    assert!(is_unavailable(&store).await);
    server.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_becomes_a_replica_is_left_until_it_is_one_again() {
    let server = RedisServer::start();
    let other = RedisServer::start();
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    let _: () = server.ask(&format!("REPLICAOF 127.0.0.1 {}", other.port()));
    until(async || is_unavailable(&store).await).await;
    let _: () = server.ask("REPLICAOF NO ONE");
    // Whatever it holds now: an answer.
    found(&store, &access.jti).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_is_made_anew() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let (sid, access) = opened(&store, &subject("alice")).await;
    for _ in 0..5 {
        let _: u64 = server.ask("CLIENT KILL TYPE normal");
        assert_eq!(
            found(&store, &access.jti).await,
            Some(access.recorded.clone())
        );
    }
    let ended = store.revoke(&Target::Session(sid), &cause()).await.unwrap();
    assert_eq!((ended.sessions, ended.tokens), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_dropped_leaves_no_connection() {
    let server = RedisServer::start();
    drop(store(&server).await);
    // Our own is the last one.
    let alone = async || server.ask::<String>("CLIENT LIST").lines().count() == 1;
    until(alone).await;
    sleep(Duration::from_millis(700)).await;
    assert!(alone().await, "nothing reconnects");
}
