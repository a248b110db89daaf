//! Users: who may log in with a password, and with which roles.

use super::error::SessionError;
use super::names::{check_roles, normalise};
use super::password::{MAX_PASSWORD_LEN, check_import};
use super::{Origin, Sessions};
use crate::id::Subject;
use crate::store::{Action, Ended, Listed, Page, UserChange, UserRecord, Write};

/// A user to be created.
#[derive(Clone, Default)]
pub struct NewUser {
    /// The `sub` of its tokens; the normalised user name when not given.
    pub sub: Option<String>,
    /// The name it logs in with.
    pub username: String,
    /// Its password.
    pub password: Option<String>,
    /// Or the hash of it: an argon2 PHC string or a bcrypt hash.
    pub password_hash: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A change to a user; `None` leaves as it is.
#[derive(Clone, Default)]
pub struct UserPatch {
    /// New roles.
    pub roles: Option<Vec<String>>,
    /// A new password.
    pub password: Option<String>,
    /// Whether it is disabled.
    pub disabled: Option<bool>,
}

impl std::fmt::Debug for UserPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserPatch")
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// Creates a user.
    pub async fn create_user(
        &self,
        new: NewUser,
        origin: &Origin,
    ) -> Result<UserRecord, SessionError> {
        check_roles(&new.roles)?;
        let username = normalise(&new.username).ok_or_else(|| {
            SessionError::invalid("username: 1 to 255 characters, no control characters")
        })?;
        let sub: Subject = match new.sub {
            Some(sub) => sub.parse(),
            None => username.parse(),
        }
        .map_err(|error| SessionError::invalid(format!("sub: {error}; give one explicitly")))?;
        let password_hash = match (&new.password, new.password_hash) {
            (Some(_), Some(_)) => {
                return Err(SessionError::invalid(
                    "give a password or a password_hash, not both",
                ));
            }
            (Some(password), None) => Some(self.new_password_hash(password).await?),
            (None, Some(hash)) => check_import(&hash).map(|()| Some(hash))?,
            (None, None) => None,
        };
        let user = UserRecord {
            sub,
            username,
            password_hash,
            roles: new.roles,
            disabled: false,
            created_at: self.now(),
            version: 0,
        };
        let result = match self.store().create_user(&user).await? {
            Write::Done(version) => Ok(UserRecord {
                version,
                ..user.clone()
            }),
            Write::Conflict => Err(SessionError::Conflict(
                "the sub or the user name is taken, or a client has that id".to_owned(),
            )),
        };
        self.audit_result(origin, Action::UserCreate, user.sub.to_string(), &result)
            .await;
        result
    }

    /// The user with this `sub`.
    pub async fn user(&self, sub: &Subject) -> Result<UserRecord, SessionError> {
        let standing = self.store().standing(&sub.slot()).await?;
        standing.user.ok_or(SessionError::NotFound("user"))
    }

    /// Users, newest first.
    pub async fn users(&self, page: &Page) -> Result<Listed<UserRecord>, SessionError> {
        Ok(self.store().users(page).await?)
    }

    /// Changes a user's roles, password or state, at once: new roles end the access tokens, a new
    /// password and a disabling the sessions too.
    pub async fn change_user(
        &self,
        sub: &Subject,
        patch: UserPatch,
        origin: &Origin,
    ) -> Result<(UserRecord, Ended), SessionError> {
        if let Some(roles) = &patch.roles {
            check_roles(roles)?;
        }
        let password_hash = match &patch.password {
            Some(password) => {
                self.user(sub).await?;
                Some(self.new_password_hash(password).await?)
            }
            None => None,
        };
        let change = UserChange {
            roles: patch.roles,
            password_hash,
            disabled: patch.disabled,
        };
        let actions = actions(&change);
        let Some(first) = actions.first() else {
            return Err(SessionError::invalid(
                "give at least one of roles, password, disabled",
            ));
        };
        let cause = self.cause(origin, *first);
        let updated = self.store().update_user(&sub.slot(), &change, &cause).await;
        let result = updated
            .map_err(SessionError::from)
            .and_then(|updated| updated.ok_or(SessionError::NotFound("user")));
        for action in actions {
            self.audit_result(origin, action, sub.to_string(), &result)
                .await;
        }
        result
    }

    /// Deletes a user and ends all that it has.
    pub async fn delete_user(&self, sub: &Subject, origin: &Origin) -> Result<Ended, SessionError> {
        let cause = self.cause(origin, Action::UserDelete);
        let deleted = self.store().delete_user(&sub.slot(), &cause).await;
        let result = deleted
            .map_err(SessionError::from)
            .and_then(|deleted| deleted.ok_or(SessionError::NotFound("user")));
        self.audit_result(origin, Action::UserDelete, sub.to_string(), &result)
            .await;
        result
    }

    async fn new_password_hash(&self, password: &str) -> Result<String, SessionError> {
        if password.is_empty() || password.len() > MAX_PASSWORD_LEN {
            return Err(SessionError::invalid("password: 1 to 1024 bytes"));
        }
        self.parts.hasher.hash(password).await
    }
}

/// What a change is called in the audit; the most drastic first, which is why things ended.
fn actions(change: &UserChange) -> Vec<Action> {
    let disabled = change
        .disabled
        .map(|yes| if yes { Action::Disable } else { Action::Enable });
    let password = change
        .password_hash
        .as_ref()
        .map(|_| Action::PasswordChange);
    let roles = change.roles.as_ref().map(|_| Action::RolesChange);
    let order = match disabled {
        Some(Action::Disable) => [disabled, password, roles],
        _ => [password, roles, disabled],
    };
    order.into_iter().flatten().collect()
}
