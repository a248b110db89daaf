//! Cut-offs.

use std::sync::Arc;
use std::time::Duration;

use super::{Harness, random_name};
use jotleash::store::{CUT_OFF_SLACK, CutOff, CutOffOf, CutOffs, Store, StoreError};

fn of_client(h: &Harness, id: &str) -> CutOff {
    CutOff {
        of: CutOffOf::Client(id.to_owned()),
        at: h.now(),
        until: h.now() + 3_600,
    }
}

/// What a store goes by. On a slow machine it may say for a moment that it does not know.
async fn known(store: &Arc<dyn Store>) -> Arc<CutOffs> {
    loop {
        match store.cut_offs() {
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
            known => return known.unwrap(),
        }
    }
}

pub(crate) async fn a_cut_off_covers_what_began_before_it_and_nothing_later(h: &Harness) {
    let id = random_name("client");
    assert!(!known(&h.store).await.cover(&id, 1));
    let cut_off = of_client(h, &id);
    h.store.cut_off(&cut_off).await.unwrap();
    let cut_offs = known(&h.store).await;
    let last = cut_off.at + CUT_OFF_SLACK;
    assert!(cut_offs.cover(&id, 1) && cut_offs.cover(&id, last));
    assert!(!cut_offs.cover(&id, last + 1));
    assert!(!cut_offs.cover(&random_name("client"), 1));
}

pub(crate) async fn a_cut_off_holds_for_every_instance_when_it_returns(h: &Harness) {
    for _ in 0..3 {
        let id = random_name("client");
        h.store.cut_off(&of_client(h, &id)).await.unwrap();
        assert!(known(&h.second).await.cover(&id, 1));
    }
}

pub(crate) async fn a_later_moment_stands_and_an_earlier_one_changes_nothing(h: &Harness) {
    let id = random_name("client");
    let first = of_client(h, &id);
    let earlier = CutOff {
        at: first.at - 1_000,
        until: first.until - 1_000,
        ..first.clone()
    };
    let later = CutOff {
        at: first.at + 7,
        ..first.clone()
    };
    for (cut_off, expected) in [(&first, first.at), (&earlier, first.at), (&later, later.at)] {
        h.store.cut_off(cut_off).await.unwrap();
        let last = known(&h.store).await.blocked_until(&id);
        assert_eq!(last, Some(expected + CUT_OFF_SLACK));
    }
}

pub(crate) async fn a_keys_cut_off_names_the_key_and_nothing_else(h: &Harness) {
    let kid = random_name("kid");
    let cut_off = CutOff {
        of: CutOffOf::Key(kid.clone()),
        ..of_client(h, "none")
    };
    h.store.cut_off(&cut_off).await.unwrap();
    for store in [&h.store, &h.second] {
        let cut_offs = known(store).await;
        assert!(cut_offs.cover_key(&kid) && !cut_offs.cover_key("another"));
        assert!(!cut_offs.cover(&kid, 1));
    }
}

pub(crate) async fn what_is_kept_no_longer_leaves_the_others(h: &Harness) {
    let (short, long) = (random_name("client"), random_name("client"));
    let brief = CutOff {
        until: h.now() + 1,
        ..of_client(h, &short)
    };
    h.store.cut_off(&of_client(h, &long)).await.unwrap();
    h.store.cut_off(&brief).await.unwrap();
    h.pass(2).await;
    h.store
        .cut_off(&of_client(h, &random_name("client")))
        .await
        .unwrap();
    assert!(known(&h.store).await.cover(&long, 1));
    assert!(known(&h.second).await.cover(&long, 1));
}
