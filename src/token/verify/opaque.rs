//! The check of an opaque token's claims, once the store has given them.

use super::{Accept, Inspected, VerifiedToken, Verifier};
use crate::id::{Recorded, TaggedClaims};
use crate::token::algorithm::Format;
use crate::token::error::TokenError;
use crate::token::mac::MacKeys;
use crate::token::opaque::PresentedOpaque;

impl Verifier {
    /// Whether an opaque token can be for an accepted audience, before anybody looks what it says.
    ///
    /// # Errors
    /// [`TokenError::Audience`] or [`TokenError::Typ`] if all of these take JWTs.
    pub fn takes_opaque(&self, accept: Accept<'_>) -> Result<(), TokenError> {
        match accept {
            Accept::Audience(name) => self.check_audience(name, Format::Opaque, accept),
            Accept::AnyRegistered => {
                let any = self.audiences.values().any(|it| *it == Format::Opaque);
                any.then_some(()).ok_or(TokenError::Typ)
            }
        }
    }

    /// Checks what is recorded for an opaque token as [`Verifier::verify`] checks a JWT.
    ///
    /// # Errors
    /// [`TokenError::Unbound`] for claims that `mac` has not tagged for this token: the store holds
    /// what this service has not written, which says nothing about the token. Else the first step
    /// that refuses it.
    pub fn verify_opaque(
        &self,
        presented: &PresentedOpaque,
        recorded: TaggedClaims,
        mac: &MacKeys,
        now: u64,
        accept: Accept<'_>,
    ) -> Result<VerifiedToken, TokenError> {
        let inspected = self.check_opaque(presented, recorded, mac, now, accept)?;
        inspected.holding()
    }

    /// What is recorded for an opaque token of any registered audience that may have expired, for
    /// an administrator who asks why it is refused. All else is checked as in
    /// [`Verifier::verify_opaque`].
    pub fn inspect_opaque(
        &self,
        presented: &PresentedOpaque,
        recorded: TaggedClaims,
        mac: &MacKeys,
        now: u64,
    ) -> Result<Inspected, TokenError> {
        self.check_opaque(presented, recorded, mac, now, Accept::AnyRegistered)
    }

    fn check_opaque(
        &self,
        presented: &PresentedOpaque,
        recorded: TaggedClaims,
        mac: &MacKeys,
        now: u64,
        accept: Accept<'_>,
    ) -> Result<Inspected, TokenError> {
        let claims = mac.bound_claims(presented, &recorded)?;
        self.check_claims(&claims, now)?;
        self.check_audience(&claims.aud, Format::Opaque, accept)?;
        Ok(Inspected {
            expired: claims.has_expired(now),
            claims,
            recorded: Recorded::Claims(recorded),
            kid: None,
        })
    }
}
