//! `POST /oauth2/token` (RFC 6749, section 3.2).

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::error::OAuthError;
use super::form::Form;
use super::{Asked, ok};
use crate::http::State;
use crate::sessions::{Exchange, Granted, Opened, TOKEN_EXCHANGE, TokenRequest};

/// The type of an access token (RFC 8693, section 3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A successful answer (RFC 6749, section 5.1).
#[derive(Serialize)]
struct Answer {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
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
    TokenExchange,
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
        Grant::TokenExchange => {
            let exchange = exchange(&mut asked.form, wanted)?;
            let granted = sessions.exchange(caller, &exchange).await;
            granted.map(Answer::exchanged)
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
            Some(TOKEN_EXCHANGE) => Ok(Self::TokenExchange),
            Some(_) => Err(OAuthError::unsupported_grant_type()),
            None => Err(OAuthError::invalid_request("grant_type is missing")),
        }
    }
}

/// What is to be exchanged (RFC 8693, section 2.1): an access token, for one of one audience.
fn exchange(form: &mut Form, wanted: TokenRequest) -> Result<Exchange, OAuthError> {
    let missing = |name: &str| OAuthError::invalid_request(format_args!("{name} is missing"));
    let needed = |value: Option<String>, name: &str| value.ok_or_else(|| missing(name));
    for name in ["actor_token", "actor_token_type"] {
        if form.take(name).is_some() {
            let description = "actor_token is not supported: the client itself is the actor";
            return Err(OAuthError::invalid_request(description));
        }
    }
    let subject_token = needed(form.take("subject_token"), "subject_token")?;
    let presented = needed(form.take("subject_token_type"), "subject_token_type")?;
    let requested = form.take("requested_token_type");
    for (name, value) in [
        ("subject_token_type", presented.as_str()),
        (
            "requested_token_type",
            requested.as_deref().unwrap_or(ACCESS_TOKEN),
        ),
    ] {
        if value != ACCESS_TOKEN {
            let description = format_args!("{name} is {ACCESS_TOKEN} and no other");
            return Err(OAuthError::invalid_request(description));
        }
    }
    Ok(Exchange {
        subject_token,
        audience: needed(wanted.audience, "audience")?,
        scope: wanted.scope,
    })
}

impl Answer {
    /// The answer to an exchange (RFC 8693, section 2.2.1).
    fn exchanged(granted: Granted) -> Self {
        Self {
            issued_token_type: Some(ACCESS_TOKEN),
            ..Self::from(granted)
        }
    }
}

impl From<Granted> for Answer {
    fn from(granted: Granted) -> Self {
        Self {
            access_token: granted.access_token,
            issued_token_type: None,
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
            issued_token_type: None,
            token_type: "Bearer",
            expires_in: opened.expires_in,
            refresh_token: Some(opened.refresh_token),
            refresh_expires_in: Some(opened.refresh_expires_in),
            scope: opened.scope,
        }
    }
}
