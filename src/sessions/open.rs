//! Opening a session and minting its access tokens.

use std::num::NonZeroU32;

use super::error::SessionError;
use super::policy::Audience;
use super::scope::Scope;
use super::{Origin, Sessions};
use crate::id::{Jti, Sid, Subject};
use crate::metrics::Grant;
use crate::store::{
    Access, Action, Guard, MaxSessions, NewSession, Outcome, Refusal, SessionRecord, StoreError,
};
use crate::token::{Claims, Format, MintError, Minted, TokenError};

/// What a client is given when a session opens or is refreshed.
#[derive(Clone)]
pub struct Opened {
    /// The access token.
    pub access_token: String,
    /// Seconds that it lives.
    pub expires_in: u64,
    /// The refresh token.
    pub refresh_token: String,
    /// Seconds that the session lives unless it is refreshed.
    pub refresh_expires_in: u64,
    /// The session.
    pub session_id: Sid,
    /// The scope granted.
    pub scope: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

/// A session about to be opened.
pub(super) struct Opening<'a> {
    /// Who vouches for the subject.
    pub(super) grant: Grant,
    pub(super) subject: Subject,
    /// The user's version, read before anything else.
    pub(super) version: u64,
    pub(super) client_id: &'a str,
    pub(super) audience: &'a Audience,
    pub(super) scope: Scope,
    /// The roles of the first access token.
    pub(super) roles: Vec<String>,
    /// Whether those roles stay the session's, whatever becomes of the user's.
    pub(super) roles_given: bool,
    pub(super) device: Option<String>,
}

/// One access token, minted and ready to be recorded.
pub(super) struct MintedAccess {
    pub(super) token: String,
    pub(super) access: Access,
}

impl Sessions {
    /// Opens a session: both its tokens are made first, then one step of the store records them,
    /// or nothing.
    pub(super) async fn open(
        &self,
        opening: Opening<'_>,
        origin: &Origin,
    ) -> Result<Result<Opened, Refusal>, SessionError> {
        self.issuable(opening.client_id)?;
        let (now, audience) = (self.now(), opening.audience);
        let mut secret = [0; 32];
        self.entropy().fill(&mut secret);
        let session = NewSession {
            sid: Sid::random(opening.subject.slot(), self.entropy()),
            subject: opening.subject,
            client_id: opening.client_id.to_owned(),
            audience: audience.name.clone(),
            scope: opening.scope.to_string(),
            roles: opening.roles_given.then(|| opening.roles.clone()),
            created_at: now,
            expires_at: now + audience.refresh_idle.min(audience.refresh_max),
            ip: origin.ip.clone(),
            device: opening.device,
            secret,
        };
        let minted = self.mint_access(&session, audience, &opening.roles, session.expires_at)?;
        let guard = Guard {
            version: opening.version,
            client: false,
        };
        let limit = NonZeroU32::new(audience.max_sessions).map(|most| MaxSessions {
            most,
            cause: self.cause(origin, Action::SessionLimit),
        });
        let opened = self
            .store()
            .open(&session, &minted.access, &guard, limit.as_ref())
            .await?;
        let ended = match opened {
            Ok(ended) => ended,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.metrics().issued(opening.grant);
        self.audit_replaced(&ended, &session, origin).await;
        Ok(Ok(self.opened(&session, 0, minted, now)))
    }

    /// Audits the sessions that a new one took the place of.
    async fn audit_replaced(&self, ended: &[Sid], by: &NewSession, origin: &Origin) {
        for sid in ended {
            let detail = format!("{} took its place in {}", by.sid, by.audience);
            let (action, target) = (Action::SessionLimit, Some(sid.to_string()));
            self.audit(origin, action, target, Outcome::Ok, Some(detail))
                .await;
        }
    }

    /// A new access token for a session, which lives no longer than the session.
    pub(super) fn mint_access(
        &self,
        session: &NewSession,
        audience: &Audience,
        roles: &[String],
        ends_at: u64,
    ) -> Result<MintedAccess, SessionError> {
        let iat = self.now();
        let exp = (iat + self.shortened(audience.access_ttl)).min(ends_at);
        let jti = Jti::random(session.subject.slot(), self.entropy());
        self.mint_access_as(session, audience, roles, (jti, iat, exp))
    }

    /// An access token with this id and these times.
    pub(super) fn mint_access_as(
        &self,
        session: &NewSession,
        audience: &Audience,
        roles: &[String],
        (jti, iat, exp): (Jti, u64, u64),
    ) -> Result<MintedAccess, SessionError> {
        let claims = Claims {
            iss: self.policy().issuer().to_owned(),
            sub: session.subject.clone(),
            aud: audience.name.clone(),
            exp,
            iat,
            nbf: None,
            jti,
            client_id: session.client_id.clone(),
            sid: Some(session.sid),
            auth_time: Some(session.created_at),
            scope: session.scope.clone(),
            roles: roles.to_vec(),
            act: None,
        };
        let Minted { token, recorded } = self.mint(&claims, audience)?;
        Ok(MintedAccess {
            token,
            access: Access {
                jti,
                recorded,
                iat,
                exp,
            },
        })
    }

    pub(super) fn mint(
        &self,
        claims: &Claims,
        audience: &Audience,
    ) -> Result<Minted, SessionError> {
        let keys = self.keys();
        let minted = match audience.format {
            Format::Jwt(typ) => keys.keyring.mint(claims, typ),
            Format::Opaque => keys.mac.mint_opaque(claims),
        };
        minted.map_err(|error| match error {
            MintError::Refused(TokenError::TooLong) => {
                SessionError::invalid("the token would be too long: give fewer roles or scopes")
            }
            other => StoreError::Corrupt(format!("no token could be made: {other}")).into(),
        })
    }

    /// What the client is given.
    pub(super) fn opened(
        &self,
        session: &NewSession,
        counter: u64,
        minted: MintedAccess,
        now: u64,
    ) -> Opened {
        Opened {
            access_token: minted.token,
            expires_in: minted.access.exp.saturating_sub(now),
            refresh_token: self
                .keys()
                .mac
                .mint_refresh(&session.sid, counter, &session.secret),
            refresh_expires_in: session.expires_at.saturating_sub(now),
            session_id: session.sid,
            scope: session.scope.clone(),
        }
    }

    /// A lifetime less up to a twentieth of it, so that tokens issued together do not all come
    /// back together. It only shortens.
    pub(super) fn shortened(&self, ttl: u64) -> u64 {
        let mut random = [0; 4];
        self.entropy().fill(&mut random);
        let jitter = u64::from(u32::from_le_bytes(random)) % (ttl / 20 + 1);
        (ttl - jitter).max(1)
    }

    /// The roles that a session's next token carries.
    pub(super) fn roles_of(record: &SessionRecord, user_roles: Option<&[String]>) -> Vec<String> {
        match (&record.session.roles, user_roles) {
            (Some(given), _) => given.clone(),
            (None, Some(roles)) => roles.to_vec(),
            (None, None) => Vec::new(),
        }
    }
}

/// What a refusal means to somebody who opens or takes a token for the first time.
pub(super) fn refused(refusal: &Refusal, stale: SessionError) -> SessionError {
    match refusal {
        Refusal::Banned(_) => SessionError::Banned,
        Refusal::Disabled => SessionError::Disabled,
        Refusal::Crowded => SessionError::Throttled,
        Refusal::IsClient => SessionError::Conflict("a client has this id".to_owned()),
        Refusal::Stale | Refusal::Lost | Refusal::Gone => stale,
        Refusal::Collision => {
            StoreError::Corrupt("a random id was taken already".to_owned()).into()
        }
    }
}
