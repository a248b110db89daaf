//! How a client says who it is: by HTTP Basic, in the form, or by its id alone (RFC 6749,
//! sections 2.3.1 and 3.2.1).

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::OAuthError;
use super::form::Form;
use crate::sessions::Credentials;

/// What a client sent, and whether by HTTP Basic: then a refusal must challenge with it.
#[derive(Debug)]
pub(super) struct Presented {
    pub(super) credentials: Credentials,
    pub(super) basic: bool,
}

/// The client's credentials, by one method a request.
pub(super) fn presented(headers: &HeaderMap, form: &mut Form) -> Result<Presented, OAuthError> {
    let (id, secret) = (form.take("client_id"), form.take("client_secret"));
    let mut lines = headers.get_all(AUTHORIZATION);
    let Some(header) = lines.next() else {
        let id = id.ok_or_else(OAuthError::invalid_client)?;
        let credentials = Credentials { id, secret };
        let basic = false;
        return Ok(Presented { credentials, basic });
    };
    if lines.next().is_some() || secret.is_some() {
        let description = "authenticate by one method, not two";
        return Err(OAuthError::invalid_request(description));
    }
    let credentials =
        basic(header).ok_or_else(|| OAuthError::invalid_client().challenging(true))?;
    if id.is_some_and(|id| id != credentials.id) {
        let description = "client_id is not the client that authenticates";
        return Err(OAuthError::invalid_request(description));
    }
    let basic = true;
    Ok(Presented { credentials, basic })
}

/// HTTP Basic (RFC 7617) as RFC 6749 has it: both parts form-encoded before the base64. Without a
/// password it names a public client.
fn basic(header: &HeaderValue) -> Option<Credentials> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some(Credentials {
        id: form_decoded(id)?,
        secret: Some(form_decoded(secret)?).filter(|secret| !secret.is_empty()),
    })
}

fn form_decoded(raw: &str) -> Option<String> {
    let spaced = raw.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pair: &str) -> Option<(String, Option<String>)> {
        let value = format!("bAsIc {}", STANDARD.encode(pair));
        let credentials = basic(&HeaderValue::from_str(&value).unwrap())?;
        Some((credentials.id, credentials.secret))
    }

    #[test]
    fn both_parts_of_basic_are_form_encoded() {
        let some = |id: &str, secret: &str| Some((id.to_owned(), Some(secret.to_owned())));
        assert_eq!(of("front:s3cret"), some("front", "s3cret"));
        assert_eq!(of("a%3Ab:p%2B%25+%C3%A9:c"), some("a:b", "p+% é:c"));
        assert_eq!(of("front:"), Some(("front".to_owned(), None)));
        assert_eq!(of("front"), None);
        assert_eq!(of("front:%FF"), None);
    }

    #[test]
    fn what_is_not_basic_is_no_credential() {
        for bad in ["Bearer a.b.c", "Basic", "Basic ", "Basic !!", "Basic /w=="] {
            assert!(basic(&HeaderValue::from_static(bad)).is_none(), "{bad}");
        }
    }
}
