//! OAuth clients: who they are, and what they may do.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::error::SessionError;
use super::exchange::TOKEN_EXCHANGE;
use super::policy::ADMIN_SCOPE;
use super::scope::is_scope_token;
use super::{Origin, Sessions};
use crate::clock::Entropy;
use crate::id::Subject;
use crate::store::{Action, ClientRecord, Durability, Listed, Page, Write};

/// The grants that a client may be given, by their names in RFC 6749 and RFC 8693.
pub(super) const GRANTS: [&str; 3] = ["client_credentials", "refresh_token", TOKEN_EXCHANGE];

/// A client to be created.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Its `client_id`.
    pub id: Subject,
    /// Whether it is public: it has no secret, and no grants of its own.
    pub public: bool,
    /// What it may do.
    pub rights: ClientChange,
}

/// What a client may do; `None` leaves as it is, or empty for a new one.
#[derive(Debug, Clone, Default)]
pub struct ClientChange {
    /// The audiences that it may have tokens for.
    pub audiences: Option<Vec<String>>,
    /// The scopes that it may have.
    pub scopes: Option<Vec<String>>,
    /// The grants that it may use.
    pub grants: Option<Vec<String>>,
    /// The audiences whose tokens it may introspect.
    pub introspect: Option<Vec<String>>,
    /// The networks that it may come from (CIDR).
    pub allow: Option<Vec<String>>,
    /// Whether it may ask for `jotleash:admin`.
    pub admin: Option<bool>,
}

impl ClientChange {
    fn apply(self, client: &mut ClientRecord) {
        let Self {
            audiences,
            scopes,
            grants,
            introspect,
            allow,
            admin,
        } = self;
        client.audiences = audiences.unwrap_or_else(|| client.audiences.clone());
        client.scopes = scopes.unwrap_or_else(|| client.scopes.clone());
        client.grants = grants.unwrap_or_else(|| client.grants.clone());
        client.introspect = introspect.unwrap_or_else(|| client.introspect.clone());
        client.allow = allow.unwrap_or_else(|| client.allow.clone());
        client.admin = admin.unwrap_or(client.admin);
    }
}

impl Sessions {
    /// Creates a client. The secret, for a confidential one, is returned and never kept.
    pub async fn create_client(
        &self,
        new: NewClient,
        origin: &Origin,
    ) -> Result<(ClientRecord, Option<String>), SessionError> {
        let secret = (!new.public).then(|| self.new_secret());
        let mut client = ClientRecord {
            id: new.id,
            secret_sha256: secret.as_deref().map(secret_digest),
            audiences: Vec::new(),
            scopes: Vec::new(),
            grants: Vec::new(),
            introspect: Vec::new(),
            allow: Vec::new(),
            admin: false,
            managed: false,
            created_at: self.now(),
            version: 0,
        };
        new.rights.apply(&mut client);
        self.check_client(&client)?;
        let written = self.store().create_client(&client).await?;
        let result = match written {
            Write::Done(version) => Ok((
                ClientRecord {
                    version,
                    ..client.clone()
                },
                secret,
            )),
            Write::Conflict => Err(SessionError::Conflict(
                "a client or user has this id, or a subject of this id has a session".to_owned(),
            )),
        };
        self.audit_result(origin, Action::ClientCreate, client.id.to_string(), &result)
            .await;
        result
    }

    /// The client with this id.
    pub async fn client(&self, id: &str) -> Result<ClientRecord, SessionError> {
        self.store()
            .client(id)
            .await?
            .ok_or(SessionError::NotFound("client"))
    }

    /// Clients, newest first.
    pub async fn clients(&self, page: &Page) -> Result<Listed<ClientRecord>, SessionError> {
        Ok(self.store().clients(page).await?)
    }

    /// Changes what a client may do.
    pub async fn change_client(
        &self,
        id: &str,
        change: ClientChange,
        origin: &Origin,
    ) -> Result<ClientRecord, SessionError> {
        let mut client = self.own_client(id).await?;
        change.apply(&mut client);
        self.check_client(&client)?;
        let result = self.replace_client(client).await;
        self.audit_result(origin, Action::ClientChange, id.to_owned(), &result)
            .await;
        result
    }

    /// Gives a client a new secret; the old one is refused from the answer on.
    pub async fn new_client_secret(
        &self,
        id: &str,
        origin: &Origin,
    ) -> Result<(ClientRecord, String), SessionError> {
        let mut client = self.own_client(id).await?;
        if client.secret_sha256.is_none() {
            return Err(SessionError::invalid("a public client has no secret"));
        }
        let secret = self.new_secret();
        client.secret_sha256 = Some(secret_digest(&secret));
        let result = self.replace_client(client).await;
        self.audit_result(origin, Action::ClientSecret, id.to_owned(), &result)
            .await;
        Ok((result?, secret))
    }

    /// Deletes a client: what it was given ends first, then it gets no grant any more.
    pub async fn delete_client(
        &self,
        id: &str,
        origin: &Origin,
    ) -> Result<Durability, SessionError> {
        self.own_client(id).await?;
        let result = self.end_and_delete_client(id, origin).await;
        self.audit_result(origin, Action::ClientDelete, id.to_owned(), &result)
            .await;
        result
    }

    async fn end_and_delete_client(
        &self,
        id: &str,
        origin: &Origin,
    ) -> Result<Durability, SessionError> {
        let ended = self
            .cut_off_client(id, Action::ClientDelete, origin)
            .await?;
        let deleted = self.store().delete_client(id).await?;
        let deleted = deleted.ok_or(SessionError::NotFound("client"))?;
        Ok(deleted.min(ended.durability))
    }

    /// Writes a client of the configuration file, whatever the store has under its id.
    pub async fn manage_client(&self, client: ClientRecord) -> Result<(), SessionError> {
        self.check_client(&client)?;
        for _ in 0..8 {
            let written = match self.store().client(client.id.as_str()).await? {
                Some(old) => {
                    let kept = ClientRecord {
                        version: old.version,
                        created_at: old.created_at,
                        ..client.clone()
                    };
                    if kept == old {
                        return Ok(());
                    }
                    self.store().replace_client(&kept).await?
                }
                None => self.store().create_client(&client).await?,
            };
            if let Write::Done(_) = written {
                return Ok(());
            }
        }
        Err(SessionError::Conflict(format!(
            "client {}: a user has this id, or a subject of this id has a session",
            client.id
        )))
    }

    /// A client that the API may change.
    async fn own_client(&self, id: &str) -> Result<ClientRecord, SessionError> {
        let client = self.client(id).await?;
        if client.managed {
            Err(SessionError::Managed)
        } else {
            Ok(client)
        }
    }

    async fn replace_client(&self, client: ClientRecord) -> Result<ClientRecord, SessionError> {
        match self.store().replace_client(&client).await? {
            Write::Done(version) => Ok(ClientRecord { version, ..client }),
            Write::Conflict => Err(SessionError::Conflict(
                "the client was changed meanwhile; read it again".to_owned(),
            )),
        }
    }

    fn check_client(&self, client: &ClientRecord) -> Result<(), SessionError> {
        let unknown = |what: &str, name: &str| {
            Err(SessionError::invalid(format!(
                "{what}: {name:?} is not one that exists"
            )))
        };
        for name in client.audiences.iter().chain(&client.introspect) {
            if self.policy().audience(name).is_none() {
                return unknown("audience", name);
            }
        }
        for grant in &client.grants {
            if !GRANTS.contains(&grant.as_str()) {
                return unknown("grants", grant);
            }
        }
        if let Some(bad) = client.scopes.iter().find(|scope| !is_scope_token(scope)) {
            return unknown("scopes", bad);
        }
        if client.scopes.iter().any(|scope| scope == ADMIN_SCOPE) {
            return Err(SessionError::invalid(
                "scopes: jotleash:admin is not given by a scope but by \"admin\": true",
            ));
        }
        if client.secret_sha256.is_none() && (client.admin || !own_grants(client).is_empty()) {
            return Err(SessionError::invalid(
                "a public client proves nothing: it may have neither admin nor a grant but refresh_token",
            ));
        }
        Ok(())
    }

    /// Hands a client that the configuration file no longer holds over to the API. Whether it was
    /// one.
    pub async fn release_client(&self, id: &str) -> Result<bool, SessionError> {
        let client = self.store().client(id).await?;
        let Some(client) = client.filter(|client| client.managed) else {
            return Ok(false);
        };
        let released = ClientRecord {
            managed: false,
            ..client
        };
        self.replace_client(released).await.map(|_| true)
    }

    fn new_secret(&self) -> String {
        random_secret(self.entropy())
    }
}

/// A client secret of 256 random bits, base64url, and how it is kept: its SHA-256 in hex.
pub fn new_secret(entropy: &dyn Entropy) -> (String, String) {
    let secret = random_secret(entropy);
    let digest = secret_digest(&secret);
    (secret, digest)
}

fn random_secret(entropy: &dyn Entropy) -> String {
    let mut secret = [0; 32];
    entropy.fill(&mut secret);
    URL_SAFE_NO_PAD.encode(secret)
}

/// The grants that a client uses in its own right.
fn own_grants(client: &ClientRecord) -> Vec<&str> {
    let grants = client.grants.iter().map(String::as_str);
    grants.filter(|&grant| grant != "refresh_token").collect()
}

/// SHA-256 of a secret, in hex.
pub(super) fn secret_digest(secret: &str) -> String {
    use std::fmt::Write as _;
    let hash = digest(&SHA256, secret.as_bytes());
    hash.as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_kept_as_its_digest() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(secret_digest(""), empty);
    }
}
