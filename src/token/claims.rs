//! The claims of an access token, and what must hold of them whoever asks and whenever.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::actor::{Actor, MAX_ACTORS};
use super::error::TokenError;
use super::{MAX_LIFETIME, MAX_SKEW};
use crate::id::{Jti, Sid, Subject};

/// The claims of an access token (RFC 7519, section 4.1, and RFC 9068, section 2.2).
///
/// Members without a value are left out when a token is made. When one is read, a member that is
/// null, empty, twice there or unknown refuses the whole token: this service wrote none like it.
/// `cnf` (RFC 7800) is not built yet, so it is an unknown member too, and a token that claims to be
/// bound is refused rather than taken for a plain one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who issued the token: this service's URL.
    pub iss: String,
    /// Who it is about.
    pub sub: Subject,
    /// Who it is for: the name of one audience, never a list.
    pub aud: String,
    /// When it ends, Unix seconds.
    pub exp: u64,
    /// When it was made, Unix seconds.
    pub iat: u64,
    /// When it begins, Unix seconds.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub nbf: Option<u64>,
    /// Its id, in the slot of `sub`.
    pub jti: Jti,
    /// The client that it was issued to (RFC 8693, section 4.3).
    pub client_id: String,
    /// The session that it belongs to, in the slot of `sub`.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub sid: Option<Sid>,
    /// When that session began, Unix seconds. There exactly when `sid` is.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_time: Option<u64>,
    /// Scopes with one space between them (RFC 6749, section 3.3); `""` for none.
    #[serde(
        default,
        deserialize_with = "filled",
        skip_serializing_if = "String::is_empty"
    )]
    pub scope: String,
    /// Roles; empty for none.
    #[serde(
        default,
        deserialize_with = "filled",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub roles: Vec<String>,
    /// Who acts for the subject: there exactly when the token was exchanged (RFC 8693, section 4.1).
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub act: Option<Actor>,
}

impl Claims {
    /// What must hold of the claims at any time, under any issuer, for any audience.
    pub(super) fn check_consistent(&self) -> Result<(), TokenError> {
        let named = !self.iss.is_empty() && !self.aud.is_empty() && is_client_id(&self.client_id);
        let scope_ok = self.scope.is_empty() || self.scope.split(' ').all(is_scope_token);
        let roles_ok = self.roles.iter().all(|role| is_role(role));
        if !(named && scope_ok && roles_ok) {
            return Err(TokenError::Claims);
        }
        if let Some(actor) = &self.act {
            // The client that it was issued to is the one that acts (RFC 8693, section 4.3).
            let current = actor.sub.as_str() == self.client_id;
            if !current || actor.chain().count() > MAX_ACTORS {
                return Err(TokenError::Claims);
            }
        }
        let lifetime = self.exp.checked_sub(self.iat).ok_or(TokenError::Lifetime)?;
        if lifetime == 0 || lifetime > MAX_LIFETIME {
            return Err(TokenError::Lifetime);
        }
        let slot = self.sub.slot();
        if self.jti.slot() != slot || self.sid.is_some_and(|sid| sid.slot() != slot) {
            return Err(TokenError::Slot);
        }
        if self.sid.is_some() != self.auth_time.is_some() {
            return Err(TokenError::Session);
        }
        Ok(())
    }

    /// Whether the token has begun at this time. Whether it has ended is for the caller to ask.
    pub(super) fn check_begun(&self, now: u64) -> Result<(), TokenError> {
        let latest = now.saturating_add(MAX_SKEW);
        if self.iat > latest {
            return Err(TokenError::IssuedInFuture);
        }
        if self.nbf.is_some_and(|nbf| nbf > latest) {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }

    /// Whether the token has ended at this time: `exp` itself is too late (RFC 7519, 4.1.4).
    pub(super) const fn has_expired(&self, now: u64) -> bool {
        self.exp <= now
    }
}

/// `client-id` of RFC 6749, appendix A.1, and not empty.
fn is_client_id(raw: &str) -> bool {
    !raw.is_empty() && raw.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// `scope-token` of RFC 6749, appendix A.4.
fn is_scope_token(raw: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    !raw.is_empty() && raw.bytes().all(allowed)
}

/// Roles travel in one header with spaces between them, so none may hold a space.
fn is_role(raw: &str) -> bool {
    !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_graphic())
}

/// A value that may be left out, but not null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// A value that may be left out, but neither null nor empty.
fn filled<'de, D, T>(d: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default + PartialEq,
{
    let value = T::deserialize(d)?;
    if value == T::default() {
        return Err(de::Error::custom("empty"));
    }
    Ok(value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    /// Good claims for any time from 1,000 to 1,299.
    pub(in crate::token) fn good() -> Claims {
        let sub: Subject = "alice".parse().unwrap();
        Claims {
            iss: "https://id.example".to_owned(),
            aud: "web".to_owned(),
            exp: 1_300,
            iat: 1_000,
            nbf: None,
            jti: Jti::random(sub.slot(), &SystemEntropy),
            client_id: "front".to_owned(),
            sid: Some(Sid::random(sub.slot(), &SystemEntropy)),
            auth_time: Some(900),
            scope: "read write".to_owned(),
            roles: vec!["editor".to_owned()],
            act: None,
            sub,
        }
    }

    #[test]
    fn what_has_no_value_is_left_out() {
        let claims = Claims {
            sid: None,
            auth_time: None,
            scope: String::new(),
            roles: Vec::new(),
            ..good()
        };
        let json = serde_json::to_string(&claims).unwrap();
        for absent in [
            "nbf",
            "sid",
            "auth_time",
            "scope",
            "roles",
            "act",
            "null",
            " ",
        ] {
            assert!(!json.contains(absent), "{absent} in {json}");
        }
        assert_eq!(serde_json::from_str::<Claims>(&json).unwrap(), claims);
    }

    #[test]
    fn what_is_there_without_a_value_is_refused() {
        let good = serde_json::to_value(good()).unwrap();
        assert!(serde_json::from_value::<Claims>(good.clone()).is_ok());
        for (member, value) in [
            ("nbf", serde_json::Value::Null),
            ("sid", serde_json::Value::Null),
            ("auth_time", serde_json::Value::Null),
            ("scope", serde_json::Value::Null),
            ("scope", "".into()),
            ("roles", serde_json::Value::Null),
            ("roles", serde_json::json!([])),
            ("act", serde_json::Value::Null),
            ("act", serde_json::json!({})),
            ("act", serde_json::json!({"sub": "front", "iss": "x"})),
            ("act", serde_json::json!(["front"])),
            ("cnf", serde_json::json!({"jkt": "x"})),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(serde_json::from_value::<Claims>(bad).is_err(), "{member}");
        }
    }

    /// Clients that act, the latest first.
    fn acting(chain: &[&str]) -> Actor {
        let actors = chain.iter().rev().fold(None, |act, name| {
            let sub = name.parse().unwrap();
            Some(Box::new(Actor { sub, act }))
        });
        *actors.unwrap()
    }

    #[test]
    fn a_token_that_was_exchanged_tells_for_whom_and_by_whom() {
        let mut claims = good();
        claims.act = Some(acting(&["front", "a", "b", "c"]));
        assert_eq!(claims.check_consistent(), Ok(()));
        let json = serde_json::to_string(&claims).unwrap();
        assert!(
            json.contains(r#""act":{"sub":"front","act":{"sub":"a","#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<Claims>(&json).unwrap(), claims);
    }

    #[test]
    fn claims_that_contradict_each_other_are_refused() {
        type Change = fn(&mut Claims);
        let cases: [(Change, TokenError); 18] = [
            (|c| c.iss.clear(), TokenError::Claims),
            (|c| c.aud.clear(), TokenError::Claims),
            (|c| c.client_id.clear(), TokenError::Claims),
            (|c| c.client_id.push('\n'), TokenError::Claims),
            (|c| c.scope = "a  b".into(), TokenError::Claims),
            (|c| c.scope = " a".into(), TokenError::Claims),
            (|c| c.scope = "a\"b".into(), TokenError::Claims),
            (|c| c.roles.push(String::new()), TokenError::Claims),
            (|c| c.roles.push("a b".into()), TokenError::Claims),
            (|c| c.exp = c.iat, TokenError::Lifetime),
            (|c| c.exp = c.iat - 1, TokenError::Lifetime),
            (|c| c.exp = c.iat + MAX_LIFETIME + 1, TokenError::Lifetime),
            (|c| c.sub = "bob".parse().unwrap(), TokenError::Slot),
            (
                |c| c.sid = Some(Sid::random(crate::id::SlotTag::of("bob"), &SystemEntropy)),
                TokenError::Slot,
            ),
            (|c| c.sid = None, TokenError::Session),
            (|c| c.auth_time = None, TokenError::Session),
            (|c| c.act = Some(acting(&["back"])), TokenError::Claims),
            (
                |c| c.act = Some(acting(&["front", "a", "b", "c", "d"])),
                TokenError::Claims,
            ),
        ];
        assert_eq!(good().check_consistent(), Ok(()));
        for (index, (change, expected)) in cases.into_iter().enumerate() {
            let mut claims = good();
            change(&mut claims);
            assert_eq!(claims.check_consistent(), Err(expected), "case {index}");
        }
    }

    #[test]
    fn clocks_may_differ_by_five_seconds_and_an_end_is_an_end() {
        let mut claims = good();
        assert_eq!(claims.check_begun(995), Ok(()));
        assert_eq!(claims.check_begun(994), Err(TokenError::IssuedInFuture));
        claims.nbf = Some(1_100);
        assert_eq!(claims.check_begun(1_095), Ok(()));
        assert_eq!(claims.check_begun(1_094), Err(TokenError::NotYetValid));
        assert!(!claims.has_expired(1_299));
        assert!(claims.has_expired(1_300));
    }
}
