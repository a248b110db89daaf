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
    match target {
        Target::Token(jti) => {
            let jti = jti.to_string();
            let slot = slot_of(target);
            let this = |key: &str, _: &Token| key == jti;
            end(writer, &slot, this, |_| false, cause, durability)
        }
        Target::Session(sid) => {
            let key = sid.to_string();
            let tail = sid.tail();
            let its = |_: &str, token: &Token| token.sid == tail.as_str();
            let this = |session: &str| session == key;
            end(writer, &sid.slot(), its, this, cause, durability)
        }
        Target::Others(sid) => {
            let key = sid.to_string();
            let tail = sid.tail();
            let theirs =
                |_: &str, token: &Token| !token.sid.is_empty() && token.sid != tail.as_str();
            let others = |session: &str| session != key;
            end(writer, &sid.slot(), theirs, others, cause, durability)
        }
        Target::Subject(slot) => subject(writer, slot, Reach::Everything, cause, durability),
    }
}

/// Ends what a subject has.
pub(super) fn subject(
    writer: &Writer,
    slot: &SlotTag,
    reach: Reach,
    cause: &Cause,
    durability: Durability,
) -> Result<Ended, Fault> {
    let sessions = |_: &str| reach == Reach::Everything;
    end(writer, slot, |_, _| true, sessions, cause, durability)
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

const fn slot_of(target: &Target) -> SlotTag {
    match target {
        Target::Token(jti) => jti.slot(),
        Target::Session(sid) | Target::Others(sid) => sid.slot(),
        Target::Subject(slot) => *slot,
    }
}

/// Removes a subject's tokens and sessions that are meant, and counts those that were alive.
fn end(
    writer: &Writer,
    slot: &SlotTag,
    meant_token: impl Fn(&str, &Token) -> bool,
    meant_session: impl Fn(&str) -> bool,
    cause: &Cause,
    durability: Durability,
) -> Result<Ended, Fault> {
    let mut ended = Ended {
        sessions: 0,
        tokens: 0,
        durability,
    };
    for (jti, token) in tokens::of_subject(writer, slot)? {
        if meant_token(&jti, &token) {
            writer.table(TOKENS)?.remove(jti.as_str())?;
            ended.tokens += u64::from(buried(writer, slot, &jti, token.exp, cause)?);
        }
    }
    for (sid, session) in sessions::of_subject(writer, slot)? {
        if meant_session(&sid) {
            remove_session(writer, &sid, &session)?;
            ended.sessions += u64::from(buried(writer, slot, &sid, session.expires_at, cause)?);
        }
    }
    Ok(ended)
}

fn remove_session(writer: &Writer, sid: &str, session: &SessionRow) -> Result<(), Fault> {
    sessions::unlist(writer, sid, session)?;
    writer.table(SESSIONS)?.remove(sid)?;
    Ok(())
}

/// Notes why something that was removed ended; `false` when it had expired already.
///
/// Its entry for the sweep stays: at the same second the cause is of no use any more.
fn buried(
    writer: &Writer,
    slot: &SlotTag,
    key: &str,
    until: u64,
    cause: &Cause,
) -> Result<bool, Fault> {
    crowd::left(writer, slot)?;
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
