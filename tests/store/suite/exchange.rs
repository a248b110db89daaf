//! Tokens that were exchanged for others (RFC 8693): recorded while those live, and dead with them.

use super::{Harness, fixture, guard, subject};
use jotleash::id::{Jti, Sid, Subject};
use jotleash::store::{Action, Ban, Entry, Guard, Parent, Refusal, Target, UserChange, Write};

/// What an access token of a session stands for.
async fn of_session(h: &Harness, sid: &Sid) -> Parent {
    let jti = h.view(sid).await.record.access.jti;
    Parent {
        jti,
        recorded: h.store.liveness(&jti).await.unwrap().unwrap(),
        sid: Some(*sid),
    }
}

/// A token without a session, which is recorded.
async fn alone(h: &Harness, subject: &Subject) -> Parent {
    let entry = h.entry(subject.slot());
    assert_eq!(h.try_record(&entry, &guard(0)).await, Ok(()));
    sessionless(&entry)
}

fn sessionless(entry: &Entry) -> Parent {
    Parent {
        jti: entry.jti,
        recorded: entry.recorded.clone(),
        sid: None,
    }
}

async fn try_exchange(h: &Harness, parent: &Parent, guard: &Guard) -> Result<Entry, Refusal> {
    let entry = h.entry(parent.jti.slot());
    let exchanged = h.store.exchange(&entry, parent, guard).await.unwrap();
    exchanged.map(|()| entry)
}

async fn exchanged(h: &Harness, parent: &Parent) -> Entry {
    try_exchange(h, parent, &guard(0)).await.unwrap()
}

async fn none_lives(h: &Harness, jtis: &[Jti]) {
    for jti in jtis {
        assert!(!h.live(jti).await);
    }
}

pub(crate) async fn an_exchanged_token_is_live_beside_the_one_that_it_was_exchanged_for(
    h: &Harness,
) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    for parent in [of_session(h, &sid).await, alone(h, &subject).await] {
        let child = exchanged(h, &parent).await;
        let found = h.second.liveness(&child.jti).await.unwrap();
        assert_eq!(found, Some(child.recorded.clone()));
        assert!(h.live(&parent.jti).await);
        let taken = h.store.exchange(&child, &parent, &guard(0)).await.unwrap();
        assert_eq!(taken, Err(Refusal::Collision));
    }
    assert!(h.live(&access.jti).await && h.session_lives(&sid).await);
}

pub(crate) async fn nothing_is_exchanged_for_what_is_not_alive(h: &Harness) {
    let subject = subject();
    let gone = |answer: Result<Entry, Refusal>| assert_eq!(answer, Err(Refusal::Gone));
    let never = sessionless(&h.entry(subject.slot()));
    gone(try_exchange(h, &never, &guard(0)).await);

    let revoked = alone(h, &subject).await;
    h.revoke(Target::Token(revoked.jti)).await;
    gone(try_exchange(h, &revoked, &guard(0)).await);

    let (sid, _) = h.open(&subject).await;
    let of_ended = of_session(h, &sid).await;
    // A parent of a session that lives, whose own key is gone; then the session is gone too.
    h.revoke(Target::Token(of_ended.jti)).await;
    gone(try_exchange(h, &of_ended, &guard(0)).await);
    h.revoke(Target::Session(sid)).await;
    gone(try_exchange(h, &of_ended, &guard(0)).await);

    let forged = Parent {
        recorded: h.entry(subject.slot()).recorded,
        ..alone(h, &subject).await
    };
    gone(try_exchange(h, &forged, &guard(0)).await);
    let elsewhere = Parent {
        sid: Some(h.new_session(&subject).sid),
        ..alone(h, &subject).await
    };
    gone(try_exchange(h, &elsewhere, &guard(0)).await);
}

pub(crate) async fn an_exchange_is_guarded_like_a_recording(h: &Harness) {
    let user = h.user().await;
    let right = guard(user.version);
    let (sid, _) = h.open(&user.sub).await;
    let parent = of_session(h, &sid).await;
    let stale = try_exchange(h, &parent, &guard(0)).await;
    assert_eq!(stale, Err(Refusal::Stale));
    assert!(try_exchange(h, &parent, &right).await.is_ok());

    let id = subject();
    let own = Guard {
        version: 0,
        client: true,
    };
    let parent = alone(h, &id).await;
    let refused = try_exchange(h, &parent, &own).await;
    assert_eq!(refused, Err(Refusal::Stale), "the client is not there");
    let client = fixture::client(&id, h.now());
    let created = h.store.create_client(&client).await.unwrap();
    assert!(matches!(created, Write::Done(_)));
    assert!(try_exchange(h, &parent, &own).await.is_ok());

    let ban = Ban {
        subject: id.clone(),
        until: None,
        reason: None,
        created_at: h.now(),
    };
    let cause = h.cause(Action::Ban);
    h.store.ban(&ban, &cause).await.unwrap();
    let banned = try_exchange(h, &parent, &own).await;
    assert_eq!(banned, Err(Refusal::Banned(ban)));
}

pub(crate) async fn an_exchanged_token_dies_with_its_session(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let (other, _) = h.open(&subject).await;
    let child = exchanged(h, &of_session(h, &sid).await).await;
    let grandchild = Parent {
        sid: Some(sid),
        ..sessionless(&child)
    };
    let grandchild = exchanged(h, &grandchild).await;
    assert_eq!(h.revoke(Target::Token(access.jti)).await, (0, 1));
    assert!(h.live(&child.jti).await, "its session lives");
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 2));
    none_lives(h, &[child.jti, grandchild.jti]).await;

    let child = exchanged(h, &of_session(h, &other).await).await;
    let (this, _) = h.open(&subject).await;
    assert_eq!(h.revoke(Target::Others(this)).await, (1, 2));
    none_lives(h, &[child.jti]).await;
    let cause = h
        .store
        .cause(&subject.slot(), Some(&child.jti), Some(&other))
        .await;
    assert_eq!(cause.unwrap().unwrap().action, Action::Revoke);
}

pub(crate) async fn an_exchanged_token_without_a_session_dies_with_its_parent(h: &Harness) {
    let subject = subject();
    let (first, second) = (alone(h, &subject).await, alone(h, &subject).await);
    let child = exchanged(h, &first).await;
    let grandchild = exchanged(h, &sessionless(&child)).await;
    let sibling = exchanged(h, &first).await;
    let others = exchanged(h, &second).await;
    let (this, _) = h.open(&subject).await;
    assert_eq!(h.revoke(Target::Others(this)).await, (0, 0));

    let cause = h.cause(Action::Revoke);
    let target = Target::Token(child.jti);
    let counted = h.store.count(&target).await.unwrap();
    assert_eq!((counted.sessions, counted.tokens), (0, 2));
    assert_eq!(h.revoke(target).await, (0, 2));
    none_lives(h, &[child.jti, grandchild.jti]).await;
    assert!(h.live(&first.jti).await && h.live(&sibling.jti).await);

    let target = Target::Token(first.jti);
    assert_eq!(h.store.count(&target).await.unwrap().tokens, 2);
    assert_eq!(h.revoke(target).await, (0, 2));
    none_lives(h, &[first.jti, sibling.jti]).await;
    assert!(h.live(&others.jti).await);
    let slot = subject.slot();
    let kept = h.store.cause(&slot, Some(&sibling.jti), None);
    assert_eq!(kept.await.unwrap().unwrap().action, cause.action);
}

pub(crate) async fn what_ends_all_of_a_subject_ends_what_was_exchanged(h: &Harness) {
    let lone = subject();
    let child = exchanged(h, &alone(h, &lone).await).await;
    h.revoke(Target::Subject(lone.slot())).await;
    none_lives(h, &[child.jti]).await;

    let user = h.user().await;
    let (sid, _) = h.open(&user.sub).await;
    let parent = of_session(h, &sid).await;
    let child = try_exchange(h, &parent, &guard(user.version))
        .await
        .unwrap();
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    let cause = h.cause(Action::RolesChange);
    let slot = user.sub.slot();
    let changed = h.store.update_user(&slot, &change, &cause).await.unwrap();
    none_lives(h, &[child.jti]).await;
    let version = changed.unwrap().0.version;
    let late = try_exchange(h, &parent, &guard(version)).await;
    assert_eq!(late, Err(Refusal::Gone), "its parent died of the change");
}

pub(crate) async fn no_exchange_survives_the_end_that_it_raced(h: &Harness) {
    for round in 0..20 {
        let subject = subject();
        let (sid, _) = h.open(&subject).await;
        let (parent, target) = if round % 2 == 0 {
            (of_session(h, &sid).await, Target::Session(sid))
        } else {
            let parent = alone(h, &subject).await;
            let target = Target::Token(parent.jti);
            (parent, target)
        };
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..100 {
            let store = if number % 2 == 0 { &h.store } else { &h.second }.clone();
            let (entry, parent) = (h.entry(subject.slot()), parent.clone());
            tasks.spawn(async move {
                let answer = store.exchange(&entry, &parent, &guard(0)).await.unwrap();
                (entry.jti, answer)
            });
        }
        let mut answers = Vec::new();
        while answers.len() < 5 {
            answers.push(tasks.join_next().await.unwrap().unwrap());
        }
        h.revoke(target).await;
        answers.extend(tasks.join_all().await);
        assert!(answers[0].1.is_ok());
        for (jti, answer) in answers {
            assert!(matches!(answer, Ok(()) | Err(Refusal::Gone)), "{answer:?}");
            assert!(!h.live(&jti).await, "round {round}");
        }
    }
}
