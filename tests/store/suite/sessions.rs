//! Opening sessions, and reading them back.

use super::{Harness, fixture, guard, subject};
use jotleash::clock::SystemEntropy;
use jotleash::id::Sid;
use jotleash::store::{NewSession, Refusal, SessionRecord, Target};

pub(crate) async fn a_session_is_read_as_it_was_opened(h: &Harness) {
    let mut session = h.new_session(&subject());
    session.roles = Some(vec!["buyer".to_owned(), "ro\"le".to_owned()]);
    let access = h.access(session.sid.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));

    let view = h.view(&session.sid).await;
    let expected = SessionRecord {
        counter: 0,
        // When nothing was advanced yet, nothing is said about this one.
        advanced_at_millis: view.record.advanced_at_millis,
        last_seen_at: session.created_at,
        access: access.given(),
        repeat_noted: None,
        session: session.clone(),
    };
    assert!(view.record == expected, "{:?}", view.record);
    assert!(view.access_live);
    assert_eq!(view.standing.version(), 0);
    assert!(view.standing.ban.is_none() && !view.standing.is_client);
    let found = h.store.liveness(&access.jti).await.unwrap();
    assert_eq!(found, Some(access.recorded.clone()));
}

pub(crate) async fn a_session_without_optional_fields_is_read_without_them(h: &Harness) {
    let session = NewSession {
        scope: String::new(),
        ip: None,
        device: None,
        roles: None,
        ..h.new_session(&subject())
    };
    let access = h.access(session.sid.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    assert!(h.view(&session.sid).await.record.session == session);
}

pub(crate) async fn given_roles_that_are_empty_are_not_the_same_as_none_given(h: &Harness) {
    let mut session = h.new_session(&subject());
    session.roles = Some(Vec::new());
    let access = h.access(session.sid.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    let roles = h.view(&session.sid).await.record.session.roles;
    assert_eq!(roles, Some(Vec::new()));
}

pub(crate) async fn a_session_nobody_opened_is_none(h: &Harness) {
    let sid = Sid::random(subject().slot(), &SystemEntropy);
    assert!(!h.session_lives(&sid).await);
}

pub(crate) async fn a_session_is_gone_when_it_expires(h: &Harness) {
    let mut session = h.new_session(&subject());
    let now = h.now();
    session.expires_at = now + 2;
    let access = fixture::access(session.sid.slot(), now, now + 2);
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    let lives = h.session_lives(&session.sid).await;
    assert!(lives || h.now() >= session.expires_at);
    h.pass(2).await;
    assert!(!h.session_lives(&session.sid).await);
    assert!(!h.live(&access.jti).await);
}

pub(crate) async fn a_sid_is_opened_once(h: &Harness) {
    let subject = subject();
    let (sid, first) = h.open(&subject).await;
    let again = NewSession {
        sid,
        device: Some("another".to_owned()),
        ..h.new_session(&subject)
    };
    let access = h.access(subject.slot());
    let refusal = h.try_open(&again, &access, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Collision));
    assert!(!h.live(&access.jti).await, "half an opening");
    let view = h.view(&sid).await;
    assert_eq!(view.record.access, first.given());
    assert_ne!(view.record.session.device, again.device);
}

pub(crate) async fn the_view_carries_the_subjects_user_and_tells_whether_the_access_token_lives(
    h: &Harness,
) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let view = h.view(&sid).await;
    assert!(view.standing.user == Some(user));
    assert!(view.access_live);
    assert!(view.now_millis / 1000 <= h.now() + 1);

    assert_eq!(h.revoke(Target::Token(access.jti)).await, (0, 1));
    let view = h.view(&sid).await;
    assert!(!view.access_live);
    let given = access.given();
    assert_eq!(view.record.access, given, "it is still the one last given");
}

pub(crate) async fn a_collision_of_the_access_token_opens_nothing(h: &Harness) {
    let subject = subject();
    let (_, taken) = h.open(&subject).await;
    let session = h.new_session(&subject);
    let refusal = h.try_open(&session, &taken, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Collision));
    assert!(!h.session_lives(&session.sid).await);
}
