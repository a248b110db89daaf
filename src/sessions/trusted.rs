//! Sessions for a back end that authenticated somebody itself.

use super::check::LiveSession;
use super::error::SessionError;
use super::login::{grantable, parse_scope};
use super::names::{check_roles, check_text};
use super::open::{Opened, Opening, refused};
use super::{ADMIN_SCOPE, Origin, RESERVED_ROLE_PREFIX, SESSIONS_SCOPE, Sessions};
use crate::id::Subject;
use crate::metrics::Grant;
use crate::store::{Action, ClientRecord, Outcome, Refusal, Standing};

/// A session that a trusted back end asks for.
#[derive(Debug, Clone)]
pub struct TrustedSession {
    /// Whose it is; needs no user record.
    pub subject: Subject,
    /// The audience; the default one when not named.
    pub audience: Option<String>,
    /// The scope; all that the client may have there when not named.
    pub scope: Option<String>,
    /// Roles that stay the session's; the user's, read again at each refresh, when not given.
    pub roles: Option<Vec<String>>,
    /// Any client of the audience; its `login_client` when not named.
    pub client_id: Option<String>,
    /// What the client calls the device.
    pub device: Option<String>,
}

impl Sessions {
    /// Opens a session for somebody whom the caller has authenticated.
    ///
    /// A caller with the narrower scope `jotleash:sessions` gets none for the admin audience, nor
    /// for a subject with a `jotleash-…` role, nor with such a role.
    pub async fn open_trusted(
        &self,
        caller: &LiveSession,
        asked: &TrustedSession,
        origin: &Origin,
    ) -> Result<Opened, SessionError> {
        caller.require_admin(Some(SESSIONS_SCOPE))?;
        check_text("device", asked.device.as_deref())?;
        check_roles(asked.roles.as_deref().unwrap_or_default())?;
        let audience = self.audience(asked.audience.as_deref())?;
        let client = self.client_of(audience, asked.client_id.as_deref()).await?;
        let scope = asked.scope.as_deref().map(parse_scope).transpose()?;
        let narrow = !caller.scope().contains(ADMIN_SCOPE);
        if narrow && self.policy().is_admin(audience) {
            return Err(SessionError::InsufficientScope(ADMIN_SCOPE.to_owned()));
        }

        // A user that was changed between the reading and the recording is read once more.
        let mut tries = 0;
        let result = loop {
            let standing = self.store().standing(&asked.subject.slot()).await?;
            let roles = Self::roles_for(&standing, asked, narrow)?;
            let allowed = self.policy().user_scope(&client, audience, &roles);
            let opening = Opening {
                grant: Grant::Trusted,
                subject: asked.subject.clone(),
                version: standing.version(),
                client_id: client.id.as_str(),
                audience,
                scope: grantable(scope.as_ref(), allowed)?,
                roles,
                roles_given: asked.roles.is_some(),
                device: asked.device.clone(),
            };
            tries += 1;
            match self.open(opening, origin).await? {
                Err(Refusal::Stale) if tries < 8 => {}
                other => break other,
            }
        };
        let changing = || SessionError::Conflict("the user is being changed; try again".to_owned());
        let result = result.map_err(|refusal| refused(&refusal, changing()));
        let outcome = if result.is_ok() {
            Outcome::Ok
        } else {
            Outcome::Denied
        };
        let target = Some(asked.subject.to_string());
        let detail = result
            .as_ref()
            .ok()
            .map(|opened| opened.session_id.to_string());
        self.audit(origin, Action::SessionCreate, target, outcome, detail)
            .await;
        result
    }

    fn roles_for(
        standing: &Standing,
        asked: &TrustedSession,
        narrow: bool,
    ) -> Result<Vec<String>, SessionError> {
        let users = standing
            .user
            .as_ref()
            .map(|user| user.roles.as_slice())
            .unwrap_or_default();
        let roles = asked.roles.as_deref().unwrap_or(users);
        let reserved = |role: &String| role.starts_with(RESERVED_ROLE_PREFIX);
        if narrow && (users.iter().any(reserved) || roles.iter().any(reserved)) {
            return Err(SessionError::InsufficientScope(ADMIN_SCOPE.to_owned()));
        }
        Ok(roles.to_vec())
    }

    /// Any client of an audience, or its `login_client`.
    async fn client_of(
        &self,
        audience: &super::Audience,
        named: Option<&str>,
    ) -> Result<ClientRecord, SessionError> {
        let id = named.or(audience.login_client.as_deref()).ok_or_else(|| {
            SessionError::invalid("client_id: this audience has no login_client, so name a client")
        })?;
        let client = self.store().client(id).await?;
        client
            .filter(|client| client.audiences.contains(&audience.name))
            .ok_or_else(|| SessionError::invalid("client_id: not a client of this audience"))
    }
}
