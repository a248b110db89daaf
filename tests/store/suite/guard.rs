//! What must still be true when something is recorded.
//!
//! Of several reasons to refuse the first of this order is given: banned, disabled, stale, a
//! client's id, gone, lost, collision, crowded.

use super::{Harness, fixture, guard, subject};
use jotleash::id::Subject;
use jotleash::store::{Action, Guard, Refusal, UserChange, Write};

/// The answers of the three verbs that record, for one guard. The advance is of a session that
/// nobody opened.
async fn refusals(h: &Harness, subject: &Subject, guard: &Guard) -> [Refusal; 3] {
    let advance = h.advance(&h.new_session(subject).sid, 0);
    [
        h.try_open_for(subject, guard).await.unwrap_err(),
        h.try_record(&h.entry(subject.slot()), guard)
            .await
            .unwrap_err(),
        h.try_advance(&advance, guard).await.unwrap_err(),
    ]
}

pub(crate) async fn another_version_than_the_users_is_stale(h: &Harness) {
    let user = h.user().await;
    for version in [0, 1, user.version - 1, user.version + 1, u64::MAX] {
        let refused = refusals(h, &user.sub, &guard(version)).await;
        assert_eq!(refused, [const { Refusal::Stale }; 3], "version {version}");
    }
    assert_eq!(
        h.try_open_for(&user.sub, &guard(user.version)).await,
        Ok(())
    );
}

pub(crate) async fn version_0_is_right_for_a_subject_without_a_user_only(h: &Harness) {
    let subject = subject();
    let refused = refusals(h, &subject, &guard(1)).await;
    assert_eq!(refused, [const { Refusal::Stale }; 3]);
    assert_eq!(h.try_open_for(&subject, &guard(0)).await, Ok(()));
}

pub(crate) async fn a_user_created_in_between_makes_the_read_version_stale(h: &Harness) {
    let subject = subject();
    let read = h.standing_guard(&subject).await;
    let (sid, _) = h.open(&subject).await;
    let user = fixture::user(&subject, h.now());
    let created = h.store.create_user(&user).await.unwrap();
    assert!(matches!(created, Write::Done(version) if version > 0));

    let refused = refusals(h, &subject, &read).await;
    assert_eq!(refused, [const { Refusal::Stale }; 3]);
    let refusal = h.try_advance(&h.advance(&sid, 0), &read).await;
    assert_eq!(refusal, Err(Refusal::Stale));
    assert!(h.session_lives(&sid).await, "creating a user ends nothing");
}

pub(crate) async fn every_change_of_a_user_makes_the_read_version_stale(h: &Harness) {
    let user = h.user().await;
    let slot = user.sub.slot();
    let changes = [
        UserChange {
            password_hash: Some("$argon2id$another".to_owned()),
            ..UserChange::default()
        },
        UserChange {
            roles: Some(vec!["seller".to_owned()]),
            ..UserChange::default()
        },
        UserChange {
            disabled: Some(true),
            ..UserChange::default()
        },
        UserChange {
            disabled: Some(false),
            ..UserChange::default()
        },
    ];
    let cause = h.cause(Action::RolesChange);
    let mut seen = vec![user.version];
    for change in changes {
        let answer = h.store.update_user(&slot, &change, &cause).await.unwrap();
        let version = answer.unwrap().0.version;
        assert!(seen.iter().all(|old| *old < version), "versions only rise");
        let disabled = change.disabled == Some(true);
        for stale in &seen {
            let refused = refusals(h, &user.sub, &guard(*stale)).await;
            let expected = if disabled {
                [const { Refusal::Disabled }; 3]
            } else {
                [const { Refusal::Stale }; 3]
            };
            assert_eq!(refused, expected, "{change:?}");
        }
        seen.push(version);
    }
}

pub(crate) async fn a_user_deleted_and_made_again_has_another_version(h: &Harness) {
    let first = h.user().await;
    let slot = first.sub.slot();
    let cause = h.cause(Action::UserDelete);
    let mut seen = vec![first.version];
    for _ in 0..3 {
        let deleted = h.store.delete_user(&slot, &cause).await.unwrap();
        assert!(deleted.is_some());
        let refused = refusals(h, &first.sub, &guard(first.version)).await;
        assert_eq!(refused, [const { Refusal::Stale }; 3], "deleted");

        let Write::Done(version) = h.store.create_user(&first).await.unwrap() else {
            panic!("what was deleted is free");
        };
        assert!(seen.iter().all(|old| *old < version), "versions only rise");
        for stale in &seen {
            let refused = refusals(h, &first.sub, &guard(*stale)).await;
            assert_eq!(refused, [const { Refusal::Stale }; 3], "made again");
        }
        seen.push(version);
    }
}

pub(crate) async fn a_disabled_user_gets_nothing_recorded(h: &Harness) {
    let user = h.user().await;
    let change = UserChange {
        disabled: Some(true),
        ..UserChange::default()
    };
    let cause = h.cause(Action::Disable);
    let slot = user.sub.slot();
    let changed = h.store.update_user(&slot, &change, &cause).await.unwrap();
    let now = guard(changed.unwrap().0.version);
    let refused = refusals(h, &user.sub, &now).await;
    assert_eq!(refused, [const { Refusal::Disabled }; 3]);
}

pub(crate) async fn a_clients_own_token_needs_the_client(h: &Harness) {
    let id = subject();
    let own = Guard {
        version: 0,
        client: true,
    };
    let entry = h.entry(id.slot());
    assert_eq!(h.try_record(&entry, &own).await, Err(Refusal::Stale));

    let client = fixture::client(&id, h.now());
    let created = h.store.create_client(&client).await.unwrap();
    assert!(matches!(created, Write::Done(_)));
    assert_eq!(h.try_record(&entry, &own).await, Ok(()));

    let deleted = h.store.delete_client(id.as_str()).await.unwrap();
    assert!(deleted.is_some());
    let late = h.entry(id.slot());
    assert_eq!(h.try_record(&late, &own).await, Err(Refusal::Stale));
    assert!(h.live(&entry.jti).await, "what it has runs out by itself");
}

pub(crate) async fn a_session_is_not_opened_for_a_clients_id(h: &Harness) {
    let id = subject();
    let client = fixture::client(&id, h.now());
    let created = h.store.create_client(&client).await.unwrap();
    assert!(matches!(created, Write::Done(_)));
    let refusal = h.try_open_for(&id, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::IsClient));
}

pub(crate) async fn an_advance_is_guarded_like_an_opening(h: &Harness) {
    let user = h.user().await;
    let (sid, _) = h.open(&user.sub).await;
    let stale = h.advance(&sid, 0);
    let refusal = h.try_advance(&stale, &guard(user.version + 1)).await;
    assert_eq!(refusal, Err(Refusal::Stale));
    assert!(!h.live(&stale.access.jti).await);
    assert_eq!(h.view(&sid).await.record.counter, 0);
    assert_eq!(h.try_advance(&stale, &guard(user.version)).await, Ok(()));
}

pub(crate) async fn what_was_refused_left_nothing_behind(h: &Harness) {
    let user = h.user().await;
    let session = h.new_session(&user.sub);
    let access = h.access(user.sub.slot());
    let refusal = h.try_open(&session, &access, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Stale));
    assert!(!h.session_lives(&session.sid).await);
    assert!(!h.live(&access.jti).await);
    assert!(h.listed(&user.sub).await.is_empty());
    // Its ids are not even taken.
    let right = guard(user.version);
    assert_eq!(h.try_open(&session, &access, &right).await, Ok(()));
}
