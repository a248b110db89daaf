//! Why the session layer said no. No HTTP in here; `http::error` makes the answers.

use super::keys::KeyChangeError;
use crate::metrics::Checked;
use crate::store::StoreError;
use crate::token::TokenError;

/// A refusal, or trouble.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The token's bytes, signature, claims, time or audience are not right.
    #[error("the token is not valid: {0}")]
    Token(#[from] TokenError),
    /// The token was ours and is not alive, or is not the one recorded under its id.
    #[error("the token is not alive")]
    NotLive,
    /// The token is alive and may not do this.
    #[error("the token lacks a scope: {0}")]
    InsufficientScope(String),
    /// The token was exchanged, and may only end itself here.
    #[error("a token that was exchanged may only end itself")]
    Delegated,
    /// The user name and password are not a pair. Which of them is wrong is never told.
    #[error("the user name or password is wrong")]
    InvalidCredentials,
    /// The refresh token is forged, dead, reused, or another client's.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// The subject is banned.
    #[error("the subject is banned")]
    Banned,
    /// The user is disabled.
    #[error("the user is disabled")]
    Disabled,
    /// The client is unknown, its secret is wrong, or it comes from elsewhere than it may.
    #[error("the client could not be authenticated")]
    InvalidClient,
    /// The client may not do this.
    #[error("{0}")]
    UnauthorizedClient(&'static str),
    /// More scope than allowed was asked for.
    #[error("the scope is not allowed: {0}")]
    InvalidScope(String),
    /// The audience is not registered, or not for this client.
    #[error("{0}")]
    InvalidTarget(String),
    /// The request makes no sense; the text says what to send instead.
    #[error("{0}")]
    InvalidRequest(String),
    /// There is no such thing.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The id or name is taken, or the record was changed meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// The record comes from the configuration file.
    #[error("this client is in the configuration file; change it there")]
    Managed,
    /// The folder of the keys cannot be written.
    #[error("{0}")]
    KeysReadOnly(String),
    /// The subject has as many live tokens as one may have.
    #[error("the subject has 10,000 live tokens and sessions")]
    Throttled,
    /// What is asked for would be born dead, because everything like it was cut off a moment ago.
    /// So many seconds later it will not.
    #[error("everything like it was revoked a moment ago; try again in {0} s")]
    CutOff(u64),
    /// Too many passwords are being hashed.
    #[error("too many log-ins at once")]
    Overloaded,
    /// The store cannot be asked, or is full.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SessionError {
    /// A request that makes no sense, and what to send instead.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::InvalidRequest(detail.into())
    }

    /// What a check comes to that ends like this.
    pub(super) const fn as_checked(&self) -> Checked {
        match self {
            Self::Token(_) => Checked::Invalid,
            Self::NotLive => Checked::NotLive,
            _ => Checked::Error,
        }
    }
}

impl From<KeyChangeError> for SessionError {
    fn from(error: KeyChangeError) -> Self {
        match error {
            KeyChangeError::Unknown => Self::NotFound("key"),
            KeyChangeError::Conflict(why) => Self::Conflict(why),
            KeyChangeError::ReadOnly(why) => Self::KeysReadOnly(why),
        }
    }
}
