//! Tokens that were exchanged for others.

use std::collections::HashSet;

use super::fault::{Fault, Stop};
use super::tables::{Reading, Writer};
use super::tokens::Token;
use super::{crowd, guard, sessions, tokens};
use crate::id::{Jti, Sid};
use crate::store::{Entry, Guard, Parent, Refusal};

/// Records a token that was exchanged for another one, if that one and its session are alive.
pub(super) fn record(
    writer: &Writer,
    entry: &Entry,
    parent: &Parent,
    guard: &Guard,
) -> Result<(), Stop> {
    let slot = entry.jti.slot();
    guard::admit(writer, &slot, guard)?;
    let recorded = tokens::liveness(writer, &parent.jti)?;
    if recorded.as_ref() != Some(&parent.recorded) || !session_lives(writer, parent.sid.as_ref())? {
        return Err(Stop::Refused(Refusal::Gone));
    }
    tokens::free(writer, &entry.jti)?;
    crowd::room(writer, &slot, 1)?;
    let owner = match &parent.sid {
        Some(sid) => sid.tail().to_string(),
        None => owned_by(parent.jti.tail().as_str()),
    };
    tokens::put(writer, entry, &owner)?;
    Ok(())
}

fn session_lives(writer: &Writer, sid: Option<&Sid>) -> Result<bool, Fault> {
    match sid {
        Some(sid) => Ok(sessions::read(writer, &sid.to_string())?.is_some()),
        None => Ok(true),
    }
}

/// The owner of a token that was exchanged for one without a session.
fn owned_by(tail: &str) -> String {
    format!(":{tail}")
}

/// What dies with a token because it was exchanged for it, or for what was.
pub(super) fn descendants(
    reading: &impl Reading,
    jti: &Jti,
) -> Result<Vec<(String, Token)>, Fault> {
    let mut rest = tokens::of_subject(reading, &jti.slot())?;
    let mut owners = HashSet::from([owned_by(jti.tail().as_str())]);
    let mut found = Vec::new();
    loop {
        let (theirs, others): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|(_, token)| owners.contains(&token.owner));
        if theirs.is_empty() {
            return Ok(found);
        }
        let tails = theirs.iter().filter_map(|(jti, _)| jti.split('.').nth(1));
        owners = tails.map(owned_by).collect();
        found.extend(theirs);
        rest = others;
    }
}
