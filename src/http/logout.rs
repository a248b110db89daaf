//! `POST /v1/logout`, and how an answer says what ended and how safely.

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::State;
use super::bearer::Authenticated;
use super::error::Problem;
use super::request::OptionalJson;
use crate::sessions::LogoutScope;
use crate::store::{Durability, Ended};

const DURABILITY: HeaderName = HeaderName::from_static("jotleash-durability");

/// The body of a log-out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    #[serde(default)]
    scope: Scope,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    #[default]
    Local,
    Others,
    Global,
}

pub(super) async fn logout(
    who: Authenticated,
    state: web::Data<State>,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<HttpResponse, Problem> {
    let scope = match body.scope {
        Scope::Local => LogoutScope::Local,
        Scope::Others => LogoutScope::Others,
        Scope::Global => LogoutScope::Global,
    };
    let claims = who.live.claims();
    if claims.sid.is_none() && claims.act.is_none() && scope != LogoutScope::Local {
        return Err(Problem::no_session());
    }
    let ended = state.sessions.logout(&who.live, scope, &who.origin).await?;
    Ok(durable(HttpResponse::NoContent(), ended.durability).finish())
}

/// An answer that says how safe what it acknowledges is.
pub(super) fn durable(
    mut answer: HttpResponseBuilder,
    durability: Durability,
) -> HttpResponseBuilder {
    answer.insert_header((CACHE_CONTROL, "no-store"));
    answer.insert_header((DURABILITY, HeaderValue::from_static(name(durability))));
    answer
}

/// `{"revoked":{"sessions","tokens"},"durability"}`
pub(super) fn ended_answer(ended: &Ended) -> HttpResponse {
    durable(HttpResponse::Ok(), ended.durability)
        .json(json!({"revoked": counts(ended), "durability": name(ended.durability)}))
}

/// The same, where the numbers are an estimate.
pub(super) fn estimated_answer(ended: &Ended) -> HttpResponse {
    durable(HttpResponse::Ok(), ended.durability).json(json!({
        "revoked": counts(ended),
        "durability": name(ended.durability),
        "exact": false,
    }))
}

pub(super) fn counts(ended: &Ended) -> Value {
    json!({"sessions": ended.sessions, "tokens": ended.tokens})
}

pub(super) const fn name(durability: Durability) -> &'static str {
    match durability {
        Durability::Primary => "primary",
        Durability::Fsynced => "fsynced",
    }
}
