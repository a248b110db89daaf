//! The 10,000 live entries that a subject may have.

use super::{Harness, fixture, guard, subject};
use jotleash::id::{Jti, SlotTag};
use jotleash::store::{Refusal, Target};
use tokio::task::JoinSet;

/// Records this many tokens with this `exp`, sixteen at a time.
async fn fill(h: &Harness, slot: SlotTag, count: usize, exp: u64) -> Vec<Jti> {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = h.store.clone();
        tasks.spawn(async move {
            let mut jtis = Vec::new();
            for _ in 0..count / 16 {
                let entry = fixture::access(slot, exp, exp).entry();
                let answer = store.record(&entry, &guard(0)).await.unwrap();
                assert_eq!(answer, Ok(()));
                jtis.push(entry.jti);
            }
            jtis
        });
    }
    let jtis = tasks.join_all().await.concat();
    assert_eq!(jtis.len(), count);
    jtis
}

pub(crate) async fn ten_thousand_tokens_are_the_limit_and_all_die_at_once(h: &Harness) {
    let subject = subject();
    let slot = subject.slot();
    let session = h.open(&subject).await;
    let mut jtis = fill(h, slot, 9_984, h.now() + 3600).await;
    for _ in 9_986..10_000 {
        jtis.push(h.record(&subject).await);
    }
    let refusal = h.try_record(&h.entry(slot), &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Crowded));
    let refusal = h.try_open_for(&subject, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Crowded));
    let refusal = h.try_advance(&h.advance(&session.0, 0), &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Crowded));
    for jti in jtis.iter().step_by(1000) {
        assert!(h.live(jti).await, "nothing live is ended for a new one");
    }

    assert_eq!(h.revoke(Target::Subject(slot)).await, (1, 9_999));
    for jti in &jtis {
        assert!(!h.live(jti).await);
    }
    h.open(&subject).await;
    assert_eq!(h.revoke(Target::Subject(slot)).await, (1, 1));
}

pub(crate) async fn what_has_expired_does_not_count_to_the_limit(h: &Harness) {
    let subject = subject();
    // On a slow machine the first ones expire while the last are recorded; so much the better.
    fill(h, subject.slot(), 10_000, h.now() + 3).await;
    h.pass(3).await;
    h.open(&subject).await;
    h.record(&subject).await;
    assert_eq!(h.revoke(Target::Subject(subject.slot())).await, (1, 2));
}
