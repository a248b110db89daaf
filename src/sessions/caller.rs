//! The client that calls an OAuth endpoint, and how it says who it is (RFC 6749, section 2.3).

use subtle::ConstantTimeEq as _;

use super::clients::secret_digest;
use super::error::SessionError;
use super::{Origin, Sessions};
use crate::store::ClientRecord;

/// What a client sent to say who it is (RFC 6749, sections 2.3.1 and 3.2.1).
#[derive(Clone)]
pub struct Credentials {
    /// The `client_id`.
    pub id: String,
    /// The `client_secret`; a public client has none.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The client that a request comes from: one that proved it, or a public one that only says so.
///
/// Only [`Sessions::identify`] makes one, and no endpoint looks at a token without it.
#[derive(Debug)]
pub struct Caller(ClientRecord);

impl Caller {
    /// Its `client_id`.
    pub fn id(&self) -> &str {
        self.0.id.as_str()
    }

    pub(super) const fn record(&self) -> &ClientRecord {
        &self.0
    }

    /// Refuses a public client, which has proved nothing.
    pub(super) fn authenticated(&self) -> Result<(), SessionError> {
        match self.0.secret_sha256 {
            Some(_) => Ok(()),
            None => Err(SessionError::InvalidClient),
        }
    }

    /// Refuses unless it may use this grant.
    pub(super) fn may_use(&self, grant: &str) -> Result<(), SessionError> {
        if self.0.grants.iter().any(|listed| listed == grant) {
            return Ok(());
        }
        let refusal = "this client may not use this grant";
        Err(SessionError::UnauthorizedClient(refusal))
    }
}

impl Sessions {
    /// The client with these credentials, if it comes from where it may.
    ///
    /// A secret is 256 random bits, so its digest is compared, in constant time, and an unknown
    /// client costs the same comparison.
    ///
    /// # Errors
    /// [`SessionError::InvalidClient`] also for a confidential client that sent no secret, and
    /// for a public one that sent one.
    pub async fn identify(
        &self,
        credentials: &Credentials,
        origin: &Origin,
    ) -> Result<Caller, SessionError> {
        let client = self.store().client(&credentials.id).await?;
        let given = credentials.secret.as_deref();
        let digest = secret_digest(given.unwrap_or_default());
        let nobody = secret_digest("");
        let stored = client
            .as_ref()
            .and_then(|client| client.secret_sha256.as_deref());
        let right: bool = stored
            .unwrap_or(&nobody)
            .as_bytes()
            .ct_eq(digest.as_bytes())
            .into();
        let client = client.ok_or(SessionError::InvalidClient)?;
        let proved = match (&client.secret_sha256, given) {
            (Some(_), Some(_)) => right,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if proved && comes_from(&client, origin.ip.as_deref()) {
            Ok(Caller(client))
        } else {
            Err(SessionError::InvalidClient)
        }
    }
}

/// Whether an address is in one of the client's networks; any is, when it lists none.
fn comes_from(client: &ClientRecord, ip: Option<&str>) -> bool {
    let address = ip.and_then(|ip| ip.parse().ok());
    let inside = |network: &String| match (network.parse::<ipnet::IpNet>(), address) {
        (Ok(network), Some(address)) => network.contains::<&std::net::IpAddr>(&address),
        _ => false,
    };
    client.allow.is_empty() || client.allow.iter().any(inside)
}
