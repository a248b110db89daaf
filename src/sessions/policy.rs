//! What the operator decided: the issuer, the audiences, how long things live.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::scope::Scope;
use crate::store::ClientRecord;
use crate::token::{Format, Typ};

/// The scope that may do everything on the admin listener.
pub const ADMIN_SCOPE: &str = "jotleash:admin";
/// The scope that may read everything on the admin listener.
pub const READ_SCOPE: &str = "jotleash:read";
/// The scope of a back end that opens sessions for users that it authenticated itself.
pub const SESSIONS_SCOPE: &str = "jotleash:sessions";
/// The role that gives its holder [`ADMIN_SCOPE`] in the admin audience.
pub const ADMIN_ROLE: &str = "jotleash-admin";
/// Roles that start like this mean something to jotleash itself.
pub const RESERVED_ROLE_PREFIX: &str = "jotleash-";

/// An audience: a service, or a group of them, that takes tokens meant for it and no others.
#[derive(Debug, Clone)]
pub struct Audience {
    /// The `aud` of its tokens; may be an absolute URI.
    pub name: String,
    /// The scopes that exist there.
    pub scopes: Scope,
    /// What its access tokens are.
    pub format: Format,
    /// The client of first-party log-ins.
    pub login_client: Option<String>,
    /// Seconds that an access token lives, at most.
    pub access_ttl: u64,
    /// Seconds that a session lives without being refreshed.
    pub refresh_idle: u64,
    /// Seconds that a session lives at most.
    pub refresh_max: u64,
    /// Milliseconds in which the refresh token just replaced may be presented again.
    pub refresh_grace_millis: u64,
    /// How many sessions a subject may have there; 0: as many as it likes.
    pub max_sessions: u32,
    /// How long after this instance has seen a token live it may be taken while the store cannot be
    /// asked; `None`: not at all.
    pub grace: Option<Duration>,
}

/// The operator's decisions, checked by whoever made them.
#[derive(Debug, Clone)]
pub struct Policy {
    issuer: String,
    default_audience: String,
    audiences: BTreeMap<String, Audience>,
}

impl Policy {
    /// A policy of these audiences; the admin audience, named like the issuer, is added.
    pub fn new(issuer: String, default_audience: String, audiences: Vec<Audience>) -> Self {
        let admin = Audience {
            name: issuer.clone(),
            scopes: Scope::of(&[ADMIN_SCOPE, READ_SCOPE, SESSIONS_SCOPE]),
            format: Format::Jwt(Typ::AtJwt),
            login_client: None,
            access_ttl: 300,
            refresh_idle: 30 * 60,
            refresh_max: 12 * 60 * 60,
            refresh_grace_millis: 30_000,
            max_sessions: 0,
            // Never: who administers must not go by what may have been revoked.
            grace: None,
        };
        let audiences = audiences.into_iter().chain([admin]);
        let audiences = audiences
            .map(|audience| (audience.name.clone(), audience))
            .collect();
        Self {
            issuer,
            default_audience,
            audiences,
        }
    }

    /// The `iss` of every token, and the name of the admin audience.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The audience of who names none.
    pub fn default_audience(&self) -> &str {
        &self.default_audience
    }

    /// The audience with this name, if it is registered.
    pub fn audience(&self, name: &str) -> Option<&Audience> {
        self.audiences.get(name)
    }

    /// The registered audience with this name, or the default one.
    pub fn audience_or_default(&self, name: Option<&str>) -> Option<&Audience> {
        self.audience(name.unwrap_or(&self.default_audience))
    }

    /// Whether this is the audience of the admin listener.
    pub fn is_admin(&self, audience: &Audience) -> bool {
        audience.name == self.issuer
    }

    /// The longest life of a session in any audience, seconds.
    pub fn longest_session(&self) -> u64 {
        let lives = self.audiences.values().map(|audience| audience.refresh_max);
        lives.max().unwrap_or_default()
    }

    /// The longest grace of any audience; `None`: none has any.
    pub fn longest_grace(&self) -> Option<Duration> {
        let graces = self.audiences.values().filter_map(|it| it.grace);
        graces.max()
    }

    /// Every audience's format, for the verifier.
    pub fn formats(&self) -> HashMap<String, Format> {
        self.audiences
            .values()
            .map(|audience| (audience.name.clone(), audience.format))
            .collect()
    }

    /// Every scope of every audience but the admin's, for the metadata.
    pub fn scopes(&self) -> Scope {
        let audiences = self
            .audiences
            .values()
            .filter(|audience| !self.is_admin(audience));
        audiences.fold(Scope::default(), |all, audience| {
            all.union(&audience.scopes)
        })
    }

    /// What a client may have in an audience for itself; `None` when it has no business there.
    pub fn client_scope(&self, client: &ClientRecord, audience: &Audience) -> Option<Scope> {
        let listed = client.audiences.contains(&audience.name);
        let scope = audience
            .scopes
            .intersection(&Scope::from_names(&client.scopes));
        if !self.is_admin(audience) {
            return listed.then_some(scope);
        }
        let scope = scope.without(ADMIN_SCOPE);
        let scope = if client.admin {
            scope.union(&Scope::of(&[ADMIN_SCOPE]))
        } else {
            scope
        };
        (listed || !scope.is_empty()).then_some(scope)
    }

    /// What a user may have in an audience through a client; `None` when that client has no
    /// business there.
    ///
    /// Roles give no scopes, with one exception: [`ADMIN_ROLE`] gives [`ADMIN_SCOPE`] in the admin
    /// audience, and nothing else does.
    pub fn user_scope(
        &self,
        client: &ClientRecord,
        audience: &Audience,
        roles: &[String],
    ) -> Option<Scope> {
        if !self.is_admin(audience) {
            return self.client_scope(client, audience);
        }
        let admin = roles.iter().any(|role| role == ADMIN_ROLE);
        let scope = if admin {
            Scope::of(&[ADMIN_SCOPE])
        } else {
            Scope::default()
        };
        client.audiences.contains(&audience.name).then_some(scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let web = Audience {
            name: "web".to_owned(),
            scopes: Scope::of(&["read", "write"]),
            format: Format::Jwt(Typ::AtJwt),
            login_client: Some("front".to_owned()),
            access_ttl: 300,
            refresh_idle: 3600,
            refresh_max: 7200,
            refresh_grace_millis: 30_000,
            max_sessions: 0,
            grace: None,
        };
        Policy::new(
            "https://auth.example".to_owned(),
            "web".to_owned(),
            vec![web],
        )
    }

    fn client(audiences: &[&str], scopes: &[&str], admin: bool) -> ClientRecord {
        let strings = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        ClientRecord {
            id: "front".parse().unwrap(),
            secret_sha256: None,
            audiences: strings(audiences),
            scopes: strings(scopes),
            grants: vec![],
            introspect: vec![],
            allow: vec![],
            admin,
            managed: false,
            created_at: 0,
            version: 1,
        }
    }

    #[test]
    fn a_client_has_the_scopes_that_both_it_and_the_audience_list() {
        let policy = policy();
        let web = policy.audience("web").unwrap();
        let scope = policy.client_scope(&client(&["web"], &["read", "other"], true), web);
        assert_eq!(scope, Some(Scope::of(&["read"])));
        assert_eq!(
            policy.client_scope(&client(&["cart"], &["read"], true), web),
            None
        );
    }

    #[test]
    fn only_an_admin_client_may_have_the_admin_scope() {
        let policy = policy();
        let admin = policy.audience("https://auth.example").unwrap();
        let listed = client(&["https://auth.example"], &[ADMIN_SCOPE, READ_SCOPE], false);
        assert_eq!(
            policy.client_scope(&listed, admin),
            Some(Scope::of(&[READ_SCOPE]))
        );
        assert_eq!(
            policy.client_scope(&client(&[], &[], true), admin),
            Some(Scope::of(&[ADMIN_SCOPE]))
        );
        assert_eq!(
            policy.client_scope(&client(&["web"], &["read"], false), admin),
            None
        );
    }

    #[test]
    fn only_the_admin_role_gives_a_user_the_admin_scope() {
        let policy = policy();
        let admin = policy.audience("https://auth.example").unwrap();
        let console = client(&["https://auth.example"], &[READ_SCOPE], true);
        let scope = |roles: &[&str]| {
            let roles: Vec<_> = roles.iter().map(|&role| role.to_owned()).collect();
            policy.user_scope(&console, admin, &roles).unwrap()
        };
        assert_eq!(scope(&["jotleash-admin"]), Scope::of(&[ADMIN_SCOPE]));
        assert_eq!(scope(&["admin", "jotleash-other"]), Scope::default());
        let web = policy.audience("web").unwrap();
        let front = client(&["web"], &["read"], false);
        let roles = ["jotleash-admin".to_owned()];
        assert_eq!(
            policy.user_scope(&front, web, &roles),
            Some(Scope::of(&["read"]))
        );
    }
}
