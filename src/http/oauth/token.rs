//! `POST /oauth2/token` (RFC 6749, section 3.2).

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::error::OAuthError;
use super::form::Form;
use super::{Asked, ok};
use crate::http::State;
use crate::sessions::{Granted, Opened, TokenRequest};

/// A successful answer (RFC 6749, section 5.1).
#[derive(Serialize)]
struct Answer {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_expires_in: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

/// A grant that the endpoint knows.
#[derive(Clone, Copy)]
enum Grant {
    ClientCredentials,
    RefreshToken,
}

pub(super) async fn token(
    request: HttpRequest,
    state: web::Data<State>,
    mut form: Form,
) -> Result<HttpResponse, OAuthError> {
    let grant = Grant::of(form.take("grant_type").as_deref())?;
    let mut asked = Asked::of(&request, &state, form).await?;
    let wanted = TokenRequest {
        audience: asked.form.take_target()?,
        scope: asked.form.take("scope"),
    };
    let (sessions, caller) = (&state.sessions, &asked.caller);
    let answer = match grant {
        Grant::ClientCredentials => sessions
            .client_credentials(caller, &wanted)
            .await
            .map(Answer::from),
        Grant::RefreshToken => {
            let token = asked.form.take("refresh_token");
            let token =
                token.ok_or_else(|| OAuthError::invalid_request("refresh_token is missing"))?;
            sessions
                .refresh_grant(caller, &token, &wanted, &asked.origin)
                .await
                .map(Answer::from)
        }
    };
    let answer = answer.map_err(|error| asked.refused(error))?;
    Ok(ok().json(answer))
}

impl Grant {
    fn of(name: Option<&str>) -> Result<Self, OAuthError> {
        match name {
            Some("client_credentials") => Ok(Self::ClientCredentials),
            Some("refresh_token") => Ok(Self::RefreshToken),
            Some(_) => Err(OAuthError::unsupported_grant_type()),
            None => Err(OAuthError::invalid_request("grant_type is missing")),
        }
    }
}

impl From<Granted> for Answer {
    fn from(granted: Granted) -> Self {
        Self {
            access_token: granted.access_token,
            token_type: "Bearer",
            expires_in: granted.expires_in,
            refresh_token: None,
            refresh_expires_in: None,
            scope: granted.scope,
        }
    }
}

impl From<Opened> for Answer {
    fn from(opened: Opened) -> Self {
        Self {
            access_token: opened.access_token,
            token_type: "Bearer",
            expires_in: opened.expires_in,
            refresh_token: Some(opened.refresh_token),
            refresh_expires_in: Some(opened.refresh_expires_in),
            scope: opened.scope,
        }
    }
}
