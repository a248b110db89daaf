//! Refreshing: rotation without locks.
//!
//! A refresh token is a session, a counter and two tags. The outer tag is checked before the
//! store is asked; the record is read; a pure function decides; a compare-and-set writes; a lost
//! race reads again.

use super::caller::Caller;
use super::error::SessionError;
use super::grant::TokenRequest;
use super::login::{grantable, is_first_party, parse_scope};
use super::open::{MintedAccess, Opened, refused};
use super::policy::Audience;
use super::rotation::{Rotation, decide};
use super::scope::Scope;
use super::{Origin, Sessions};
use crate::id::Sid;
use crate::metrics::Grant;
use crate::store::{
    Action, Advance, ClientRecord, Guard, NewSession, Outcome, Refusal, SessionView, StoreError,
    Target,
};
use crate::token::PresentedRefresh;

/// How often a lost race is read again. Each loss means that somebody else advanced, and the next
/// read then finds a repeat, so even two are rare.
const MAX_TRIES: usize = 16;

impl Sessions {
    /// Exchanges a refresh token for a new access token and its successor, without client
    /// authentication: for sessions of the audience's `login_client` and of public clients only.
    ///
    /// # Errors
    /// [`SessionError::InvalidRefreshToken`] for one that is forged, dead, or another client's;
    /// also for one that was used before outside the grace, which ends its session.
    pub async fn refresh(&self, raw: &str, origin: &Origin) -> Result<Opened, SessionError> {
        let asking = Asking {
            caller: None,
            audience: None,
            scope: None,
            origin,
        };
        self.refresh_for(&asking, raw).await
    }

    /// The `refresh_token` grant (RFC 6749, section 6): the same for a client's own sessions. The
    /// scope narrows the access token; the session's own stays.
    ///
    /// # Errors
    /// As [`Sessions::refresh`], and [`SessionError::InvalidTarget`] or
    /// [`SessionError::InvalidScope`] for another audience than the session's, or more scope; then
    /// nothing happens to the session.
    pub async fn refresh_grant(
        &self,
        caller: &Caller,
        raw: &str,
        request: &TokenRequest,
        origin: &Origin,
    ) -> Result<Opened, SessionError> {
        caller.may_use("refresh_token")?;
        let scope = request.scope.as_deref().map(parse_scope).transpose()?;
        let asking = Asking {
            caller: Some(caller),
            audience: request.audience.as_deref(),
            scope: scope.as_ref(),
            origin,
        };
        self.refresh_for(&asking, raw).await
    }

    async fn refresh_for(&self, asking: &Asking<'_>, raw: &str) -> Result<Opened, SessionError> {
        let presented = self.keys().mac.open_refresh(raw);
        let presented = presented.map_err(|_| SessionError::InvalidRefreshToken)?;
        for _ in 0..MAX_TRIES {
            let view = self.presented_session(&presented).await?;
            if let Some(opened) = self.try_refresh(&view, &presented, asking).await? {
                return Ok(opened);
            }
        }
        Err(
            StoreError::Unavailable("the session changes faster than it can be read".to_owned())
                .into(),
        )
    }

    /// The session that a refresh token belongs to, if the token's inner tag is by its secret.
    async fn presented_session(
        &self,
        presented: &PresentedRefresh,
    ) -> Result<SessionView, SessionError> {
        let view = self.store().session(&presented.sid()).await?;
        view.filter(|view| presented.tagged_by(&view.record.session.secret))
            .ok_or(SessionError::InvalidRefreshToken)
    }

    /// One try: `None` when the record changed between reading and writing.
    async fn try_refresh(
        &self,
        view: &SessionView,
        presented: &PresentedRefresh,
        asking: &Asking<'_>,
    ) -> Result<Option<Opened>, SessionError> {
        let session = &view.record.session;
        let (client, audience) = self.party(session, asking).await?;
        if view.standing.ban.is_some() {
            return Err(SessionError::Banned);
        }
        if view
            .standing
            .user
            .as_ref()
            .is_some_and(|user| user.disabled)
        {
            return Err(SessionError::Disabled);
        }
        if self.cut_off_covers_session(&view.record)? {
            return Err(SessionError::InvalidRefreshToken);
        }
        let refreshing = Refreshing {
            view,
            client: &client,
            audience,
            asking,
        };
        let renewed = self.renewed(&refreshing)?;

        let since = view
            .now_millis
            .saturating_sub(view.record.advanced_at_millis);
        let grace = audience.refresh_grace_millis;
        match decide(view.record.counter, presented.counter(), since, grace) {
            Rotation::Advance(counter) => self.advance(&refreshing, renewed, counter).await,
            Rotation::Repeat => self.repeat(&refreshing, renewed).await,
            Rotation::Reuse => Err(self.end_reused(session.sid, asking.origin).await),
        }
    }

    /// The client and the audience of a session, if both still are what they were, and this is
    /// for whoever asks: a caller's own session, or a first-party one.
    async fn party(
        &self,
        session: &NewSession,
        asking: &Asking<'_>,
    ) -> Result<(ClientRecord, &Audience), SessionError> {
        let invalid = SessionError::InvalidRefreshToken;
        let audience = self.policy().audience(&session.audience);
        let Some(audience) = audience else {
            return Err(invalid);
        };
        let client = match asking.caller {
            Some(caller) => Some(caller.record().clone()),
            None => self.store().client(&session.client_id).await?,
        };
        let theirs = |client: &ClientRecord| match asking.caller {
            Some(_) => client.id.as_str() == session.client_id,
            None => is_first_party(client, audience),
        };
        let client = client.filter(|client| client.audiences.contains(&audience.name));
        let client = client.filter(theirs).ok_or(invalid)?;
        if asking.audience.is_some_and(|name| name != audience.name) {
            return Err(SessionError::InvalidTarget(
                "the session is for another audience".to_owned(),
            ));
        }
        Ok((client, audience))
    }

    async fn advance(
        &self,
        refreshing: &Refreshing<'_>,
        mut session: NewSession,
        counter: u64,
    ) -> Result<Option<Opened>, SessionError> {
        let now = self.now();
        let ends_at = session.created_at + refreshing.audience.refresh_max;
        session.expires_at = ends_at.min(now + refreshing.audience.refresh_idle);
        if session.expires_at <= now {
            return Err(SessionError::InvalidRefreshToken);
        }
        let minted = self.mint_access(
            &session,
            refreshing.audience,
            &refreshing.roles(),
            session.expires_at,
        )?;
        self.write(refreshing, session, counter, minted).await
    }

    /// The same successor again, and the same access token while it lives.
    async fn repeat(
        &self,
        refreshing: &Refreshing<'_>,
        session: NewSession,
    ) -> Result<Option<Opened>, SessionError> {
        self.note_repeat(refreshing).await?;
        let record = &refreshing.view.record;
        let (counter, last, now) = (record.counter, record.access, self.now());
        let (audience, roles) = (refreshing.audience, refreshing.roles());
        if refreshing.view.access_live && last.exp > now {
            let times = (last.jti, last.iat, last.exp);
            let again = self.mint_access_as(&session, audience, &roles, times)?;
            // Another digest means that roles, scopes or the key have changed since.
            if again.access.recorded.digest() == last.digest {
                return Ok(Some(self.opened(&session, counter, again, now)));
            }
        }
        let minted = self.mint_access(&session, audience, &roles, session.expires_at)?;
        self.write(refreshing, session, counter, minted).await
    }

    /// Records the new access token, and the counter if it moves.
    async fn write(
        &self,
        refreshing: &Refreshing<'_>,
        session: NewSession,
        counter: u64,
        minted: MintedAccess,
    ) -> Result<Option<Opened>, SessionError> {
        let now = self.now();
        let advance = Advance {
            sid: session.sid,
            expected: refreshing.view.record.counter,
            counter,
            access: minted.access.clone(),
            expires_at: session.expires_at,
            now,
            ip: refreshing.asking.origin.ip.clone(),
        };
        let guard = Guard {
            version: refreshing.view.standing.version(),
            client: false,
        };
        match self.store().advance(&advance, &guard).await? {
            Ok(()) => {
                self.metrics().issued(Grant::RefreshToken);
                Ok(Some(self.opened(&session, counter, minted, now)))
            }
            Err(Refusal::Lost | Refusal::Stale) => Ok(None),
            Err(refusal) => Err(refused(&refusal, SessionError::InvalidRefreshToken)),
        }
    }

    /// The session with the scope that its client and its user's roles still allow, or with
    /// what was asked for of that.
    fn renewed(&self, refreshing: &Refreshing<'_>) -> Result<NewSession, SessionError> {
        let Refreshing {
            view,
            client,
            audience,
            asking,
        } = refreshing;
        let allowed = self
            .policy()
            .user_scope(client, audience, &refreshing.roles());
        let allowed = allowed.ok_or(SessionError::InvalidRefreshToken)?;
        let mut session = view.record.session.clone();
        let allowed = Scope::from_text(&session.scope).intersection(&allowed);
        session.scope = grantable(asking.scope, Some(allowed))?.to_string();
        Ok(session)
    }

    /// Audits a repeat, once an advance, with both addresses.
    async fn note_repeat(&self, refreshing: &Refreshing<'_>) -> Result<(), SessionError> {
        let record = &refreshing.view.record;
        let (sid, counter) = (record.session.sid, record.counter);
        if record.repeat_noted == Some(counter) || !self.store().note_repeat(&sid, counter).await? {
            return Ok(());
        }
        let unknown = || "unknown".to_owned();
        let detail = format!(
            "refreshed from {}, repeated from {}",
            record.session.ip.clone().unwrap_or_else(unknown),
            refreshing.asking.origin.ip.clone().unwrap_or_else(unknown)
        );
        let origin = refreshing
            .asking
            .origin
            .clone()
            .acting(record.session.subject.as_str());
        let target = Some(sid.to_string());
        self.audit(
            &origin,
            Action::RefreshRepeat,
            target,
            Outcome::Ok,
            Some(detail),
        )
        .await;
        Ok(())
    }

    /// Ends the session of a refresh token that was used before. Somebody has a copy, and nobody
    /// can tell who.
    async fn end_reused(&self, sid: Sid, origin: &Origin) -> SessionError {
        let cause = self.cause(origin, Action::RefreshReuse);
        let ended = self.store().revoke(&Target::Session(sid), &cause).await;
        let ended = ended.map_err(SessionError::from);
        self.audit_result(origin, Action::RefreshReuse, sid.to_string(), &ended)
            .await;
        ended.err().unwrap_or(SessionError::InvalidRefreshToken)
    }
}

/// Who asks for a refresh, and for what.
struct Asking<'a> {
    /// The client, at the token endpoint.
    caller: Option<&'a Caller>,
    audience: Option<&'a str>,
    scope: Option<&'a Scope>,
    origin: &'a Origin,
}

/// A refresh under way.
struct Refreshing<'a> {
    view: &'a SessionView,
    client: &'a ClientRecord,
    audience: &'a Audience,
    asking: &'a Asking<'a>,
}

impl Refreshing<'_> {
    fn roles(&self) -> Vec<String> {
        let user = self.view.standing.user.as_ref();
        Sessions::roles_of(&self.view.record, user.map(|user| user.roles.as_slice()))
    }
}
