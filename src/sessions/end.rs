//! Ending sessions and tokens: by their owner, and by an operator.

use super::check::LiveSession;
use super::cut_off::covers;
use super::error::SessionError;
use super::{Origin, Sessions};
use crate::id::{Jti, Sid, SlotTag, Subject};
use crate::store::{Action, Ended, Listed, Page, SessionFilter, SessionRecord, Target};
use crate::token::{is_opaque_shaped, is_refresh_shaped};

/// How much a log-out ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutScope {
    /// The session of the token presented; without one, or exchanged, that token.
    Local,
    /// Every other session of the subject.
    Others,
    /// Every session and token of the subject.
    Global,
}

/// What an operator ends.
#[derive(Clone, PartialEq, Eq)]
pub enum RevokeTarget {
    /// An access token by itself, or a refresh token with its session.
    Token(String),
    /// A token by its id.
    Jti(Jti),
    /// A session by its id.
    Sid(Sid),
    /// All that a subject has.
    Subject(Subject),
}

impl std::fmt::Debug for RevokeTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.describe())
    }
}

impl RevokeTarget {
    /// What it is, without the token itself.
    fn describe(&self) -> String {
        match self {
            Self::Token(_) => "a token".to_owned(),
            Self::Jti(jti) => jti.to_string(),
            Self::Sid(sid) => sid.to_string(),
            Self::Subject(subject) => subject.to_string(),
        }
    }
}

impl Sessions {
    /// Ends what the owner of a live token asks for.
    ///
    /// # Errors
    /// [`SessionError::InvalidRequest`] for a token without a session and another scope than
    /// [`LogoutScope::Local`]; [`SessionError::Delegated`] for an exchanged one, which ends itself
    /// and not its session.
    pub async fn logout(
        &self,
        live: &LiveSession,
        scope: LogoutScope,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let claims = live.claims();
        if claims.act.is_some() && scope != LogoutScope::Local {
            return Err(SessionError::Delegated);
        }
        let target = match (claims.sid, scope) {
            (Some(sid), LogoutScope::Local) if claims.act.is_none() => Target::Session(sid),
            (_, LogoutScope::Local) => Target::Token(claims.jti),
            (Some(sid), LogoutScope::Others) => Target::Others(sid),
            (Some(sid), LogoutScope::Global) => Target::Subject(sid.slot()),
            (None, LogoutScope::Others | LogoutScope::Global) => {
                return Err(SessionError::invalid(
                    "scope: a token without a session can only end itself (local)",
                ));
            }
        };
        self.end(&target, Action::Logout, describe(&target), origin)
            .await
    }

    /// A subject's live sessions, newest first.
    pub async fn sessions_of(
        &self,
        subject: &Subject,
        page: &Page,
    ) -> Result<Listed<SessionRecord>, SessionError> {
        let filter = SessionFilter {
            slot: Some(subject.slot()),
            ip: None,
        };
        self.sessions(&filter, page).await
    }

    /// Live sessions, newest first.
    pub async fn sessions(
        &self,
        filter: &SessionFilter,
        page: &Page,
    ) -> Result<Listed<SessionRecord>, SessionError> {
        let mut listed = self.store().sessions(filter, page).await?;
        let cut_offs = self.store().cut_offs()?;
        listed.items.retain(|record| !covers(&cut_offs, record));
        Ok(listed)
    }

    /// The session of a live token, if it has one that is alive.
    pub async fn own_session(
        &self,
        live: &LiveSession,
    ) -> Result<Option<SessionRecord>, SessionError> {
        let Some(sid) = live.claims().sid else {
            return Ok(None);
        };
        Ok(self.store().session(&sid).await?.map(|view| view.record))
    }

    /// Ends one session of the token's own subject.
    pub async fn end_own_session(
        &self,
        live: &LiveSession,
        sid: Sid,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let view = self.store().session(&sid).await?;
        let own = |record: &SessionRecord| record.session.subject == live.claims().sub;
        if !view.is_some_and(|view| own(&view.record)) {
            return Err(SessionError::NotFound("session"));
        }
        self.end(
            &Target::Session(sid),
            Action::Logout,
            sid.to_string(),
            origin,
        )
        .await
    }

    /// Ends what an operator names. What is unknown or dead counts as zero.
    pub async fn revoke(
        &self,
        target: &RevokeTarget,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let found = self.find(target);
        let name = match target {
            RevokeTarget::Token(_) => describe(&found),
            named => named.describe(),
        };
        self.end(&found, Action::Revoke, name, origin).await
    }

    /// What [`Sessions::revoke`] would end now.
    pub async fn count(&self, target: &RevokeTarget) -> Result<Ended, SessionError> {
        Ok(self.store().count(&self.find(target)).await?)
    }

    /// What an operator's target means to the store.
    fn find(&self, target: &RevokeTarget) -> Target {
        match target {
            RevokeTarget::Token(raw) => self.target_of(raw),
            RevokeTarget::Jti(jti) => Target::Token(*jti),
            RevokeTarget::Sid(sid) => Target::Session(*sid),
            RevokeTarget::Subject(subject) => Target::Subject(subject.slot()),
        }
    }

    /// What a token names, expired or not. One that is not ours, or was signed by a key that is
    /// gone, is as dead as an id that nobody was ever given.
    fn target_of(&self, raw: &str) -> Target {
        if is_refresh_shaped(raw) {
            let presented = self.keys().mac.open_refresh(raw).ok();
            return presented.map_or_else(|| self.nothing(), |it| Target::Session(it.sid()));
        }
        let jti = if is_opaque_shaped(raw) {
            let presented = self.keys().mac.open_opaque(raw).ok();
            presented.map(|it| it.jti())
        } else {
            let token = self.keys().verifier.inspect(raw, self.now()).ok();
            token.map(|it| it.claims.jti)
        };
        jti.map_or_else(|| self.nothing(), Target::Token)
    }

    /// A target that nobody was ever given.
    pub(super) fn nothing(&self) -> Target {
        let slot = SlotTag::of(self.policy().issuer());
        Target::Token(Jti::random(slot, self.entropy()))
    }

    async fn end(
        &self,
        target: &Target,
        action: Action,
        name: String,
        origin: &Origin,
    ) -> Result<Ended, SessionError> {
        let cause = self.cause(origin, action);
        let result = self
            .store()
            .revoke(target, &cause)
            .await
            .map_err(SessionError::from);
        self.audit_result(origin, action, name, &result).await;
        result
    }
}

/// What is ended, for the audit.
pub(super) fn describe(target: &Target) -> String {
    match target {
        Target::Token(jti) => jti.to_string(),
        Target::Session(sid) => sid.to_string(),
        Target::Others(sid) => format!("others of {sid}"),
        Target::Subject(slot) => format!("all of {slot}"),
    }
}
