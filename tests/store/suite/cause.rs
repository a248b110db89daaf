//! Why something is not alive any more.

use super::{Harness, nobody_has, subject};
use jotleash::clock::SystemEntropy;
use jotleash::id::Sid;
use jotleash::store::{Action, Ban, Cause, Target, UserChange};

fn cause(h: &Harness, by: &str, action: Action) -> Cause {
    Cause {
        at: h.now(),
        by: by.to_owned(),
        action,
    }
}

pub(crate) async fn nothing_ended_a_token_nobody_issued(h: &Harness) {
    let jti = nobody_has();
    let sid = Sid::random(jti.slot(), &SystemEntropy);
    assert_eq!(h.store.cause(&jti, None).await.unwrap(), None);
    assert_eq!(h.store.cause(&jti, Some(&sid)).await.unwrap(), None);
}

pub(crate) async fn nothing_ended_a_token_that_lives(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let (other, _) = h.open(&subject).await;
    assert_eq!(h.revoke(Target::Session(other)).await, (1, 1));
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found, None);
}

pub(crate) async fn the_cause_of_a_tokens_end_is_kept(h: &Harness) {
    let subject = subject();
    let jti = h.record(&subject).await;
    let cause = cause(h, "Ada \"the\" operator", Action::Revoke);
    let target = Target::Token(jti);
    h.store.revoke(&target, &cause).await.unwrap();
    let found = h.store.cause(&jti, None).await.unwrap();
    assert_eq!(found, Some(cause));
}

pub(crate) async fn the_cause_of_a_sessions_end_is_its_tokens_too(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let cause = cause(h, subject.as_str(), Action::Logout);
    let target = Target::Session(sid);
    h.store.revoke(&target, &cause).await.unwrap();
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found, Some(cause));
}

pub(crate) async fn the_cause_of_a_subjects_end_is_its_tokens_too(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let own = h.record(&subject).await;
    let cause = cause(h, "operator", Action::Revoke);
    let target = Target::Subject(subject.slot());
    h.store.revoke(&target, &cause).await.unwrap();
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&cause));
    let found = h.store.cause(&own, None).await.unwrap();
    assert_eq!(found, Some(cause));
}

pub(crate) async fn a_ban_is_the_cause_of_what_it_ended(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let cause = cause(h, "operator", Action::Ban);
    let ban = Ban {
        subject: subject.clone(),
        until: None,
        reason: None,
        created_at: h.now(),
    };
    h.store.ban(&ban, &cause).await.unwrap();
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&cause));
    h.store.unban(&subject.slot()).await.unwrap();
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found, Some(cause), "a lifted ban is still why");
}

pub(crate) async fn a_change_of_roles_is_the_cause_of_what_it_ended(h: &Harness) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let cause = cause(h, "operator", Action::RolesChange);
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    let slot = user.sub.slot();
    let changed = h.store.update_user(&slot, &change, &cause).await.unwrap();
    assert!(changed.is_some());
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found, Some(cause));
}

pub(crate) async fn the_first_cause_stays(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let first = cause(h, subject.as_str(), Action::Logout);
    let second = cause(h, "operator", Action::Revoke);
    let target = Target::Session(sid);
    h.store.revoke(&target, &first).await.unwrap();
    h.store.revoke(&target, &second).await.unwrap();
    let everything = Target::Subject(subject.slot());
    h.store.revoke(&everything, &second).await.unwrap();
    let found = h.store.cause(&access.jti, Some(&sid)).await.unwrap();
    assert_eq!(found, Some(first));
}
