//! What is read from a request: where it comes from, its body, its path.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use ipnet::IpNet;
use serde::de::DeserializeOwned;

use super::error::Problem;
use super::{MAX_BODY, State};
use crate::sessions::Origin;

/// The request's id: the client's own, if it is one, else ours.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Where a request comes from.
pub(super) fn origin(request: &HttpRequest, state: &State) -> Origin {
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone());
    let ip = client_address(request, &state.trusted_proxies).map(|ip| ip.to_string());
    Origin {
        actor: None,
        ip,
        request_id: request_id.unwrap_or_default(),
    }
}

/// The peer's address; behind trusted proxies the right-most address of `X-Forwarded-For` that
/// is not one of them. What stands further left anybody may have written.
fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = canonical(request.peer_addr()?.ip());
    Some(forwarded_address(peer, request.headers(), trusted))
}

fn forwarded_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut address = peer;
    let lines = headers
        .get_all("x-forwarded-for")
        .filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    for hop in hops.into_iter().rev() {
        if !is_trusted(&address) {
            break;
        }
        let Ok(ip) = hop.parse() else { break };
        address = canonical(ip);
    }
    address
}

/// An IPv4 address that came in as IPv6 is the IPv4 address.
fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// A JSON body (`application/json` only). An empty one is an error.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

/// A JSON body that may be left out.
#[derive(Debug)]
pub(super) struct OptionalJson<T>(pub(super) T);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (typed, body) = (is_json(request), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            let body = body.await.map_err(|error| unreadable(&error))?;
            typed?;
            parse(&body).map(Self)
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (typed, body) = (is_json(request), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            let body = body.await.map_err(|error| unreadable(&error))?;
            if body.is_empty() {
                return Ok(Self(T::default()));
            }
            typed?;
            parse(&body).map(Self)
        })
    }
}

fn is_json(request: &HttpRequest) -> Result<(), Problem> {
    let essence = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = essence
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::invalid_request(
        "send the body as Content-Type: application/json",
    ))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would also take an array for a struct.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid_request("the body must be a JSON object"));
    }
    serde_json::from_slice(body).map_err(Problem::invalid_request)
}

/// What the body's reader says. Nothing of the body is repeated.
pub(super) fn unreadable(error: &actix_web::Error) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Problem::too_large(MAX_BODY),
        _ => Problem::invalid_request("the body could not be read"),
    }
}

/// A path segment, decoded and parsed.
pub(super) fn path<T: FromStr>(request: &HttpRequest, name: &str) -> Result<T, Problem>
where
    T::Err: std::fmt::Display,
{
    let raw = request.match_info().get(name).unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(raw).decode_utf8();
    let decoded =
        decoded.map_err(|_| Problem::invalid_request(format_args!("{name}: not UTF-8")))?;
    decoded
        .parse()
        .map_err(|error| Problem::invalid_request(format_args!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn address(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            let name = HeaderName::from_static("x-forwarded-for");
            headers.append(name, HeaderValue::from_str(line).unwrap());
        }
        let trusted = [
            "10.0.0.0/8".parse().unwrap(),
            "127.0.0.1/32".parse().unwrap(),
        ];
        forwarded_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_may_forward_what_he_likes() {
        assert_eq!(address("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn behind_trusted_proxies_the_right_most_stranger_counts() {
        assert_eq!(
            address("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            address("10.0.0.1", &["1.1.1.1", "198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["nonsense"]), "10.0.0.1");
    }

    #[test]
    fn a_body_is_an_object() {
        #[derive(Debug, serde::Deserialize)]
        struct Named {
            #[expect(dead_code, reason = "only its presence matters")]
            name: String,
        }
        assert!(parse::<Named>(b" {\"name\":\"x\"}").is_ok());
        assert!(parse::<Named>(b"[\"x\"]").is_err());
    }
}
