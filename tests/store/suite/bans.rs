//! Bans.

use super::harness::counts;
use super::{Harness, fixture, guard, subject};
use jotleash::id::Subject;
use jotleash::store::{Action, Ban, Cursor, Ended, Guard, Page, Refusal, Target, Write};

fn ban_of(h: &Harness, subject: &Subject) -> Ban {
    Ban {
        subject: subject.clone(),
        until: None,
        reason: Some("said \"no\"".to_owned()),
        created_at: h.now(),
    }
}

async fn impose(h: &Harness, ban: &Ban) -> Ended {
    h.store.ban(ban, &h.cause(Action::Ban)).await.unwrap()
}

pub(crate) async fn a_ban_ends_all_that_the_subject_has(h: &Harness) {
    let subject = subject();
    let (one, first) = h.open(&subject).await;
    let (two, second) = h.open(&subject).await;
    let third = h.record(&subject).await;
    assert_eq!(counts(impose(h, &ban_of(h, &subject)).await), (2, 3));
    for sid in [one, two] {
        assert!(!h.session_lives(&sid).await);
    }
    for jti in [first.jti, second.jti, third] {
        assert!(!h.live(&jti).await);
    }
}

pub(crate) async fn a_ban_blocks_every_way_to_record(h: &Harness) {
    let subject = subject();
    let ban = ban_of(h, &subject);
    let (sid, _) = h.open(&subject).await;
    impose(h, &ban).await;
    let refused = Err(Refusal::Banned(ban.clone()));
    // Neither the right version nor a wrong one makes a difference.
    for version in [0, 1] {
        let guard = guard(version);
        assert_eq!(h.try_open_for(&subject, &guard).await, refused);
        let entry = h.entry(subject.slot());
        assert_eq!(h.try_record(&entry, &guard).await, refused);
        assert_eq!(h.try_advance(&h.advance(&sid, 0), &guard).await, refused);
    }
    let standing = h.store.standing(&subject.slot()).await.unwrap();
    assert_eq!(standing.ban, Some(ban));

    let client = fixture::client(&fixture::subject(), h.now());
    let created = h.store.create_client(&client).await.unwrap();
    assert!(matches!(created, Write::Done(_)));
    let ban = ban_of(h, &client.id);
    impose(h, &ban).await;
    let own = Guard {
        version: 0,
        client: true,
    };
    let refusal = h.try_record(&h.entry(client.id.slot()), &own).await;
    assert_eq!(refusal, Err(Refusal::Banned(ban)));
}

pub(crate) async fn a_ban_leaves_other_subjects_alone(h: &Harness) {
    let (other, banned) = (subject(), subject());
    let (sid, access) = h.open(&other).await;
    assert_eq!(counts(impose(h, &ban_of(h, &banned)).await), (0, 0));
    assert!(h.session_lives(&sid).await && h.live(&access.jti).await);
    h.record(&other).await;
}

pub(crate) async fn a_ban_lifts_itself_at_its_end(h: &Harness) {
    let subject = subject();
    let ban = Ban {
        until: Some(h.now() + 2),
        ..ban_of(h, &subject)
    };
    let jti = h.record(&subject).await;
    impose(h, &ban).await;
    let answer = h.try_open_for(&subject, &guard(0)).await;
    let refused = answer == Err(Refusal::Banned(ban.clone()));
    assert!(refused || ban.until <= Some(h.now()), "{answer:?}");

    h.pass(2).await;
    assert_eq!(h.try_open_for(&subject, &guard(0)).await, Ok(()));
    let standing = h.store.standing(&subject.slot()).await.unwrap();
    assert_eq!(standing.ban, None);
    assert!(!h.live(&jti).await, "what it ended stays dead");
    assert!(!listed(h).await.contains(&ban));
}

pub(crate) async fn a_second_ban_replaces_the_first(h: &Harness) {
    let subject = subject();
    let now = h.now();
    let first = Ban {
        until: Some(now + 1000),
        ..ban_of(h, &subject)
    };
    let second = Ban {
        until: Some(now + 1),
        reason: None,
        ..first.clone()
    };
    let third = ban_of(h, &subject);
    for ban in [&first, &second, &third, &first, &third] {
        impose(h, ban).await;
        let standing = h.store.standing(&subject.slot()).await.unwrap();
        let over = ban.until.is_some_and(|until| until <= h.now());
        assert!(over || standing.ban.as_ref() == Some(ban));
    }
    h.pass(1).await;
    let refusal = h.try_open_for(&subject, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Banned(third.clone())));
    let mine = |ban: &Ban| ban.subject == subject;
    let listed: Vec<_> = listed(h).await.into_iter().filter(mine).collect();
    assert_eq!(listed, [third]);
}

pub(crate) async fn a_repeated_ban_ends_nothing_twice(h: &Harness) {
    let subject = subject();
    h.open(&subject).await;
    let ban = ban_of(h, &subject);
    assert_eq!(counts(impose(h, &ban).await), (1, 1));
    assert_eq!(counts(impose(h, &ban).await), (0, 0));
}

pub(crate) async fn an_unban_lets_record_again_and_revives_nothing(h: &Harness) {
    let subject = subject();
    let (sid, access) = h.open(&subject).await;
    impose(h, &ban_of(h, &subject)).await;
    h.store.unban(&subject.slot()).await.unwrap();
    let standing = h.store.standing(&subject.slot()).await.unwrap();
    assert_eq!(standing.ban, None);
    assert!(!h.session_lives(&sid).await && !h.live(&access.jti).await);
    let refusal = h.try_advance(&h.advance(&sid, 0), &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Gone));
    h.open(&subject).await;
}

pub(crate) async fn an_unban_of_a_subject_without_a_ban_is_fine(h: &Harness) {
    let subject = subject();
    h.store.unban(&subject.slot()).await.unwrap();
    h.open(&subject).await;
}

pub(crate) async fn a_subject_nobody_has_heard_of_can_be_banned(h: &Harness) {
    let subject = subject();
    let ban = ban_of(h, &subject);
    assert_eq!(counts(impose(h, &ban).await), (0, 0));
    // Also once it is a user.
    let user = fixture::user(&subject, h.now());
    let Write::Done(version) = h.store.create_user(&user).await.unwrap() else {
        panic!("a ban takes no id");
    };
    let refusal = h.try_open_for(&subject, &guard(version)).await;
    assert_eq!(refusal, Err(Refusal::Banned(ban)));
}

pub(crate) async fn a_ban_stands_for_every_instance(h: &Harness) {
    let subject = subject();
    let jti = h.record(&subject).await;
    let ban = ban_of(h, &subject);
    impose(h, &ban).await;
    assert_eq!(h.second.liveness(&jti).await.unwrap(), None);
    let entry = h.entry(subject.slot());
    let refusal = h.second.record(&entry, &guard(0)).await.unwrap();
    assert_eq!(refusal, Err(Refusal::Banned(ban)));
}

pub(crate) async fn standing_bans_are_listed_newest_first_and_no_others(h: &Harness) {
    let mut mine = Vec::new();
    for age in 0..5 {
        let ban = Ban {
            created_at: h.now() - age,
            ..ban_of(h, &subject())
        };
        impose(h, &ban).await;
        mine.push(ban);
    }
    let lifted = mine.remove(2);
    h.store.unban(&lifted.subject.slot()).await.unwrap();
    let mut all = listed(h).await;
    assert!(all.is_sorted_by(|a, b| a.created_at >= b.created_at));
    all.retain(|ban| mine.contains(ban) || *ban == lifted);
    assert_eq!(all, mine);
    // A ban has no part in what is listed elsewhere.
    assert_eq!(
        h.revoke(Target::Subject(lifted.subject.slot())).await,
        (0, 0)
    );
}

/// All bans, page by page.
async fn listed(h: &Harness) -> Vec<Ban> {
    let mut all = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let listed = h.store.bans(&Page { limit: 2, after }).await.unwrap();
        all.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            return all;
        }
    }
}
