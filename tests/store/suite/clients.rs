//! Clients.

use super::{Harness, fixture, subject};
use jotleash::id::Subject;
use jotleash::store::{ClientRecord, Cursor, Page, Refusal, Target, Write};

/// Creates a client that must be free, and gives it as it stands.
async fn created(h: &Harness, client: &ClientRecord) -> ClientRecord {
    match h.store.create_client(client).await.unwrap() {
        Write::Done(version) => ClientRecord {
            version,
            ..client.clone()
        },
        Write::Conflict => panic!("a fresh client conflicts"),
    }
}

async fn read(h: &Harness, id: &Subject) -> Option<ClientRecord> {
    h.store.client(id.as_str()).await.unwrap()
}

pub(crate) async fn a_client_is_read_as_it_was_created(h: &Harness) {
    let client = created(h, &fixture::client(&subject(), h.now())).await;
    assert!(client.version > 0);
    assert_eq!(read(h, &client.id).await, Some(client.clone()));
    let standing = h.store.standing(&client.id.slot()).await.unwrap();
    assert!(standing.is_client);

    let public = ClientRecord {
        secret_sha256: None,
        audiences: Vec::new(),
        scopes: Vec::new(),
        grants: Vec::new(),
        introspect: Vec::new(),
        allow: Vec::new(),
        admin: false,
        managed: false,
        ..fixture::client(&subject(), h.now())
    };
    let public = created(h, &public).await;
    assert_eq!(read(h, &public.id).await, Some(public.clone()));
    assert_eq!(read(h, &subject()).await, None);
}

pub(crate) async fn a_client_id_is_taken_once(h: &Harness) {
    let client = created(h, &fixture::client(&subject(), h.now())).await;
    let again = ClientRecord {
        secret_sha256: None,
        ..client.clone()
    };
    let answer = h.store.create_client(&again).await.unwrap();
    assert_eq!(answer, Write::Conflict);
    assert_eq!(read(h, &client.id).await, Some(client.clone()));
}

pub(crate) async fn a_client_and_a_user_never_share_an_id(h: &Harness) {
    let user = h.user().await;
    let client = fixture::client(&user.sub, h.now());
    let answer = h.store.create_client(&client).await.unwrap();
    assert_eq!(answer, Write::Conflict);
    assert_eq!(read(h, &user.sub).await, None);

    let client = created(h, &fixture::client(&subject(), h.now())).await;
    let user = fixture::user(&client.id, h.now());
    let answer = h.store.create_user(&user).await.unwrap();
    assert_eq!(answer, Write::Conflict);
    assert!(h.user_now(&client.id).await.is_none());
    let name = h.store.user_by_name(&user.username).await.unwrap();
    assert!(name.is_none(), "a refused user takes no name");
}

pub(crate) async fn a_client_and_a_subject_with_a_session_never_share_an_id(h: &Harness) {
    let subject = subject();
    let (sid, _) = h.open(&subject).await;
    let client = fixture::client(&subject, h.now());
    let answer = h.store.create_client(&client).await.unwrap();
    assert_eq!(answer, Write::Conflict);

    assert_eq!(h.revoke(Target::Session(sid)).await, (1, 1));
    created(h, &client).await;
    let refusal = h.try_open_for(&subject, &fixture::guard(0)).await;
    assert_eq!(refusal, Err(Refusal::IsClient));
}

pub(crate) async fn a_client_is_replaced_only_at_the_version_that_was_read(h: &Harness) {
    let first = created(h, &fixture::client(&subject(), h.now())).await;
    let changed = ClientRecord {
        secret_sha256: Some("cd".repeat(32)),
        scopes: vec!["read".to_owned()],
        ..first.clone()
    };
    let Write::Done(version) = h.store.replace_client(&changed).await.unwrap() else {
        panic!("its version is the one that was read");
    };
    assert!(version > first.version);
    let changed = ClientRecord { version, ..changed };
    assert_eq!(read(h, &first.id).await, Some(changed.clone()));

    for version in [first.version, version + 1, 0] {
        let late = ClientRecord {
            version,
            scopes: Vec::new(),
            ..first.clone()
        };
        let answer = h.store.replace_client(&late).await.unwrap();
        assert_eq!(answer, Write::Conflict);
    }
    assert_eq!(read(h, &first.id).await, Some(changed));
}

pub(crate) async fn a_client_that_is_gone_is_not_replaced(h: &Harness) {
    let client = created(h, &fixture::client(&subject(), h.now())).await;
    let deleted = h.store.delete_client(client.id.as_str()).await.unwrap();
    assert!(deleted.is_some());
    let never = fixture::client(&subject(), h.now());
    for gone in [client, never] {
        let answer = h.store.replace_client(&gone).await.unwrap();
        assert_eq!(answer, Write::Conflict);
        assert_eq!(read(h, &gone.id).await, None);
    }
}

pub(crate) async fn a_deleted_client_is_gone_and_its_id_free(h: &Harness) {
    let client = created(h, &fixture::client(&subject(), h.now())).await;
    let id = client.id.as_str();
    assert!(h.store.delete_client(id).await.unwrap().is_some());
    assert_eq!(read(h, &client.id).await, None);
    let standing = h.store.standing(&client.id.slot()).await.unwrap();
    assert!(!standing.is_client);
    assert!(h.store.delete_client(id).await.unwrap().is_none());

    let user = fixture::user(&client.id, h.now());
    let answer = h.store.create_user(&user).await.unwrap();
    assert!(matches!(answer, Write::Done(_)));
    h.open(&client.id).await;
}

pub(crate) async fn a_client_made_again_has_another_version(h: &Harness) {
    let first = created(h, &fixture::client(&subject(), h.now())).await;
    let deleted = h.store.delete_client(first.id.as_str()).await.unwrap();
    assert!(deleted.is_some());
    let second = created(h, &first).await;
    assert!(second.version > first.version);
    let answer = h.store.replace_client(&first).await.unwrap();
    assert_eq!(answer, Write::Conflict);
}

pub(crate) async fn clients_are_listed_newest_first(h: &Harness) {
    let mut mine = Vec::new();
    for age in 0..5 {
        let client = fixture::client(&subject(), h.now() - age);
        mine.push(created(h, &client).await.id);
    }
    let gone = mine.remove(1);
    assert!(
        h.store
            .delete_client(gone.as_str())
            .await
            .unwrap()
            .is_some()
    );
    // A change moves nobody.
    let last = read(h, &mine[3]).await.unwrap();
    let replaced = h.store.replace_client(&last).await.unwrap();
    assert!(matches!(replaced, Write::Done(_)));

    let mut all: Vec<ClientRecord> = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let listed = h.store.clients(&Page { limit: 2, after }).await.unwrap();
        all.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            break;
        }
    }
    assert!(all.is_sorted_by(|a, b| a.created_at >= b.created_at));
    let known = |id: &Subject| mine.contains(id) || *id == gone;
    let ids = all.into_iter().map(|client| client.id);
    let found: Vec<_> = ids.filter(known).collect();
    assert_eq!(found, mine);
}
