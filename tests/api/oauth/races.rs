//! Refreshes and revocations at once.

use std::collections::HashSet;

use futures_util::future::{join, join_all};

use super::{Known, on_both_stores};
use crate::app::Tokens;

#[tokio::test]
async fn a_hundred_parallel_refreshes_are_one_lineage() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        let first = app.log_in().await;
        let answers = join_all((0..100).map(|_| dev.refresh(app, &first.refresh))).await;
        let (mut refreshes, mut accesses) = (HashSet::new(), HashSet::new());
        for answer in answers {
            let tokens = Tokens::of_grant(answer).await;
            accesses.insert(tokens.jti());
            refreshes.insert(tokens.refresh);
        }
        assert_eq!((refreshes.len(), accesses.len()), (1, 1));
        let next = refreshes.into_iter().next().unwrap();
        Tokens::of_grant(dev.refresh(app, &next).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_revocation_that_races_refreshes_leaves_nothing_alive() {
    on_both_stores(async |app| {
        let dev = Known::dev(app);
        for _ in 0..20 {
            let session = app.log_in().await;
            let refreshes = join_all((0..10).map(|_| dev.refresh(app, &session.refresh)));
            let (answers, _) = join(refreshes, dev.revoke(app, &session.refresh)).await;
            let mut given = vec![session];
            for answer in answers {
                match answer.status().as_u16() {
                    200 => given.push(Tokens::of_grant(answer).await),
                    400 => {}
                    other => panic!("{other}"),
                }
            }
            for tokens in given {
                assert_eq!(app.status_of(&tokens.access).await, 401);
                assert_eq!(dev.refresh(app, &tokens.refresh).await.status(), 400);
                assert_eq!(dev.introspect(app, &tokens.refresh).await["active"], false);
            }
        }
    })
    .await;
}
