//! Ending tokens and sessions.

use super::fault::Fault;
use super::rows::{CauseRow, SessionRow};
use super::tables::{CAUSES, Reading, SESSIONS, TOKENS, Writer, record};
use super::tokens::Token;
use super::{crowd, sessions, tokens};
use crate::id::{Jti, Sid, SlotTag};
use crate::store::{Cause, Durability, Ended, Target};

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
    let (slot, found) = match target {
        Target::Token(jti) => (jti.slot(), Found::token(writer, jti)?),
        Target::Session(sid) => (sid.slot(), Found::session(writer, sid)?),
        Target::Others(sid) => (sid.slot(), Found::others(writer, sid)?),
        Target::Subject(slot) => (*slot, Found::all(writer, slot)?),
    };
    end(writer, &slot, &found, cause, durability)
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

/// Why a token is not alive, if something ended it.
pub(super) fn cause(
    reading: &impl Reading,
    jti: &Jti,
    sid: Option<&Sid>,
) -> Result<Option<Cause>, Fault> {
    if tokens::lives(reading, jti)? {
        return Ok(None);
    }
    for key in [Some(jti.to_string()), sid.map(Sid::to_string)] {
        let Some(key) = key else { continue };
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
    fn all(writer: &Writer, slot: &SlotTag) -> Result<Self, Fault> {
        Ok(Self {
            tokens: tokens::of_subject(writer, slot)?,
            sessions: sessions::of_subject(writer, slot)?,
        })
    }

    fn token(writer: &Writer, jti: &Jti) -> Result<Self, Fault> {
        let key = jti.to_string();
        let token = tokens::stored(writer, &key)?;
        Ok(Self {
            tokens: token.map(|token| (key, token)).into_iter().collect(),
            sessions: Vec::new(),
        })
    }

    fn session(writer: &Writer, sid: &Sid) -> Result<Self, Fault> {
        let (key, tail) = (sid.to_string(), sid.tail());
        let mut tokens = tokens::of_subject(writer, &sid.slot())?;
        tokens.retain(|(_, token)| token.sid == tail.as_str());
        let session: Option<SessionRow> = record(writer, SESSIONS, &key)?;
        Ok(Self {
            tokens,
            sessions: session.map(|session| (key, session)).into_iter().collect(),
        })
    }

    fn others(writer: &Writer, sid: &Sid) -> Result<Self, Fault> {
        let (key, tail) = (sid.to_string(), sid.tail());
        let mut found = Self::all(writer, &sid.slot())?;
        let theirs = |token: &Token| !token.sid.is_empty() && token.sid != tail.as_str();
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
