//! `/v1/admin/clients`

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
use crate::sessions::{ClientChange, NewClient, READ_SCOPE};
use crate::store::ClientRecord;

/// The body of a creation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Creation {
    id: Subject,
    #[serde(default)]
    public: bool,
    audiences: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    grants: Option<Vec<String>>,
    introspect: Option<Vec<String>>,
    allow: Option<Vec<ipnet::IpNet>>,
    admin: Option<bool>,
}

/// The body of a change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    audiences: Option<Vec<String>>,
    scopes: Option<Vec<String>>,
    grants: Option<Vec<String>>,
    introspect: Option<Vec<String>>,
    allow: Option<Vec<ipnet::IpNet>>,
    admin: Option<bool>,
}

impl From<Change> for ClientChange {
    fn from(change: Change) -> Self {
        let Change {
            audiences,
            scopes,
            grants,
            introspect,
            allow,
            admin,
        } = change;
        let allow = allow.map(|networks| networks.iter().map(ToString::to_string).collect());
        Self {
            audiences,
            scopes,
            grants,
            introspect,
            allow,
            admin,
        }
    }
}

pub(super) async fn create(
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Creation>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let Creation {
        id,
        public,
        audiences,
        scopes,
        grants,
        introspect,
        allow,
        admin,
    } = body;
    let rights = Change {
        audiences,
        scopes,
        grants,
        introspect,
        allow,
        admin,
    }
    .into();
    let new = NewClient { id, public, rights };
    let (client, secret) = state.sessions.create_client(new, &who.origin).await?;
    let body = with_secret(client_json(&client), secret.as_deref());
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body))
}

pub(super) async fn list(
    Admin(who): Admin,
    state: web::Data<State>,
    web::Query(query): web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    Ok(page_answer(
        &state.sessions.clients(&query.page()?).await?,
        client_json,
    ))
}

pub(super) async fn read(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    let id: Subject = path(&request, "id")?;
    let client = state.sessions.client(id.as_str()).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(client_json(&client)))
}

pub(super) async fn change(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Change>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let id: Subject = path(&request, "id")?;
    let client = state
        .sessions
        .change_client(id.as_str(), body.into(), &who.origin)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(client_json(&client)))
}

pub(super) async fn new_secret(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let id: Subject = path(&request, "id")?;
    let (client, secret) = state
        .sessions
        .new_client_secret(id.as_str(), &who.origin)
        .await?;
    let body = with_secret(client_json(&client), Some(&secret));
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body))
}

pub(super) async fn delete(
    request: HttpRequest,
    Admin(who): Admin,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let id: Subject = path(&request, "id")?;
    let durability = state
        .sessions
        .delete_client(id.as_str(), &who.origin)
        .await?;
    Ok(durable(HttpResponse::NoContent(), durability).finish())
}

fn client_json(client: &ClientRecord) -> Value {
    json!({
        "id": client.id,
        "public": client.secret_sha256.is_none(),
        "audiences": client.audiences,
        "scopes": client.scopes,
        "grants": client.grants,
        "introspect": client.introspect,
        "allow": client.allow,
        "admin": client.admin,
        "managed": client.managed,
        "created_at": client.created_at,
    })
}

/// The one answer that shows a secret.
fn with_secret(mut body: Value, secret: Option<&str>) -> Value {
    if let (Some(body), Some(secret)) = (body.as_object_mut(), secret) {
        body.insert("secret".to_owned(), json!(secret));
    }
    body
}
