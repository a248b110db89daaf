//! `/v1/admin/sessions`, and ending them.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::login::opened_answer;
use crate::http::logout::ended_answer;
use crate::http::me::session_json;
use crate::http::page::{PageQuery, page_answer};
use crate::http::request::{Json, path};
use crate::id::Subject;
use crate::sessions::{READ_SCOPE, RevokeTarget, TrustedSession};
use crate::store::SessionFilter;

/// The body of an opening.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    subject: Subject,
    audience: Option<String>,
    scope: Option<String>,
    roles: Option<Vec<String>>,
    client_id: Option<String>,
    device: Option<String>,
}

/// The query of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    subject: Option<Subject>,
    ip: Option<IpAddr>,
    cursor: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn open(
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Opening>,
) -> Result<HttpResponse, Problem> {
    let asked = TrustedSession {
        subject: body.subject,
        audience: body.audience,
        scope: body.scope,
        roles: body.roles,
        client_id: body.client_id,
        device: body.device,
    };
    let opened = state
        .sessions
        .open_trusted(&who.live, &asked, &who.origin)
        .await?;
    Ok(opened_answer(&opened))
}

pub(super) async fn list(
    Admin(who): Admin,
    state: web::Data<State>,
    web::Query(query): web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    let filter = SessionFilter {
        slot: query.subject.map(|subject| subject.slot()),
        ip: query.ip.map(|ip| ip.to_canonical().to_string()),
    };
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    }
    .page()?;
    let listed = state.sessions.sessions(&filter, &page).await?;
    Ok(page_answer(&listed, |record| session_json(record, None)))
}

pub(super) async fn end(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let target = RevokeTarget::Sid(path(&request, "sid")?);
    Ok(ended_answer(
        &state.sessions.revoke(&target, &who.origin).await?,
    ))
}

pub(super) async fn end_all(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let target = RevokeTarget::Subject(path(&request, "sub")?);
    Ok(ended_answer(
        &state.sessions.revoke(&target, &who.origin).await?,
    ))
}
