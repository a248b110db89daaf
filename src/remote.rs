//! Asking a jotleash about a token, for services written in Rust.
//!
//! What to send and what the answer means, without an HTTP client: bring the one that your service
//! has, with its TLS, its pool and its time-outs.
//!
//! ```
//! use jotleash::remote::{Question, Verdict, read};
//!
//! let question = Question::new("http://127.0.0.1:8080", "eyJhbGciOi…", Some("web"), &["read"]);
//! assert_eq!(question.url, "http://127.0.0.1:8080/verify?audience=web&scope=read");
//! // Send a GET to `url` with the header `Authorization: {authorization}`, then:
//! let verdict = read(503, |_name| None);
//! assert_eq!(verdict, Verdict::Unknown);
//! ```

use std::fmt;

use crate::id::Subject;

/// A `GET` that asks whether a token is alive, and may do something.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// Where to.
    pub url: String,
    /// The value of the header `Authorization` (RFC 6750, section 2.1).
    pub authorization: String,
}

impl Question {
    /// The question whether this token is alive for an audience (the service's default one when
    /// not named), with all of these scopes. `base` is the public listener's URL.
    pub fn new(base: &str, token: &str, audience: Option<&str>, scopes: &[&str]) -> Self {
        let audience = audience.map(|name| format!("audience={}", encoded(name)));
        let scope = (!scopes.is_empty()).then(|| format!("scope={}", encoded(&scopes.join(" "))));
        let query: Vec<_> = [audience, scope].into_iter().flatten().collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let base = base.trim_end_matches('/');
        Self {
            url: format!("{base}/verify{mark}{}", query.join("&")),
            authorization: format!("Bearer {token}"),
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What the answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The token is alive and may do it, or was a short time ago ([`Identity::grace`]).
    Live(Identity),
    /// It is not valid, or not any more: answer 401.
    Refused,
    /// It is alive and lacks a scope: answer 403.
    Forbidden,
    /// Nobody can say: answer 503, and let nobody in.
    Unknown,
}

/// Who a live token is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`.
    pub subject: Subject,
    /// `sid`, if the token has a session.
    pub session: Option<String>,
    /// The scopes granted.
    pub scope: Vec<String>,
    /// The roles.
    pub roles: Vec<String>,
    /// `client_id`.
    pub client: String,
    /// `exp`, Unix seconds.
    pub expires: u64,
    /// `jti`.
    pub token_id: String,
    /// Whether the service could not ask its store, and goes by what it has seen itself a short time
    /// ago: the token may have been ended since. Only of an audience that declares
    /// `outage = "grace …"`.
    pub grace: bool,
}

/// Reads an answer: its status, and its headers by name in lower case.
///
/// A 200 without the headers that a jotleash always sends is somebody else's, and is
/// [`Verdict::Unknown`].
pub fn read<'a>(status: u16, header: impl Fn(&str) -> Option<&'a str>) -> Verdict {
    match status {
        200 => identity(header).map_or(Verdict::Unknown, Verdict::Live),
        401 => Verdict::Refused,
        403 => Verdict::Forbidden,
        _ => Verdict::Unknown,
    }
}

fn identity<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Identity> {
    let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let session = header("x-auth-session")?;
    Some(Identity {
        subject: header("x-auth-subject")?.parse().ok()?,
        session: (!session.is_empty()).then(|| session.to_owned()),
        scope: list(header("x-auth-scope")?),
        roles: list(header("x-auth-roles")?),
        client: header("x-auth-client")?.to_owned(),
        expires: header("x-auth-expires")?.parse().ok()?,
        token_id: header("x-auth-token-id")?.to_owned(),
        grace: match header("x-auth-liveness")? {
            "live" => false,
            "grace" => true,
            _ => return None,
        },
    })
}

/// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_uri_stands_in_the_query() {
        let question = Question::new("https://a/", "t", Some("https://b/?c&d"), &["x", "y"]);
        let expected = "https://a/verify?audience=https%3A%2F%2Fb%2F%3Fc%26d&scope=x%20y";
        assert_eq!(question.url, expected);
        assert!(!format!("{question:?}").contains("Bearer"));
    }

    #[test]
    fn a_200_that_is_not_ours_lets_nobody_in() {
        assert_eq!(read(200, |_| None), Verdict::Unknown);
        assert_eq!(read(200, |_| Some("")), Verdict::Unknown);
        assert_eq!(read(204, |_| Some("x")), Verdict::Unknown);
    }

    #[test]
    fn a_200_says_whether_it_goes_by_the_store() {
        let of = |liveness| {
            let header = move |name: &str| match name {
                "x-auth-subject" => Some("ann"),
                "x-auth-expires" => Some("7"),
                "x-auth-liveness" => liveness,
                _ => Some(""),
            };
            match read(200, header) {
                Verdict::Live(identity) => Some(identity.grace),
                _ => None,
            }
        };
        assert_eq!(of(Some("live")), Some(false));
        assert_eq!(of(Some("grace")), Some(true));
        assert_eq!(of(Some("near")), None, "what this version does not know");
        assert_eq!(of(None), None);
    }
}
