//! `POST /v1/admin/revoke`

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::http::State;
use crate::http::bearer::Admin;
use crate::http::error::Problem;
use crate::http::logout::{ended_answer, estimated_answer};
use crate::http::request::Json;
use crate::id::{Jti, Sid, Subject};
use crate::sessions::{RevokeTarget, Swath};

/// The body: exactly one target.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    token: Option<String>,
    jti: Option<Jti>,
    sid: Option<Sid>,
    subject: Option<Subject>,
    client_id: Option<Subject>,
    issued_before: Option<u64>,
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
    match target(body)? {
        Aim::One(target) => {
            let ended = if dry_run {
                state.sessions.count(&target).await?
            } else {
                state.sessions.revoke(&target, &who.origin).await?
            };
            Ok(ended_answer(&ended))
        }
        Aim::Swath(swath) => {
            let ended = if dry_run {
                state.sessions.estimate(&swath).await?
            } else {
                state.sessions.cut_off(&swath, &who.origin).await?
            };
            Ok(estimated_answer(&ended))
        }
    }
}

/// One thing, or everything of a kind.
enum Aim {
    One(RevokeTarget),
    Swath(Swath),
}

fn target(body: Body) -> Result<Aim, Problem> {
    let targets = [
        body.token.map(RevokeTarget::Token).map(Aim::One),
        body.jti.map(RevokeTarget::Jti).map(Aim::One),
        body.sid.map(RevokeTarget::Sid).map(Aim::One),
        body.subject.map(RevokeTarget::Subject).map(Aim::One),
        body.client_id
            .map(|id| Aim::Swath(Swath::Client(id.to_string()))),
        body.issued_before
            .map(|at| Aim::Swath(Swath::IssuedBefore(at))),
    ];
    let mut targets = targets.into_iter().flatten();
    match (targets.next(), targets.next()) {
        (Some(target), None) => Ok(target),
        _ => Err(Problem::invalid_request(
            "give exactly one of token, jti, sid, subject, client_id, issued_before",
        )),
    }
}
