//! The bearer token of a request (RFC 6750): one header, one transport.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};

use super::State;
use super::error::{BearerFault, Problem};
use super::request::origin;
use crate::sessions::{LiveSession, Origin};
use crate::token::Accept;

/// The token of the one `Authorization` header. The scheme's case does not matter (RFC 9110,
/// section 11.1).
pub(super) fn token(headers: &HeaderMap) -> Result<&str, BearerFault> {
    let mut lines = headers.get_all(AUTHORIZATION);
    let Some(line) = lines.next() else {
        return Err(BearerFault::Missing);
    };
    if lines.next().is_some() {
        return Err(BearerFault::Malformed);
    }
    let line = line.to_str().map_err(|_| BearerFault::Malformed)?;
    let (scheme, token) = line.split_once(' ').ok_or(BearerFault::Malformed)?;
    let token = token.trim_start_matches(' ');
    // b64token of RFC 6750, section 2.1; a comma would join two credentials.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || !token.bytes().all(allowed) {
        return Err(BearerFault::Malformed);
    }
    Ok(token)
}

/// A request with a live token of any registered audience: an extractor for every actix-web
/// service that has a [`State`] as its `web::Data`. Without such a token the handler is not called,
/// and the answer is 401, or 503 when the store cannot be asked.
#[derive(Debug)]
pub struct Authenticated {
    /// The token.
    pub live: LiveSession,
    /// Where the request comes from, acting for the token's subject.
    pub origin: Origin,
}

/// A request with a live token of the admin audience. What it may do, its handler asks.
#[derive(Debug)]
pub(super) struct Admin(pub(super) Authenticated);

/// A request with a live token of the subject's own, and not one that was exchanged.
#[derive(Debug)]
pub(super) struct Own(pub(super) Authenticated);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state(&request)?;
            authenticate(&request, state, Accept::AnyRegistered).await
        })
    }
}

impl FromRequest for Own {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let who = Authenticated::from_request(request, payload);
        Box::pin(async move {
            let who = who.await?;
            who.live.require_own()?;
            Ok(Self(who))
        })
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state(&request)?;
            // The admin audience is named like the issuer.
            let accept = Accept::Audience(state.sessions.policy().issuer());
            authenticate(&request, state, accept).await.map(Self)
        })
    }
}

fn state(request: &HttpRequest) -> Result<&State, Problem> {
    let state = request.app_data::<web::Data<State>>();
    Ok(state.ok_or_else(|| Problem::not_found("the service"))?)
}

async fn authenticate(
    request: &HttpRequest,
    state: &State,
    accept: Accept<'_>,
) -> Result<Authenticated, Problem> {
    let raw = token(request.headers()).map_err(Problem::bearer)?;
    let live = state.sessions.check(raw, accept).await?;
    let origin = origin(request, state).acting(live.claims().sub.as_str());
    Ok(Authenticated { live, origin })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn of(lines: &[&str]) -> Result<String, BearerFault> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                AUTHORIZATION,
                HeaderValue::from_bytes(line.as_bytes()).unwrap(),
            );
        }
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn the_scheme_has_no_case() {
        assert_eq!(of(&["bearer a.b.c"]), Ok("a.b.c".to_owned()));
        assert_eq!(of(&["BEARER  a.b.c"]), Ok("a.b.c".to_owned()));
    }

    #[test]
    fn one_credential_a_request() {
        assert_eq!(of(&[]), Err(BearerFault::Missing));
        for lines in [
            &["Bearer a", "Bearer a"][..],
            &["Bearer a, Bearer b"],
            &["Bearer a b"],
            &["Bearer"],
            &["Bearer "],
            &["Basic YTpi"],
            &["a.b.c"],
            &[""],
            &["Bearer é"],
        ] {
            assert_eq!(of(lines), Err(BearerFault::Malformed), "{lines:?}");
        }
    }
}
