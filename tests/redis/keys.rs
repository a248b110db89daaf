//! The keys, as `docs/redis-schema.md` describes them.

use std::collections::BTreeMap;

use jotleash::store::redis::RedisStore;
use jotleash::store::{
    Action, AuditEvent, Ban, CutOff, CutOffOf, Outcome, Store as _, StoreError, Target,
};

use crate::redis_server::RedisServer;
use crate::support::{cause, client, now, opened, recorded, session, store, subject, user};

#[tokio::test]
async fn the_key_appears_with_its_life_when_a_session_opens_and_vanishes_on_revocation() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let (sid, access) = opened(&store, &subject("alice")).await;

    let key = format!("jl:{{{}}}:t:{}", access.jti.slot(), access.jti.tail());
    assert_eq!(
        server.ask::<String>(&format!("GET {key}")),
        access.recorded.as_str()
    );
    let life: u64 = server.ask(&format!("TTL {key}"));
    assert!(life <= 3_600 && life + 5 >= access.exp - now());

    store.revoke(&Target::Session(sid), &cause()).await.unwrap();
    assert!(!server.ask::<bool>(&format!("EXISTS {key}")));
}

/// Puts a record of every kind into the store.
pub async fn one_of_everything(store: &RedisStore) {
    let alice = subject("alice");
    opened(store, &alice).await;
    let (ended, _) = opened(store, &alice).await;
    store
        .revoke(&Target::Session(ended), &cause())
        .await
        .unwrap();
    let token = recorded(store, &subject("service")).await;
    store
        .revoke(&Target::Token(token.jti), &cause())
        .await
        .unwrap();
    recorded(store, &subject("service")).await;
    store.create_user(&user("bob")).await.unwrap();
    store.create_client(&client("front")).await.unwrap();
    for (name, until) in [("mallory", None), ("trudy", Some(now() + 600))] {
        opened(store, &subject(name)).await;
        let ban = Ban {
            subject: subject(name),
            until,
            reason: None,
            created_at: now(),
        };
        store.ban(&ban, &cause()).await.unwrap();
    }
    let cut_off = CutOff {
        of: CutOffOf::Client("front".to_owned()),
        at: now(),
        until: now() + 600,
    };
    store.cut_off(&cut_off).await.unwrap();
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
    store.ready().await.unwrap();
}

#[tokio::test]
async fn only_the_lasting_records_have_no_end() {
    let server = RedisServer::start();
    one_of_everything(&store(&server).await).await;
    let mut lasting: Vec<String> = server.keys();
    lasting.retain(|key| server.ask::<i64>(&format!("TTL {key}")) == -1);
    lasting.sort_unstable();

    let slot = |name: &str| subject(name).slot();
    let mut expected = vec![
        "jl:audit".to_owned(),
        "jl:meta".to_owned(),
        format!("jl:n:{}", slot("bob")),
        format!("jl:{{{}}}:u", slot("bob")),
        format!("jl:{{{}}}:c", slot("front")),
        format!("jl:{{{}}}:b", slot("mallory")),
    ];
    expected.sort_unstable();
    assert_eq!(lasting, expected);
}

#[tokio::test]
async fn nothing_that_somebody_chose_is_in_a_key() {
    let server = RedisServer::start();
    one_of_everything(&store(&server).await).await;
    let chosen = [
        "alice",
        "bob",
        "front",
        "mallory",
        "trudy",
        "service",
        "192.0.2.7",
    ];
    let keys = server.keys();
    assert!(keys.len() > 15);
    for key in keys {
        assert!(chosen.iter().all(|name| !key.contains(name)), "{key}");
    }
}

#[tokio::test]
async fn a_check_is_one_get_and_nothing_else() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    server.reset_calls();
    for _ in 0..10 {
        assert_eq!(
            store.liveness(&access.jti).await.unwrap(),
            Some(access.recorded.clone())
        );
    }
    let mut calls = server.calls();
    // The heartbeat, and our own questions.
    for watching in ["info", "hvals", "config|resetstat", "client|setinfo"] {
        calls.remove(watching);
    }
    assert_eq!(calls, BTreeMap::from([("get".to_owned(), 10)]));
}

#[tokio::test]
async fn no_verb_scans_the_keyspace() {
    let server = RedisServer::start();
    one_of_everything(&store(&server).await).await;
    let calls = server.calls();
    assert!(calls.contains_key("evalsha"));
    for scanning in [
        "keys",
        "scan",
        "randomkey",
        "sscan",
        "hscan",
        "zscan",
        "sort",
    ] {
        assert!(!calls.contains_key(scanning), "{scanning}");
    }
}

#[tokio::test]
async fn a_key_of_another_type_is_an_error_and_not_a_dead_token() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let (_, access) = opened(&store, &subject("alice")).await;
    let key = format!("jl:{{{}}}:t:{}", access.jti.slot(), access.jti.tail());
    for spoil in [format!("SET {key} rubbish"), format!("DEL {key}")] {
        let _: redis::Value = server.ask(&spoil);
        if spoil.starts_with("DEL") {
            let _: u64 = server.ask(&format!("RPUSH {key} rubbish"));
        }
        let found = store.liveness(&access.jti).await;
        assert!(
            matches!(found, Err(StoreError::Corrupt(_))),
            "{spoil}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_and_not_an_absence() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let alice = subject("alice");
    let slot = alice.slot();
    let (sid, _) = opened(&store, &alice).await;
    let _: u64 = server.ask(&format!("HDEL jl:{{{slot}}}:s:{} secret", sid.tail()));
    assert!(matches!(
        store.session(&sid).await,
        Err(StoreError::Corrupt(_))
    ));

    let _: () = server.ask(&format!("SET jl:{{{slot}}}:b rubbish"));
    assert!(matches!(
        store.standing(&slot).await,
        Err(StoreError::Corrupt(_))
    ));
    let opening = session(&alice);
    let refused = store
        .open(
            &opening,
            &crate::support::access(slot),
            &crate::support::NOBODY,
            None,
        )
        .await;
    assert!(
        matches!(refused, Err(StoreError::Corrupt(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_is_told_them_again() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let _: () = server.ask("SCRIPT FLUSH");
    let (sid, access) = opened(&store, &subject("alice")).await;
    let _: () = server.ask("SCRIPT FLUSH");
    store.revoke(&Target::Session(sid), &cause()).await.unwrap();
    assert_eq!(store.liveness(&access.jti).await.unwrap(), None);
}

#[tokio::test]
async fn whatever_stands_under_a_tokens_key_ends_with_it() {
    let server = RedisServer::start();
    let store = store(&server).await;
    for foreign in ["RPUSH {} x", "SET {} x", "HSET {} a b", "SET {} {"] {
        let (sid, access) = opened(&store, &subject("alice")).await;
        let key = format!("jl:{{{}}}:t:{}", access.jti.slot(), access.jti.tail());
        server.ask::<u64>(&format!("DEL {key}"));
        server.ask::<redis::Value>(&foreign.replace("{} ", &format!("{key} ")));
        let ended = store.revoke(&Target::Session(sid), &cause()).await.unwrap();
        assert_eq!((ended.sessions, ended.tokens), (1, 1), "{foreign}");
        assert!(!server.ask::<bool>(&format!("EXISTS {key}")));
    }
}
