//! `/v1/admin/subjects/{sub}/ban` and `/v1/admin/bans`

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::logout::{counts, durable, name};
use crate::http::page::{PageQuery, page_answer};
use crate::http::request::{OptionalJson, path};
use crate::id::Subject;
use crate::sessions::READ_SCOPE;
use crate::store::Ban;

/// The body of a ban.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    seconds: Option<u64>,
    reason: Option<String>,
}

pub(super) async fn ban(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let subject: Subject = path(&request, "sub")?;
    let banned = state
        .sessions
        .ban(&subject, body.seconds, body.reason, &who.origin)
        .await?;
    let (ban, ended) = banned;
    let mut answer = ban_json(&ban);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("revoked".to_owned(), counts(&ended));
        answer.insert("durability".to_owned(), json!(name(ended.durability)));
    }
    Ok(durable(HttpResponse::Ok(), ended.durability).json(answer))
}

pub(super) async fn unban(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let durability = state
        .sessions
        .unban(&path(&request, "sub")?, &who.origin)
        .await?;
    Ok(durable(HttpResponse::NoContent(), durability).finish())
}

pub(super) async fn read(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    let ban = state.sessions.ban_of(&path(&request, "sub")?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(ban_json(&ban)))
}

pub(super) async fn list(
    Admin(who): Admin,
    state: web::Data<State>,
    web::Query(query): web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    Ok(page_answer(
        &state.sessions.bans(&query.page()?).await?,
        ban_json,
    ))
}

fn ban_json(ban: &Ban) -> Value {
    let mut body = json!({"subject": ban.subject});
    if let Some(body) = body.as_object_mut() {
        let optional = [
            ("banned_until", ban.until.map(|until| json!(until))),
            ("reason", ban.reason.as_ref().map(|reason| json!(reason))),
        ];
        body.extend(
            optional
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
    }
    body
}
