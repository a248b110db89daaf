//! The place where errors become answers.
//!
//! Three shapes, never mixed on one path: [`Problem`] (RFC 9457) on `/v1`, [`Denied`] (RFC 6750,
//! section 3, and no body) on `/verify`, and that of RFC 6749, section 5.2, on `/oauth2`, in
//! `oauth::error`. A client gets a stable code and what to do; what went wrong inside goes to the
//! log.

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::json;

use crate::sessions::SessionError;

/// What a bearer of a refused token is told; never which check failed.
const INVALID_TOKEN: &str = "Bearer realm=\"jotleash\", error=\"invalid_token\", \
     error_description=\"The access token is not valid here, or not any more\"";
const INVALID_REQUEST: &str = "Bearer realm=\"jotleash\", error=\"invalid_request\", \
     error_description=\"Send one Authorization header with one bearer token\"";
const NO_TOKEN: &str = "Bearer realm=\"jotleash\"";

/// How a request's credentials were wrong before any token was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BearerFault {
    /// There were none.
    Missing,
    /// Two, or not one bearer token.
    Malformed,
}

/// An error on `/v1`: `application/problem+json`.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    challenge: Option<Cow<'static, str>>,
    retry_after: Option<u32>,
    /// For the log, never for the client.
    cause: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        let detail = title.to_owned();
        Self {
            status,
            code,
            title,
            detail,
            challenge: None,
            retry_after: None,
            cause: None,
        }
    }

    fn detail(self, detail: impl fmt::Display) -> Self {
        Self {
            detail: detail.to_string(),
            ..self
        }
    }

    fn challenge(self, challenge: &'static str) -> Self {
        Self {
            challenge: Some(Cow::Borrowed(challenge)),
            ..self
        }
    }

    fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    fn caused_by(self, cause: impl fmt::Display) -> Self {
        Self {
            cause: Some(cause.to_string()),
            ..self
        }
    }

    /// A request that makes no sense, and what to send instead.
    pub(super) fn invalid_request(detail: impl fmt::Display) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The request makes no sense",
        )
        .detail(detail)
    }

    /// Cookie mode was asked for, and the audience does not have it on.
    pub(super) fn cookie_mode_off() -> Self {
        let title = "Cookie mode is off for this audience";
        Self::new(StatusCode::BAD_REQUEST, "cookie_mode_off", title)
    }

    /// The token has no session.
    pub(super) fn no_session() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "no_session",
            "The token has no session",
        )
    }

    /// The body is larger than what is read.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The request is too large",
        )
        .detail(format_args!("at most {limit} bytes are read"))
    }

    /// The request's head is larger than what is read.
    pub(super) fn head_too_large(limit: usize) -> Self {
        Self {
            status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            ..Self::too_large(limit)
        }
    }

    /// The request took longer than it may.
    pub(super) fn too_slow() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "The request took too long",
        )
        .retry_after(1)
    }

    /// There is no such thing.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found")
            .detail(format_args!("{what} not found"))
    }

    /// A `Host` that is not a name of this machine, where only those may ask.
    pub(super) fn foreign_host() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "This listener answers to loopback names only",
        )
    }

    /// Credentials that were wrong before any token was looked at.
    pub(super) fn bearer(fault: BearerFault) -> Self {
        let title = "A bearer token is needed";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token", title).challenge(match fault {
            BearerFault::Missing => NO_TOKEN,
            BearerFault::Malformed => INVALID_REQUEST,
        })
    }

    /// What goes to the log.
    pub(super) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The answer, with the request's id in it.
    pub(super) fn render(&self, request_id: &str) -> HttpResponse {
        let body = json!({
            "type": format!("urn:jotleash:{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        });
        let mut answer = self.head();
        answer.insert_header((CONTENT_TYPE, "application/problem+json"));
        answer.body(body.to_string())
    }

    fn head(&self) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(challenge) = &self.challenge {
            answer.insert_header((WWW_AUTHENTICATE, challenge.as_ref()));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        answer
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Leaves itself in the answer's extensions: the middleware, which knows the request's id,
    /// renders it.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = self.head().finish();
        answer.extensions_mut().insert(self.clone());
        answer
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        use SessionError as E;
        let new = |status, code, title| Self::new(status, code, title);
        match &error {
            E::Token(_) | E::NotLive => new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "The access token is not valid",
            )
            .challenge(INVALID_TOKEN),
            E::InvalidCredentials => {
                let title = "The user name or the password is wrong";
                new(StatusCode::UNAUTHORIZED, "invalid_credentials", title).challenge(NO_TOKEN)
            }
            E::InvalidRefreshToken => {
                let title = "The refresh token is not valid, or not any more";
                new(StatusCode::UNAUTHORIZED, "invalid_refresh_token", title).challenge(NO_TOKEN)
            }
            E::InsufficientScope(needed) => {
                let problem = new(StatusCode::FORBIDDEN, "insufficient_scope", MAY_NOT)
                    .detail(format_args!("it needs the scope {needed}"));
                Self {
                    challenge: Some(insufficient_scope(needed)),
                    ..problem
                }
            }
            E::Delegated => new(StatusCode::FORBIDDEN, "insufficient_scope", MAY_NOT)
                .detail(&error)
                .challenge(DELEGATED),
            E::Banned => new(StatusCode::FORBIDDEN, "banned", "The subject is banned"),
            E::Disabled => new(StatusCode::FORBIDDEN, "disabled", "The user is disabled"),
            E::InvalidScope(_) | E::InvalidTarget(_) | E::InvalidRequest(_) => {
                Self::invalid_request(&error)
            }
            // No endpoint of /v1 authenticates clients; were one to, this is what it would say.
            E::InvalidClient | E::UnauthorizedClient(_) => Self::invalid_request(&error),
            E::NotFound(what) => Self::not_found(what),
            E::Conflict(_) => new(StatusCode::CONFLICT, "conflict", "It clashes").detail(&error),
            E::Managed => new(
                StatusCode::CONFLICT,
                "managed",
                "The client is managed by the configuration",
            )
            .detail(&error),
            E::KeysReadOnly(_) => {
                let title = "The folder of the keys cannot be written";
                new(StatusCode::CONFLICT, "keys_read_only", title).detail(&error)
            }
            E::Throttled => {
                let title = "Too many live tokens";
                new(StatusCode::TOO_MANY_REQUESTS, "throttled", title)
                    .detail(&error)
                    .retry_after(60)
            }
            E::CutOff(seconds) => {
                let title = "Everything like it was revoked a moment ago";
                let seconds = u32::try_from(*seconds).unwrap_or(u32::MAX);
                new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", title)
                    .detail(&error)
                    .retry_after(seconds)
            }
            E::Overloaded => {
                let title = "Too much at once";
                new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", title).retry_after(1)
            }
            E::Store(cause) => {
                let title = "The store cannot be asked; try again";
                new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", title)
                    .retry_after(1)
                    .caused_by(cause)
            }
        }
    }
}

/// What goes to the log beside an answer that is already rendered.
#[derive(Debug, Clone)]
pub(super) struct LoggedCause(pub(super) String);

/// A refusal of `/verify`: a status, a challenge, no body.
#[derive(Debug)]
pub(super) struct Denied {
    status: StatusCode,
    challenge: Option<Cow<'static, str>>,
    cause: Option<String>,
}

impl Denied {
    const fn new(status: StatusCode) -> Self {
        Self {
            status,
            challenge: None,
            cause: None,
        }
    }

    fn unauthorized(challenge: &'static str) -> Self {
        let challenge = Some(Cow::Borrowed(challenge));
        Self {
            challenge,
            ..Self::new(StatusCode::UNAUTHORIZED)
        }
    }

    /// The gateway asked for an audience or scope that makes no sense.
    pub(super) const fn invalid_request() -> Self {
        Self::new(StatusCode::BAD_REQUEST)
    }

    /// Credentials that were wrong before any token was looked at.
    pub(super) fn bearer(fault: BearerFault) -> Self {
        Self::unauthorized(match fault {
            BearerFault::Missing => NO_TOKEN,
            BearerFault::Malformed => INVALID_REQUEST,
        })
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)
    }
}

impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(challenge) = &self.challenge {
            answer.insert_header((WWW_AUTHENTICATE, challenge.as_ref()));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, "1"));
        }
        let mut answer = answer.finish();
        if let Some(cause) = &self.cause {
            answer.extensions_mut().insert(LoggedCause(cause.clone()));
        }
        answer
    }
}

impl From<SessionError> for Denied {
    /// Whatever is not about the token itself means that nobody can say: 503, never 401.
    fn from(error: SessionError) -> Self {
        match &error {
            SessionError::Token(_) | SessionError::NotLive => Self::unauthorized(INVALID_TOKEN),
            SessionError::InsufficientScope(needed) => Self {
                challenge: Some(insufficient_scope(needed)),
                ..Self::new(StatusCode::FORBIDDEN)
            },
            _ => Self {
                cause: Some(error.to_string()),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE)
            },
        }
    }
}

const MAY_NOT: &str = "The access token may not do this";
/// No scope would help (RFC 6750, section 3).
const DELEGATED: &str = "Bearer realm=\"jotleash\", error=\"insufficient_scope\"";

/// RFC 6750, section 3.1. A scope has neither quotes nor backslashes, so it stands as it is.
fn insufficient_scope(needed: &str) -> Cow<'static, str> {
    format!("Bearer realm=\"jotleash\", error=\"insufficient_scope\", scope=\"{needed}\"").into()
}

/// What has no route.
pub(super) async fn not_found() -> Problem {
    Problem::not_found("this path")
}

impl actix_web::Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &actix_web::HttpRequest) -> HttpResponse {
        self.error_response()
    }
}
