//! The OAuth 2 endpoints: token (RFC 6749), introspection (RFC 7662), revocation (RFC 7009).
//!
//! Each reads its form, then who the client is, and only then what the client wants to know or
//! have done: a [`Caller`](crate::sessions::Caller) comes before every token.

mod client;
mod error;
mod form;
mod introspect;
mod revoke;
mod token;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use self::client::Presented;
use self::error::OAuthError;
use self::form::Form;
use super::State;
use super::request::origin;
use crate::sessions::{Caller, Origin, SessionError};

pub(super) fn routes(config: &mut ServiceConfig) {
    let post = |path: &str, route| super::only(path, route);
    config
        .service(post("/oauth2/token", web::post().to(token::token)))
        .service(post(
            "/oauth2/introspect",
            web::post().to(introspect::introspect),
        ))
        .service(post("/oauth2/revoke", web::post().to(revoke::revoke)));
}

/// A request whose client is known.
struct Asked {
    caller: Caller,
    basic: bool,
    form: Form,
    origin: Origin,
}

impl Asked {
    /// Finds out who the client is, before anything else in the form is looked at.
    async fn of(request: &HttpRequest, state: &State, mut form: Form) -> Result<Self, OAuthError> {
        let Presented { credentials, basic } = client::presented(request.headers(), &mut form)?;
        let origin = origin(request, state);
        let caller = state.sessions.identify(&credentials, &origin).await;
        let caller = caller.map_err(|error| OAuthError::from(error).challenging(basic))?;
        Ok(Self {
            caller,
            basic,
            form,
            origin,
        })
    }

    /// The token that is asked about. `token_type_hint` may say what it is, but so does the token
    /// itself, and a hint may be wrong (RFC 7009, section 2.1).
    fn token(&mut self) -> Result<String, OAuthError> {
        let token = self.form.take("token");
        token.ok_or_else(|| OAuthError::invalid_request("token is missing"))
    }

    /// What the session layer's refusal is to this client.
    fn refused(&self, error: SessionError) -> OAuthError {
        OAuthError::from(error).challenging(self.basic)
    }
}

/// The head of every answer, which nobody may keep (RFC 6749, section 5.1).
fn uncached(mut answer: HttpResponseBuilder) -> HttpResponseBuilder {
    answer.insert_header((CACHE_CONTROL, "no-store"));
    answer.insert_header(("Pragma", "no-cache"));
    answer
}

fn ok() -> HttpResponseBuilder {
    uncached(HttpResponse::Ok())
}
