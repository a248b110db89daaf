//! `POST /oauth2/token` (RFC 6749, section 3.2).

use std::collections::HashMap;

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::State;
use super::error::OAuthError;
use super::request::origin;
use crate::sessions::{Credentials, TokenRequest};

/// The parameters of a form. Each may be sent once, and one without a value counts as not sent
/// (RFC 6749, section 3.2).
struct Form(HashMap<String, String>);

pub(super) async fn token(
    request: HttpRequest,
    state: web::Data<State>,
    body: Result<web::Bytes, actix_web::Error>,
) -> Result<HttpResponse, OAuthError> {
    let body = body.map_err(|_| OAuthError::invalid_request("the body could not be read"))?;
    let mut form = Form::parse(request.headers(), &body)?;
    let grant = form.take("grant_type");
    let grant = grant.ok_or_else(|| OAuthError::invalid_request("grant_type is missing"))?;
    if grant != "client_credentials" {
        return Err(OAuthError::unsupported_grant_type(
            "only client_credentials is supported",
        ));
    }
    let (credentials, basic) = credentials(request.headers(), &mut form)?;
    let asked = TokenRequest {
        audience: audience(&mut form)?,
        scope: form.take("scope"),
    };
    let origin = origin(&request, &state);
    let granted = state
        .sessions
        .client_credentials(&credentials, &asked, &origin)
        .await;
    let granted = granted.map_err(|error| OAuthError::of(&error, basic))?;

    let mut answer = json!({
        "access_token": granted.access_token,
        "token_type": "Bearer",
        "expires_in": granted.expires_in,
    });
    if let (Some(answer), false) = (answer.as_object_mut(), granted.scope.is_empty()) {
        answer.insert("scope".to_owned(), json!(granted.scope));
    }
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("Pragma", "no-cache"))
        .json(answer))
}

impl Form {
    fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        let typed = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = typed
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(OAuthError::invalid_request(
                "send the body as Content-Type: application/x-www-form-urlencoded",
            ));
        }
        let text = std::str::from_utf8(body)
            .map_err(|_| OAuthError::invalid_request("the body is not UTF-8"))?;
        let web::Query(pairs) = web::Query::<Vec<(String, String)>>::from_query(text)
            .map_err(|_| OAuthError::invalid_request("the body is not a form"))?;
        let mut form = HashMap::new();
        for (name, value) in pairs {
            if form.contains_key(&name) {
                return Err(OAuthError::invalid_request("a parameter was sent twice"));
            }
            form.insert(name, value);
        }
        Ok(Self(form))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|value| !value.is_empty())
    }
}

/// The audience by either of its names (RFC 8693's `audience`, RFC 8707's `resource`).
fn audience(form: &mut Form) -> Result<Option<String>, OAuthError> {
    match (form.take("audience"), form.take("resource")) {
        (Some(audience), Some(resource)) if audience != resource => Err(
            OAuthError::invalid_request("audience and resource name two audiences"),
        ),
        (audience, resource) => Ok(audience.or(resource)),
    }
}

/// The client's credentials, by one method a request, and whether it was HTTP Basic.
fn credentials(headers: &HeaderMap, form: &mut Form) -> Result<(Credentials, bool), OAuthError> {
    let posted = (form.take("client_id"), form.take("client_secret"));
    let mut lines = headers.get_all(AUTHORIZATION);
    let (header, second) = (lines.next(), lines.next());
    match (header, posted) {
        (Some(header), (id, None)) => {
            let text = header.to_str().ok().filter(|_| second.is_none());
            let basic = text
                .and_then(basic)
                .filter(|basic| id.is_none_or(|id| id == basic.id));
            Ok((basic.ok_or_else(|| OAuthError::invalid_client(true))?, true))
        }
        (Some(_), (_, Some(_))) => Err(OAuthError::invalid_request(
            "authenticate by one method, not two",
        )),
        (None, (Some(id), Some(secret))) => Ok((Credentials { id, secret }, false)),
        (None, _) => Err(OAuthError::invalid_client(false)),
    }
}

/// HTTP Basic as RFC 6749, section 2.3.1, has it: both parts form-encoded before the base64.
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some(Credentials {
        id: form_decoded(id)?,
        secret: form_decoded(secret)?,
    })
}

fn form_decoded(raw: &str) -> Option<String> {
    let spaced = raw.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .ok()?;
    Some(decoded.into_owned())
}
