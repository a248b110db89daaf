//! Token exchange (RFC 8693): a token of somebody for a narrower one of another audience, with which
//! a service asks the next one on his behalf.

use super::caller::Caller;
use super::check::Presented;
use super::error::SessionError;
use super::grant::Granted;
use super::introspect::may_see;
use super::login::{grantable, parse_scope};
use super::open::refused;
use super::policy::Audience;
use super::scope::Scope;
use super::{LiveSession, Sessions};
use crate::id::Jti;
use crate::metrics::Grant;
use crate::store::{Entry, Guard, Parent, Refusal};
use crate::token::{Accept, Actor, Claims, MAX_ACTORS};

/// The grant's name (RFC 8693, section 2.1).
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// What changed between the reading and the recording is read again; who meets another change
/// each time is refused.
const MAX_TRIES: usize = 4;

/// A request to exchange a token.
#[derive(Clone)]
pub struct Exchange {
    /// An access token.
    pub subject_token: String,
    /// The audience that another one is wanted for.
    pub audience: String,
    /// The scope asked for; all that may be had when not named.
    pub scope: Option<String>,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// A token for the same subject and another audience, which names the caller as the one who
    /// acts. It has no more scope and no longer life than the one presented, and dies with its
    /// session; with that token itself, where there is no session.
    ///
    /// # Errors
    /// [`SessionError::InvalidRequest`] for a token that is not alive, or that the caller may
    /// neither introspect nor owns (RFC 8693, section 2.2.2): which of them is not told.
    pub async fn exchange(
        &self,
        caller: &Caller,
        asked: &Exchange,
    ) -> Result<Granted, SessionError> {
        caller.may_use(TOKEN_EXCHANGE)?;
        caller.authenticated()?;
        let scope = asked.scope.as_deref().map(parse_scope).transpose()?;
        let audience = self.target(&asked.audience)?;
        self.issuable(caller.id())?;
        for _ in 0..MAX_TRIES {
            let token = self.subject_token(caller, &asked.subject_token)?;
            let slot = token.jti().slot();
            // The version comes first: what changes after it makes it stale.
            let version = self.store().standing(&slot).await?.version();
            let live = self.live(token, Accept::AnyRegistered).await;
            let live = live.map_err(unfit)?;
            // What an opaque token says is known only now.
            if !may_see(caller, live.claims()) {
                return Err(unfit(SessionError::NotLive));
            }
            let claims = self.exchanged(caller, &live, audience, scope.as_ref())?;
            let minted = self.mint(&claims, audience)?;
            let entry = Entry {
                jti: claims.jti,
                recorded: minted.recorded,
                exp: claims.exp,
            };
            let (parent, guard) = bound_to(&live, version);
            match self.store().exchange(&entry, &parent, &guard).await? {
                Ok(()) => {
                    self.metrics().issued(Grant::TokenExchange);
                    return Ok(Granted {
                        access_token: minted.token,
                        expires_in: claims.exp - claims.iat,
                        scope: claims.scope,
                    });
                }
                Err(Refusal::Stale) => {}
                Err(refusal) => return Err(unfit(refused(&refusal, SessionError::NotLive))),
            }
        }
        Err(unfit(SessionError::NotLive))
    }

    /// The audience that is asked for. Nobody's token becomes one for the admin listener.
    fn target(&self, name: &str) -> Result<&Audience, SessionError> {
        let audience = self.policy().audience(name);
        let audience = audience.filter(|audience| !self.policy().is_admin(audience));
        audience.ok_or_else(|| {
            SessionError::InvalidTarget("no token can be exchanged for this audience".to_owned())
        })
    }

    /// The token presented, if it verifies and the caller may know of it as far as it says itself.
    fn subject_token(&self, caller: &Caller, raw: &str) -> Result<Presented, SessionError> {
        let token = self.presented(raw, Accept::AnyRegistered);
        let token = token.map_err(|error| unfit(error.into()))?;
        if token.claims().is_none_or(|claims| may_see(caller, claims)) {
            return Ok(token);
        }
        Err(unfit(SessionError::NotLive))
    }

    /// The claims of the new token.
    fn exchanged(
        &self,
        caller: &Caller,
        live: &LiveSession,
        audience: &Audience,
        scope: Option<&Scope>,
    ) -> Result<Claims, SessionError> {
        let (parent, client) = (live.claims(), caller.record());
        let allowed = self.policy().client_scope(client, audience);
        let allowed = allowed.map(|own| own.intersection(&live.scope()));
        let scope = grantable(scope, allowed)?;
        let act = Actor {
            sub: client.id.clone(),
            act: parent.act.clone().map(Box::new),
        };
        if act.chain().count() > MAX_ACTORS {
            return Err(SessionError::invalid(format!(
                "subject_token: a token is exchanged at most {MAX_ACTORS} times"
            )));
        }
        let iat = self.now();
        if parent.exp <= iat {
            return Err(unfit(SessionError::NotLive));
        }
        let exp = (iat + self.shortened(audience.access_ttl)).min(parent.exp);
        Ok(Claims {
            iss: self.policy().issuer().to_owned(),
            sub: parent.sub.clone(),
            aud: audience.name.clone(),
            exp,
            iat,
            nbf: None,
            jti: Jti::random(parent.jti.slot(), self.entropy()),
            client_id: client.id.to_string(),
            sid: parent.sid,
            auth_time: parent.auth_time,
            scope: scope.to_string(),
            roles: parent.roles.clone(),
            act: Some(act),
        })
    }
}

/// What must still be true when the new token is recorded. A token without a session is a client's
/// own, so that client must be there.
fn bound_to(live: &LiveSession, version: u64) -> (Parent, Guard) {
    let claims = live.claims();
    let parent = Parent {
        jti: claims.jti,
        recorded: live.recorded().clone(),
        sid: claims.sid,
    };
    let client = claims.sid.is_none();
    (parent, Guard { version, client })
}

/// One answer to every token that is none, not alive, or not the caller's to exchange.
fn unfit(error: SessionError) -> SessionError {
    use SessionError as E;
    match error {
        E::Token(_) | E::NotLive | E::Banned | E::Disabled => {
            SessionError::invalid("subject_token: it is not valid here, or not any more")
        }
        trouble => trouble,
    }
}
