//! How many sessions a subject may have in one audience.

use std::collections::HashSet;

use super::{Harness, guard, subject};
use jotleash::id::Subject;
use jotleash::store::{Access, Action, MaxSessions, NewSession, Refusal};
use tokio::task::JoinSet;

/// A session that was opened so many seconds ago, in an audience.
fn opened_before(h: &Harness, subject: &Subject, seconds: u64, audience: &str) -> NewSession {
    NewSession {
        audience: audience.to_owned(),
        created_at: h.now() - seconds,
        ..h.new_session(subject)
    }
}

pub(crate) async fn the_oldest_session_ends_when_one_too_many_opens(h: &Harness) {
    let subject = subject();
    let mine = |seconds| opened_before(h, &subject, seconds, "web");
    let (newer, oldest, old) = (mine(10), mine(30), mine(20));
    for session in [&newer, &oldest, &old] {
        assert_eq!(h.open_among(session, 3).await, []);
    }
    let next = h.advance(&oldest.sid, 0);
    assert_eq!(h.try_advance(&next, &guard(0)).await, Ok(()));
    let first = h.view(&old.sid).await.record.access.jti;

    let last = mine(0);
    assert_eq!(h.open_among(&last, 3).await, [oldest.sid]);
    assert!(!h.session_lives(&oldest.sid).await && !h.live(&next.access.jti).await);
    assert!(h.live(&first).await, "the others keep their tokens");
    assert_eq!(h.listed(&subject).await, [last.sid, newer.sid, old.sid]);
    let cause = h
        .store
        .cause(&subject.slot(), None, Some(&oldest.sid))
        .await;
    assert_eq!(cause.unwrap().unwrap().action, Action::SessionLimit);
}

pub(crate) async fn sessions_of_other_audiences_and_subjects_are_not_counted(h: &Harness) {
    let (one, other) = (subject(), subject());
    let elsewhere = opened_before(h, &one, 30, "cart");
    let anothers = opened_before(h, &other, 30, "web");
    for session in [&elsewhere, &anothers] {
        assert_eq!(h.open_among(session, 1).await, []);
    }
    let own = h.record(&one).await;
    let here = opened_before(h, &one, 20, "web");
    assert_eq!(h.open_among(&here, 1).await, []);
    let next = opened_before(h, &one, 10, "web");
    assert_eq!(h.open_among(&next, 1).await, [here.sid]);
    assert!(h.session_lives(&elsewhere.sid).await && h.session_lives(&anothers.sid).await);
    assert!(h.live(&own).await, "a token without a session is none");
}

pub(crate) async fn a_lower_limit_ends_all_that_are_too_many(h: &Harness) {
    let subject = subject();
    let mut opened = Vec::new();
    for seconds in (1..=6).rev() {
        let session = opened_before(h, &subject, seconds, "web");
        assert_eq!(h.open_among(&session, 6).await, []);
        opened.push(session.sid);
    }
    let last = opened_before(h, &subject, 0, "web");
    let ended: HashSet<_> = h.open_among(&last, 2).await.into_iter().collect();
    assert_eq!(ended, opened[..5].iter().copied().collect());
    assert_eq!(h.listed(&subject).await, [last.sid, opened[5]]);
}

pub(crate) async fn an_opening_that_is_refused_ends_nothing(h: &Harness) {
    let subject = subject();
    let only = opened_before(h, &subject, 10, "web");
    assert_eq!(h.open_among(&only, 1).await, []);
    let limit = MaxSessions {
        most: std::num::NonZeroU32::MIN,
        cause: h.cause(Action::SessionLimit),
    };
    let taken = h.view(&only.sid).await.record.access.jti;
    let again = Access {
        jti: taken,
        ..h.access(subject.slot())
    };
    let next = opened_before(h, &subject, 0, "web");
    for (access, guard, refusal) in [
        (h.access(subject.slot()), guard(1), Refusal::Stale),
        (again, guard(0), Refusal::Collision),
    ] {
        let refused = h.store.open(&next, &access, &guard, Some(&limit)).await;
        assert_eq!(refused.unwrap(), Err(refusal));
        assert!(h.session_lives(&only.sid).await && h.live(&taken).await);
    }
}

pub(crate) async fn an_expired_session_takes_no_place(h: &Harness) {
    let subject = subject();
    let brief = NewSession {
        expires_at: h.now() + 1,
        ..opened_before(h, &subject, 10, "web")
    };
    assert_eq!(h.open_among(&brief, 2).await, []);
    let kept = opened_before(h, &subject, 20, "web");
    assert_eq!(h.open_among(&kept, 2).await, []);
    h.pass(2).await;
    let next = opened_before(h, &subject, 0, "web");
    assert_eq!(h.open_among(&next, 2).await, []);
    assert!(h.session_lives(&kept.sid).await);
}

pub(crate) async fn openings_at_once_never_leave_too_many(h: &Harness) {
    let subject = subject();
    let mut openings = JoinSet::new();
    for number in 0..100 {
        let store = if number % 2 == 0 { &h.store } else { &h.second }.clone();
        let session = opened_before(h, &subject, 0, "web");
        let access = h.access(subject.slot());
        let limit = MaxSessions {
            most: std::num::NonZeroU32::new(3).unwrap(),
            cause: h.cause(Action::SessionLimit),
        };
        openings.spawn(async move {
            let opened = store.open(&session, &access, &guard(0), Some(&limit)).await;
            (session.sid, access.jti, opened.unwrap().unwrap())
        });
    }
    let (mut tokens, mut ended) = (Vec::new(), HashSet::new());
    for (sid, jti, replaced) in openings.join_all().await {
        tokens.push((sid, jti));
        for sid in replaced {
            assert!(ended.insert(sid), "each ends once");
        }
    }
    assert_eq!(ended.len(), 97);
    let alive: HashSet<_> = h.listed(&subject).await.into_iter().collect();
    assert_eq!(alive.len(), 3);
    for (sid, jti) in tokens {
        assert_eq!(alive.contains(&sid), h.live(&jti).await);
        assert_eq!(alive.contains(&sid), !ended.contains(&sid));
    }
}
