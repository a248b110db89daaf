//! `POST /v1/login`, and what every opened session answers with.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::State;
use super::error::Problem;
use super::request::{Json, origin};
use crate::sessions::{Login, Opened};

/// The body of a log-in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    username: String,
    password: String,
    audience: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    device: Option<String>,
    cookie: Option<bool>,
}

pub(super) async fn login(
    request: HttpRequest,
    state: web::Data<State>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    if body.cookie == Some(true) {
        return Err(Problem::cookie_mode_off());
    }
    let login = Login {
        username: body.username,
        password: body.password,
        audience: body.audience,
        scope: body.scope,
        client_id: body.client_id,
        device: body.device,
    };
    let opened = state
        .sessions
        .login(&login, &origin(&request, &state))
        .await?;
    Ok(opened_answer(&opened))
}

/// Both tokens, as RFC 6749 names them.
pub(super) fn opened_answer(opened: &Opened) -> HttpResponse {
    let mut body = json!({
        "access_token": opened.access_token,
        "token_type": "Bearer",
        "expires_in": opened.expires_in,
        "refresh_token": opened.refresh_token,
        "refresh_expires_in": opened.refresh_expires_in,
        "session_id": opened.session_id,
    });
    if let (Some(body), false) = (body.as_object_mut(), opened.scope.is_empty()) {
        body.insert("scope".to_owned(), json!(opened.scope));
    }
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}
