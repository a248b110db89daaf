//! The embedded store, in memory, at a clock that the tests move.

use std::sync::Arc;

use jotleash::clock::{Clock, ManualClock};
use jotleash::store::Store;
use jotleash::store::embedded::EmbeddedStore;

use crate::model::{self, Passing};
use crate::suite::{Harness, Time};

async fn in_memory() -> Harness {
    let clock = Arc::new(ManualClock::at(1_800_000_000));
    let store = EmbeddedStore::in_memory(Arc::clone(&clock) as Arc<dyn Clock>);
    let store: Arc<dyn Store> = Arc::new(store.unwrap());
    Harness {
        second: Arc::clone(&store),
        store,
        time: Time::Manual(clock),
        alive: Box::new(()),
    }
}

conformance!(in_memory);

#[test]
fn any_sequence_of_verbs_agrees_with_the_model() {
    model::agree(in_memory, Passing::Time, 300);
}
