//! Errors on `/oauth2`: RFC 6749, section 5.2.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::uncached;
use crate::http::error::LoggedCause;
use crate::sessions::SessionError;

const BASIC: &str = "Basic realm=\"jotleash\", charset=\"UTF-8\"";

/// A refusal: a status, a code, and what to do in plain words.
#[derive(Debug)]
pub(super) struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
    /// Whether the client used HTTP Basic, and so must be challenged with it.
    challenge: bool,
    /// Seconds, told with a 503.
    retry_after: u64,
    /// For the log, never for the client.
    cause: Option<String>,
}

impl OAuthError {
    fn new(status: StatusCode, error: &'static str, description: impl fmt::Display) -> Self {
        Self {
            status,
            error,
            description: description.to_string(),
            challenge: false,
            retry_after: 1,
            cause: None,
        }
    }

    fn bad(error: &'static str, description: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, description)
    }

    /// A request that makes no sense.
    pub(super) fn invalid_request(description: impl fmt::Display) -> Self {
        Self::bad("invalid_request", description)
    }

    /// An audience that cannot be had (RFC 8707, section 2).
    pub(super) fn invalid_target(description: impl fmt::Display) -> Self {
        Self::bad("invalid_target", description)
    }

    /// A grant that is not one of ours.
    pub(super) fn unsupported_grant_type() -> Self {
        let description =
            "the grants are client_credentials, refresh_token and token exchange (RFC 8693)";
        Self::bad("unsupported_grant_type", description)
    }

    /// The client did not prove who it is.
    pub(super) fn invalid_client() -> Self {
        let description = "the client could not be authenticated";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// The same, to a client that used HTTP Basic or did not.
    pub(super) fn challenging(self, basic: bool) -> Self {
        let challenge = basic && self.status == StatusCode::UNAUTHORIZED;
        Self { challenge, ..self }
    }

    fn unavailable(cause: &SessionError) -> Self {
        let description = "the store cannot be asked; try again";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self {
            cause: Some(cause.to_string()),
            ..Self::new(status, "temporarily_unavailable", description)
        }
    }
}

impl From<SessionError> for OAuthError {
    fn from(error: SessionError) -> Self {
        use SessionError as E;
        match &error {
            E::InvalidClient => Self::invalid_client(),
            E::UnauthorizedClient(_) => Self::bad("unauthorized_client", error),
            E::InvalidScope(_) | E::InsufficientScope(_) => Self::bad("invalid_scope", error),
            E::InvalidTarget(_) => Self::invalid_target(error),
            E::Delegated | E::Banned | E::Disabled => Self::bad("invalid_grant", error),
            // Never which check failed.
            E::Token(_) | E::NotLive | E::InvalidCredentials | E::InvalidRefreshToken => {
                let description = "the token is not valid here, or not any more";
                Self::bad("invalid_grant", description)
            }
            E::InvalidRequest(_)
            | E::NotFound(_)
            | E::Conflict(_)
            | E::Managed
            | E::KeysReadOnly(_) => Self::invalid_request(error),
            E::Throttled => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                Self::new(status, "temporarily_unavailable", error)
            }
            E::CutOff(seconds) => {
                let retry_after = *seconds;
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self {
                    retry_after,
                    ..Self::new(status, "temporarily_unavailable", error)
                }
            }
            E::Overloaded | E::Store(_) => Self::unavailable(&error),
        }
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.description)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = uncached(HttpResponse::build(self.status));
        if self.challenge {
            answer.insert_header((WWW_AUTHENTICATE, BASIC));
        }
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                answer.insert_header((RETRY_AFTER, self.retry_after))
            }
            StatusCode::TOO_MANY_REQUESTS => answer.insert_header((RETRY_AFTER, "60")),
            _ => &mut answer,
        };
        let mut answer =
            answer.json(json!({"error": self.error, "error_description": self.description}));
        if let Some(cause) = &self.cause {
            answer.extensions_mut().insert(LoggedCause(cause.clone()));
        }
        answer
    }
}
