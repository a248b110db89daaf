//! What happens to every request: an id, the limits, a line in the log.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError as _, web};
use log::{Level, log, warn};
use uuid::Builder;

use super::State;
use super::error::{LoggedCause, Problem};
use super::metrics::Watch;
use super::request::RequestId;
use crate::clock::{Entropy as _, SystemEntropy};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The largest request head that is taken, in bytes of header names and values.
const MAX_HEAD: usize = 16 * 1024;
/// How long a request may take, its body included.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Gives the request an id, holds it to the limits, renders its problem, counts and logs it.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let watch = Watch::start(&request);

    let mut answer = if head_size(request.headers()) > MAX_HEAD {
        request.into_response(Problem::head_too_large(MAX_HEAD).error_response())
    } else {
        let answer = tokio::time::timeout(MAX_TIME, next.call(request)).await;
        // The request is gone by then, so the answer cannot go the way of the others.
        let slow = |_| {
            watch.given_up(&method);
            InternalError::from_response("too slow", Problem::too_slow().render(&id))
        };
        answer.map_err(slow)??.map_into_boxed_body()
    };
    log_cause(&answer, &id);
    let problem = answer.response_mut().extensions_mut().remove::<Problem>();
    if let Some(problem) = problem {
        answer = answer.into_response(problem.render(&id));
    }
    watch.answered(&answer);
    let level = if path.starts_with("/verify") || is_polled(&path) {
        Level::Debug
    } else {
        Level::Info
    };
    let status = answer.status().as_u16();
    log!(target: "jotleash::access", level, request_id = id.as_str(), status = status; "{method} {path} {status}");
    if let Ok(value) = HeaderValue::try_from(id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(answer)
}

/// Refuses a `Host` that is not a name of this machine, so that a page in a browser that resolves
/// its own name to 127.0.0.1 gets nothing from a development set-up's admin listener.
pub async fn loopback_host(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let only = request
        .app_data::<web::Data<State>>()
        .is_some_and(|state| state.loopback_admin);
    if only && !is_loopback(request.headers()) {
        let answer: HttpResponse = Problem::foreign_host().error_response();
        return Ok(request.into_response(answer));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn log_cause(answer: &ServiceResponse<BoxBody>, id: &str) {
    let extensions = answer.response().extensions();
    let problem = extensions.get::<Problem>().and_then(Problem::cause);
    let other = extensions
        .get::<LoggedCause>()
        .map(|cause| cause.0.as_str());
    if let Some(cause) = problem.or(other) {
        warn!(request_id = id; "{cause}");
    }
}

/// The client's id, if it is short and plain, so that a request can be followed through several
/// services; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let plain = |id: &&str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        (1..=128).contains(&id.len()) && id.bytes().all(allowed)
    };
    given.filter(plain).map_or_else(new_id, str::to_owned)
}

fn new_id() -> String {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    Builder::from_random_bytes(bytes).as_uuid().to_string()
}

fn head_size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

fn is_polled(path: &str) -> bool {
    ["/livez", "/readyz", "/metrics"].contains(&path)
}

fn is_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    address
        || name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        let is = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_str(host).unwrap());
            is_loopback(&headers)
        };
        for good in [
            "localhost",
            "localhost:9090",
            "127.0.0.1:9090",
            "[::1]:9090",
            "a.localhost",
        ] {
            assert!(is(good), "{good}");
        }
        for bad in [
            "evil.example",
            "evil.example:9090",
            "localhost.evil.example",
            "10.0.0.1",
            "",
        ] {
            assert!(!is(bad), "{bad}");
        }
    }
}
