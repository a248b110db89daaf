//! First-party log-in: a user name and a password for a session.

use super::error::SessionError;
use super::names::{check_text, normalise};
use super::open::{Opened, Opening, refused};
use super::password::{MAX_PASSWORD_LEN, Verdict};
use super::policy::Audience;
use super::scope::Scope;
use super::{Origin, Sessions};
use crate::metrics::Grant;
use crate::store::{Action, ClientRecord, Outcome, UserRecord};

/// A log-in.
#[derive(Clone)]
pub struct Login {
    /// The user name as it was typed.
    pub username: String,
    /// The password.
    pub password: String,
    /// The audience; the default one when not named.
    pub audience: Option<String>,
    /// The scope asked for; all when not named.
    pub scope: Option<String>,
    /// The client; the audience's `login_client` when not named.
    pub client_id: Option<String>,
    /// What the client calls the device.
    pub device: Option<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl Sessions {
    /// Opens a session for a user who gives its password.
    ///
    /// A wrong name and a wrong password are one answer at one cost: exactly one hash is made
    /// for each attempt. That a user is banned or disabled is told only after a right password.
    pub async fn login(&self, login: &Login, origin: &Origin) -> Result<Opened, SessionError> {
        check_text("device", login.device.as_deref())?;
        if login.password.len() > MAX_PASSWORD_LEN {
            return Err(SessionError::invalid("password: at most 1024 bytes"));
        }
        let audience = self.audience(login.audience.as_deref())?;
        let client = self
            .first_party_client(audience, login.client_id.as_deref())
            .await?;
        let asked = login.scope.as_deref().map(parse_scope).transpose()?;
        if let (Some(asked), false) = (&asked, self.policy().is_admin(audience)) {
            grantable(Some(asked), self.policy().client_scope(&client, audience))?;
        }

        let user = self.authenticate(&login.username, &login.password).await?;
        let allowed = self.policy().user_scope(&client, audience, &user.roles);
        let scope = grantable(asked.as_ref(), allowed)?;
        let opening = Opening {
            grant: Grant::Password,
            subject: user.sub.clone(),
            version: user.version,
            client_id: client.id.as_str(),
            audience,
            scope,
            roles: user.roles.clone(),
            roles_given: false,
            device: login.device.clone(),
        };
        let opened = self.open(opening, origin).await?;
        let result = opened.map_err(|refusal| refused(&refusal, SessionError::InvalidCredentials));
        let origin = origin.clone().acting(user.sub.as_str());
        let (outcome, target) = match &result {
            Ok(opened) => (Outcome::Ok, Some(opened.session_id.to_string())),
            Err(_) => (Outcome::Denied, None),
        };
        self.audit(&origin, Action::Login, target, outcome, None)
            .await;
        result
    }

    /// The user with this name and password, with the version that it had before the hash.
    async fn authenticate(&self, name: &str, password: &str) -> Result<UserRecord, SessionError> {
        let user = match normalise(name) {
            Some(name) => self.store().user_by_name(&name).await?,
            None => None,
        };
        let stored = user.as_ref().and_then(|user| user.password_hash.as_deref());
        let verdict = self.parts.hasher.verify(password, stored).await?;
        let Some(user) = user else {
            return Err(SessionError::InvalidCredentials);
        };
        match verdict {
            Verdict::Wrong => return Err(SessionError::InvalidCredentials),
            Verdict::Right => {}
            Verdict::RightWithNewHash(hash) => {
                self.store()
                    .rehash(&user.sub.slot(), user.version, &hash)
                    .await?;
            }
        }
        if user.disabled {
            return Err(SessionError::Disabled);
        }
        Ok(user)
    }

    /// The audience named, or the default one.
    pub(super) fn audience(&self, name: Option<&str>) -> Result<&Audience, SessionError> {
        let found = self.policy().audience_or_default(name);
        found.ok_or_else(|| SessionError::invalid("audience: not registered"))
    }

    /// The client that a first-party session of an audience is opened through: the audience's
    /// `login_client`, or a public client of it.
    async fn first_party_client(
        &self,
        audience: &Audience,
        named: Option<&str>,
    ) -> Result<ClientRecord, SessionError> {
        let id = named.or(audience.login_client.as_deref()).ok_or_else(|| {
            SessionError::invalid("client_id: this audience has no login_client, so name a client")
        })?;
        let client = self.store().client(id).await?;
        let client = client.filter(|client| client.audiences.contains(&audience.name));
        client
            .filter(|client| is_first_party(client, audience))
            .ok_or_else(|| {
                SessionError::invalid(
                    "client_id: neither the audience's login_client nor a public client of it",
                )
            })
    }
}

/// Whether sessions of this client need no client authentication.
pub(super) fn is_first_party(client: &ClientRecord, audience: &Audience) -> bool {
    let login_client = audience.login_client.as_deref() == Some(client.id.as_str());
    login_client || client.secret_sha256.is_none()
}

/// Parses a scope that was asked for.
pub(super) fn parse_scope(raw: &str) -> Result<Scope, SessionError> {
    Scope::parse(raw).map_err(|error| SessionError::InvalidScope(error.to_string()))
}

/// What is granted of what was asked for: all when nothing was named.
pub(super) fn grantable(
    asked: Option<&Scope>,
    allowed: Option<Scope>,
) -> Result<Scope, SessionError> {
    let allowed = allowed.ok_or_else(|| {
        SessionError::InvalidTarget("the client may not have tokens for this audience".to_owned())
    })?;
    match asked {
        None => Ok(allowed),
        Some(asked) if allowed.covers(asked) => Ok(asked.clone()),
        Some(asked) => Err(SessionError::InvalidScope(format!(
            "{asked} is more than {allowed}"
        ))),
    }
}
