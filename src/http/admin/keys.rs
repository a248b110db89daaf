//! `GET /v1/admin/keys`, `POST /v1/admin/keys/rotate`

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::page::items_answer;
use crate::http::request::OptionalJson;
use crate::sessions::READ_SCOPE;

pub(super) async fn list(
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    // There are few: never a second page.
    let keys = state.sessions.list_keys();
    let items: Vec<_> = keys.iter().map(|key| json!(key)).collect();
    Ok(items_answer(&items, None))
}

/// The body of a rotation.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    #[serde(default)]
    now: bool,
}

pub(super) async fn rotate(
    Admin(who): Admin,
    state: web::Data<State>,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let key = state.sessions.rotate_keys(body.now, &who.origin).await?;
    let mut answer = if body.now {
        HttpResponse::Ok()
    } else {
        HttpResponse::Accepted()
    };
    Ok(answer.insert_header((CACHE_CONTROL, "no-store")).json(key))
}
