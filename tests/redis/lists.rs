//! Lists across subjects, in 64 parts.

use jotleash::store::redis::RedisStore;
use jotleash::store::{ClientRecord, Cursor, Page, SessionFilter, Store as _};

use crate::redis_server::RedisServer;
use crate::support::{cause, client, now, opened, page, store, subject, user};

async fn all_clients(store: &RedisStore, limit: usize) -> Vec<ClientRecord> {
    let mut all = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let listed = store.clients(&Page { limit, after }).await.unwrap();
        assert!(listed.items.len() <= limit);
        all.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn pages_of_any_size_join_without_loss_also_within_one_second() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let now = now();
    let mut expected = Vec::new();
    for number in 0..150 {
        let mut record = client(&format!("client{number}"));
        // Thirty share each second.
        record.created_at = now - number / 30;
        store.create_client(&record).await.unwrap();
        expected.push((record.created_at, record.id.slot().to_string()));
    }
    expected.sort_unstable_by(|one, other| other.cmp(one));
    for limit in [1, 7, 30, 149, 150, 200] {
        let found = all_clients(&store, limit).await.into_iter();
        let found: Vec<_> = found
            .map(|c| (c.created_at, c.id.slot().to_string()))
            .collect();
        assert_eq!(found, expected, "pages of {limit}");
    }
}

#[tokio::test]
async fn an_entry_that_leads_nowhere_is_taken_off_when_it_is_read() {
    let server = RedisServer::start();
    let store = store(&server).await;
    for number in 0..40 {
        store
            .create_user(&user(&format!("user{number}")))
            .await
            .unwrap();
    }
    for number in 0..40 {
        let slot = subject(&format!("user{number}")).slot();
        if number == 7 {
            continue;
        }
        let _: u64 = server.ask(&format!("DEL jl:{{{slot}}}:u"));
    }
    let listed = store.users(&page(10)).await.unwrap();
    assert_eq!(
        listed.items.len(),
        1,
        "a page is filled up from what follows"
    );
    assert_eq!(listed.next, None);
    let lists = server
        .keys()
        .into_iter()
        .filter(|key| key.starts_with("jl:x:u:"));
    let left: u64 = lists
        .map(|list| server.ask::<u64>(&format!("ZCARD {list}")))
        .sum();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn what_ends_leaves_the_list_of_sessions() {
    let server = RedisServer::start();
    let store = store(&server).await;
    let alice = subject("alice");
    for _ in 0..5 {
        opened(&store, &alice).await;
    }
    let listed = store
        .sessions(&SessionFilter::default(), &page(50))
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 5);
    let target = jotleash::store::Target::Subject(alice.slot());
    store.revoke(&target, &cause()).await.unwrap();
    assert!(server.keys().iter().all(|key| !key.starts_with("jl:x:s:")));
}

#[tokio::test]
async fn a_start_and_a_write_give_the_lists_a_year() {
    let server = RedisServer::start();
    let first = store(&server).await;
    first.create_client(&client("front")).await.unwrap();
    let list = server
        .keys()
        .into_iter()
        .find(|key| key.starts_with("jl:x:c:"))
        .unwrap();
    let year = 365 * 86_400;
    assert!(server.ask::<u64>(&format!("TTL {list}")) > year);
    let _: u64 = server.ask(&format!("EXPIRE {list} 100"));
    let _second = store(&server).await;
    assert!(server.ask::<u64>(&format!("TTL {list}")) > year);
}
