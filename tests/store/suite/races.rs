//! What happens when several do it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Harness, fixture, guard, subject};
use jotleash::id::{Jti, Sid, Subject};
use jotleash::store::{Action, Ban, Guard, Refusal, Target, UserChange};
use tokio::task::JoinSet;

/// What an opening that raced came to.
struct Opening {
    sid: Sid,
    jti: Jti,
    answer: Result<(), Refusal>,
    /// It was acknowledged before the other side had started.
    before: bool,
}

/// Opens 200 sessions beside each other and runs `other` when a few of them are there.
async fn race<T>(
    h: &Harness,
    subject: &Subject,
    guard: Guard,
    other: impl Future<Output = T>,
) -> (Vec<Opening>, T) {
    let started = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let store = h.store.clone();
        let started = Arc::clone(&started);
        let session = h.new_session(subject);
        let access = h.access(subject.slot());
        tasks.spawn(async move {
            let answer = store.open(&session, &access, &guard, None).await.unwrap();
            let answer = answer.map(drop);
            Opening {
                sid: session.sid,
                jti: access.jti,
                answer,
                before: !started.load(Ordering::SeqCst),
            }
        });
    }
    let mut openings = Vec::new();
    while openings.len() < 20 {
        openings.push(tasks.join_next().await.unwrap().unwrap());
    }
    started.store(true, Ordering::SeqCst);
    let answer = other.await;
    openings.extend(tasks.join_all().await);
    assert!(openings[0].answer.is_ok() && openings[0].before);
    (openings, answer)
}

/// Nothing that raced is alive, and nothing can be recorded with the guard that it had.
async fn all_dead(h: &Harness, subject: &Subject, old: Guard, openings: &[Opening]) {
    for opening in openings {
        assert!(!h.session_lives(&opening.sid).await);
        assert!(!h.live(&opening.jti).await);
    }
    assert!(h.listed(subject).await.is_empty());
    assert!(h.try_open_for(subject, &old).await.is_err());
    let entry = h.entry(subject.slot());
    assert!(h.try_record(&entry, &old).await.is_err());
}

pub(crate) async fn no_session_survives_a_ban_that_it_raced(h: &Harness) {
    let subject = subject();
    let ban = Ban {
        subject: subject.clone(),
        until: None,
        reason: None,
        created_at: h.now(),
    };
    let cause = h.cause(Action::Ban);
    let other = h.store.ban(&ban, &cause);
    let (openings, ended) = race(h, &subject, guard(0), other).await;
    let opened = openings.iter().filter(|opening| opening.answer.is_ok());
    assert_eq!(ended.unwrap().sessions, opened.count() as u64);
    all_dead(h, &subject, guard(0), &openings).await;
}

pub(crate) async fn no_session_survives_a_new_password_that_it_raced(h: &Harness) {
    let user = h.user().await;
    let old = guard(user.version);
    let change = UserChange {
        password_hash: Some("$argon2id$new".to_owned()),
        ..UserChange::default()
    };
    let cause = h.cause(Action::PasswordChange);
    let slot = user.sub.slot();
    let other = h.store.update_user(&slot, &change, &cause);
    let (openings, changed) = race(h, &user.sub, old, other).await;
    let (now, ended) = changed.unwrap().unwrap();
    let opened = openings.iter().filter(|opening| opening.answer.is_ok());
    assert_eq!(ended.sessions, opened.count() as u64);
    all_dead(h, &user.sub, old, &openings).await;
    let new = h.try_open_for(&user.sub, &guard(now.version)).await;
    assert_eq!(new, Ok(()));
}

pub(crate) async fn no_session_survives_the_deletion_of_its_user(h: &Harness) {
    let user = h.user().await;
    let old = guard(user.version);
    let cause = h.cause(Action::UserDelete);
    let slot = user.sub.slot();
    let other = h.store.delete_user(&slot, &cause);
    let (openings, ended) = race(h, &user.sub, old, other).await;
    let opened = openings.iter().filter(|opening| opening.answer.is_ok());
    assert_eq!(ended.unwrap().unwrap().sessions, opened.count() as u64);
    all_dead(h, &user.sub, old, &openings).await;
}

pub(crate) async fn no_token_survives_a_change_of_roles_that_it_raced(h: &Harness) {
    let user = h.user().await;
    let old = guard(user.version);
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    let cause = h.cause(Action::RolesChange);
    let slot = user.sub.slot();
    let other = h.store.update_user(&slot, &change, &cause);
    let (openings, changed) = race(h, &user.sub, old, other).await;
    let (_, ended) = changed.unwrap().unwrap();
    assert_eq!(ended.sessions, 0);
    let mut opened = 0;
    for opening in &openings {
        assert!(!h.live(&opening.jti).await);
        assert_eq!(h.session_lives(&opening.sid).await, opening.answer.is_ok());
        opened += u64::from(opening.answer.is_ok());
    }
    assert_eq!(ended.tokens, opened);
}

pub(crate) async fn one_of_fifty_equal_advances_wins(h: &Harness) {
    let (sid, _) = h.open(&subject()).await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let store = if number % 2 == 0 { &h.store } else { &h.second };
        let store = Arc::clone(store);
        let advance = h.advance(&sid, 0);
        tasks.spawn(async move {
            let answer = store.advance(&advance, &guard(0)).await.unwrap();
            (answer, advance.access)
        });
    }
    let answers = tasks.join_all().await;
    let mut winner = None;
    for (answer, access) in answers {
        match answer {
            Ok(()) => assert_eq!(winner.replace(access), None, "two won"),
            refusal => {
                assert_eq!(refusal, Err(Refusal::Lost));
                assert!(!h.live(&access.jti).await);
            }
        }
    }
    let view = h.view(&sid).await;
    assert_eq!(Some(view.record.access), winner.map(|it| it.given()));
    assert_eq!(view.record.counter, 1);
    assert!(view.access_live);
}

pub(crate) async fn no_advance_brings_back_a_session_that_is_revoked(h: &Harness) {
    for _ in 0..10 {
        let (sid, first) = h.open(&subject()).await;
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let store = h.second.clone();
            let advance = h.advance(&sid, 0);
            tasks.spawn(async move {
                let answer = store.advance(&advance, &guard(0)).await.unwrap();
                (answer, advance.access.jti)
            });
        }
        let (sessions, tokens) = h.revoke(Target::Session(sid)).await;
        let answers = tasks.join_all().await;
        let won = answers.iter().filter(|(answer, _)| answer.is_ok()).count();
        assert_eq!((sessions, tokens), (1, 1 + won as u64));
        assert!(!h.session_lives(&sid).await && !h.live(&first.jti).await);
        for (_, jti) in answers {
            assert!(!h.live(&jti).await);
        }
    }
}

pub(crate) async fn every_opening_that_raced_a_revocation_is_ended_or_alive_and_counted(
    h: &Harness,
) {
    let subject = subject();
    let target = Target::Subject(subject.slot());
    let other = h.revoke(target);
    let (openings, ended) = race(h, &subject, guard(0), other).await;
    let mut alive = 0;
    for opening in &openings {
        assert_eq!(opening.answer, Ok(()), "a revocation blocks nothing");
        let lives = h.session_lives(&opening.sid).await;
        assert_eq!(h.live(&opening.jti).await, lives);
        assert!(!(lives && opening.before), "acknowledged before, and alive");
        alive += u64::from(lives);
    }
    assert_eq!(ended, (200 - alive, 200 - alive));
    assert_eq!(h.listed(&subject).await.len() as u64, alive);
}

pub(crate) async fn one_of_fifty_equal_jtis_is_recorded(h: &Harness) {
    let slot = subject().slot();
    let jti = h.entry(slot).jti;
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let store = h.store.clone();
        let now = h.now();
        let entry = jotleash::store::Entry {
            jti,
            ..fixture::access(slot, now, now + 3600).entry()
        };
        tasks.spawn(async move {
            let answer = store.record(&entry, &guard(0)).await.unwrap();
            (answer, entry.recorded)
        });
    }
    let answers = tasks.join_all().await;
    let won: Vec<_> = answers
        .iter()
        .filter(|(answer, _)| answer.is_ok())
        .collect();
    assert_eq!(won.len(), 1);
    let stands = h.store.liveness(&jti).await.unwrap();
    assert_eq!(stands.as_ref(), Some(&won[0].1));
}
