//! `POST /v1/admin/revoke`

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::logout::ended_answer;
use crate::http::request::Json;
use crate::id::{Jti, Sid, Subject};
use crate::sessions::RevokeTarget;

/// The body: exactly one target.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    token: Option<String>,
    jti: Option<Jti>,
    sid: Option<Sid>,
    subject: Option<Subject>,
    #[serde(default)]
    dry_run: bool,
}

pub(super) async fn revoke(
    Admin(who): Admin,
    state: web::Data<State>,
    Json(body): Json<Body>,
) -> Result<HttpResponse, Problem> {
    who.live.require_admin(None)?;
    let dry_run = body.dry_run;
    let target = target(body)?;
    let ended = if dry_run {
        state.sessions.count(&target).await?
    } else {
        state.sessions.revoke(&target, &who.origin).await?
    };
    Ok(ended_answer(&ended))
}

fn target(body: Body) -> Result<RevokeTarget, Problem> {
    let targets = [
        body.token.map(RevokeTarget::Token),
        body.jti.map(RevokeTarget::Jti),
        body.sid.map(RevokeTarget::Sid),
        body.subject.map(RevokeTarget::Subject),
    ];
    let mut targets = targets.into_iter().flatten();
    match (targets.next(), targets.next()) {
        (Some(target), None) => Ok(target),
        _ => Err(Problem::invalid_request(
            "give exactly one of token, jti, sid, subject",
        )),
    }
}
