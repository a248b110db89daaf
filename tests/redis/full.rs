//! At `maxmemory` nothing new is recorded, and everything can still be ended.

use jotleash::store::{
    Action, AuditEvent, Ban, CutOff, CutOffOf, Outcome, Store as _, StoreError, Target, UserChange,
    Write,
};

use crate::redis_server::RedisServer;
use crate::support::{
    NOBODY, access, cause, client, entry, now, opened, recorded, session, store, subject, user,
};

fn fill(server: &RedisServer) {
    let _: () = server.ask("CONFIG SET maxmemory 1");
}

fn is_full<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Full(_)))
}

#[tokio::test]
async fn a_full_server_records_nothing_and_says_so() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let alice = subject("alice");
    fill(&server);
    let before = server.keys();

    let opening = store
        .open(&session(&alice), &access(alice.slot()), &NOBODY, None)
        .await;
    assert!(is_full(&opening), "{opening:?}");
    assert!(is_full(&store.record(&entry(alice.slot()), &NOBODY).await));
    assert!(is_full(&store.create_client(&client("front")).await));
    assert!(is_full(&store.create_user(&user("bob")).await));
    assert!(is_full(&store.ready().await));
    assert_eq!(
        server.keys(),
        before,
        "what is refused leaves nothing behind"
    );
}

#[tokio::test]
async fn a_full_server_ends_everything() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let alice = subject("alice");
    let slot = alice.slot();
    let token = recorded(&store, &alice).await;
    let (one, _) = opened(&store, &alice).await;
    let (two, access) = opened(&store, &alice).await;
    let (_, other) = opened(&store, &alice).await;
    let Write::Done(_) = store.create_user(&user("bob")).await.unwrap() else {
        panic!("bob is new");
    };
    fill(&server);

    let cut_off = CutOff {
        of: CutOffOf::Everything,
        at: now() - 60,
        until: now() + 600,
    };
    store.cut_off(&cut_off).await.unwrap();
    // A slow machine may be late to read them, and says so.
    let known = loop {
        match store.cut_offs() {
            Ok(known) => break known,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert!(known.cover("front", now() - 60));
    let why = cause();
    let ended = store.revoke(&Target::Token(token.jti), &why).await.unwrap();
    assert_eq!((ended.sessions, ended.tokens), (0, 1));
    let ended = store.revoke(&Target::Session(one), &why).await.unwrap();
    assert_eq!((ended.sessions, ended.tokens), (1, 1));
    let ended = store.revoke(&Target::Others(two), &why).await.unwrap();
    assert_eq!((ended.sessions, ended.tokens), (1, 1));
    assert_eq!(store.liveness(&other.jti).await.unwrap(), None);
    let found = store
        .cause(&token.jti.slot(), Some(&token.jti), None)
        .await
        .unwrap();
    assert_eq!(found, Some(why.clone()));

    let ban = Ban {
        subject: alice,
        until: None,
        reason: None,
        created_at: now(),
    };
    let ended = store.ban(&ban, &why).await.unwrap();
    assert_eq!((ended.sessions, ended.tokens), (1, 1));
    assert_eq!(store.liveness(&access.jti).await.unwrap(), None);
    assert_eq!(store.standing(&slot).await.unwrap().ban, Some(ban));

    let bob = subject("bob").slot();
    let change = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    let (changed, _) = store
        .update_user(&bob, &change, &why)
        .await
        .unwrap()
        .unwrap();
    assert!(changed.disabled);
    assert!(store.delete_user(&bob, &why).await.unwrap().is_some());
    assert_eq!(store.user_by_name("bob").await.unwrap(), None);

    let event = AuditEvent {
        time: now(),
        actor: "root".to_owned(),
        action: Action::Ban,
        target: None,
        ip: None,
        result: Outcome::Ok,
        request_id: "1".to_owned(),
        detail: None,
    };
    store.audit(&event).await.unwrap();
}

#[tokio::test]
async fn a_service_can_start_beside_a_full_server_and_revoke() {
    let server = RedisServer::start();
    let alice = subject("alice");
    let (sid, access) = opened(&store(&server).await, &alice).await;
    let _: () = server.ask("SCRIPT FLUSH");
    fill(&server);
    let store = store(&server).await;
    assert!(store.liveness(&access.jti).await.unwrap().is_some());
    store.revoke(&Target::Session(sid), &cause()).await.unwrap();
    assert_eq!(store.liveness(&access.jti).await.unwrap(), None);
}
