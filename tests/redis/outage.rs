//! The server away and back.

use std::time::Duration;

use jotleash::store::redis::RedisStore;
use jotleash::store::{Store as _, StoreError, Target};
use tokio::time::timeout;

use crate::redis_server::RedisServer;
use crate::support::{NOBODY, access, cause, opened, session, store, subject, until};

/// Far above what is promised, for a slow machine, and far below "never".
const PATIENCE: Duration = Duration::from_secs(20);

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_and_starts_again_is_used_again() {
    let mut server = RedisServer::start_with(&["--appendonly", "yes"]);
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    for _ in 0..2 {
        server.stop();
        timeout(PATIENCE, until(async || is_unavailable(&store).await))
            .await
            .unwrap();
        nothing_is_answered(&store).await;
        server.restart();
        timeout(PATIENCE, until(async || store.ready().await.is_ok()))
            .await
            .unwrap();
        let found = store.liveness(&access.jti).await.unwrap();
        assert_eq!(found, Some(access.recorded.clone()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_noticed_without_a_request_and_used_again() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    server.pause();
    // Nobody asks anything: the heartbeat alone finds out.
    let lost = || async { format!("{store:?}").contains("connected: false") };
    timeout(PATIENCE, until(lost)).await.unwrap();
    assert!(is_unavailable(&store).await);
    timeout(PATIENCE, nothing_is_answered(&store))
        .await
        .unwrap();
    server.resume();
    timeout(PATIENCE, until(async || store.ready().await.is_ok()))
        .await
        .unwrap();
    assert_eq!(
        store.liveness(&access.jti).await.unwrap(),
        Some(access.recorded)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_cut_offs_that_is_old_is_no_answer() {
    let server = RedisServer::start();
    let store = store(&server).await;
    assert!(store.cut_offs().is_ok());
    server.pause();
    let old = async || matches!(store.cut_offs(), Err(StoreError::Unavailable(_)));
    timeout(PATIENCE, until(old)).await.unwrap();
    server.resume();
    timeout(PATIENCE, until(async || store.cut_offs().is_ok()))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_hangs_ends_in_time() {
    let server = RedisServer::start();
    let store = store(&server).await;
    server.pause();
    let asked = timeout(PATIENCE, async { is_unavailable(&store).await }).await;
    assert!(asked.unwrap());
    server.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_that_becomes_a_replica_is_left_until_it_is_one_again() {
    let server = RedisServer::start();
    let other = RedisServer::start();
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    let _: () = server.ask(&format!("REPLICAOF 127.0.0.1 {}", other.port()));
    timeout(PATIENCE, until(async || is_unavailable(&store).await))
        .await
        .unwrap();
    let _: () = server.ask("REPLICAOF NO ONE");
    timeout(PATIENCE, until(async || store.ready().await.is_ok()))
        .await
        .unwrap();
    // Whatever it holds now: an answer.
    store.liveness(&access.jti).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_is_made_anew() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let (sid, access) = opened(&store, &subject("alice")).await;
    for _ in 0..5 {
        let _: u64 = server.ask("CLIENT KILL TYPE normal");
        let well = async || store.liveness(&access.jti).await.is_ok();
        timeout(PATIENCE, until(well)).await.unwrap();
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
    timeout(PATIENCE, until(alone)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(alone().await, "nothing reconnects");
}
