//! Sessions: opening, advancing, reading.

use redis::{Cmd, Value};

use super::backend::RedisStore;
use super::lists::{self, Kept, Source};
use super::names::{self, List};
use super::record::{self, StoredSession, flag, json, parse, session_fields};
use super::reply::{parts, read};
use super::scripts::SCRIPTS;
use super::tokens::{guarded, refusal};
use super::users::read_standing;
use crate::id::{Recorded, Sid, SlotTag, Tail};
use crate::store::{
    Access, Advance, Cursor, Guard, Listed, MaxSessions, NewSession, Page, Refusal, SessionFilter,
    SessionRecord, SessionView, StoreError,
};

/// Opens a session with its first access token, and gives the older ones that ended for it.
pub(super) async fn open(
    store: &RedisStore,
    session: &NewSession,
    access: &Access,
    guard: &Guard,
    limit: Option<&MaxSessions>,
) -> Result<Result<Vec<Sid>, Refusal>, StoreError> {
    let now = store.now();
    let sid = &session.sid;
    let mut keys = names::subject(&sid.slot()).to_vec();
    keys.extend([names::token(&access.jti), names::session(sid)]);
    let mut call = guarded(SCRIPTS.open.on(&keys), now, guard)
        .arg(names::token_member(&access.jti, Some(sid)))
        .arg(access.recorded.as_str())
        .arg(access.exp)
        .arg(names::session_member(sid))
        .arg(session.expires_at)
        .arg(limit.map_or(0, |limit| limit.most.get()))
        .arg(limit.map(|limit| json(&limit.cause)).unwrap_or_default())
        .arg(&session.audience);
    for (name, value) in session_fields(session, access) {
        call = call.arg(name).arg(value);
    }
    let tails = match refusal(store.link.call(call).await?)? {
        Ok(tails) => tails,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let ended = forget(store, &sid.slot(), &tails).await?;
    let life = session.expires_at.saturating_sub(now);
    enter(store, sid, session.created_at, session.ip.as_deref(), life).await;
    Ok(Ok(ended))
}

/// Takes sessions that a script ended off the lists.
pub(super) async fn forget(
    store: &RedisStore,
    slot: &SlotTag,
    tails: &[String],
) -> Result<Vec<Sid>, StoreError> {
    let sid = |tail: &String| Ok(Sid::new(*slot, parse::<Tail>(tail)?));
    let sids = tails
        .iter()
        .map(sid)
        .collect::<Result<Vec<_>, StoreError>>()?;
    let keys: Vec<String> = sids.iter().map(Sid::to_string).collect();
    lists::forget(store, &List::Sessions.shard(slot), &keys).await;
    Ok(sids)
}

/// Advances a session's refresh counter.
pub(super) async fn advance(
    store: &RedisStore,
    advance: &Advance,
    guard: &Guard,
) -> Result<Result<(), Refusal>, StoreError> {
    let now = store.now();
    let sid = &advance.sid;
    let access = &advance.access;
    let mut keys = names::subject(&sid.slot()).to_vec();
    keys.extend([names::token(&access.jti), names::session(sid)]);
    let call = guarded(SCRIPTS.advance.on(&keys), now, guard)
        .arg(names::token_member(&access.jti, Some(sid)))
        .arg(access.recorded.as_str())
        .arg(access.exp)
        .arg(names::session_member(sid))
        .arg(advance.expires_at)
        .arg(advance.expected)
        .arg(advance.counter)
        .arg(access.jti.tail().as_str())
        .arg(access.iat)
        .arg(advance.now)
        .arg(flag(advance.ip.is_some()))
        .arg(advance.ip.as_deref().unwrap_or_default())
        .arg(access.recorded.digest().as_str());
    let created_at = match refusal(store.link.call(call).await?)? {
        Ok(told) => parse(told.first().map(String::as_str).unwrap_or_default())?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if advance.counter != advance.expected {
        let life = advance.expires_at.saturating_sub(now);
        enter(store, sid, created_at, advance.ip.as_deref(), life).await;
    }
    Ok(Ok(()))
}

/// Enters a session in the lists, which live as long as the longest session seen.
async fn enter(store: &RedisStore, sid: &Sid, created_at: u64, ip: Option<&str>, life: u64) {
    let key = sid.to_string();
    let all = List::Sessions.shard(&sid.slot());
    let lists = [Some(all), ip.map(names::address)];
    let lists: Vec<String> = lists.into_iter().flatten().collect();
    lists::add(store, &lists, &key, created_at, lists::MOST_SESSIONS, life).await;
}

/// Notes a repeat of a refresh token.
pub(super) async fn note_repeat(
    store: &RedisStore,
    sid: &Sid,
    counter: u64,
) -> Result<bool, StoreError> {
    let call = SCRIPTS.note_repeat.on(&[names::session(sid)]).arg(counter);
    Ok(read::<u64>(store.link.call(call).await?)? == 1)
}

/// A live session and what stands about its subject.
pub(super) async fn view(store: &RedisStore, sid: &Sid) -> Result<Option<SessionView>, StoreError> {
    let now = store.now();
    let mut keys = names::subject(&sid.slot()).to_vec();
    keys.push(names::session(sid));
    let reply = store.link.call(SCRIPTS.view.on(&keys).arg(now)).await?;
    let [user, ban, is_client, fields, recorded, millis] = parts(reply)?;
    let Some(stored) = live(sid, fields, now)? else {
        return Ok(None);
    };
    let recorded: Option<String> = read(recorded)?;
    let recorded = recorded.and_then(|text| text.parse::<Recorded>().ok());
    let record = stored.record;
    Ok(Some(SessionView {
        standing: read_standing(user, ban, is_client, now)?,
        access_live: recorded.is_some_and(|it| it.digest() == record.access.digest)
            && record.access.exp > now,
        now_millis: parse(&read::<String>(millis)?)?,
        record,
    }))
}

/// Reads a session that has not ended by our clock; Redis takes up to a second longer.
fn live(sid: &Sid, fields: Value, now: u64) -> Result<Option<StoredSession>, StoreError> {
    let stored = record::session(sid, fields)?;
    Ok(stored.filter(|stored| stored.record.session.expires_at > now))
}

/// Live sessions, newest first.
pub(super) async fn list(
    store: &RedisStore,
    filter: &SessionFilter,
    page: &Page,
) -> Result<Listed<SessionRecord>, StoreError> {
    let source = match (&filter.slot, &filter.ip) {
        (Some(slot), _) => Source::Known(of_subject(store, slot).await?),
        (None, Some(ip)) => Source::Lists(vec![names::address(ip)]),
        (None, None) => Source::Lists(List::Sessions.shards().collect()),
    };
    let ip = filter.ip.as_deref();
    let kept = |stored: &StoredSession| {
        let addresses = [&stored.record.session.ip, &stored.opened_ip];
        ip.is_none()
            || addresses
                .into_iter()
                .any(|address| address.as_deref() == ip)
    };
    let found = lists::page::<StoredSession>(store, source, page, &kept).await?;
    Ok(Listed {
        items: found
            .items
            .into_iter()
            .map(|stored| stored.record)
            .collect(),
        next: found.next,
    })
}

/// A subject's live sessions, newest first, from its index.
async fn of_subject(store: &RedisStore, slot: &SlotTag) -> Result<Vec<Cursor>, StoreError> {
    let call = SCRIPTS
        .own_sessions
        .on(&names::subject(slot))
        .arg(store.now());
    let found: Vec<(String, u64)> = read(store.link.call(call).await?)?;
    let mut sessions = Vec::with_capacity(found.len());
    for (tail, created_at) in found {
        let key = Sid::new(*slot, parse::<Tail>(&tail)?).to_string();
        sessions.push(Cursor { created_at, key });
    }
    sessions.sort_unstable_by(|one, other| other.cmp(one));
    Ok(sessions)
}

impl Kept for StoredSession {
    fn read(key: &str) -> Option<Cmd> {
        let sid: Sid = key.parse().ok()?;
        let mut read = redis::cmd("HGETALL");
        read.arg(names::session(&sid));
        Some(read)
    }

    fn decode(key: &str, reply: Value, now: u64) -> Result<Option<Self>, StoreError> {
        live(&parse(key)?, reply, now)
    }
}
