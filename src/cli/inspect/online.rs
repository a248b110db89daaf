//! The verdict of the running service.

use serde_json::{Value, json};

use super::decode::Decoded;
use super::report::{Report, printable};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::service::{Service, ServiceArgs};
use crate::cli::when::{relative, span};
use crate::clock::{Clock as _, SystemClock};
use crate::settings::Environment;
use crate::token::is_opaque_shaped;

pub(super) fn report(
    args: &ServiceArgs,
    environment: &Environment,
    token: &str,
    decoded: Decoded,
) -> Result<Report, Failure> {
    let service = Service::open(args, environment)?;
    let answer = service.post("/inspect", &json!({"token": token}))?;
    // Asked after the answer: what was revoked meanwhile is not in the future.
    let now = SystemClock.now();
    let text = |name| answer.get(name).and_then(Value::as_str);
    let Some(verdict) = text("verdict") else {
        let message = "the service gave no verdict: is JOTLEASH_ADMIN_URL right?";
        return Err(Failure::new(Exit::Unreachable, message));
    };
    let reason = printable(text("reason").unwrap_or_default());
    let revoked = answer.get("revoked_at").and_then(Value::as_u64);
    let revoked = revoked.zip(text("revoked_by").map(printable));
    let claims = answer.get("claims").and_then(Value::as_object).cloned();
    let exp = claims.as_ref().and_then(|claims| claims.get("exp"));
    let exp = exp.and_then(Value::as_u64);
    let live = if is_opaque_shaped(token) {
        reason.as_str()
    } else {
        "signed by this service"
    };
    Ok(Report {
        sentence: sentence((verdict, live), &reason, exp, revoked.as_ref(), now),
        verdict: verdict.to_owned(),
        reason,
        signed: claims.is_some(),
        decoded: Decoded {
            claims: claims.or(decoded.claims),
            ..decoded
        },
        revoked,
    })
}

/// The verdict comes with why a token that is live is.
fn sentence(
    (verdict, live): (&str, &str),
    reason: &str,
    exp: Option<u64>,
    revoked: Option<&(u64, String)>,
    now: u64,
) -> String {
    match (verdict, exp, revoked) {
        ("live", Some(exp), _) => {
            format!("live: {live}, expires in {}", span(exp.saturating_sub(now)))
        }
        ("expired", Some(exp), _) => format!("expired {}", relative(exp, now)),
        ("revoked", _, Some((at, by))) => {
            format!("revoked {} by {by}: {reason}", relative(*at, now))
        }
        ("invalid", _, _) => format!("not ours: {reason}"),
        _ => format!("{verdict}: {reason}"),
    }
}
