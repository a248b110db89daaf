//! The audit.

use super::{Harness, random_name};
use jotleash::store::{Action, AuditEvent, Outcome};

/// Writes this many events under one request id, the oldest first.
async fn write(h: &Harness, count: u64) -> Vec<AuditEvent> {
    let request_id = random_name("request");
    let mut events = Vec::new();
    for number in 0..count {
        let odd = number % 2 == 1;
        let event = AuditEvent {
            time: h.now(),
            actor: format!("operator {number}"),
            action: if odd { Action::Ban } else { Action::Login },
            target: odd.then(|| "Ada \"A\" \u{1f4f1}".to_owned()),
            ip: odd.then(|| "2001:db8::1".to_owned()),
            result: if odd { Outcome::Denied } else { Outcome::Ok },
            request_id: request_id.clone(),
            detail: odd.then(|| "why\nnot".to_owned()),
        };
        h.store.audit(&event).await.unwrap();
        events.push(event);
    }
    events
}

/// Reads pages of this size until all of a request's events were seen.
async fn read(h: &Harness, like: &[AuditEvent], limit: usize) -> Vec<(String, AuditEvent)> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let (items, next) = h
            .store
            .audit_events(cursor.as_deref(), limit)
            .await
            .unwrap();
        assert!(items.len() <= limit);
        let mine = |(_, event): &(String, AuditEvent)| event.request_id == like[0].request_id;
        found.extend(items.into_iter().filter(mine));
        if next.is_none() || found.len() >= like.len() {
            return found;
        }
        cursor = next;
    }
}

pub(crate) async fn events_come_back_newest_first_and_as_they_were_written(h: &Harness) {
    let mut written = write(h, 6).await;
    let found = read(h, &written, 200).await;
    written.reverse();
    let events: Vec<_> = found.iter().map(|(_, event)| event.clone()).collect();
    assert_eq!(events, written);
    let mut ids: Vec<_> = found.into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), written.len(), "an id names one event");
}

pub(crate) async fn pages_of_the_audit_join_without_loss(h: &Harness) {
    let mut written = write(h, 7).await;
    written.reverse();
    for limit in [1, 2, 3, 7] {
        let found = read(h, &written, limit).await;
        let events: Vec<_> = found.into_iter().map(|(_, event)| event).collect();
        assert_eq!(events, written, "pages of {limit}");
    }
}
