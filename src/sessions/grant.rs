//! The `client_credentials` grant (RFC 6749, section 4.4).

use super::Sessions;
use super::caller::Caller;
use super::error::SessionError;
use super::login::{grantable, parse_scope};
use super::open::refused;
use super::policy::Audience;
use crate::id::Jti;
use crate::metrics::Grant;
use crate::store::{ClientRecord, Entry, Guard};
use crate::token::Claims;

/// A request for a token.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    /// The audience (`audience`, or RFC 8707's `resource`).
    pub audience: Option<String>,
    /// The scope asked for; all when not named.
    pub scope: Option<String>,
}

/// A token that was granted.
#[derive(Clone)]
pub struct Granted {
    /// The access token.
    pub access_token: String,
    /// Seconds that it lives.
    pub expires_in: u64,
    /// The scope granted.
    pub scope: String,
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Granted")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// A token whose `sub` is the client, without a session and without a refresh token.
    pub async fn client_credentials(
        &self,
        caller: &Caller,
        request: &TokenRequest,
    ) -> Result<Granted, SessionError> {
        caller.may_use("client_credentials")?;
        caller.authenticated()?;
        let client = caller.record();
        let audience = self.granted_audience(client, request.audience.as_deref())?;
        let asked = request.scope.as_deref().map(parse_scope).transpose()?;
        let scope = grantable(asked.as_ref(), self.policy().client_scope(client, audience))?;

        self.issuable(client.id.as_str())?;
        let (iat, slot) = (self.now(), client.id.slot());
        let exp = iat + self.shortened(audience.access_ttl);
        let claims = Claims {
            iss: self.policy().issuer().to_owned(),
            sub: client.id.clone(),
            aud: audience.name.clone(),
            exp,
            iat,
            nbf: None,
            jti: Jti::random(slot, self.entropy()),
            client_id: client.id.to_string(),
            sid: None,
            auth_time: None,
            scope: scope.to_string(),
            roles: Vec::new(),
            act: None,
        };
        let minted = self.mint(&claims, audience)?;
        let entry = Entry {
            jti: claims.jti,
            recorded: minted.recorded,
            exp,
        };
        let guard = Guard {
            version: 0,
            client: true,
        };
        let recorded = self.store().record(&entry, &guard).await?;
        recorded.map_err(
            |refusal| match refused(&refusal, SessionError::InvalidClient) {
                SessionError::Banned => SessionError::UnauthorizedClient("this client is banned"),
                other => other,
            },
        )?;
        self.metrics().issued(Grant::ClientCredentials);
        Ok(Granted {
            access_token: minted.token,
            expires_in: exp - iat,
            scope: claims.scope,
        })
    }

    /// The audience of a grant: the one named; else the default one if the client may have it;
    /// else the client's only one.
    fn granted_audience(
        &self,
        client: &ClientRecord,
        named: Option<&str>,
    ) -> Result<&Audience, SessionError> {
        let default = self.policy().default_audience();
        let name = named.or_else(|| match client.audiences.as_slice() {
            [only] => Some(only),
            several => several
                .iter()
                .any(|name| name == default)
                .then_some(default),
        });
        let target = |detail: &str| SessionError::InvalidTarget(detail.to_owned());
        let name = name.ok_or_else(|| target("name an audience"))?;
        self.policy()
            .audience(name)
            .ok_or_else(|| target("this audience is not registered"))
    }
}
