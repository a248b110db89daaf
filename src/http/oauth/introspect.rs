//! `POST /oauth2/introspect` (RFC 7662), signed where the client asks for it (RFC 9701).

use actix_web::http::header::{Accept, CONTENT_TYPE, Header as _, Quality, VARY};
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::OAuthError;
use super::form::Form;
use super::{Asked, ok};
use crate::http::State;

const SIGNED: &str = "application/token-introspection+jwt";

pub(super) async fn introspect(
    request: HttpRequest,
    state: web::Data<State>,
    form: Form,
) -> Result<HttpResponse, OAuthError> {
    let mut asked = Asked::of(&request, &state, form).await?;
    let token = asked.token()?;
    let sessions = &state.sessions;
    let found = sessions.introspect(&asked.caller, &token).await;
    let found = found.map_err(|error| asked.refused(error))?;
    let mut answer = ok();
    answer.insert_header((VARY, "Accept"));
    if wants_signed(&request) {
        let signed = sessions.sign_introspection(&asked.caller, &found)?;
        return Ok(answer.insert_header((CONTENT_TYPE, SIGNED)).body(signed));
    }
    Ok(answer.json(found))
}

/// Whether the client named the signed form, and not the plain one before it (RFC 9110,
/// section 12.5.1). A wildcard does not name it.
fn wants_signed(request: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(request) else {
        return false;
    };
    let quality = |name: &str| {
        let named = accept.iter().filter(|it| it.item.essence_str() == name);
        named.map(|it| it.quality).max().unwrap_or(Quality::ZERO)
    };
    let signed = quality(SIGNED);
    signed > Quality::ZERO && signed >= quality("application/json")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_signed_form_is_for_who_names_it_first() {
        let wants = |accept: &str| {
            let request = TestRequest::default().insert_header(("accept", accept));
            wants_signed(&request.to_http_request())
        };
        let signed = SIGNED;
        for yes in [
            signed.to_owned(),
            format!("application/json;q=0.5, {signed}"),
            format!("{signed}, */*"),
            format!("application/json, {signed}"),
        ] {
            assert!(wants(&yes), "{yes}");
        }
        for no in [
            "*/*".to_owned(),
            "application/*".to_owned(),
            "application/json".to_owned(),
            "application/jwt".to_owned(),
            format!("{signed};q=0"),
            format!("{signed};q=0.5, application/json"),
            "nonsense".to_owned(),
        ] {
            assert!(!wants(&no), "{no}");
        }
        assert!(!wants_signed(&TestRequest::default().to_http_request()));
    }
}
