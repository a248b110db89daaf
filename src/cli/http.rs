//! The HTTP client of the commands that ask a running service.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::exit::Exit;
use super::failure::Failure;

/// No answer that is asked for is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Whose certificates are believed.
#[derive(Debug)]
pub(super) enum Trust {
    /// Those that the machine trusts.
    System,
    /// Those that a PEM file's certificates have signed.
    File(PathBuf),
    /// Anybody's: only where nothing secret is sent and the answer is of no consequence.
    Anybody,
}

/// Asks over HTTP or HTTPS. It follows no redirect and uses no proxy, since it may send a secret.
#[derive(Debug)]
pub(super) struct Http(Agent);

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    /// The body's JSON, or `null`.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Http {
    /// A client that waits this long for an answer.
    pub(super) fn new(trust: &Trust, timeout: Duration) -> Result<Self, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(roots(trust)?)
            .disable_verification(matches!(trust, Trust::Anybody))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(timeout))
            .user_agent(concat!("jotleash/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self(config.into()))
    }

    pub(super) fn get(&self, url: &str) -> Result<Answer, Failure> {
        read(url, self.0.get(url).call())
    }

    /// Sends a form, and names none of it in an error.
    pub(super) fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, Failure> {
        read(url, self.0.post(url).send_form(form.iter().copied()))
    }

    /// Sends JSON with a bearer token, and names none of it in an error.
    pub(super) fn post_json(
        &self,
        url: &str,
        bearer: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        let request = self.0.post(url).content_type("application/json");
        let request = request.header("Authorization", format!("Bearer {bearer}"));
        read(url, request.send(body.to_string()))
    }
}

fn read(
    url: &str,
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, Failure> {
    let failed = |error: ureq::Error| match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Failure::usage(format!(
            "{url} is no URL: write http://HOST:PORT or https://…"
        )),
        error if distrusts(&error) => Failure::new(
            Exit::Unreachable,
            format!(
                "{url} is not trusted: {error}; a private CA is named with --cacert FILE, and the \
                 certificate must be in time and for the URL's host"
            ),
        ),
        error => Failure::new(
            Exit::Unreachable,
            format!("{url} cannot be reached: {error}; is the service running there?"),
        ),
    };
    let mut answer = answer.map_err(failed)?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(LONGEST);
    let body = body.read_to_string().map_err(failed)?;
    Ok(Answer { status, body })
}

/// Whether the server could not prove that it is the one that the URL names.
fn distrusts(error: &ureq::Error) -> bool {
    let tls = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

fn roots(trust: &Trust) -> Result<RootCerts, Failure> {
    match trust {
        Trust::Anybody => Ok(RootCerts::Specific(Arc::default())),
        Trust::File(path) => of_file(path).map(RootCerts::from),
        Trust::System => {
            // What cannot be read is missing later, when a server cannot be verified.
            let found = rustls_native_certs::load_native_certs().certs;
            let certificates = found
                .iter()
                .map(|one| Certificate::from_der(one).to_owned());
            Ok(RootCerts::from(certificates))
        }
    }
}

fn of_file(path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let shown = path.display();
    let wrong = |what: String| Failure::usage(format!("--cacert {shown}: {what}"));
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() {
        return Err(wrong("holds no certificate in PEM".to_owned()));
    }
    Ok(certificates)
}
