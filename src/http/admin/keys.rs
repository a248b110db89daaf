//! `GET /v1/admin/keys`, `POST /v1/admin/keys/rotate`, `POST /v1/admin/keys/{kid}/retire`

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::logout::{durable, name};
use crate::http::page::items_answer;
use crate::http::request::{OptionalJson, path};
use crate::sessions::{KeyKind, READ_SCOPE};

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
    #[serde(default)]
    mac: bool,
}

pub(super) async fn rotate(
    Admin(who): Admin,
    state: web::Data<State>,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let kind = if body.mac {
        KeyKind::Mac
    } else {
        KeyKind::Signing
    };
    let key = state
        .sessions
        .rotate_keys(kind, body.now, &who.origin)
        .await?;
    let mut answer = if key.signs() {
        HttpResponse::Ok()
    } else {
        HttpResponse::Accepted()
    };
    Ok(answer.insert_header((CACHE_CONTROL, "no-store")).json(key))
}

/// The body of a retirement.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retirement {
    #[serde(default)]
    dry_run: bool,
}

pub(super) async fn retire(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
    OptionalJson(body): OptionalJson<Retirement>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let kid: String = path(&request, "kid")?;
    let (key, durability) = state
        .sessions
        .retire_key(&kid, body.dry_run, &who.origin)
        .await?;
    let mut answer = json!(key);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("durability".to_owned(), json!(name(durability)));
    }
    Ok(durable(HttpResponse::Ok(), durability).json(answer))
}
