//! Random subjects and the records around them.

use std::sync::atomic::{AtomicU64, Ordering};

use jotleash::clock::{Entropy as _, SystemEntropy};
use jotleash::id::{Jti, Recorded, Sid, SlotTag, Subject, TaggedClaims, TokenDigest};
use jotleash::store::{Access, ClientRecord, Guard, NewSession, UserRecord};

/// A text that no other case has.
pub(crate) fn random_name(prefix: &str) -> String {
    let id = Jti::random(SlotTag::of(prefix), &SystemEntropy);
    format!("{prefix}-{}", id.tail())
}

/// A subject that no other case has.
pub(crate) fn subject() -> Subject {
    random_name("subject").parse().unwrap()
}

/// An id in the slot of a new subject, that nobody recorded.
pub(crate) fn nobody_has() -> Jti {
    Jti::random(subject().slot(), &SystemEntropy)
}

/// A guard for a subject that is not a client.
pub(crate) const fn guard(version: u64) -> Guard {
    Guard {
        version,
        client: false,
    }
}

/// An access token: a JWT and an opaque one in turn, since everything must hold for both.
pub(crate) fn access(slot: SlotTag, iat: u64, exp: u64) -> Access {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let access = Access {
        recorded: TokenDigest::of(&exp.to_string()).into(),
        ..opaque(slot, iat, exp)
    };
    if MADE.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
        opaque(slot, iat, exp)
    } else {
        access
    }
}

/// An opaque access token. What it says, and by which key, is nothing to a store.
pub(crate) fn opaque(slot: SlotTag, iat: u64, exp: u64) -> Access {
    let jti = Jti::random(slot, &SystemEntropy);
    let claims = format!(r#"{{"jti":"{jti}","exp":{exp},"roles":["größer.als"]}}"#);
    Access {
        jti,
        recorded: Recorded::Claims(TaggedClaims::new(claims, &jti.tail().to_bytes())),
        iat,
        exp,
    }
}

/// A session with every field set, that lives for a day.
pub(crate) fn session(subject: &Subject, now: u64) -> NewSession {
    let mut secret = [0; 32];
    SystemEntropy.fill(&mut secret);
    NewSession {
        sid: Sid::random(subject.slot(), &SystemEntropy),
        subject: subject.clone(),
        client_id: "front".to_owned(),
        audience: "https://shop.example".to_owned(),
        scope: "read write".to_owned(),
        roles: None,
        created_at: now,
        expires_at: now + 86_400,
        ip: Some("192.0.2.1".to_owned()),
        device: Some("Ada's \"phone\" \u{1f4f1}".to_owned()),
        secret,
    }
}

/// A user whose name is in no other case.
pub(crate) fn user(subject: &Subject, now: u64) -> UserRecord {
    UserRecord {
        sub: subject.clone(),
        username: random_name("näme"),
        password_hash: Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()),
        roles: vec!["buyer".to_owned()],
        disabled: false,
        created_at: now,
        version: 0,
    }
}

/// A client with every field set.
pub(crate) fn client(id: &Subject, now: u64) -> ClientRecord {
    ClientRecord {
        id: id.clone(),
        secret_sha256: Some("ab".repeat(32)),
        audiences: vec!["web".to_owned()],
        scopes: vec!["read".to_owned(), "write".to_owned()],
        grants: vec!["client_credentials".to_owned()],
        introspect: vec!["web".to_owned()],
        allow: vec!["10.0.0.0/8".to_owned()],
        admin: true,
        managed: true,
        created_at: now,
        version: 0,
    }
}
