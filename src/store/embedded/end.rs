//! Ending tokens and sessions.

use super::fault::Fault;
use super::rows::{CauseRow, SessionRow};
use super::tables::{CAUSES, Reading, SESSIONS, TOKENS, Writer, record};
use super::tokens::Token;
use super::{crowd, exchange, sessions, tokens};
use crate::id::{Jti, Sid, SlotTag};
use crate::store::{Cause, Durability, Ended, MaxSessions, NewSession, Target};

/// How much of what a subject has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The tokens; the sessions live on.
    Tokens,
    /// The sessions too.
    Everything,
}

/// Ends what the target names.
pub(super) fn revoke(
    writer: &Writer,
    target: &Target,
    cause: &Cause,
    durability: Durability,
) -> Result<Ended, Fault> {
    let (slot, found) = Found::of(writer, target)?;
    end(writer, &slot, &found, cause, durability)
}

/// Counts what [`revoke`] would end.
pub(super) fn count(
    reading: &impl Reading,
    target: &Target,
    durability: Durability,
) -> Result<Ended, Fault> {
    let (_, found) = Found::of(reading, target)?;
    let now = reading.now();
    let tokens = found.tokens.iter().filter(|(_, token)| token.exp > now);
    let sessions = found.sessions.iter();
    let sessions = sessions.filter(|(_, session)| session.expires_at > now);
    Ok(Ended {
        sessions: sessions.count() as u64,
        tokens: tokens.count() as u64,
        durability,
    })
}

/// Ends what a subject has.
pub(super) fn subject(
    writer: &Writer,
    slot: &SlotTag,
    reach: Reach,
    cause: &Cause,
    durability: Durability,
) -> Result<Ended, Fault> {
    let mut found = Found::all(writer, slot)?;
    if reach == Reach::Tokens {
        found.sessions.clear();
    }
    end(writer, slot, &found, cause, durability)
}

/// Ends the oldest sessions of an audience, so that there are not too many beside one that was
/// just opened; gives which. Of one second, the one that was used longest ago is the oldest.
pub(super) fn oldest(
    writer: &Writer,
    opened: &NewSession,
    limit: &MaxSessions,
    durability: Durability,
) -> Result<Vec<Sid>, Fault> {
    let slot = opened.sid.slot();
    let own = opened.sid.to_string();
    let mut others = sessions::of_subject(writer, &slot)?;
    others.retain(|(sid, row)| {
        *sid != own && row.audience == opened.audience && row.expires_at > writer.now()
    });
    others.sort_by_key(|(_, row)| (row.created_at, row.advanced_at_millis));
    let most = usize::try_from(limit.most.get()).unwrap_or(usize::MAX);
    let over = (others.len() + 1).saturating_sub(most);
    let mut ended = Vec::with_capacity(over);
    for (sid, _) in others.iter().take(over) {
        let sid: Sid = sid.parse()?;
        let found = Found::session(writer, &sid)?;
        end(writer, &slot, &found, &limit.cause, durability)?;
        ended.push(sid);
    }
    Ok(ended)
}

/// Why a token is not alive, if something ended it.
pub(super) fn cause(
    reading: &impl Reading,
    jti: Option<&Jti>,
    sid: Option<&Sid>,
) -> Result<Option<Cause>, Fault> {
    if let Some(jti) = jti
        && tokens::lives(reading, jti)?
    {
        return Ok(None);
    }
    let keys = [jti.map(Jti::to_string), sid.map(Sid::to_string)];
    for key in keys.into_iter().flatten() {
        let row: Option<CauseRow> = record(reading, CAUSES, &key)?;
        if let Some(row) = row.filter(|row| row.until > reading.now()) {
            return Ok(Some(row.cause));
        }
    }
    Ok(None)
}

/// What is to be ended, alive or not, by its id.
struct Found {
    tokens: Vec<(String, Token)>,
    sessions: Vec<(String, SessionRow)>,
}

impl Found {
    /// What the target names, and whose it is.
    fn of(reading: &impl Reading, target: &Target) -> Result<(SlotTag, Self), Fault> {
        Ok(match target {
            Target::Token(jti) => (jti.slot(), Self::token(reading, jti)?),
            Target::Session(sid) => (sid.slot(), Self::session(reading, sid)?),
            Target::Others(sid) => (sid.slot(), Self::others(reading, sid)?),
            Target::Subject(slot) => (*slot, Self::all(reading, slot)?),
        })
    }

    fn all(reading: &impl Reading, slot: &SlotTag) -> Result<Self, Fault> {
        Ok(Self {
            tokens: tokens::of_subject(reading, slot)?,
            sessions: sessions::of_subject(reading, slot)?,
        })
    }

    fn token(reading: &impl Reading, jti: &Jti) -> Result<Self, Fault> {
        let key = jti.to_string();
        let token = tokens::stored(reading, &key)?;
        let mut tokens = exchange::descendants(reading, jti)?;
        tokens.extend(token.map(|token| (key, token)));
        Ok(Self {
            tokens,
            sessions: Vec::new(),
        })
    }

    fn session(reading: &impl Reading, sid: &Sid) -> Result<Self, Fault> {
        let (key, tail) = (sid.to_string(), sid.tail());
        let mut tokens = tokens::of_subject(reading, &sid.slot())?;
        tokens.retain(|(_, token)| token.owner == tail.as_str());
        let session: Option<SessionRow> = record(reading, SESSIONS, &key)?;
        Ok(Self {
            tokens,
            sessions: session.map(|session| (key, session)).into_iter().collect(),
        })
    }

    fn others(reading: &impl Reading, sid: &Sid) -> Result<Self, Fault> {
        let (key, tail) = (sid.to_string(), sid.tail());
        let mut found = Self::all(reading, &sid.slot())?;
        let theirs = |token: &Token| token.of_session() && token.owner != tail.as_str();
        found.tokens.retain(|(_, token)| theirs(token));
        found.sessions.retain(|(session, _)| *session != key);
        Ok(found)
    }
}

/// Removes what was found and counts what was alive.
fn end(
    writer: &Writer,
    slot: &SlotTag,
    found: &Found,
    cause: &Cause,
    durability: Durability,
) -> Result<Ended, Fault> {
    let mut ended = Ended {
        sessions: 0,
        tokens: 0,
        durability,
    };
    for (jti, token) in &found.tokens {
        writer.table(TOKENS)?.remove(jti.as_str())?;
        ended.tokens += u64::from(buried(writer, jti, token.exp, cause)?);
    }
    for (sid, session) in &found.sessions {
        sessions::unlist(writer, sid, session)?;
        writer.table(SESSIONS)?.remove(sid.as_str())?;
        ended.sessions += u64::from(buried(writer, sid, session.expires_at, cause)?);
    }
    crowd::left(writer, slot, found.tokens.len() + found.sessions.len())?;
    Ok(ended)
}

/// Notes why something that was removed ended; `false` when it had expired already.
///
/// Its entry for the sweep stays: at the same second the cause is of no use any more.
fn buried(writer: &Writer, key: &str, until: u64, cause: &Cause) -> Result<bool, Fault> {
    if until <= writer.now() {
        return Ok(false);
    }
    let row = CauseRow {
        until,
        cause: cause.clone(),
    };
    writer.put(CAUSES, key, &row)?;
    Ok(true)
}
