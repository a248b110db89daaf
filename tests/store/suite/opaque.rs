//! Opaque tokens: what is recorded are claims, and everything else is as it is for any token.

use super::{Harness, fixture, guard, subject};
use jotleash::id::{Recorded, Sid, SlotTag, Subject, TaggedClaims};
use jotleash::store::{Access, Action, Advance, Ban, Entry, Parent, Refusal, Target, UserChange};

fn opaque(h: &Harness, slot: SlotTag) -> Access {
    fixture::opaque(slot, h.now(), h.now() + 3600)
}

/// An opaque token of a session.
async fn opened(h: &Harness, subject: &Subject) -> (Sid, Access) {
    let (session, access) = (h.new_session(subject), opaque(h, subject.slot()));
    let guard = h.standing_guard(subject).await;
    assert_eq!(h.try_open(&session, &access, &guard).await, Ok(()));
    (session.sid, access)
}

fn parent(access: &Access, sid: Option<Sid>) -> Parent {
    Parent {
        jti: access.jti,
        recorded: access.recorded.clone(),
        sid,
    }
}

pub(crate) async fn claims_are_recorded_and_read_whole_by_every_way_to_record(h: &Harness) {
    let subject = subject();
    let (sid, first) = opened(h, &subject).await;
    let advance = Advance {
        access: opaque(h, subject.slot()),
        ..h.advance(&sid, 0)
    };
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    let exchanged = opaque(h, subject.slot());
    let of = parent(&first, Some(sid));
    let answer = h.store.exchange(&exchanged.entry(), &of, &guard(0)).await;
    assert_eq!(answer.unwrap(), Ok(()));
    // As long as the longest token, with what a careless reader would stumble over.
    let mut longest = opaque(h, subject.slot());
    let claims = format!(r#"{{"x":"\u00fc \\n }}.{{ {}"}}"#, "ü\u{1f4f1}".repeat(600));
    longest.recorded = Recorded::Claims(TaggedClaims::new(claims, &[0; 16]));
    assert_eq!(h.try_record(&longest.entry(), &guard(0)).await, Ok(()));
    for access in [&first, &advance.access, &exchanged, &longest] {
        for store in [&h.store, &h.second] {
            let found = store.liveness(&access.jti).await.unwrap();
            assert_eq!(found.as_ref(), Some(&access.recorded));
        }
    }
}

pub(crate) async fn a_session_remembers_a_digest_of_the_claims_that_it_was_given(h: &Harness) {
    let (sid, first) = opened(h, &subject()).await;
    let view = h.view(&sid).await;
    assert_eq!(view.record.access, first.given());
    assert!(view.access_live);
    let advance = Advance {
        access: opaque(h, sid.slot()),
        ..h.advance(&sid, 0)
    };
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    let view = h.view(&sid).await;
    assert_eq!(view.record.access, advance.access.given());
    assert_ne!(view.record.access.digest, first.given().digest);
    h.revoke(Target::Token(advance.access.jti)).await;
    assert!(!h.view(&sid).await.access_live);
}

pub(crate) async fn an_opaque_token_ends_as_any_other(h: &Harness) {
    let person = subject();
    let (_, alone) = opened(h, &person).await;
    assert_eq!(h.revoke(Target::Token(alone.jti)).await, (0, 1));
    let (sid, of_session) = opened(h, &person).await;
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 1));
    let (stays, kept) = opened(h, &person).await;
    let (_, other) = opened(h, &person).await;
    h.revoke(Target::Others(stays)).await;
    assert!(h.live(&kept.jti).await);
    let ban = Ban {
        subject: person.clone(),
        until: None,
        reason: None,
        created_at: h.now(),
    };
    h.store.ban(&ban, &h.cause(Action::Ban)).await.unwrap();

    let user = h.user().await;
    let (_, of_user) = opened(h, &user.sub).await;
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    let (slot, cause) = (user.sub.slot(), h.cause(Action::RolesChange));
    h.store.update_user(&slot, &change, &cause).await.unwrap();
    for dead in [alone, of_session, other, kept, of_user] {
        assert!(!h.live(&dead.jti).await);
        assert!(h.second.liveness(&dead.jti).await.unwrap().is_none());
    }
}

pub(crate) async fn an_opaque_token_is_gone_at_its_exp(h: &Harness) {
    let now = h.now();
    let entry = fixture::opaque(subject().slot(), now, now + 2).entry();
    assert_eq!(h.try_record(&entry, &guard(0)).await, Ok(()));
    assert!(h.live(&entry.jti).await || h.now() >= entry.exp);
    h.pass(2).await;
    assert!(!h.live(&entry.jti).await);
}

pub(crate) async fn tokens_are_exchanged_from_one_format_to_the_other(h: &Harness) {
    let subject = subject();
    let (sid, handle) = opened(h, &subject).await;
    let jwt = |access: Access| Entry {
        recorded: access.given().digest.into(),
        ..access.entry()
    };
    let of_handle = jwt(opaque(h, subject.slot()));
    let of = parent(&handle, Some(sid));
    let answer = h.store.exchange(&of_handle, &of, &guard(0)).await;
    assert_eq!(answer.unwrap(), Ok(()));
    let of_jwt = opaque(h, subject.slot()).entry();
    let of = Parent {
        jti: of_handle.jti,
        recorded: of_handle.recorded,
        sid: Some(sid),
    };
    let answer = h.store.exchange(&of_jwt, &of, &guard(0)).await;
    assert_eq!(answer.unwrap(), Ok(()));
    assert!(h.live(&of_handle.jti).await && h.live(&of_jwt.jti).await);
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 3));
    assert!(!h.live(&of_handle.jti).await && !h.live(&of_jwt.jti).await);
}

pub(crate) async fn nothing_is_exchanged_for_other_claims(h: &Harness) {
    let subject = subject();
    let (sid, access) = opened(h, &subject).await;
    for recorded in [
        opaque(h, subject.slot()).recorded,
        access.recorded.digest().into(),
    ] {
        let of = Parent {
            recorded,
            ..parent(&access, Some(sid))
        };
        let entry = h.entry(subject.slot());
        let answer = h.store.exchange(&entry, &of, &guard(0)).await.unwrap();
        assert_eq!(answer, Err(Refusal::Gone));
        assert!(!h.live(&entry.jti).await);
    }
}

pub(crate) async fn why_an_opaque_token_ended_is_kept_for_it_alone(h: &Harness) {
    let user = h.user().await;
    let kept = async |access: &Access| {
        let cause = h.second.cause_of(&access.jti).await.unwrap();
        cause.map(|cause| (cause.action, cause.by))
    };
    let because = |action| Some((action, "operator".to_owned()));
    let end = async |target: &Target, action| {
        h.store.revoke(target, &h.cause(action)).await.unwrap();
    };
    let (sid, of_session) = opened(h, &user.sub).await;
    assert_eq!(kept(&of_session).await, None, "it is alive");
    end(&Target::Session(sid), Action::Logout).await;
    assert_eq!(kept(&of_session).await, because(Action::Logout));

    let (stays, by_itself) = opened(h, &user.sub).await;
    let (_, other) = opened(h, &user.sub).await;
    end(&Target::Others(stays), Action::Logout).await;
    assert_eq!(kept(&other).await, because(Action::Logout));
    end(&Target::Token(by_itself.jti), Action::Revoke).await;
    assert_eq!(kept(&by_itself).await, because(Action::Revoke));

    let (_, of_user) = opened(h, &user.sub).await;
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    let (slot, cause) = (user.sub.slot(), h.cause(Action::RolesChange));
    h.store.update_user(&slot, &change, &cause).await.unwrap();
    assert_eq!(kept(&of_user).await, because(Action::RolesChange));

    let (_, banned) = opened(h, &user.sub).await;
    let ban = Ban {
        subject: user.sub.clone(),
        until: None,
        reason: None,
        created_at: h.now(),
    };
    h.store.ban(&ban, &h.cause(Action::Ban)).await.unwrap();
    assert_eq!(kept(&banned).await, because(Action::Ban));
    // A later end of what is dead already changes nothing.
    end(&Target::Session(sid), Action::Revoke).await;
    end(&Target::Subject(slot), Action::Revoke).await;
    assert_eq!(kept(&of_session).await, because(Action::Logout));
    assert_eq!(kept(&of_user).await, because(Action::RolesChange));
}

pub(crate) async fn an_opaque_token_that_expired_was_ended_by_nothing(h: &Harness) {
    let subject = subject();
    let (_, ended) = opened(h, &subject).await;
    h.revoke(Target::Subject(subject.slot())).await;
    let now = h.now();
    let brief = fixture::opaque(subject.slot(), now, now + 1).entry();
    assert_eq!(h.try_record(&brief, &guard(0)).await, Ok(()));
    h.pass(2).await;
    assert!(!h.live(&brief.jti).await);
    h.revoke(Target::Subject(subject.slot())).await;
    assert_eq!(h.store.cause_of(&brief.jti).await.unwrap(), None);
    assert!(h.store.cause_of(&ended.jti).await.unwrap().is_some());
}
