//! `POST /v1/refresh`

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::State;
use super::error::Problem;
use super::login::opened_answer;
use super::request::{Json, origin};

/// The body of a refresh.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    refresh_token: String,
}

pub(super) async fn refresh(
    request: HttpRequest,
    state: web::Data<State>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    let origin = origin(&request, &state);
    let opened = state.sessions.refresh(&body.refresh_token, &origin).await?;
    Ok(opened_answer(&opened))
}
