//! Forward-auth: a gateway asks, a status and headers answer. Bodies are always empty.

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::State;
use super::bearer;
use super::error::Denied;
use crate::sessions::{Scope, SessionError, Vouched};

/// What the gateway demands of the token.
#[derive(Debug, Default, PartialEq, Eq)]
struct Demand {
    audience: Option<String>,
    scope: Scope,
}

/// `ANY /verify`: the query is the gateway's, and names the audience and the scopes needed.
pub(super) async fn verify(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Denied> {
    let demand = demand(request.query_string())?;
    answer(&request, &state, &demand).await
}

/// `ANY /verify/{tail}`: the query is the outsider's, and is ignored.
pub(super) async fn verify_tail(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Denied> {
    answer(&request, &state, &Demand::default()).await
}

/// `ANY /verify-for/{audience}/{tail}`: for gateways that append the outsider's path.
pub(super) async fn verify_for(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Denied> {
    let audience = super::request::path::<String>(&request, "audience");
    let audience = Some(audience.map_err(|_| Denied::invalid_request())?);
    answer(
        &request,
        &state,
        &Demand {
            audience,
            scope: Scope::default(),
        },
    )
    .await
}

async fn answer(
    request: &HttpRequest,
    state: &State,
    demand: &Demand,
) -> Result<HttpResponse, Denied> {
    let audience = state
        .sessions
        .policy()
        .audience_or_default(demand.audience.as_deref());
    let audience = audience.ok_or_else(Denied::invalid_request)?;
    let raw = bearer::token(request.headers()).map_err(Denied::bearer)?;
    let vouched = state.sessions.vouch(raw, audience).await?;
    vouched.require(&demand.scope)?;
    Ok(identity(&vouched)?)
}

/// All headers, always: a gateway that copies a header which is not there may leave the
/// outsider's own in its place.
fn identity(vouched: &Vouched) -> Result<HttpResponse, SessionError> {
    let claims = vouched.claims();
    let liveness = vouched.liveness().as_str();
    let session = claims.sid.map(|sid| sid.to_string()).unwrap_or_default();
    let headers = [
        ("x-auth-subject", text(claims.sub.as_str())?),
        ("x-auth-session", text(&session)?),
        ("x-auth-scope", text(&claims.scope)?),
        ("x-auth-roles", text(&claims.roles.join(" "))?),
        ("x-auth-client", text(&claims.client_id)?),
        ("x-auth-expires", HeaderValue::from(claims.exp)),
        ("x-auth-token-id", text(&claims.jti.to_string())?),
        ("x-auth-liveness", HeaderValue::from_static(liveness)),
    ];
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    for (name, value) in headers {
        answer.insert_header((HeaderName::from_static(name), value));
    }
    Ok(answer.finish())
}

/// We minted every claim, and let nothing in that cannot stand in a header.
fn text(value: &str) -> Result<HeaderValue, SessionError> {
    HeaderValue::from_str(value).map_err(|_| SessionError::NotLive)
}

/// Reads the query. Unknown parameters are ignored: some gateways send the outsider's along. One
/// of ours given twice is an error.
fn demand(query: &str) -> Result<Demand, Denied> {
    let bad = |_| Denied::invalid_request();
    let web::Query(pairs) = web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Denied::invalid_request())?;
    let mut audience = None;
    let mut scope = None;
    for (name, value) in pairs {
        let slot = match name.as_str() {
            "audience" => &mut audience,
            "scope" => &mut scope,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(Denied::invalid_request());
        }
    }
    let scope = scope.filter(|scope| !scope.is_empty());
    let scope = scope
        .map(|scope| Scope::parse(&scope))
        .transpose()
        .map_err(bad)?;
    Ok(Demand {
        audience,
        scope: scope.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_names_an_audience_and_scopes() {
        let demand = demand("audience=cart&scope=write%20read&id=7").unwrap();
        assert_eq!(demand.audience.as_deref(), Some("cart"));
        assert_eq!(demand.scope, Scope::of(&["read", "write"]));
    }

    #[test]
    fn a_parameter_given_twice_is_an_error() {
        for bad in ["audience=a&audience=a", "scope=a&scope=b", "scope=a%22"] {
            assert!(demand(bad).is_err(), "{bad}");
        }
        assert_eq!(demand("").unwrap(), Demand::default());
    }
}
