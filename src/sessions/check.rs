//! The check: the signature or the tag first, then the one key.

use super::error::SessionError;
use super::scope::Scope;
use super::{ADMIN_SCOPE, Sessions};
use crate::id::{Jti, Recorded, TaggedClaims};
use crate::metrics::Checked;
use crate::store::StoreError;
use crate::token::{Accept, Claims, PresentedOpaque, TokenError, VerifiedToken, is_opaque_shaped};

/// A token whose signature or tag holds, and that may be worth asking the store about.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at each check, and it is moved once"
)]
pub(super) enum Presented {
    /// A JWT, all of whose claims hold.
    Signed(VerifiedToken),
    /// A handle, for claims that only the store knows.
    Opaque(PresentedOpaque),
}

impl Presented {
    /// Its id.
    pub(super) const fn jti(&self) -> Jti {
        match self {
            Self::Signed(token) => token.claims().jti,
            Self::Opaque(handle) => handle.jti(),
        }
    }

    /// What it says, if it says it itself.
    pub(super) const fn claims(&self) -> Option<&Claims> {
        match self {
            Self::Signed(token) => Some(token.claims()),
            Self::Opaque(_) => None,
        }
    }
}

/// A token that verified and is alive. Only [`Sessions::check`] makes one.
#[derive(Debug)]
pub struct LiveSession(VerifiedToken);

impl LiveSession {
    /// What the token says.
    pub fn claims(&self) -> &Claims {
        self.0.claims()
    }

    /// The token, which lived a moment ago.
    pub(super) fn into_token(self) -> VerifiedToken {
        self.0
    }

    /// What the store has for it.
    pub(super) const fn recorded(&self) -> &Recorded {
        self.0.recorded()
    }

    /// Its scope.
    pub fn scope(&self) -> Scope {
        Scope::from_text(&self.claims().scope)
    }

    /// Refuses a token that was exchanged: it does for its subject what its audience allows, and is
    /// not the subject itself.
    pub fn require_own(&self) -> Result<(), SessionError> {
        match self.claims().act {
            None => Ok(()),
            Some(_) => Err(SessionError::Delegated),
        }
    }

    /// Refuses unless it has all of these scopes.
    pub fn require(&self, needed: &Scope) -> Result<(), SessionError> {
        require(self.claims(), needed)
    }

    /// Refuses unless it has the admin scope or this narrower one.
    pub fn require_admin(&self, narrower: Option<&str>) -> Result<(), SessionError> {
        let scope = self.scope();
        if scope.contains(ADMIN_SCOPE) || narrower.is_some_and(|name| scope.contains(name)) {
            return Ok(());
        }
        Err(SessionError::InsufficientScope(
            narrower.unwrap_or(ADMIN_SCOPE).to_owned(),
        ))
    }
}

impl Sessions {
    /// Checks a token: its bytes, signature, claims, time and audience; then that no cut-off has
    /// ended it; and only then whether the store has its key, with the digest of just this token as
    /// the value. Of an opaque token its bytes and tag come first, and its claims with the key.
    ///
    /// # Errors
    /// [`SessionError::Token`] or [`SessionError::NotLive`] for a token that is refused,
    /// [`SessionError::Store`] when nobody can say.
    pub async fn check(&self, raw: &str, accept: Accept<'_>) -> Result<LiveSession, SessionError> {
        let result = self.look(raw, accept).await;
        self.metrics().checked(match &result {
            Ok(_) => Checked::Live,
            Err(error) => error.as_checked(),
        });
        result
    }

    /// Checks without counting.
    pub(super) async fn look(
        &self,
        raw: &str,
        accept: Accept<'_>,
    ) -> Result<LiveSession, SessionError> {
        self.live(self.presented(raw, accept)?, accept).await
    }

    /// The first half of the check: all that can be known without asking the store.
    pub(super) fn presented(&self, raw: &str, accept: Accept<'_>) -> Result<Presented, TokenError> {
        let keys = self.keys();
        if !is_opaque_shaped(raw) {
            let token = keys.verifier.verify(raw, self.now(), accept)?;
            return Ok(Presented::Signed(token));
        }
        keys.verifier.takes_opaque(accept)?;
        keys.mac.open_opaque(raw).map(Presented::Opaque)
    }

    /// The second half: whether no cut-off has ended it, and the store has its key; a JWT's with
    /// just its digest, an opaque token's with claims that hold for whoever accepts it.
    ///
    /// What is found live is remembered where its audience declares grace.
    pub(super) async fn live(
        &self,
        presented: Presented,
        accept: Accept<'_>,
    ) -> Result<LiveSession, SessionError> {
        let Some(grace) = self.grace() else {
            return self.asked(presented, accept).await;
        };
        let asked_at = grace.now();
        let live = self.asked(presented, accept).await?;
        let claims = live.claims();
        let audience = self.policy().audience(&claims.aud);
        if audience.is_some_and(|audience| audience.grace.is_some()) {
            grace.saw(claims.jti, live.recorded(), asked_at);
        }
        Ok(live)
    }

    async fn asked(
        &self,
        presented: Presented,
        accept: Accept<'_>,
    ) -> Result<LiveSession, SessionError> {
        match presented {
            Presented::Signed(token) => self.signed(token).await,
            Presented::Opaque(handle) => self.opaque(&handle, accept).await,
        }
    }

    async fn signed(&self, token: VerifiedToken) -> Result<LiveSession, SessionError> {
        if self.cut_off_covers(token.claims(), token.kid()).await? {
            return Err(SessionError::NotLive);
        }
        let recorded = self.store().liveness(&token.claims().jti).await?;
        if recorded.as_ref() == Some(token.recorded()) {
            return Ok(LiveSession(token));
        }
        Err(SessionError::NotLive)
    }

    async fn opaque(
        &self,
        handle: &PresentedOpaque,
        accept: Accept<'_>,
    ) -> Result<LiveSession, SessionError> {
        let Some(Recorded::Claims(claims)) = self.store().liveness(&handle.jti()).await? else {
            return Err(SessionError::NotLive);
        };
        let token = self.claimed(handle, claims, accept)?;
        if self.cut_off_covers(token.claims(), token.kid()).await? {
            return Err(SessionError::NotLive);
        }
        Ok(LiveSession(token))
    }

    /// What the store has for an opaque token, if it holds for whoever accepts it.
    pub(super) fn claimed(
        &self,
        handle: &PresentedOpaque,
        recorded: TaggedClaims,
        accept: Accept<'_>,
    ) -> Result<VerifiedToken, SessionError> {
        let (keys, now) = (self.keys(), self.now());
        let token = keys
            .verifier
            .verify_opaque(handle, recorded, &keys.mac, now, accept);
        token.map_err(misrecorded)
    }
}

/// Refuses unless a token says that it has all of these scopes.
pub(super) fn require(claims: &Claims, needed: &Scope) -> Result<(), SessionError> {
    if Scope::from_text(&claims.scope).covers(needed) {
        return Ok(());
    }
    Err(SessionError::InsufficientScope(needed.to_string()))
}

/// Claims in the store that this service has not written are the store's fault: they say nothing
/// about the token.
pub(super) fn misrecorded(error: TokenError) -> SessionError {
    match error {
        TokenError::Unbound => StoreError::Corrupt(error.to_string()).into(),
        refused => refused.into(),
    }
}
