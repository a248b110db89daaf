//! Revocation by a client (RFC 7009): of its own tokens, and of nobody else's.

use super::caller::Caller;
use super::check::Presented;
use super::end::describe;
use super::error::SessionError;
use super::{Origin, Sessions};
use crate::id::Recorded;
use crate::store::{Action, Durability, Ended, Outcome, Target};
use crate::token::{Accept, Claims, PresentedRefresh, is_refresh_shaped};

/// Nothing was there to end; the weakest promise of all holds for that, and no other is claimed.
const NOTHING: Ended = Ended {
    sessions: 0,
    tokens: 0,
    durability: Durability::Primary,
};

impl Sessions {
    /// Ends an access token of the caller's, or a refresh token with its session.
    ///
    /// A token that is forged, expired or another client's ends nothing, and costs no command of
    /// the store where its signature, tag or claims tell. One that is dead already is ended again:
    /// who repeats a request whose outcome he does not know must learn what is certain.
    pub async fn revoke_own(
        &self,
        caller: &Caller,
        raw: &str,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let found = if is_refresh_shaped(raw) {
            self.own_refresh(caller, raw).await?
        } else {
            self.own_access(caller, raw).await?
        };
        let Some(target) = found else {
            return Ok(NOTHING);
        };
        let origin = origin.clone().acting(caller.id());
        let cause = self.cause(&origin, Action::Revoke);
        let result = self.store().revoke(&target, &cause).await;
        // What ends nothing is not audited, or a dead token could wash the audit.
        let outcome = match &result {
            Ok(ended) if ended.sessions + ended.tokens == 0 => return Ok(*ended),
            Ok(_) => Outcome::Ok,
            Err(_) => Outcome::Error,
        };
        self.audit(
            &origin,
            Action::Revoke,
            Some(describe(&target)),
            outcome,
            None,
        )
        .await;
        Ok(result?)
    }

    async fn own_access(&self, caller: &Caller, raw: &str) -> Result<Option<Target>, SessionError> {
        let owns = |claims: &Claims| claims.client_id == caller.id();
        let presented = self.presented(raw, Accept::AnyRegistered).ok();
        let Some(presented) = presented.filter(|it| it.claims().is_none_or(owns)) else {
            return Ok(None);
        };
        let target = Target::Token(presented.jti());
        // What is gone is nobody's any more.
        let Some(recorded) = self.store().liveness(&presented.jti()).await? else {
            return Ok(Some(target));
        };
        let own = match (presented, recorded) {
            // A stolen signing key must not end the token that is recorded under another's id.
            (Presented::Signed(token), recorded) => *token.recorded() == recorded,
            (Presented::Opaque(handle), Recorded::Claims(claims)) => {
                match self.claimed(&handle, claims, Accept::AnyRegistered) {
                    Ok(token) => owns(token.claims()),
                    Err(SessionError::Token(_)) => false,
                    Err(trouble) => return Err(trouble),
                }
            }
            (Presented::Opaque(_), Recorded::Digest(_)) => false,
        };
        Ok(own.then_some(target))
    }

    /// The session of a refresh token. One that was replaced names it too: the client that sends
    /// it may have lost the answer to a refresh.
    async fn own_refresh(
        &self,
        caller: &Caller,
        raw: &str,
    ) -> Result<Option<Target>, SessionError> {
        let Ok(presented) = self.keys().mac.open_refresh(raw) else {
            return Ok(None);
        };
        let view = self.store().session(&presented.sid()).await?;
        let own = |presented: &PresentedRefresh| {
            view.as_ref().is_none_or(|view| {
                let session = &view.record.session;
                presented.tagged_by(&session.secret) && session.client_id == caller.id()
            })
        };
        Ok(own(&presented).then_some(Target::Session(presented.sid())))
    }
}
