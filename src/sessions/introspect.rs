//! Introspection (RFC 7662): what a client may know of a token.

use serde::Serialize;

use super::caller::Caller;
use super::error::SessionError;
use super::{LiveSession, Sessions};
use crate::id::{Jti, Sid, Subject};
use crate::store::{SessionView, StoreError};
use crate::token::{
    Accept, Actor, Claims, IntrospectionResponse, PresentedRefresh, is_refresh_shaped,
};

/// The answer (RFC 7662, section 2.2). Of a token that is not live, or not for the caller to see,
/// it says only that it is not active.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<Jti>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<Sid>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
}

impl Sessions {
    /// What the caller may know of a token. A public client may not ask.
    pub async fn introspect(
        &self,
        caller: &Caller,
        raw: &str,
    ) -> Result<Introspection, SessionError> {
        caller.authenticated()?;
        let found = if is_refresh_shaped(raw) {
            self.introspect_refresh(caller, raw).await?
        } else {
            self.introspect_access(caller, raw).await?
        };
        Ok(found.unwrap_or_default())
    }

    /// The answer as a JWT for the caller (RFC 9701), signed by the active key.
    pub fn sign_introspection(
        &self,
        caller: &Caller,
        answer: &Introspection,
    ) -> Result<String, SessionError> {
        let response = IntrospectionResponse {
            iss: self.policy().issuer(),
            aud: caller.id(),
            iat: self.now(),
            token_introspection: answer,
        };
        let signed = self.keys().keyring.sign_introspection(&response);
        signed.map_err(|error| {
            StoreError::Corrupt(format!("no response could be signed: {error}")).into()
        })
    }

    async fn introspect_access(
        &self,
        caller: &Caller,
        raw: &str,
    ) -> Result<Option<Introspection>, SessionError> {
        let sees = |claims: &Claims| may_see(caller, claims);
        let presented = self.presented(raw, Accept::AnyRegistered).ok();
        let Some(presented) = presented.filter(|it| it.claims().is_none_or(sees)) else {
            return Ok(None);
        };
        match self.live(presented, Accept::AnyRegistered).await {
            // What an opaque token says is known only now.
            Ok(live) => Ok(sees(live.claims()).then(|| of_access(&live))),
            Err(SessionError::NotLive | SessionError::Token(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// A refresh token is seen by the client that it was issued to, while it is the session's
    /// current one.
    async fn introspect_refresh(
        &self,
        caller: &Caller,
        raw: &str,
    ) -> Result<Option<Introspection>, SessionError> {
        let Ok(presented) = self.keys().mac.open_refresh(raw) else {
            return Ok(None);
        };
        let view = self.store().session(&presented.sid()).await?;
        let current = view.filter(|view| is_current(view, &presented));
        let own = current.filter(|view| view.record.session.client_id == caller.id());
        match own {
            Some(view) if !self.cut_off_covers_session(&view.record)? => {
                Ok(Some(self.of_refresh(&view)))
            }
            _ => Ok(None),
        }
    }

    fn of_refresh(&self, view: &SessionView) -> Introspection {
        let session = view.record.session.clone();
        Introspection {
            active: true,
            iss: Some(self.policy().issuer().to_owned()),
            sub: Some(session.subject),
            aud: Some(session.audience),
            exp: Some(session.expires_at),
            iat: Some(view.record.last_seen_at),
            client_id: Some(session.client_id),
            sid: Some(session.sid),
            scope: session.scope,
            token_type: Some("refresh_token"),
            ..Introspection::default()
        }
    }
}

/// Whether a token is the caller's own, or of an audience whose tokens it may see.
pub(super) fn may_see(caller: &Caller, claims: &Claims) -> bool {
    let client = caller.record();
    claims.client_id == caller.id() || client.introspect.contains(&claims.aud)
}

/// Whether a refresh would take it now as the current one, and not as a repeat or as reuse.
fn is_current(view: &SessionView, presented: &PresentedRefresh) -> bool {
    let user = view.standing.user.as_ref();
    presented.tagged_by(&view.record.session.secret)
        && presented.counter() >= view.record.counter
        && view.standing.ban.is_none()
        && !user.is_some_and(|user| user.disabled)
}

fn of_access(live: &LiveSession) -> Introspection {
    let claims = live.claims().clone();
    Introspection {
        active: true,
        iss: Some(claims.iss),
        sub: Some(claims.sub),
        aud: Some(claims.aud),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        jti: Some(claims.jti),
        client_id: Some(claims.client_id),
        sid: claims.sid,
        scope: claims.scope,
        roles: claims.roles,
        act: claims.act,
        token_type: Some("Bearer"),
    }
}
