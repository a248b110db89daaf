//! The body of a request: `application/x-www-form-urlencoded`, every parameter once.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};

use super::error::OAuthError;
use crate::http::MAX_BODY;

/// The parameters of a form. One without a value counts as not sent, and one sent twice is an
/// error (RFC 6749, section 3.2), but for those that name audiences.
#[derive(Debug, Default)]
pub(super) struct Form {
    parameters: HashMap<String, String>,
    /// What `audience` (RFC 8693) and `resource` (RFC 8707) name; both may be repeated.
    targets: BTreeSet<String>,
}

impl FromRequest for Form {
    type Error = OAuthError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, OAuthError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = is_form(request.headers());
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|error| unreadable(&error))?;
            typed?;
            Self::parse(&body)
        })
    }
}

impl Form {
    fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let text = std::str::from_utf8(body)
            .map_err(|_| OAuthError::invalid_request("the body is not UTF-8"))?;
        let web::Query(pairs) = web::Query::<Vec<(String, String)>>::from_query(text)
            .map_err(|_| OAuthError::invalid_request("the body is not a form"))?;
        let mut form = Self::default();
        for (name, value) in pairs {
            if name == "audience" || name == "resource" {
                form.targets.insert(value);
            } else if form.parameters.insert(name, value).is_some() {
                return Err(OAuthError::invalid_request("a parameter was sent twice"));
            }
        }
        form.targets.remove("");
        Ok(form)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let value = self.parameters.remove(name);
        value.filter(|value| !value.is_empty())
    }

    /// The one audience that is named: a token is never for two.
    pub(super) fn take_target(&mut self) -> Result<Option<String>, OAuthError> {
        let target = self.targets.pop_first();
        if self.targets.is_empty() {
            return Ok(target);
        }
        Err(OAuthError::invalid_target("a token is for one audience"))
    }
}

fn is_form(headers: &HeaderMap) -> Result<(), OAuthError> {
    let typed = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = typed
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(OAuthError::invalid_request(
        "send the body as Content-Type: application/x-www-form-urlencoded",
    ))
}

fn unreadable(error: &actix_web::Error) -> OAuthError {
    OAuthError::invalid_request(match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => format!("at most {MAX_BODY} bytes are read"),
        _ => "the body could not be read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_value_was_not_sent() {
        let mut form = Form::parse(b"a=&b=%20+c&resource=").unwrap();
        assert_eq!(form.take("a"), None);
        assert_eq!(form.take("b").as_deref(), Some("  c"));
        assert_eq!(form.take("b"), None, "taken");
        assert_eq!(form.take_target().unwrap(), None);
    }

    #[test]
    fn one_audience_may_be_named_more_than_once_and_no_other_parameter() {
        let mut form = Form::parse(b"resource=web&audience=web&resource=web").unwrap();
        assert_eq!(form.take_target().unwrap().as_deref(), Some("web"));
        let mut form = Form::parse(b"resource=web&resource=cart").unwrap();
        assert!(form.take_target().is_err());
        for twice in [&b"a=1&a=1"[..], b"a=&a=1", b"a&a", b"%61=1&a=2"] {
            assert!(Form::parse(twice).is_err(), "{twice:?}");
        }
        assert!(Form::parse(b"a=\xff").is_err());
    }
}
