//! A store on a server of its own, and records to put into it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jotleash::clock::{Clock as _, SystemClock, SystemEntropy};
use jotleash::id::{Jti, Sid, SlotTag, Subject, TokenDigest};
use jotleash::store::redis::{RedisConfig, RedisStartError, RedisStore};
use jotleash::store::{
    Access, Action, Cause, ClientRecord, Entry, Guard, NewSession, Page, Store as _, UserRecord,
};

use crate::redis_server::RedisServer;

/// Longer than any test.
const NO_HURRY: Duration = Duration::from_secs(100_000);

/// Waits as long as a slow machine needs: what stops or refuses is told from what is slow.
pub async fn connect(url: String) -> Result<RedisStore, RedisStartError> {
    let config = RedisConfig {
        connect_timeout: NO_HURRY,
        response_timeout: NO_HURRY,
        ..RedisConfig::new(url)
    };
    RedisStore::connect(config, Arc::new(SystemClock)).await
}

/// Waits no longer than the service does, for servers that hang.
pub async fn connect_in_time(url: String) -> Result<RedisStore, RedisStartError> {
    RedisStore::connect(RedisConfig::new(url), Arc::new(SystemClock)).await
}

pub async fn try_store(server: &RedisServer) -> Result<RedisStore, RedisStartError> {
    connect(server.url()).await
}

pub async fn store(server: &RedisServer) -> RedisStore {
    try_store(server).await.unwrap()
}

/// A store that waits no longer than the service does. A slow machine may need more than one try.
pub async fn store_in_time(server: &RedisServer) -> RedisStore {
    loop {
        if let Ok(store) = connect_in_time(server.url()).await {
            return store;
        }
    }
}

pub fn now() -> u64 {
    SystemClock.now()
}

pub fn subject(name: &str) -> Subject {
    name.parse().unwrap()
}

/// For a subject without a user.
pub const NOBODY: Guard = Guard {
    version: 0,
    client: false,
};

pub fn access(slot: SlotTag) -> Access {
    let jti = Jti::random(slot, &SystemEntropy);
    Access {
        jti,
        recorded: TokenDigest::of(&jti.to_string()).into(),
        iat: now(),
        exp: now() + 3_600,
    }
}

pub fn entry(slot: SlotTag) -> Entry {
    access(slot).entry()
}

pub fn session(subject: &Subject) -> NewSession {
    NewSession {
        sid: Sid::random(subject.slot(), &SystemEntropy),
        subject: subject.clone(),
        client_id: "front".to_owned(),
        audience: "web".to_owned(),
        scope: "read".to_owned(),
        roles: None,
        created_at: now(),
        expires_at: now() + 7_200,
        ip: Some("192.0.2.7".to_owned()),
        device: None,
        secret: [7; 32],
    }
}

/// Opens a session, which must succeed.
pub async fn opened(store: &RedisStore, subject: &Subject) -> (Sid, Access) {
    let session = session(subject);
    let access = access(subject.slot());
    store
        .open(&session, &access, &NOBODY, None)
        .await
        .unwrap()
        .unwrap();
    (session.sid, access)
}

/// Records a token, which must succeed.
pub async fn recorded(store: &RedisStore, subject: &Subject) -> Entry {
    let entry = entry(subject.slot());
    store.record(&entry, &NOBODY).await.unwrap().unwrap();
    entry
}

pub fn user(name: &str) -> UserRecord {
    UserRecord {
        sub: subject(name),
        username: name.to_owned(),
        password_hash: Some("$argon2id$…".to_owned()),
        roles: vec!["staff".to_owned()],
        disabled: false,
        created_at: now(),
        version: 0,
    }
}

pub fn client(id: &str) -> ClientRecord {
    ClientRecord {
        id: subject(id),
        secret_sha256: None,
        audiences: vec!["web".to_owned()],
        scopes: Vec::new(),
        grants: Vec::new(),
        introspect: Vec::new(),
        allow: Vec::new(),
        admin: false,
        managed: false,
        created_at: now(),
        version: 0,
    }
}

pub fn cause() -> Cause {
    Cause {
        at: now(),
        by: "root".to_owned(),
        action: Action::Revoke,
    }
}

pub fn page(limit: usize) -> Page {
    Page { limit, after: None }
}

/// Waits until it is so, however long a slow machine takes.
pub async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    while !condition().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
