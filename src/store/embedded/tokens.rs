//! Tokens: what the check reads.

use redb::ReadableTable as _;

use super::fault::{Fault, Stop};
use super::tables::{CAUSES, Reading, TOKEN, TOKENS, Writer, of_slot};
use super::{crowd, guard};
use crate::id::{Jti, Recorded, SlotTag};
use crate::store::{Entry, Guard, Refusal};

/// A token as far as ending it needs.
pub(super) struct Token {
    pub(super) exp: u64,
    /// The tail of its session's id; without one, a colon and the tail of the token that it was
    /// exchanged for; empty without either.
    pub(super) owner: String,
}

/// The check.
pub(super) fn liveness(reading: &impl Reading, jti: &Jti) -> Result<Option<Recorded>, Fault> {
    let table = reading.read(TOKENS)?;
    let Some(row) = table.get(jti.to_string().as_str())? else {
        return Ok(None);
    };
    let (exp, recorded, _) = row.value();
    if exp <= reading.now() {
        return Ok(None);
    }
    Ok(Some(recorded.parse()?))
}

/// Whether a token is alive.
pub(super) fn lives(reading: &impl Reading, jti: &Jti) -> Result<bool, Fault> {
    let table = reading.read(TOKENS)?;
    let row = table.get(jti.to_string().as_str())?;
    Ok(row.is_some_and(|row| row.value().0 > reading.now()))
}

/// Records a token without a session.
pub(super) fn record(writer: &Writer, entry: &Entry, guard: &Guard) -> Result<(), Stop> {
    let slot = entry.jti.slot();
    guard::admit(writer, &slot, guard)?;
    free(writer, &entry.jti)?;
    crowd::room(writer, &slot, 1)?;
    put(writer, entry, "")?;
    Ok(())
}

/// Stops when a `jti` was recorded before: while it is there, and while it is known why it is
/// not. So no race makes a token that died live again.
pub(super) fn free(writer: &Writer, jti: &Jti) -> Result<(), Stop> {
    let key = jti.to_string();
    let taken = writer.table(TOKENS)?.get(key.as_str())?.is_some()
        || writer.table(CAUSES)?.get(key.as_str())?.is_some();
    if taken {
        return Err(Stop::Refused(Refusal::Collision));
    }
    Ok(())
}

/// Writes a token that is [`free`].
pub(super) fn put(writer: &Writer, entry: &Entry, owner: &str) -> Result<(), Fault> {
    let key = entry.jti.to_string();
    let row = (entry.exp, entry.recorded.as_str(), owner);
    writer.table(TOKENS)?.insert(key.as_str(), row)?;
    writer.expires(entry.exp, TOKEN, &key)?;
    crowd::joined(writer, &entry.jti.slot(), entry.exp)
}

/// A token that is stored, live or not.
pub(super) fn stored(reading: &impl Reading, jti: &str) -> Result<Option<Token>, Fault> {
    let table = reading.read(TOKENS)?;
    Ok(table.get(jti)?.map(|row| Token::of(row.value())))
}

/// Every token that is stored for a subject, live or not, by its `jti`.
pub(super) fn of_subject(
    reading: &impl Reading,
    slot: &SlotTag,
) -> Result<Vec<(String, Token)>, Fault> {
    let (first, end) = of_slot(slot);
    let table = reading.read(TOKENS)?;
    let mut found = Vec::new();
    for row in table.range(first.as_str()..end.as_str())? {
        let (jti, token) = row?;
        found.push((jti.value().to_owned(), Token::of(token.value())));
    }
    Ok(found)
}

impl Token {
    /// Whether it has a session.
    pub(super) fn of_session(&self) -> bool {
        !self.owner.is_empty() && !self.owner.starts_with(':')
    }

    fn of((exp, _, owner): (u64, &str, &str)) -> Self {
        Self {
            exp,
            owner: owner.to_owned(),
        }
    }
}
