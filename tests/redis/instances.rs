//! Several instances on one server.

use std::sync::Arc;

use jotleash::store::{Ban, Refusal, Store as _, Target, UserChange, Write};
use tokio::task::JoinSet;

use crate::redis_server::RedisServer;
use crate::support::{NOBODY, access, cause, now, opened, session, store, subject, user};

#[tokio::test]
async fn what_one_instance_revokes_the_other_refuses_at_once() {
    let server = RedisServer::start();
    let (one, two) = (store(&server).await, store(&server).await);
    for _ in 0..50 {
        let (sid, access) = opened(&one, &subject("alice")).await;
        assert!(two.liveness(&access.jti).await.unwrap().is_some());
        two.revoke(&Target::Session(sid), &cause()).await.unwrap();
        assert_eq!(one.liveness(&access.jti).await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_that_races_two_hundred_openings_leaves_nothing_alive() {
    let server = RedisServer::start();
    let (one, two) = (
        Arc::new(store(&server).await),
        Arc::new(store(&server).await),
    );
    let alice = subject("alice");
    let mut openings = JoinSet::new();
    for number in 0..200 {
        let store = Arc::clone(if number % 2 == 0 { &one } else { &two });
        let alice = alice.clone();
        openings.spawn(async move {
            let access = access(alice.slot());
            let opened = store
                .open(&session(&alice), &access, &NOBODY, None)
                .await
                .unwrap();
            (access.jti, opened)
        });
    }
    let ban = Ban {
        subject: alice.clone(),
        until: None,
        reason: None,
        created_at: now(),
    };
    one.ban(&ban, &cause()).await.unwrap();
    for (jti, outcome) in openings.join_all().await {
        assert!(matches!(outcome, Ok(_) | Err(Refusal::Banned(_))));
        assert_eq!(two.liveness(&jti).await.unwrap(), None);
    }
    let slot = alice.slot();
    assert!(
        !server.ask::<bool>(&format!("EXISTS jl:{{{slot}}}:i")),
        "the index is empty"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_one_name_one_gets_it() {
    let server = RedisServer::start();
    let (one, two) = (
        Arc::new(store(&server).await),
        Arc::new(store(&server).await),
    );
    let mut creations = JoinSet::new();
    for number in 0..20 {
        let store = Arc::clone(if number % 2 == 0 { &one } else { &two });
        let mut user = user(&format!("user{number}"));
        user.username = "ada".to_owned();
        creations.spawn(async move { store.create_user(&user).await.unwrap() });
    }
    let outcomes = creations.join_all().await;
    let done = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Write::Done(_)));
    assert_eq!(done.count(), 1);
    assert!(one.user_by_name("ada").await.unwrap().is_some());
}

#[tokio::test]
async fn a_name_left_claimed_by_a_crash_can_be_had() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let key = format!("jl:n:{}", subject("ada").slot());
    let _: () = server.ask(&format!("SET {key} nobody?7"));
    assert_eq!(store.user_by_name("ada").await.unwrap(), None);
    assert!(matches!(
        store.create_user(&user("ada")).await.unwrap(),
        Write::Done(_)
    ));
    assert!(store.user_by_name("ada").await.unwrap().is_some());
    let claim: String = server.ask(&format!("GET {key}"));
    assert!(claim.starts_with("ada?"), "{claim}");
}

#[tokio::test]
async fn versions_rise_also_when_the_servers_clock_went_back() {
    let server = RedisServer::start();
    let store = store(&server).await;
    store.create_user(&user("ada")).await.unwrap();
    let slot = subject("ada").slot();
    let ahead = (now() + 3_600) * 1_000_000;
    let _: u64 = server.ask(&format!("HSET jl:{{{slot}}}:u version {ahead}"));
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    let changed = store.update_user(&slot, &change, &cause()).await.unwrap();
    assert_eq!(changed.unwrap().0.version, ahead + 1);
}
