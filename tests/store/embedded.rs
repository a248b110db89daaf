//! The embedded store, in memory, at a clock that the tests move.

use std::sync::Arc;

use jotleash::clock::{Clock, ManualClock};
use jotleash::store::Store;
use jotleash::store::embedded::EmbeddedStore;

use crate::model::{self, Passing};
use crate::suite::{self, Harness, Time, subject};

async fn in_memory() -> Harness {
    with(|clock| EmbeddedStore::in_memory(clock).unwrap())
}

fn with(make: impl FnOnce(Arc<dyn Clock>) -> EmbeddedStore) -> Harness {
    let clock = Arc::new(ManualClock::at(1_800_000_000));
    let store: Arc<dyn Store> = Arc::new(make(Arc::clone(&clock) as Arc<dyn Clock>));
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

#[tokio::test]
async fn what_is_settled_is_on_the_disk_whoever_still_holds_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("file"), folder.path().join("copy"));
    let h = with(|clock| EmbeddedStore::open(&file, clock).unwrap());
    for _ in 0..20 {
        let session = h.new_session(&subject());
        let access = h.access(session.sid.slot());
        assert_eq!(
            h.try_open(&session, &access, &suite::guard(0)).await,
            Ok(())
        );
        h.store.settle().await.unwrap();
        std::fs::copy(&file, &copy).unwrap();
        let copied = with(|clock| EmbeddedStore::open(&copy, clock).unwrap());
        let found = copied.store.liveness(&access.jti).await.unwrap();
        assert_eq!(found, Some(access.recorded));
    }
}
