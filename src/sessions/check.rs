//! The check: the signature first, then the one key.

use super::error::SessionError;
use super::scope::Scope;
use super::{ADMIN_SCOPE, Sessions};
use crate::metrics::Checked;
use crate::token::{Accept, Claims, VerifiedToken};

/// A token that verified and is alive. Only [`Sessions::check`] makes one.
#[derive(Debug)]
pub struct LiveSession(VerifiedToken);

impl LiveSession {
    /// What the token says.
    pub fn claims(&self) -> &Claims {
        self.0.claims()
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
        if self.scope().covers(needed) {
            return Ok(());
        }
        Err(SessionError::InsufficientScope(needed.to_string()))
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
    /// the value.
    ///
    /// # Errors
    /// [`SessionError::Token`] or [`SessionError::NotLive`] for a token that is refused,
    /// [`SessionError::Store`] when nobody can say.
    pub async fn check(&self, raw: &str, accept: Accept<'_>) -> Result<LiveSession, SessionError> {
        let result = self.look(raw, accept).await;
        self.metrics().checked(match &result {
            Ok(_) => Checked::Live,
            Err(SessionError::Token(_)) => Checked::Invalid,
            Err(SessionError::NotLive) => Checked::NotLive,
            Err(_) => Checked::Error,
        });
        result
    }

    async fn look(&self, raw: &str, accept: Accept<'_>) -> Result<LiveSession, SessionError> {
        self.live(self.keys().verifier.verify(raw, self.now(), accept)?)
            .await
    }

    /// Whether no cut-off has ended a token that verified, and the store has its key, with just
    /// this token's digest.
    pub(super) async fn live(&self, token: VerifiedToken) -> Result<LiveSession, SessionError> {
        if self.cut_off_covers(token.claims(), token.kid()).await? {
            return Err(SessionError::NotLive);
        }
        let recorded = self.store().liveness(&token.claims().jti).await?;
        if recorded == Some(token.digest()) {
            return Ok(LiveSession(token));
        }
        Err(SessionError::NotLive)
    }
}
