//! Cut-offs.

use super::{Harness, random_name};
use jotleash::store::{CUT_OFF_SLACK, CutOff, CutOffOf};

fn of_client(h: &Harness, id: &str) -> CutOff {
    CutOff {
        of: CutOffOf::Client(id.to_owned()),
        at: h.now(),
        until: h.now() + 3_600,
    }
}

pub(crate) async fn a_cut_off_covers_what_began_before_it_and_nothing_later(h: &Harness) {
    let id = random_name("client");
    assert!(!h.store.cut_offs().unwrap().cover(&id, 1));
    let cut_off = of_client(h, &id);
    h.store.cut_off(&cut_off).await.unwrap();
    let known = h.store.cut_offs().unwrap();
    let last = cut_off.at + CUT_OFF_SLACK;
    assert!(known.cover(&id, 1) && known.cover(&id, last));
    assert!(!known.cover(&id, last + 1));
    assert!(!known.cover(&random_name("client"), 1));
}

pub(crate) async fn a_cut_off_holds_for_every_instance_when_it_returns(h: &Harness) {
    for _ in 0..3 {
        let id = random_name("client");
        h.store.cut_off(&of_client(h, &id)).await.unwrap();
        assert!(h.second.cut_offs().unwrap().cover(&id, 1));
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
        let last = h.store.cut_offs().unwrap().blocked_until(&id);
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
        let known = store.cut_offs().unwrap();
        assert!(known.cover_key(&kid) && !known.cover_key("another"));
        assert!(!known.cover(&kid, 1));
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
    assert!(h.store.cut_offs().unwrap().cover(&long, 1));
    assert!(h.second.cut_offs().unwrap().cover(&long, 1));
}
