//! The one place that tells why a token is refused: for operators.

use super::Sessions;
use super::check::misrecorded;
use super::error::SessionError;
use crate::id::{Jti, Recorded};
use crate::store::{Action, Cause};
use crate::token::{Claims, is_opaque_shaped, is_refresh_shaped};

/// What became of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is accepted.
    Live,
    /// It was ended before its time.
    Revoked,
    /// Its time is over.
    Expired,
    /// It was never one of ours, or was changed.
    Invalid,
}

/// The reason where a cut-off has ended what the store still has.
const CUT_OFF: &str = "everything of its client, of its key, or issued before a moment was revoked";

/// A verdict and what led to it.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in plain words.
    pub reason: String,
    /// What the token says, when its signature holds.
    pub claims: Option<Claims>,
    /// What ended it.
    pub cause: Option<Cause>,
}

impl Inspection {
    fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            verdict,
            reason: reason.into(),
            claims: None,
            cause: None,
        }
    }
}

impl Sessions {
    /// What a token is, and why it is refused if it is.
    pub async fn inspect(&self, raw: &str) -> Result<Inspection, SessionError> {
        if is_refresh_shaped(raw) {
            self.inspect_refresh(raw).await
        } else if is_opaque_shaped(raw) {
            self.inspect_opaque(raw).await
        } else {
            self.inspect_access(raw).await
        }
    }

    async fn inspect_access(&self, raw: &str) -> Result<Inspection, SessionError> {
        let token = match self.keys().verifier.inspect(raw, self.now()) {
            Ok(token) => token,
            Err(error) => return Ok(Inspection::new(Verdict::Invalid, error.to_string())),
        };
        let claims = &token.claims;
        let cut_off = self.cut_off_covers(claims, token.kid.as_deref()).await?;
        let recorded = self.store().liveness(&claims.jti).await?;
        let mut inspection = match recorded {
            _ if token.expired => Inspection::new(Verdict::Expired, "its exp has passed"),
            Some(_) if cut_off => Inspection::new(Verdict::Revoked, CUT_OFF),
            Some(recorded) if recorded == token.recorded => {
                Inspection::new(Verdict::Live, "its signature holds and its key exists")
            }
            Some(_) => Inspection::new(
                Verdict::Invalid,
                "its signature holds, but another token is recorded under its jti: \
                 somebody may have the signing key",
            ),
            None => {
                let jti = &claims.jti;
                let cause = self
                    .store()
                    .cause(&jti.slot(), Some(jti), claims.sid.as_ref())
                    .await?;
                // What ended all of a subject before this token was issued did not end this one.
                let cause = cause.filter(|cause| cause.at >= claims.iat);
                revoked(cause)
            }
        };
        inspection.claims = Some(token.claims);
        Ok(inspection)
    }

    /// An opaque token says nothing by itself: when its key is gone, so is what it said.
    async fn inspect_opaque(&self, raw: &str) -> Result<Inspection, SessionError> {
        let (keys, now) = (self.keys(), self.now());
        let presented = match keys.mac.open_opaque(raw) {
            Ok(presented) => presented,
            Err(error) => return Ok(Inspection::new(Verdict::Invalid, error.to_string())),
        };
        let recorded = match self.store().liveness(&presented.jti()).await? {
            Some(Recorded::Claims(claims)) => claims,
            Some(Recorded::Digest(_)) => {
                return Ok(Inspection::new(
                    Verdict::Invalid,
                    "its tag holds, but a JWT is recorded under its jti: somebody may have mac.key",
                ));
            }
            None => return self.inspect_gone(&presented.jti()).await,
        };
        let inspected = keys
            .verifier
            .inspect_opaque(&presented, recorded, &keys.mac, now);
        let token = match inspected.map_err(misrecorded) {
            Ok(token) => token,
            Err(SessionError::Token(error)) => {
                return Ok(Inspection::new(Verdict::Invalid, error.to_string()));
            }
            Err(trouble) => return Err(trouble),
        };
        let mut inspection = if token.expired {
            Inspection::new(Verdict::Expired, "its exp has passed")
        } else if self.cut_off_covers(&token.claims, None).await? {
            Inspection::new(Verdict::Revoked, CUT_OFF)
        } else {
            Inspection::new(Verdict::Live, "its tag holds and its key exists")
        };
        inspection.claims = Some(token.claims);
        Ok(inspection)
    }

    /// What is known of an opaque token without a key: what ended it, if something did.
    async fn inspect_gone(&self, jti: &Jti) -> Result<Inspection, SessionError> {
        let cause = self.store().cause_of(jti).await?;
        Ok(match cause {
            Some(cause) => revoked(Some(cause)),
            None => Inspection::new(
                Verdict::Expired,
                "its key does not exist, and nothing has ended it before its time",
            ),
        })
    }

    async fn inspect_refresh(&self, raw: &str) -> Result<Inspection, SessionError> {
        let presented = match self.keys().mac.open_refresh(raw) {
            Ok(presented) => presented,
            Err(error) => return Ok(Inspection::new(Verdict::Invalid, error.to_string())),
        };
        let sid = &presented.sid();
        let Some(view) = self.store().session(sid).await? else {
            let cause = self.store().cause(&sid.slot(), None, Some(sid)).await?;
            return Ok(revoked(cause));
        };
        let record = &view.record;
        let cut_off = self.cut_off_covers_session(record)?;
        Ok(if !presented.tagged_by(&record.session.secret) {
            Inspection::new(Verdict::Invalid, "it is not tagged by its session's secret")
        } else if cut_off {
            Inspection::new(Verdict::Revoked, CUT_OFF)
        } else if presented.counter() < record.counter {
            Inspection::new(Verdict::Revoked, "it was used: its session has a newer one")
        } else {
            Inspection::new(Verdict::Live, "it is its session's current refresh token")
        })
    }
}

fn revoked(cause: Option<Cause>) -> Inspection {
    let reason = match &cause {
        Some(cause) => ended_by(cause.action),
        None => "its key does not exist: it was ended, or the store lost it",
    };
    Inspection {
        cause,
        ..Inspection::new(Verdict::Revoked, reason)
    }
}

/// What ended it, after "revoked by somebody: ".
const fn ended_by(action: Action) -> &'static str {
    match action {
        Action::SessionLimit => "a newer session of its subject took its place",
        Action::Logout => "its owner logged out",
        Action::Revoke => "an operator ended it",
        Action::Ban => "its subject was banned",
        Action::RefreshReuse => "an old refresh token of its session came back",
        Action::PasswordChange => "its user's password changed",
        Action::RolesChange => "its user's roles changed",
        Action::Disable => "its user was disabled",
        Action::UserDelete => "its user was deleted",
        _ => "it was ended before its time",
    }
}
