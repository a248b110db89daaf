//! Users.

use super::harness::counts;
use super::{Harness, fixture, guard, random_name, subject};
use jotleash::id::Subject;
use jotleash::store::{Action, Cursor, Page, UserChange, UserRecord, Write};

fn roles(names: &[&str]) -> UserChange {
    UserChange {
        roles: Some(names.iter().map(|&name| name.to_owned()).collect()),
        ..UserChange::default()
    }
}

fn password(hash: &str) -> UserChange {
    UserChange {
        password_hash: Some(hash.to_owned()),
        ..UserChange::default()
    }
}

fn disabled(disabled: bool) -> UserChange {
    UserChange {
        disabled: Some(disabled),
        ..UserChange::default()
    }
}

/// Changes a user that is there; gives what stands then and what the change ended.
async fn change(h: &Harness, sub: &Subject, change: &UserChange) -> (UserRecord, (u64, u64)) {
    let cause = h.cause(Action::PasswordChange);
    let changed = h.store.update_user(&sub.slot(), change, &cause).await;
    let (user, ended) = changed.unwrap().unwrap();
    assert!(h.user_now(sub).await.as_ref() == Some(&user));
    (user, counts(ended))
}

pub(crate) async fn a_created_user_is_found_by_its_name_and_its_slot(h: &Harness) {
    let user = h.user().await;
    assert!(user.version > 0);
    assert!(h.user_now(&user.sub).await.as_ref() == Some(&user));
    let by_name = h.store.user_by_name(&user.username).await.unwrap();
    assert!(by_name == Some(user));
    let nobody = h.store.user_by_name(&random_name("nobody")).await.unwrap();
    assert!(nobody.is_none());

    let without_password = UserRecord {
        password_hash: None,
        roles: Vec::new(),
        disabled: true,
        ..fixture::user(&subject(), h.now())
    };
    let created = h.store.create_user(&without_password).await.unwrap();
    let Write::Done(version) = created else {
        panic!("a fresh user conflicts");
    };
    let expected = UserRecord {
        version,
        ..without_password
    };
    assert!(h.user_now(&expected.sub).await == Some(expected));
}

pub(crate) async fn a_sub_or_a_name_that_is_taken_is_a_conflict(h: &Harness) {
    let user = h.user().await;
    let same_sub = UserRecord {
        username: random_name("other"),
        ..user.clone()
    };
    let same_name = UserRecord {
        sub: subject(),
        ..user.clone()
    };
    for clash in [&user, &same_sub, &same_name] {
        let answer = h.store.create_user(clash).await.unwrap();
        assert_eq!(answer, Write::Conflict);
    }
    // Nothing of them is left, and nothing of the first is lost.
    let name = h.store.user_by_name(&same_sub.username).await.unwrap();
    assert!(name.is_none());
    assert!(h.user_now(&same_name.sub).await.is_none());
    let by_name = h.store.user_by_name(&user.username).await.unwrap();
    assert!(by_name == Some(user));
}

pub(crate) async fn two_users_with_one_name_at_once_are_one(h: &Harness) {
    let name = random_name("racer");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = h.store.clone();
        let user = UserRecord {
            username: name.clone(),
            ..fixture::user(&subject(), h.now())
        };
        tasks.spawn(async move { (store.create_user(&user).await.unwrap(), user.sub) });
    }
    let answers = tasks.join_all().await;
    let mut winners = Vec::new();
    for (answer, sub) in answers {
        let there = h.user_now(&sub).await.is_some();
        assert_eq!(there, answer != Write::Conflict);
        winners.extend(there.then_some(sub));
    }
    assert_eq!(winners.len(), 1);
    let by_name = h.store.user_by_name(&name).await.unwrap().unwrap();
    assert_eq!(by_name.sub, winners[0]);
}

pub(crate) async fn a_name_that_is_freed_and_wanted_at_once_is_one_users(h: &Harness) {
    for _ in 0..10 {
        let first = h.user().await;
        let mut wanting = vec![first.sub.clone()];
        wanting.extend((0..5).map(|_| subject()));
        let mut tasks = tokio::task::JoinSet::new();
        for sub in wanting.clone() {
            let (store, cause) = (h.store.clone(), h.cause(Action::UserDelete));
            let user = UserRecord {
                sub,
                ..first.clone()
            };
            tasks.spawn(async move {
                // One of them had the name, and wants it back.
                store.delete_user(&user.sub.slot(), &cause).await.unwrap();
                store.create_user(&user).await.unwrap();
            });
        }
        tasks.join_all().await;
        let mut there = Vec::new();
        for sub in wanting {
            there.extend(h.user_now(&sub).await.map(|user| user.sub));
        }
        assert_eq!(there.len(), 1);
        let by_name = h.store.user_by_name(&first.username).await.unwrap();
        assert_eq!(by_name.unwrap().sub, there[0]);
    }
}

pub(crate) async fn a_new_password_ends_sessions_and_tokens(h: &Harness) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let own = h.record(&user.sub).await;
    let (now, ended) = change(h, &user.sub, &password("$argon2id$new")).await;
    assert_eq!(ended, (1, 2));
    assert_eq!(now.password_hash.as_deref(), Some("$argon2id$new"));
    assert!(!h.session_lives(&sid).await);
    assert!(!h.live(&access.jti).await && !h.live(&own).await);
    h.open(&user.sub).await;
}

pub(crate) async fn new_roles_end_the_tokens_and_not_the_sessions(h: &Harness) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let own = h.record(&user.sub).await;
    let (now, ended) = change(h, &user.sub, &roles(&["seller", "buyer"])).await;
    assert_eq!(ended, (0, 2));
    assert_eq!(now.roles, ["seller", "buyer"]);
    assert!(!h.live(&access.jti).await && !h.live(&own).await);
    let view = h.view(&sid).await;
    assert!(!view.access_live);
    assert_eq!(view.standing.version(), now.version);

    let advance = h.advance(&sid, 0);
    let refreshed = h.try_advance(&advance, &guard(now.version)).await;
    assert_eq!(refreshed, Ok(()));
    assert!(h.live(&advance.access.jti).await);
}

pub(crate) async fn disabling_ends_everything_and_enabling_brings_nothing_back(h: &Harness) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let (now, ended) = change(h, &user.sub, &disabled(true)).await;
    assert!(now.disabled);
    assert_eq!(ended, (1, 1));
    assert!(!h.session_lives(&sid).await && !h.live(&access.jti).await);

    let (now, ended) = change(h, &user.sub, &disabled(false)).await;
    assert!(!now.disabled);
    assert_eq!(ended, (0, 0));
    assert!(!h.session_lives(&sid).await && !h.live(&access.jti).await);
    let (sid, _) = h.open(&user.sub).await;
    // Enabling who is enabled ends nothing.
    let (_, ended) = change(h, &user.sub, &disabled(false)).await;
    assert_eq!(ended, (0, 0));
    assert!(h.session_lives(&sid).await);
}

pub(crate) async fn a_change_of_an_unknown_user_is_none(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    let cause = h.cause(Action::PasswordChange);
    let change = password("$argon2id$new");
    let slot = subject.slot();
    let changed = h.store.update_user(&slot, &change, &cause).await.unwrap();
    assert!(changed.is_none());
    assert!(h.session_lives(&sid).await && h.live(&access.jti).await);
    assert!(h.user_now(&subject).await.is_none());
}

pub(crate) async fn a_change_writes_only_what_it_names(h: &Harness) {
    let user = h.user().await;
    let (now, _) = change(h, &user.sub, &roles(&[])).await;
    assert!(now.version > user.version);
    let expected = UserRecord {
        roles: Vec::new(),
        version: now.version,
        ..user.clone()
    };
    assert!(now == expected);
    let (now, _) = change(h, &user.sub, &disabled(true)).await;
    let expected = UserRecord {
        disabled: true,
        version: now.version,
        ..expected
    };
    assert!(now == expected);
    let both = UserChange {
        disabled: Some(false),
        ..password("$argon2id$x")
    };
    let (now, _) = change(h, &user.sub, &both).await;
    let expected = UserRecord {
        disabled: false,
        password_hash: both.password_hash,
        version: now.version,
        ..expected
    };
    assert!(now == expected);
    let by_name = h.store.user_by_name(&user.username).await.unwrap();
    assert!(by_name == Some(expected));
}

pub(crate) async fn a_rehash_changes_the_hash_and_nothing_else(h: &Harness) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let slot = user.sub.slot();
    let rehashed = h.store.rehash(&slot, user.version, "$argon2id$better");
    rehashed.await.unwrap();
    let expected = UserRecord {
        password_hash: Some("$argon2id$better".to_owned()),
        ..user.clone()
    };
    assert!(h.user_now(&user.sub).await == Some(expected));
    assert!(h.session_lives(&sid).await && h.live(&access.jti).await);
    let refreshed = h
        .try_advance(&h.advance(&sid, 0), &guard(user.version))
        .await;
    assert_eq!(refreshed, Ok(()));
}

pub(crate) async fn a_rehash_of_another_version_does_nothing(h: &Harness) {
    let user = h.user().await;
    let slot = user.sub.slot();
    for version in [0, user.version - 1, user.version + 1] {
        h.store.rehash(&slot, version, "$old").await.unwrap();
    }
    assert!(h.user_now(&user.sub).await == Some(user));
    let nobody = subject();
    h.store.rehash(&nobody.slot(), 0, "$old").await.unwrap();
    assert!(h.user_now(&nobody).await.is_none());
}

pub(crate) async fn deleting_a_user_ends_all_and_frees_its_name(h: &Harness) {
    let user = h.user().await;
    let (sid, access) = h.open(&user.sub).await;
    let own = h.record(&user.sub).await;
    let cause = h.cause(Action::UserDelete);
    let ended = h.store.delete_user(&user.sub.slot(), &cause).await.unwrap();
    assert_eq!(ended.map(counts), Some((1, 2)));
    assert!(!h.session_lives(&sid).await);
    assert!(!h.live(&access.jti).await && !h.live(&own).await);
    assert!(h.user_now(&user.sub).await.is_none());
    let by_name = h.store.user_by_name(&user.username).await.unwrap();
    assert!(by_name.is_none());

    let namesake = UserRecord {
        sub: subject(),
        ..user.clone()
    };
    let created = h.store.create_user(&namesake).await.unwrap();
    assert!(matches!(created, Write::Done(_)));
    let by_name = h.store.user_by_name(&user.username).await.unwrap();
    assert_eq!(by_name.map(|found| found.sub), Some(namesake.sub));
}

pub(crate) async fn deleting_an_unknown_user_is_none(h: &Harness) {
    let subject = subject();
    let (sid, _) = h.open(&subject).await;
    let cause = h.cause(Action::UserDelete);
    let ended = h.store.delete_user(&subject.slot(), &cause).await.unwrap();
    assert!(ended.is_none());
    assert!(h.session_lives(&sid).await);
}

pub(crate) async fn users_are_listed_newest_first(h: &Harness) {
    let mut mine = Vec::new();
    for age in 0..5 {
        let user = fixture::user(&subject(), h.now() - age);
        let created = h.store.create_user(&user).await.unwrap();
        assert!(matches!(created, Write::Done(_)));
        mine.push(user.sub);
    }
    let cause = h.cause(Action::UserDelete);
    let gone = mine.remove(1);
    assert!(
        h.store
            .delete_user(&gone.slot(), &cause)
            .await
            .unwrap()
            .is_some()
    );
    // A change moves nobody.
    change(h, &mine[3], &roles(&[])).await;

    let mut all: Vec<UserRecord> = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let listed = h.store.users(&Page { limit: 2, after }).await.unwrap();
        all.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            break;
        }
    }
    assert!(all.is_sorted_by(|a, b| a.created_at >= b.created_at));
    let found: Vec<_> = all.into_iter().map(|user| user.sub).collect();
    let known = |sub: &Subject| mine.contains(sub) || *sub == gone;
    let found: Vec<_> = found.into_iter().filter(known).collect();
    assert_eq!(found, mine);
}
