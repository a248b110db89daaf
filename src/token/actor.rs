//! The `act` claim: who acts for the subject of a token that was exchanged (RFC 8693, section 4.1).

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::id::Subject;

/// The most clients that a token may have gone through: each makes it longer.
pub const MAX_ACTORS: usize = 4;

/// A client that acts for the subject, and in `act` who did before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// The `client_id`.
    pub sub: Subject,
    /// Who exchanged the token that this client exchanged in its turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// The client that acts now, and those that acted before it, the latest first.
    pub fn chain(&self) -> impl Iterator<Item = &Subject> {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).map(|actor| &actor.sub)
    }
}

/// An object with these two members and no other, each once, none of them null. What serde derives
/// would take an array as well, by position.
impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Actor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `sub`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Actor, A::Error> {
        let (mut sub, mut act) = (None, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "sub" if sub.is_none() => sub = Some(map.next_value()?),
                "act" if act.is_none() => act = Some(map.next_value()?),
                _ => return Err(A::Error::custom("an unknown member of `act`, or one twice")),
            }
        }
        let sub = sub.ok_or_else(|| A::Error::missing_field("sub"))?;
        Ok(Actor { sub, act })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_as_it_was_written_and_its_chain_is_the_latest_first() {
        let text = r#"{"sub":"cart","act":{"sub":"front"}}"#;
        let actor: Actor = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&actor).unwrap(), text);
        let chain: Vec<_> = actor.chain().map(Subject::as_str).collect();
        assert_eq!(chain, ["cart", "front"]);
    }

    #[test]
    fn what_is_no_actor_of_ours_is_refused() {
        for bad in [
            "null",
            "{}",
            r#""cart""#,
            r#"["cart"]"#,
            r#"["cart",null]"#,
            r#"{"sub":null}"#,
            r#"{"sub":""}"#,
            r#"{"sub":["cart"]}"#,
            r#"{"sub":"a b"}"#,
            r#"{"sub":"cart","act":null}"#,
            r#"{"sub":"cart","act":["front"]}"#,
            r#"{"sub":"cart","sub":"cart"}"#,
            r#"{"sub":"cart","iss":"https://id.example"}"#,
            r#"{"sub":"cart","act":{"sub":"front","scope":"all"}}"#,
        ] {
            assert!(serde_json::from_str::<Actor>(bad).is_err(), "{bad}");
        }
    }
}
