//! Opaque tokens: handles for claims that the store keeps.
//!
//! A handle is its token's `jti` under a tag: `jl_`, the slot tag, a dot, and 16 random bytes and
//! the 16 bytes of the tag in 43 characters of base64url. The tag is by a key that all instances
//! share, so a handle without it never reaches the store. The claims are tagged for the `jti` by
//! the same key: whoever writes to the store still cannot say who somebody is.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::MAX_TOKEN_LEN;
use super::claims::Claims;
use super::error::{MintError, TokenError};
use super::mac::{MacKeys, Tag};
use super::mint::Minted;
use crate::id::{Jti, Recorded, TaggedClaims, Tail};

const PREFIX: &str = "jl_";

const HANDLE: &str = "jotleash opaque handle v1";
const CLAIMS: &str = "jotleash opaque claims v1";

/// Whether a text claims to be an opaque token: it begins with `jl_`, as no JWT can.
pub fn is_opaque_shaped(raw: &str) -> bool {
    raw.starts_with(PREFIX)
}

/// An opaque token whose tag holds. What it says, and whether it is alive, only the store knows.
pub struct PresentedOpaque {
    jti: Jti,
}

impl PresentedOpaque {
    /// Its id, under which its claims are recorded.
    pub const fn jti(&self) -> Jti {
        self.jti
    }
}

impl fmt::Debug for PresentedOpaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedOpaque")
            .field("jti", &self.jti)
            .finish()
    }
}

impl MacKeys {
    /// An opaque token with these claims. The same claims give the same token.
    ///
    /// # Errors
    /// As [`Keyring::mint`](super::Keyring::mint); what is too long is what is recorded.
    pub fn mint_opaque(&self, claims: &Claims) -> Result<Minted, MintError> {
        claims.check_consistent()?;
        let jti = claims.jti;
        let claims = serde_json::to_string(claims)?;
        let tag = self.tag(CLAIMS, &claims_fields(&jti.to_string(), &claims));
        let recorded = TaggedClaims::new(claims, &tag);
        if recorded.as_str().len() > MAX_TOKEN_LEN {
            return Err(TokenError::TooLong.into());
        }
        let random = jti.tail().to_bytes();
        let tag = self.tag(HANDLE, &handle_fields(jti.slot().as_str(), &random));
        Ok(Minted {
            token: render(&jti, &tag),
            recorded: Recorded::Claims(recorded),
        })
    }

    /// Reads an opaque token and checks its tag, in constant time.
    ///
    /// # Errors
    /// [`TokenError::OpaqueForm`] or [`TokenError::OpaqueTag`].
    pub fn open_opaque(&self, raw: &str) -> Result<PresentedOpaque, TokenError> {
        let (jti, tag) = parse(raw).ok_or(TokenError::OpaqueForm)?;
        let random = jti.tail().to_bytes();
        if !self.holds(HANDLE, &handle_fields(jti.slot().as_str(), &random), &tag) {
            return Err(TokenError::OpaqueTag);
        }
        Ok(PresentedOpaque { jti })
    }

    /// The claims that are recorded for an opaque token, if they are tagged for it.
    pub(super) fn bound_claims(
        &self,
        presented: &PresentedOpaque,
        recorded: &TaggedClaims,
    ) -> Result<Claims, TokenError> {
        let jti = presented.jti.to_string();
        let fields = claims_fields(&jti, recorded.claims());
        if !self.holds(CLAIMS, &fields, &recorded.tag()) {
            return Err(TokenError::Unbound);
        }
        serde_json::from_str(recorded.claims()).map_err(|_| TokenError::Claims)
    }
}

fn handle_fields<'a>(slot: &'a str, random: &'a [u8; 16]) -> [&'a [u8]; 2] {
    [slot.as_bytes(), random]
}

fn claims_fields<'a>(jti: &'a str, claims: &'a str) -> [&'a [u8]; 2] {
    [jti.as_bytes(), claims.as_bytes()]
}

fn render(jti: &Jti, tag: &Tag) -> String {
    let mut bytes = [0; 32];
    let both = jti.tail().to_bytes().into_iter().chain(*tag);
    for (to, from) in bytes.iter_mut().zip(both) {
        *to = from;
    }
    format!("{PREFIX}{}.{}", jti.slot(), URL_SAFE_NO_PAD.encode(bytes))
}

/// One token, one text: ids and base64url are read strictly.
fn parse(raw: &str) -> Option<(Jti, Tag)> {
    let (slot, rest) = raw.strip_prefix(PREFIX)?.split_once('.')?;
    // Before anything is decoded: a text may be as long as it likes.
    if rest.len() != 43 {
        return None;
    }
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(rest).ok()?.try_into().ok()?;
    let (random, tag) = bytes.split_at_checked(16)?;
    let tail = Tail::from_bytes(random.try_into().ok()?);
    Some((Jti::new(slot.parse().ok()?, tail), tag.try_into().ok()?))
}

#[cfg(test)]
mod tests;
