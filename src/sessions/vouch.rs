//! What is answered to who only asks about a token, and what that goes by.

use std::time::Duration;

use super::check::{LiveSession, Presented, require};
use super::cut_off::Reach;
use super::error::SessionError;
use super::{Audience, Scope, Sessions};
use crate::id::Recorded;
use crate::metrics::Checked;
use crate::store::StoreError;
use crate::token::{Accept, Claims, VerifiedToken};

/// What an answer about a token goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// The store has just been asked.
    Live,
    /// The store cannot be asked. This instance has seen the token live a short time ago, and knows
    /// of nothing that has ended it.
    Grace,
}

impl Liveness {
    /// As it is told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Grace => "grace",
        }
    }
}

/// A token that somebody may be told about. Only [`Sessions::vouch`] makes one.
///
/// No [`LiveSession`]: nobody acts for a subject by a token that may be dead.
#[derive(Debug)]
pub struct Vouched {
    token: VerifiedToken,
    liveness: Liveness,
}

impl Vouched {
    /// What the token says.
    pub const fn claims(&self) -> &Claims {
        self.token.claims()
    }

    /// What this answer goes by.
    pub const fn liveness(&self) -> Liveness {
        self.liveness
    }

    /// Refuses unless it has all of these scopes.
    pub fn require(&self, needed: &Scope) -> Result<(), SessionError> {
        require(self.claims(), needed)
    }
}

impl Sessions {
    /// Checks a token for its audience as [`Sessions::check`] does, for an answer that changes nothing.
    /// Where the audience declares grace and the store cannot be asked, this instance's own memory
    /// answers, for so long.
    ///
    /// # Errors
    /// As [`Sessions::check`].
    pub async fn vouch(&self, raw: &str, audience: &Audience) -> Result<Vouched, SessionError> {
        let live = self.look(raw, Accept::Audience(&audience.name)).await;
        let result = match (live, audience.grace) {
            (Err(SessionError::Store(outage @ StoreError::Unavailable(_))), Some(within)) => {
                self.in_grace(raw, audience, within, outage)
            }
            (live, _) => live.map(Vouched::live),
        };
        self.metrics().checked(match &result {
            Ok(vouched) if vouched.liveness == Liveness::Grace => Checked::Grace,
            Ok(_) => Checked::Live,
            Err(error) => error.as_checked(),
        });
        result
    }

    /// What this instance can say by itself; the outage, if it can say nothing.
    fn in_grace(
        &self,
        raw: &str,
        audience: &Audience,
        within: Duration,
        outage: StoreError,
    ) -> Result<Vouched, SessionError> {
        let Some(grace) = self.grace() else {
            return Err(outage.into());
        };
        let Some(token) = self.remembered(raw, audience, within)? else {
            grace.refused();
            return Err(outage.into());
        };
        grace.given(within);
        let (jti, audience) = (token.claims().jti.to_string(), audience.name.as_str());
        log::debug!(
            target: "jotleash::grace", jti = jti.as_str(), audience = audience;
            "{jti} was taken in grace"
        );
        Ok(Vouched {
            token,
            liveness: Liveness::Grace,
        })
    }

    /// The token, if it was seen live within this time. All but its key is checked again: the question
    /// to the store may have waited until after its `exp`.
    fn remembered(
        &self,
        raw: &str,
        audience: &Audience,
        within: Duration,
    ) -> Result<Option<VerifiedToken>, SessionError> {
        let accept = Accept::Audience(&audience.name);
        let presented = self.presented(raw, accept)?;
        let recalled = self
            .grace()
            .and_then(|it| it.recall(&presented.jti(), within));
        let token = match (presented, recalled) {
            (Presented::Signed(token), Some(recorded)) if *token.recorded() == recorded => token,
            (Presented::Opaque(handle), Some(Recorded::Claims(claims))) => {
                self.claimed(&handle, claims, accept)?
            }
            _ => return Ok(None),
        };
        let cut_offs = self.store().last_cut_offs();
        let reach = cut_offs.map(|it| Reach::of(&it, token.claims(), token.kid()));
        match reach {
            Some(Reach::Dead) => Err(SessionError::NotLive),
            Some(Reach::Nothing) => Ok(Some(token)),
            Some(Reach::Session(_)) | None => Ok(None),
        }
    }
}

impl Vouched {
    fn live(live: LiveSession) -> Self {
        Self {
            token: live.into_token(),
            liveness: Liveness::Live,
        }
    }
}
