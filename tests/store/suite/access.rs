//! Recording tokens, and the check.

use super::{Harness, fixture, guard, nobody_has, subject};
use jotleash::store::Refusal;

pub(crate) async fn a_recorded_token_is_live_with_what_was_recorded(h: &Harness) {
    let slot = subject().slot();
    let entry = h.entry(slot);
    assert_eq!(h.try_record(&entry, &guard(0)).await, Ok(()));
    let found = h.store.liveness(&entry.jti).await.unwrap();
    assert_eq!(found, Some(entry.recorded.clone()));
}

pub(crate) async fn a_token_nobody_recorded_is_not_live(h: &Harness) {
    assert!(!h.live(&nobody_has()).await);
}

pub(crate) async fn a_token_is_gone_at_its_exp(h: &Harness) {
    let now = h.now();
    let entry = fixture::access(subject().slot(), now, now + 2).entry();
    assert_eq!(h.try_record(&entry, &guard(0)).await, Ok(()));
    // A slow machine may come too late to see it alive.
    assert!(h.live(&entry.jti).await || h.now() >= entry.exp);
    h.pass(1).await;
    assert!(h.live(&entry.jti).await || h.now() >= entry.exp);
    h.pass(1).await;
    assert!(!h.live(&entry.jti).await);
}

pub(crate) async fn a_token_with_an_exp_in_the_past_is_never_live(h: &Harness) {
    for age in [0, 1, 3600] {
        let now = h.now();
        let entry = fixture::access(subject().slot(), now - age, now - age).entry();
        // Whether it is refused is the backend's choice.
        let _ = h.store.record(&entry, &guard(0)).await.unwrap();
        assert!(!h.live(&entry.jti).await, "{age} seconds old");
    }
}

pub(crate) async fn a_jti_is_recorded_once(h: &Harness) {
    let entry = h.entry(subject().slot());
    assert_eq!(h.try_record(&entry, &guard(0)).await, Ok(()));
    let other = fixture::access(entry.jti.slot(), 0, entry.exp + 60).recorded;
    let again = jotleash::store::Entry {
        recorded: other,
        exp: entry.exp + 60,
        ..entry.clone()
    };
    let refusal = h.try_record(&again, &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Collision));
    let found = h.store.liveness(&entry.jti).await.unwrap();
    assert_eq!(found, Some(entry.recorded), "the first one stands");
}

pub(crate) async fn a_jti_that_a_session_holds_is_taken(h: &Harness) {
    let (_, access) = h.open(&subject()).await;
    let refusal = h.try_record(&access.entry(), &guard(0)).await;
    assert_eq!(refusal, Err(Refusal::Collision));
}

pub(crate) async fn what_one_instance_records_another_sees(h: &Harness) {
    let entry = h.entry(subject().slot());
    assert_eq!(h.try_record(&entry, &guard(0)).await, Ok(()));
    let found = h.second.liveness(&entry.jti).await.unwrap();
    assert_eq!(found, Some(entry.recorded.clone()));
}

pub(crate) async fn the_store_is_ready(h: &Harness) {
    h.store.ready().await.unwrap();
}
