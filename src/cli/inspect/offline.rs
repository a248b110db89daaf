//! What public keys alone can tell.

use std::path::Path;

use super::Inspect;
use super::decode::Decoded;
use super::read_stdin;
use super::report::{Report, printable};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::when::{relative, span};
use crate::token::{PublicKeys, SignedToken, TokenError, is_opaque_shaped};

pub(super) fn report(
    args: &Inspect,
    jwks: &Path,
    token: &str,
    decoded: Decoded,
    now: u64,
) -> Result<Report, Failure> {
    if is_opaque_shaped(token) {
        return Err(Failure::usage(
            "an opaque token says nothing by itself: leave --jwks out, and the service is asked",
        ));
    }
    let keys = read_keys(args, jwks)?;
    let read = keys.read(token);
    let (verdict, reason, sentence) = match &read {
        Ok(signed) => judge(args, signed, now),
        Err(error) => invalid(error.to_string()),
    };
    Ok(Report {
        verdict: verdict.to_owned(),
        reason,
        sentence,
        decoded,
        signed: read.is_ok(),
        revoked: None,
    })
}

/// The verdict, the reason, and both in one sentence.
fn judge(args: &Inspect, signed: &SignedToken, now: u64) -> (&'static str, String, String) {
    let claims = &signed.claims;
    let compared = [
        ("iss", args.issuer.as_ref(), &claims.iss),
        ("aud", args.audience.as_ref(), &claims.aud),
    ];
    for (name, wanted, said) in compared {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != said) {
            return invalid(format!("its {name} is {}, not {wanted}", printable(said)));
        }
    }
    match signed.check_time(now) {
        Ok(()) => {
            let reason = format!("the key {} has signed it", signed.kid);
            let left = span(claims.exp.saturating_sub(now));
            let sentence = format!(
                "verified: {reason}, expires in {left}; whether it is still alive only the \
                 service can say"
            );
            ("verified", reason, sentence)
        }
        Err(error @ TokenError::Expired) => {
            let sentence = format!("expired {}", relative(claims.exp, now));
            ("expired", error.to_string(), sentence)
        }
        Err(error) => invalid(error.to_string()),
    }
}

fn invalid(reason: String) -> (&'static str, String, String) {
    let sentence = format!("not valid by these keys: {reason}");
    ("invalid", reason, sentence)
}

fn read_keys(args: &Inspect, jwks: &Path) -> Result<PublicKeys, Failure> {
    let shown = jwks.display().to_string();
    let json = if shown == "-" {
        read_stdin("the JWK Set")?.as_bytes().to_vec()
    } else if shown.starts_with("https://") || shown.starts_with("http://") {
        let answer = args.service.http()?.get(&shown)?;
        if answer.status != 200 {
            let message = format!("{shown} answered {}: no keys there", answer.status);
            return Err(Failure::new(Exit::Unreachable, message));
        }
        answer.body.into_bytes()
    } else {
        let unreadable = |error| Failure::usage(format!("--jwks {shown}: {error}"));
        std::fs::read(jwks).map_err(unreadable)?
    };
    PublicKeys::from_jwks(&json).map_err(|error| Failure::usage(format!("--jwks {shown}: {error}")))
}
