//! `POST /v1/admin/inspect`: the only place that tells why.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::request::Json;
use crate::sessions::{READ_SCOPE, Verdict};

/// The body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    token: String,
}

pub(super) async fn inspect(
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(Some(READ_SCOPE))?;
    let inspection = state.sessions.inspect(&body.token).await?;
    let verdict = match inspection.verdict {
        Verdict::Live => "live",
        Verdict::Revoked => "revoked",
        Verdict::Expired => "expired",
        Verdict::Invalid => "invalid",
    };
    let mut answer = json!({"verdict": verdict, "reason": inspection.reason});
    if let Some(answer) = answer.as_object_mut() {
        if let Some(claims) = inspection.claims {
            answer.insert("claims".to_owned(), json!(claims));
        }
        if let Some(cause) = inspection.cause {
            answer.insert("revoked_at".to_owned(), json!(cause.at));
            answer.insert("revoked_by".to_owned(), json!(cause.by));
        }
    }
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(answer))
}
