//! Lists of sessions.

use super::{Harness, fixture, guard, random_name, subject};
use jotleash::id::{Sid, Subject};
use jotleash::store::{Advance, Cursor, NewSession, Page, SessionFilter, SessionRecord, Target};

/// Opens a session that was created this many seconds ago, from an address.
async fn opened(h: &Harness, subject: &Subject, age: u64, ip: &str) -> Sid {
    let session = NewSession {
        created_at: h.now() - age,
        ip: Some(ip.to_owned()),
        ..h.new_session(subject)
    };
    let access = h.access(subject.slot());
    assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
    session.sid
}

fn of(subject: &Subject) -> SessionFilter {
    SessionFilter {
        slot: Some(subject.slot()),
        ip: None,
    }
}

fn from(ip: &str) -> SessionFilter {
    SessionFilter {
        slot: None,
        ip: Some(ip.to_owned()),
    }
}

/// One page of two.
async fn page(
    h: &Harness,
    filter: &SessionFilter,
    after: Option<Cursor>,
) -> (Vec<SessionRecord>, Option<Cursor>) {
    let page = Page { limit: 2, after };
    let listed = h.store.sessions(filter, &page).await.unwrap();
    assert!(listed.items.len() <= 2);
    (listed.items, listed.next)
}

/// The whole list, page by page, in order.
async fn listed(h: &Harness, filter: &SessionFilter) -> Vec<Sid> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let (items, next) = page(h, filter, after).await;
        all.extend(items.into_iter().map(|item| item.session));
        after = next;
        if after.is_none() {
            assert!(all.is_sorted_by(|a, b| a.created_at >= b.created_at));
            return all.into_iter().map(|session| session.sid).collect();
        }
    }
}

pub(crate) async fn a_subjects_sessions_are_listed_newest_first(h: &Harness) {
    let (mine, other) = (subject(), subject());
    let mut expected = Vec::new();
    for age in [3, 0, 4, 1, 2] {
        expected.push((age, opened(h, &mine, age, "192.0.2.1").await));
        opened(h, &other, age, "192.0.2.1").await;
    }
    expected.sort_unstable();
    let expected: Vec<_> = expected.into_iter().map(|(_, sid)| sid).collect();
    assert_eq!(listed(h, &of(&mine)).await, expected);
    assert!(listed(h, &of(&subject())).await.is_empty());

    let whole = Page {
        limit: 200,
        after: None,
    };
    let listed = h.store.sessions(&of(&mine), &whole).await.unwrap();
    assert_eq!(listed.items.len(), 5);
    assert_eq!(listed.next, None);
    let view = h.view(&expected[0]).await;
    assert!(
        listed.items[0] == view.record,
        "a list shows what a read does"
    );
}

pub(crate) async fn sessions_of_one_second_are_listed_each_once(h: &Harness) {
    let subject = subject();
    let created_at = h.now();
    let mut expected = Vec::new();
    for _ in 0..7 {
        let session = NewSession {
            created_at,
            ..h.new_session(&subject)
        };
        let access = h.access(subject.slot());
        assert_eq!(h.try_open(&session, &access, &guard(0)).await, Ok(()));
        expected.push(session.sid);
    }
    let mut found = listed(h, &of(&subject)).await;
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

pub(crate) async fn a_list_loses_and_repeats_nothing_while_things_come_and_go(h: &Harness) {
    let subject = subject();
    let ip = random_name("address");
    for filter in [of(&subject), from(&ip)] {
        assert_eq!(
            h.revoke(Target::Subject(subject.slot())).await.0,
            listed(h, &of(&subject)).await.len() as u64
        );
        let mut expected = Vec::new();
        for age in [10, 10, 20, 20, 20, 30, 40, 50] {
            expected.push(opened(h, &subject, age, &ip).await);
        }
        let mut found = Vec::new();
        let mut after = None;
        for round in 0.. {
            let (items, next) = page(h, &filter, after).await;
            found.extend(items.into_iter().map(|item| item.session.sid));
            after = next;
            if after.is_none() {
                break;
            }
            // New ones come before the place, one that was shown and one still to come end.
            opened(h, &subject, 0, &ip).await;
            if round == 1 {
                assert_eq!(h.revoke(Target::Session(found[1])).await.0, 1);
                assert_eq!(h.revoke(Target::Session(expected[6])).await.0, 1);
            }
        }
        let ended = expected.remove(6);
        found.retain(|sid| *sid != ended);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        let gone = h.revoke(Target::Subject(subject.slot())).await;
        assert!(gone.0 > 0);
    }
}

pub(crate) async fn an_ended_session_is_not_listed(h: &Harness) {
    let subject = subject();
    let ip = random_name("address");
    let first = opened(h, &subject, 1, &ip).await;
    let second = opened(h, &subject, 0, &ip).await;
    assert_eq!(h.revoke(Target::Session(second)).await, (1, 1));
    assert_eq!(listed(h, &of(&subject)).await, [first]);
    assert_eq!(listed(h, &from(&ip)).await, [first]);
}

pub(crate) async fn an_expired_session_is_not_listed(h: &Harness) {
    let subject = subject();
    let ip = random_name("address");
    let kept = opened(h, &subject, 0, &ip).await;
    let short = NewSession {
        expires_at: h.now() + 1,
        ip: Some(ip.clone()),
        ..h.new_session(&subject)
    };
    let access = fixture::access(subject.slot(), h.now(), h.now() + 1);
    assert_eq!(h.try_open(&short, &access, &guard(0)).await, Ok(()));
    h.pass(1).await;
    assert_eq!(listed(h, &of(&subject)).await, [kept]);
    assert_eq!(listed(h, &from(&ip)).await, [kept]);
}

pub(crate) async fn sessions_are_found_by_their_address(h: &Harness) {
    let (here, there) = (random_name("address"), random_name("address"));
    let (one, two) = (subject(), subject());
    let first = opened(h, &one, 3, &here).await;
    let second = opened(h, &two, 2, &here).await;
    let third = opened(h, &two, 1, &there).await;
    let fourth = opened(h, &one, 0, &here).await;
    assert_eq!(listed(h, &from(&here)).await, [fourth, second, first]);
    assert_eq!(listed(h, &from(&there)).await, [third]);
    assert!(listed(h, &from(&random_name("address"))).await.is_empty());
}

pub(crate) async fn a_refreshed_session_is_found_by_its_new_address(h: &Harness) {
    let (before, after) = (random_name("address"), random_name("address"));
    let sid = opened(h, &subject(), 0, &before).await;
    let advance = Advance {
        ip: Some(after.clone()),
        ..h.advance(&sid, 0)
    };
    assert_eq!(h.try_advance(&advance, &guard(0)).await, Ok(()));
    assert_eq!(listed(h, &from(&after)).await, [sid]);
    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 2));
    assert!(listed(h, &from(&after)).await.is_empty());
    assert!(listed(h, &from(&before)).await.is_empty());
}

pub(crate) async fn a_subject_and_an_address_together_narrow_the_list(h: &Harness) {
    let (here, there) = (random_name("address"), random_name("address"));
    let (one, two) = (subject(), subject());
    let mut expected = Vec::new();
    for age in 0..4 {
        expected.push(opened(h, &one, age, &here).await);
        opened(h, &one, age, &there).await;
        opened(h, &two, age, &here).await;
    }
    let both = SessionFilter {
        slot: Some(one.slot()),
        ip: Some(here),
    };
    assert_eq!(listed(h, &both).await, expected);
}

pub(crate) async fn all_sessions_are_listed_without_a_filter(h: &Harness) {
    let (one, two) = (subject(), subject());
    let mut expected = Vec::new();
    for age in 0..3 {
        expected.push(opened(h, &one, 2 * age, "192.0.2.1").await);
        expected.push(opened(h, &two, 2 * age + 1, "192.0.2.2").await);
    }
    let mut found = listed(h, &SessionFilter::default()).await;
    found.retain(|sid| expected.contains(sid));
    assert_eq!(found, expected);
}
