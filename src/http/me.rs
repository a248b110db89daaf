//! `GET /v1/me`, and the sessions of whoever asks.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::State;
use super::bearer::Own;
use super::error::Problem;
use super::logout::durable;
use super::page::{PageQuery, page_answer};
use super::request::path;
use crate::id::Sid;
use crate::store::SessionRecord;

pub(super) async fn me(Own(who): Own, state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let session = state.sessions.own_session(&who.live).await?;
    let claims = who.live.claims();
    let mut body = json!({"claims": claims});
    if let (Some(body), Some(session)) = (body.as_object_mut(), session) {
        body.insert("session".to_owned(), session_json(&session, claims.sid));
    }
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body))
}

pub(super) async fn sessions(
    Own(who): Own,
    state: web::Data<State>,
    web::Query(query): web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let claims = who.live.claims();
    let listed = state
        .sessions
        .sessions_of(&claims.sub, &query.page()?)
        .await?;
    Ok(page_answer(&listed, |record| {
        session_json(record, claims.sid)
    }))
}

pub(super) async fn end_session(
    request: HttpRequest,
    Own(who): Own,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let sid: Sid = path(&request, "sid").map_err(|_| Problem::not_found("session"))?;
    let ended = state
        .sessions
        .end_own_session(&who.live, sid, &who.origin)
        .await?;
    Ok(durable(HttpResponse::NoContent(), ended.durability).finish())
}

/// A session as everybody sees it: nothing of its secret, its counter or its tokens.
pub(super) fn session_json(record: &SessionRecord, current: Option<Sid>) -> Value {
    let session = &record.session;
    let mut body = json!({
        "session_id": session.sid,
        "subject": session.subject,
        "client_id": session.client_id,
        "audience": session.audience,
        "scope": session.scope,
        "created_at": session.created_at,
        "last_seen_at": record.last_seen_at,
        "expires_at": session.expires_at,
    });
    if let Some(body) = body.as_object_mut() {
        let optional = [
            ("ip", session.ip.as_ref().map(|ip| json!(ip))),
            (
                "device",
                session.device.as_ref().map(|device| json!(device)),
            ),
            (
                "current",
                (current == Some(session.sid)).then_some(json!(true)),
            ),
        ];
        body.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
    }
    body
}
