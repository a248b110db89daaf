//! The records of the dev set-up, to be written to a store that does not have them.

use zeroize::Zeroizing;

use super::env::DevEnv;
use crate::id::Subject;
use crate::settings::{AudienceSetting, digest_hex};
use crate::store::ClientRecord;

/// A user to be created, with a password to be hashed.
#[derive(Clone)]
pub struct UserSeed {
    /// The `sub` of its tokens, and the name it logs in with.
    pub sub: Subject,
    /// In the clear.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for UserSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserSeed")
            .field("sub", &self.sub)
            .finish_non_exhaustive()
    }
}

impl DevEnv {
    /// The demo user.
    pub fn user(&self) -> UserSeed {
        UserSeed {
            sub: self.username.clone(),
            password: self.password.clone(),
        }
    }

    /// The dev client, which may use all these audiences, and the admin client.
    ///
    /// They come from no configuration file, so the API may change them.
    pub fn clients(&self, audiences: &[AudienceSetting], created_at: u64) -> [ClientRecord; 2] {
        let names: Vec<String> = audiences.iter().map(|a| a.name.clone()).collect();
        let mut scopes = vec!["read".to_owned(), "write".to_owned()];
        scopes.extend(audiences.iter().flat_map(|a| a.scopes.iter().cloned()));
        scopes.sort();
        scopes.dedup();
        let grants = [
            "client_credentials",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ];
        let dev = ClientRecord {
            id: self.client_id.clone(),
            secret_sha256: Some(digest_hex(&self.client_secret)),
            audiences: names.clone(),
            scopes,
            grants: grants.map(str::to_owned).to_vec(),
            introspect: names,
            allow: Vec::new(),
            admin: false,
            managed: false,
            created_at,
            version: 0,
        };
        let admin = ClientRecord {
            id: self.admin_client_id.clone(),
            secret_sha256: Some(digest_hex(&self.admin_client_secret)),
            audiences: Vec::new(),
            scopes: Vec::new(),
            grants: vec!["client_credentials".to_owned()],
            introspect: Vec::new(),
            admin: true,
            ..dev.clone()
        };
        [dev, admin]
    }
}

#[cfg(test)]
mod tests {
    use super::super::env::{Dev, Urls};
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn the_dev_client_may_use_every_audience_and_the_admin_client_none_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let urls = Urls {
            public: "http://127.0.0.1:1".to_owned(),
            admin: "http://127.0.0.1:2".to_owned(),
        };
        let path = folder.path().join("dev.env");
        let env = Dev::load_or_make(&path, &SystemEntropy, &urls, None)
            .unwrap()
            .env;
        let mut shop = AudienceSetting::named("shop");
        shop.scopes = vec!["buy".to_owned()];
        let [dev, admin] = env.clients(&[AudienceSetting::named("web"), shop], 7);
        assert_eq!(dev.audiences, ["web", "shop"]);
        assert_eq!(dev.introspect, dev.audiences);
        assert_eq!(dev.scopes, ["buy", "read", "write"]);
        assert_eq!(dev.secret_sha256, Some(digest_hex(&env.client_secret)));
        assert!(admin.admin && !dev.admin);
        assert_eq!(admin.grants, ["client_credentials"]);
        assert!(admin.audiences.is_empty() && !admin.managed);
        assert_eq!(
            admin.secret_sha256,
            Some(digest_hex(&env.admin_client_secret))
        );
    }
}
