//! Ending tokens, sessions and all that a subject has.

use super::harness::counts;
use super::{Harness, fixture, guard, nobody_has, subject};
use jotleash::clock::SystemEntropy;
use jotleash::id::Sid;
use jotleash::store::{Action, Target};

pub(crate) async fn a_token_is_revoked_alone(h: &Harness) {
    let subject = subject();
    let (sid, first) = h.open(&subject).await;
    let advance = h.advance(&sid, 0);
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    let own = h.record(&subject).await;

    assert_eq!(h.revoke(Target::Token(first.jti)).await, (0, 1));
    assert!(!h.live(&first.jti).await);
    assert!(h.live(&advance.access.jti).await && h.live(&own).await);
    assert!(h.session_lives(&sid).await);
}

pub(crate) async fn a_session_is_revoked_with_its_tokens(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let (other, other_access) = h.open(&subject).await;
    let own = h.record(&subject).await;

    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 1));
    assert!(!h.session_lives(&sid).await && !h.live(&access.jti).await);
    assert!(h.session_lives(&other).await && h.live(&other_access.jti).await);
    assert!(h.live(&own).await);
    assert_eq!(h.listed(&subject).await, [other]);
}

pub(crate) async fn every_access_token_of_a_session_dies_with_it(h: &Harness) {
    let (sid, first) = h.open(&subject()).await;
    let mut jtis = vec![first.jti];
    for counter in 0..4 {
        let advance = h.advance(&sid, counter);
        assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
        jtis.push(advance.access.jti);
    }
    assert_eq!(h.revoke(Target::Token(jtis[2])).await, (0, 1));
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 4));
    for jti in &jtis {
        assert!(!h.live(jti).await);
    }
}

pub(crate) async fn the_others_are_revoked_and_this_one_lives(h: &Harness) {
    let subject = subject();
    let (this, access) = h.open(&subject).await;
    let own = h.record(&subject).await;
    let mut dead = Vec::new();
    for _ in 0..3 {
        let (sid, access) = h.open(&subject).await;
        let advance = h.advance(&sid, 0);
        assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
        dead.extend([access.jti, advance.access.jti]);
    }
    assert_eq!(h.revoke(Target::Others(this)).await, (3, 6));
    assert_eq!(h.listed(&subject).await, [this]);
    assert!(h.live(&access.jti).await && h.live(&own).await);
    for jti in &dead {
        assert!(!h.live(jti).await);
    }
    assert_eq!(h.revoke(Target::Others(this)).await, (0, 0));
}

pub(crate) async fn a_subject_is_revoked_with_all_it_has(h: &Harness) {
    let (mine, other) = (subject(), subject());
    let (sid, access) = h.open(&mine).await;
    let own = h.record(&mine).await;
    let (other_sid, other_access) = h.open(&other).await;

    let target = Target::Subject(mine.slot());
    assert_eq!(h.revoke(target).await, (1, 2));
    assert!(!h.session_lives(&sid).await);
    assert!(!h.live(&access.jti).await && !h.live(&own).await);
    assert!(h.listed(&mine).await.is_empty());
    assert!(h.session_lives(&other_sid).await && h.live(&other_access.jti).await);
}

pub(crate) async fn a_subject_can_record_again_after_it_was_revoked(h: &Harness) {
    let subject = subject();
    h.open(&subject).await;
    assert_eq!(h.revoke(Target::Subject(subject.slot())).await, (1, 1));
    let (sid, access) = h.open(&subject).await;
    let own = h.record(&subject).await;
    assert!(h.session_lives(&sid).await);
    assert!(h.live(&access.jti).await && h.live(&own).await);
    assert_eq!(h.revoke(Target::Subject(subject.slot())).await, (1, 2));
}

pub(crate) async fn what_is_revoked_twice_counts_zero(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    assert_eq!(h.revoke(Target::Token(access.jti)).await, (0, 1));
    assert_eq!(h.revoke(Target::Token(access.jti)).await, (0, 0));
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 0));
    assert_eq!(h.revoke(Target::Session(sid)).await, (0, 0));
    h.open(&subject).await;
    let everything = Target::Subject(subject.slot());
    assert_eq!(h.revoke(everything).await, (1, 1));
    assert_eq!(h.revoke(everything).await, (0, 0));
}

pub(crate) async fn what_nobody_recorded_counts_zero(h: &Harness) {
    let jti = nobody_has();
    let sid = Sid::random(jti.slot(), &SystemEntropy);
    for target in [
        Target::Token(jti),
        Target::Session(sid),
        Target::Others(sid),
        Target::Subject(jti.slot()),
    ] {
        assert_eq!(h.revoke(target).await, (0, 0), "{target:?}");
    }
}

pub(crate) async fn what_has_expired_is_not_counted(h: &Harness) {
    let subject = subject();
    let now = h.now();
    let mut session = h.new_session(&subject);
    session.expires_at = now + 1;
    let access = fixture::access(subject.slot(), now, now + 1);
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    h.open(&subject).await;
    h.pass(1).await;
    assert_eq!(h.revoke(Target::Token(access.jti)).await, (0, 0));
    assert_eq!(h.revoke(Target::Session(session.sid)).await, (0, 0));
    assert_eq!(h.revoke(Target::Subject(subject.slot())).await, (1, 1));
}

pub(crate) async fn a_revocation_holds_for_every_instance(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let target = Target::Session(sid);
    let ended = h.second.revoke(&target, &h.cause(Action::Logout)).await;
    assert_eq!(counts(ended.unwrap()), (1, 1));
    assert!(!h.live(&access.jti).await && !h.session_lives(&sid).await);
}
