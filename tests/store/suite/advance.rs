//! Advancing the refresh counter.

use super::{Harness, fixture, guard, subject};
use jotleash::clock::SystemEntropy;
use jotleash::id::Sid;
use jotleash::store::{Advance, Refusal, SessionRecord, Target};

pub(crate) async fn an_advance_writes_the_counter_the_token_the_time_and_the_address(h: &Harness) {
    let (sid, _) = h.open(&subject()).await;
    let mut advance = h.advance(&sid, 0);
    advance.expires_at += 100;
    advance.now += 5;
    advance.ip = Some("2001:db8::1".to_owned());
    let before = h.view(&sid).await.now_millis;
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));

    let view = h.view(&sid).await;
    assert_eq!(view.record.counter, 1);
    assert_eq!(view.record.access, advance.access.given());
    assert_eq!(view.record.last_seen_at, advance.now);
    assert_eq!(view.record.session.expires_at, advance.expires_at);
    assert_eq!(view.record.session.ip, advance.ip);
    let advanced_at = view.record.advanced_at_millis;
    assert!((before..=view.now_millis).contains(&advanced_at));
    assert!(view.access_live);
    let found = h.store.liveness(&advance.access.jti).await.unwrap();
    assert_eq!(found, Some(advance.access.recorded.clone()));
}

pub(crate) async fn an_advance_keeps_what_the_session_was_opened_with(h: &Harness) {
    let mut session = h.new_session(&subject());
    session.roles = Some(vec!["buyer".to_owned()]);
    let access = h.access(session.sid.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    let mut advance = h.advance(&session.sid, 0);
    advance.ip.clone_from(&session.ip);
    advance.expires_at = session.expires_at;
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    assert!(h.view(&session.sid).await.record.session == session);
}

pub(crate) async fn the_token_before_an_advance_lives_on(h: &Harness) {
    let (sid, first) = h.open(&subject()).await;
    let advance = h.advance(&sid, 0);
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    assert!(h.live(&first.jti).await);
}

pub(crate) async fn an_advance_from_another_counter_is_lost_and_writes_nothing(h: &Harness) {
    let (sid, _) = h.open(&subject()).await;
    let advance = h.advance(&sid, 0);
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    let before = h.view(&sid).await.record;
    for expected in [0, 2] {
        let late = h.advance(&sid, expected);
        let refusal = h.try_advance(&late, &guard(0)).await;
        assert_eq!(refusal, Err(Refusal::Lost), "expected {expected}");
        assert!(!h.live(&late.access.jti).await);
    }
    assert!(h.view(&sid).await.record == before);
}

pub(crate) async fn a_counter_may_jump_ahead(h: &Harness) {
    let (sid, _) = h.open(&subject()).await;
    let jump = Advance {
        counter: 8,
        ..h.advance(&sid, 0)
    };
    assert_eq!(h.try_advance(&jump, &guard(0)).await, Ok(()));
    let next = h.advance(&sid, 8);
    assert_eq!(h.try_advance(&next, &guard(0)).await, Ok(()));
    assert_eq!(h.view(&sid).await.record.counter, 9);
}

pub(crate) async fn an_advance_without_a_session_is_gone(h: &Harness) {
    let sid = Sid::random(subject().slot(), &SystemEntropy);
    let advance = h.advance(&sid, 0);
    let refusal = h.try_advance(&advance, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Gone));
    assert!(!h.live(&advance.access.jti).await);
    assert!(!h.session_lives(&sid).await);
}

pub(crate) async fn an_advance_to_the_same_counter_records_a_token_and_extends_nothing(
    h: &Harness,
) {
    let (sid, _) = h.open(&subject()).await;
    let first = Advance {
        ip: Some("192.0.2.7".to_owned()),
        ..h.advance(&sid, 0)
    };
    assert_eq!(h.try_advance(&first, &guard(0)).await, Ok(()));
    let before = h.view(&sid).await.record;

    let repeat = Advance {
        expected: 1,
        counter: 1,
        expires_at: first.expires_at + 1000,
        now: first.now + 30,
        ip: Some("198.51.100.9".to_owned()),
        ..h.advance(&sid, 1)
    };
    assert_eq!(h.try_advance(&repeat, &guard(0)).await, Ok(()));
    assert!(h.live(&repeat.access.jti).await);
    let expected = SessionRecord {
        access: repeat.access.given(),
        ..before
    };
    assert!(h.view(&sid).await.record == expected);
}

pub(crate) async fn an_advance_to_a_taken_jti_is_a_collision_and_writes_nothing(h: &Harness) {
    let (sid, first) = h.open(&subject()).await;
    let before = h.view(&sid).await.record;
    let advance = Advance {
        access: first,
        ..h.advance(&sid, 0)
    };
    let refusal = h.try_advance(&advance, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Collision));
    assert!(h.view(&sid).await.record == before);
}

pub(crate) async fn an_advance_after_a_revocation_brings_nothing_back(h: &Harness) {
    let subject = subject();
    let everything = Target::Subject(subject.slot());
    for by_subject in [false, true] {
        let (sid, _) = h.open(&subject).await;
        let in_flight = h.advance(&sid, 0);
        let target = if by_subject {
            everything
        } else {
            Target::Session(sid)
        };
        assert_eq!(h.revoke(target).await, (1, 1));
        let refusal = h.try_advance(&in_flight, &guard(0)).await;
        assert_eq!(refusal, Err(Refusal::Gone));
        assert!(!h.session_lives(&sid).await);
        assert!(!h.live(&in_flight.access.jti).await);
    }
}

pub(crate) async fn an_advance_keeps_a_session_alive_beyond_its_first_end(h: &Harness) {
    let now = h.now();
    let mut session = h.new_session(&subject());
    session.expires_at = now + 60;
    let access = h.access(session.sid.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    let sooner = Advance {
        expires_at: now + 3,
        access: fixture::access(session.sid.slot(), now, now + 3),
        ..h.advance(&session.sid, 0)
    };
    assert_eq!(h.try_advance(&sooner, &guard(0)).await, Ok(()));
    let later = h.advance(&session.sid, 1);
    match h.try_advance(&later, &guard(0)).await {
        Ok(()) => {
            h.pass(3).await;
            assert!(h.session_lives(&session.sid).await);
        }
        refusal => assert!(
            refusal == Err(Refusal::Gone) && h.now() >= sooner.expires_at,
            "{refusal:?}"
        ),
    }
}

pub(crate) async fn an_advance_after_the_session_expired_is_gone(h: &Harness) {
    let now = h.now();
    let mut session = h.new_session(&subject());
    session.expires_at = now + 1;
    let access = h.access(session.sid.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    h.pass(1).await;
    let advance = h.advance(&session.sid, 0);
    let refusal = h.try_advance(&advance, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Gone));
    assert!(!h.session_lives(&session.sid).await);
}

pub(crate) async fn a_repeat_is_noted_once_an_advance(h: &Harness) {
    let (sid, _) = h.open(&subject()).await;
    for counter in 0..3 {
        let advance = h.advance(&sid, counter);
        assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
        assert!(h.store.note_repeat(&sid, counter).await.unwrap());
        assert!(!h.store.note_repeat(&sid, counter).await.unwrap());
        assert_eq!(h.view(&sid).await.record.repeat_noted, Some(counter));
    }
}

pub(crate) async fn a_repeat_on_a_session_that_is_gone_is_not_noted(h: &Harness) {
    let (sid, _) = h.open(&subject()).await;
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 1));
    assert!(!h.store.note_repeat(&sid, 0).await.unwrap());
    assert!(!h.session_lives(&sid).await);
}
