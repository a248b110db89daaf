//! Refresh tokens: a session's id and counter under two tags.
//!
//! The **outer** tag is by a key that all instances share: a token without it never reaches the
//! store. The **inner** one is by a secret in the session's record, so that whoever steals that
//! key still cannot make a refresh token, nor whoever copies the store.

use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::error::{KeyError, TokenError};
use crate::clock::Entropy;
use crate::id::Sid;

/// The first 16 bytes of HMAC-SHA-256 (RFC 2104, section 5, on truncation).
type Tag = [u8; 16];

const PREFIX: &str = "jr_";
/// The prefix, a session id, a counter of 20 digits, two tags, three dots.
const MAX_LEN: usize = 3 + 39 + 20 + 22 + 22 + 3;

const OUTER: &str = "jotleash refresh outer v1";
const INNER: &str = "jotleash refresh session v1";

/// Whether a text claims to be a refresh token: it begins with `jr_`, as no JWT can.
pub fn is_refresh_shaped(raw: &str) -> bool {
    raw.starts_with(PREFIX)
}

/// The key of the outer tags: 32 random bytes.
pub struct MacKey(pub(super) hmac::Key);

impl MacKey {
    /// The key of a file's bytes.
    ///
    /// # Errors
    /// [`KeyError::MacLength`] unless they are 32, [`KeyError::MacWeak`] if they are all the same.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != 32 {
            return Err(KeyError::MacLength(bytes.len()));
        }
        if bytes.iter().all(|b| Some(b) == bytes.first()) {
            return Err(KeyError::MacWeak);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    /// A new key's bytes.
    pub fn generate(entropy: &dyn Entropy) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice());
        bytes
    }

    /// The refresh token of a session at a counter.
    pub fn mint_refresh(&self, sid: &Sid, counter: u64, session_secret: &[u8; 32]) -> String {
        let inner = inner_tag(session_secret, sid, counter);
        render(sid, counter, &inner, &self.outer_tag(sid, counter, &inner))
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
        let expected = self.outer_tag(sid, *counter, inner);
        if !bool::from(expected.ct_eq(&outer)) {
            return Err(TokenError::RefreshTag);
        }
        Ok(presented)
    }

    fn outer_tag(&self, sid: &Sid, counter: u64, inner: &Tag) -> Tag {
        tag(&self.0, OUTER, sid, counter, inner)
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey([redacted])")
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
    tag(&key, INNER, sid, counter, &[])
}

/// The label says what is tagged, and every field says how long it is: no two different lists of
/// fields give the same bytes.
fn tag(key: &hmac::Key, label: &str, sid: &Sid, counter: u64, inner: &[u8]) -> Tag {
    let mut context = hmac::Context::with_key(key);
    let sid = sid.to_string();
    let fields: [&[u8]; 4] = [
        label.as_bytes(),
        sid.as_bytes(),
        &counter.to_be_bytes(),
        inner,
    ];
    for field in fields {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut tag = Tag::default();
    for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    tag
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
