//! The names of the keys, all in one place. `docs/redis-schema.md` is their public description.

use super::record::parse;
use super::reply::corrupt;
use crate::id::{Jti, Sid, SlotTag, Tail};
use crate::store::{Parent, StoreError};

/// The version of the layout, kept in [`META`].
pub(super) const SCHEMA: &str = "1";
/// A hash: the layout's version, and the most replicas ever seen.
pub(super) const META: &str = "jl:meta";
/// A hash: every cut-off by its name, with its moment and how long it is kept, as JSON.
pub(super) const CUT_OFFS: &str = "jl:cut:all";
/// The stream of audit events.
pub(super) const AUDIT: &str = "jl:audit";
/// Written by [`Store::ready`](crate::store::Store::ready), with a short life.
pub(super) const READY: &str = "jl:hb:ready";

/// The key whose existence is the check.
pub(super) fn token(jti: &Jti) -> String {
    format!("jl:{{{}}}:t:{}", jti.slot(), jti.tail())
}

/// A session's record.
pub(super) fn session(sid: &Sid) -> String {
    format!("jl:{{{}}}:s:{}", sid.slot(), sid.tail())
}

/// A user's record.
pub(super) fn user(slot: &SlotTag) -> String {
    format!("jl:{{{slot}}}:u")
}

/// The creation of a subject's user that is under way.
pub(super) fn creation(slot: &SlotTag) -> String {
    format!("jl:{{{slot}}}:n")
}

/// A subject's ban.
pub(super) fn ban(slot: &SlotTag) -> String {
    format!("jl:{{{slot}}}:b")
}

/// A client's record.
pub(super) fn client(slot: &SlotTag) -> String {
    format!("jl:{{{slot}}}:c")
}

/// Why all of a subject's was ended.
pub(super) fn cause(slot: &SlotTag) -> String {
    format!("jl:{{{slot}}}:r")
}

/// Why one token or session was ended. The tails of both are random: they never meet.
pub(super) fn cause_of(slot: &SlotTag, tail: Tail) -> String {
    format!("jl:{{{slot}}}:r:{tail}")
}

/// What a subject has, by when it ends.
pub(super) fn index(slot: &SlotTag) -> String {
    format!("jl:{{{slot}}}:i")
}

/// The five keys that every script about a subject is given first, in the scripts' order.
pub(super) fn subject(slot: &SlotTag) -> [String; 5] {
    [
        index(slot),
        user(slot),
        ban(slot),
        client(slot),
        cause(slot),
    ]
}

/// Whose a user name is.
pub(super) fn username(name: &str) -> String {
    format!("jl:n:{}", SlotTag::of(name))
}

/// A token's member in its subject's index.
pub(super) fn token_member(jti: &Jti, sid: Option<&Sid>) -> String {
    let tail = sid.map(Sid::tail);
    let owner = tail.as_ref().map_or("", Tail::as_str);
    format!("t:{}:{owner}", jti.tail())
}

/// The member of a token that was exchanged: its session owns it, else the token before it.
pub(super) fn exchanged_member(jti: &Jti, parent: &Parent) -> String {
    match &parent.sid {
        Some(sid) => token_member(jti, Some(sid)),
        None => format!("t:{}::{}", jti.tail(), parent.jti.tail()),
    }
}

/// A session's member in its subject's index.
pub(super) fn session_member(sid: &Sid) -> String {
    format!("s:{}", sid.tail())
}

/// A member of a subject's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Session(Tail),
    /// A token, and the session that it belongs to.
    Token(Tail, Option<Tail>),
    /// A token, and the one without a session that it was exchanged for.
    Exchanged(Tail, Tail),
}

impl Member {
    /// Reads what the functions above wrote.
    pub(super) fn parse(member: &str) -> Result<Self, StoreError> {
        let parts: Vec<&str> = member.split(':').collect();
        match parts.as_slice() {
            ["s", tail] => Ok(Self::Session(parse(tail)?)),
            ["t", tail, ""] => Ok(Self::Token(parse(tail)?, None)),
            ["t", tail, "", parent] => Ok(Self::Exchanged(parse(tail)?, parse(parent)?)),
            ["t", tail, owner] => Ok(Self::Token(parse(tail)?, Some(parse(owner)?))),
            _ => Err(corrupt("a member of an index")),
        }
    }
}

/// A list across subjects: 64 sorted sets, one for each first character of a slot tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Users,
    Clients,
    Bans,
    Sessions,
}

impl List {
    const fn letter(self) -> char {
        match self {
            Self::Users => 'u',
            Self::Clients => 'c',
            Self::Bans => 'b',
            Self::Sessions => 's',
        }
    }

    /// The part in which this slot's entry is.
    pub(super) fn shard(self, slot: &SlotTag) -> String {
        let first = slot.as_str().get(..1).unwrap_or_default();
        format!("jl:x:{}:{first}", self.letter())
    }

    /// All parts.
    pub(super) fn shards(self) -> impl Iterator<Item = String> {
        let base64url = ('A'..='Z')
            .chain('a'..='z')
            .chain('0'..='9')
            .chain(['-', '_']);
        base64url.map(move |first| format!("jl:x:{}:{first}", self.letter()))
    }
}

/// The sessions of one address. The address itself is in no key.
pub(super) fn address(ip: &str) -> String {
    format!("jl:x:a:{}", SlotTag::of(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_digests_and_random_tails_only() {
        let sid: Sid = "K9gN-4vXbR3EzVwq.3q2-7wQDRnqWxNkzVvYHAA".parse().unwrap();
        assert_eq!(
            session(&sid),
            "jl:{K9gN-4vXbR3EzVwq}:s:3q2-7wQDRnqWxNkzVvYHAA"
        );
        let hostile = "x} y\r\nFLUSHALL";
        assert_eq!(username(hostile).len(), "jl:n:".len() + 16);
        assert_eq!(address(hostile).len(), "jl:x:a:".len() + 16);
    }

    #[test]
    fn every_slot_has_its_shard_among_the_sixty_four() {
        let shards: Vec<String> = List::Users.shards().collect();
        assert_eq!(shards.len(), 64);
        for n in 0..1_000 {
            assert!(shards.contains(&List::Users.shard(&SlotTag::of(&n.to_string()))));
        }
    }
}
