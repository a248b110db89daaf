//! `/v1/admin/users`

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::logout::durable;
use crate::http::page::{PageQuery, page_answer};
use crate::http::request::{Json, path};
use crate::id::Subject;
use crate::sessions::{NewUser, READ_SCOPE, UserPatch};
use crate::store::UserRecord;

/// The body of a creation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Creation {
    sub: Option<String>,
    username: String,
    password: Option<String>,
    password_hash: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
}

/// The body of a change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    roles: Option<Vec<String>>,
    password: Option<String>,
    disabled: Option<bool>,
}

pub(super) async fn create(
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Creation>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let new = NewUser {
        sub: body.sub,
        username: body.username,
        password: body.password,
        password_hash: body.password_hash,
        roles: body.roles,
    };
    let user = state.sessions.create_user(new, &who.origin).await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(user_json(&user)))
}

pub(super) async fn list(
    Admin(who): Admin,
    state: web::Data<State>,
    web::Query(query): web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    Ok(page_answer(
        &state.sessions.users(&query.page()?).await?,
        user_json,
    ))
}

pub(super) async fn read(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    let user = state.sessions.user(&path(&request, "sub")?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(user_json(&user)))
}

pub(super) async fn change(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Change>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let sub: Subject = path(&request, "sub")?;
    let patch = UserPatch {
        roles: body.roles,
        password: body.password,
        disabled: body.disabled,
    };
    let (user, ended) = state.sessions.change_user(&sub, patch, &who.origin).await?;
    Ok(durable(HttpResponse::Ok(), ended.durability).json(user_json(&user)))
}

pub(super) async fn delete(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let ended = state
        .sessions
        .delete_user(&path(&request, "sub")?, &who.origin)
        .await?;
    Ok(durable(HttpResponse::NoContent(), ended.durability).finish())
}

fn user_json(user: &UserRecord) -> Value {
    json!({
        "sub": user.sub,
        "username": user.username,
        "roles": user.roles,
        "disabled": user.disabled,
        "created_at": user.created_at,
    })
}
