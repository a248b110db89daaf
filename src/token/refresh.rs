//! Refresh tokens: a session's id and counter under two tags.
//!
//! The **outer** tag is by a key that all instances share (a [`MacKey`](super::MacKey)): a
//! token without it never reaches the store. The **inner** one is by a secret in the session's record, so that whoever steals that
//! key still cannot make a refresh token, nor whoever copies the store.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use subtle::ConstantTimeEq as _;

use super::error::TokenError;
use super::mac::{MacKeys, Tag, tag};
use crate::id::Sid;

const PREFIX: &str = "jr_";
/// The prefix, a session id, a counter of 20 digits, two tags, three dots.
const MAX_LEN: usize = 3 + 39 + 20 + 22 + 22 + 3;

const OUTER: &str = "jotleash refresh outer v1";
const INNER: &str = "jotleash refresh session v1";

/// Whether a text claims to be a refresh token: it begins with `jr_`, as no JWT can.
pub fn is_refresh_shaped(raw: &str) -> bool {
    raw.starts_with(PREFIX)
}

impl MacKeys {
    /// The refresh token of a session at a counter.
    pub fn mint_refresh(&self, sid: &Sid, counter: u64, session_secret: &[u8; 32]) -> String {
        let inner = inner_tag(session_secret, sid, counter);
        let outer = with_fields(sid, counter, &inner, |fields| self.tag(OUTER, fields));
        render(sid, counter, &inner, &outer)
    }

    /// Reads a refresh token and checks its outer tag, in constant time.
    ///
    /// # Errors
    /// [`TokenError::RefreshForm`] or [`TokenError::RefreshTag`].
    pub fn open_refresh(&self, raw: &str) -> Result<PresentedRefresh, TokenError> {
        let (presented, outer) = parse(raw).ok_or(TokenError::RefreshForm)?;
        let PresentedRefresh {
            sid,
            counter,
            inner,
        } = &presented;
        // One token, one text: a leading zero or plus sign in the counter ends here.
        if render(sid, *counter, inner, &outer) != raw {
            return Err(TokenError::RefreshForm);
        }
        let holds = |fields: &[&[u8]; 3]| self.holds(OUTER, fields, &outer);
        if !with_fields(sid, *counter, inner, holds) {
            return Err(TokenError::RefreshTag);
        }
        Ok(presented)
    }
}

/// A refresh token whose outer tag holds. Whether its session gave it out, only the session's
/// secret can tell.
pub struct PresentedRefresh {
    sid: Sid,
    counter: u64,
    inner: Tag,
}

impl PresentedRefresh {
    /// The session that it claims.
    pub const fn sid(&self) -> Sid {
        self.sid
    }

    /// How often that session had been refreshed when it was made.
    pub const fn counter(&self) -> u64 {
        self.counter
    }

    /// Whether the inner tag is by this session's secret, in constant time.
    pub fn tagged_by(&self, session_secret: &[u8; 32]) -> bool {
        let expected = inner_tag(session_secret, &self.sid, self.counter);
        expected.ct_eq(&self.inner).into()
    }
}

impl fmt::Debug for PresentedRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedRefresh")
            .field("sid", &self.sid)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

fn inner_tag(session_secret: &[u8; 32], sid: &Sid, counter: u64) -> Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session_secret);
    with_fields(sid, counter, &[], |fields| tag(&key, INNER, fields))
}

fn with_fields<T>(sid: &Sid, counter: u64, inner: &[u8], work: impl FnOnce(&[&[u8]; 3]) -> T) -> T {
    work(&[sid.to_string().as_bytes(), &counter.to_be_bytes(), inner])
}

fn render(sid: &Sid, counter: u64, inner: &Tag, outer: &Tag) -> String {
    let mut out = String::with_capacity(MAX_LEN);
    // Writing to a `String` cannot fail.
    let _ = write!(out, "{PREFIX}{sid}.{counter}.");
    URL_SAFE_NO_PAD.encode_string(inner, &mut out);
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(outer, &mut out);
    out
}

fn parse(raw: &str) -> Option<(PresentedRefresh, Tag)> {
    if raw.len() > MAX_LEN {
        return None;
    }
    let (rest, outer) = raw.strip_prefix(PREFIX)?.rsplit_once('.')?;
    let (rest, inner) = rest.rsplit_once('.')?;
    let (sid, counter) = rest.rsplit_once('.')?;
    let presented = PresentedRefresh {
        sid: sid.parse().ok()?,
        counter: counter.parse().ok()?,
        inner: parse_tag(inner)?,
    };
    Some((presented, parse_tag(outer)?))
}

fn parse_tag(raw: &str) -> Option<Tag> {
    URL_SAFE_NO_PAD.decode(raw).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
