//! The running service, as an admin client of it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::Value;
use zeroize::Zeroizing;

use super::exit::Exit;
use super::failure::Failure;
use super::http::{Answer, Http, Trust};
use crate::settings::{Access, Environment, access};

const TIMEOUT: Duration = Duration::from_secs(30);

/// What every command that asks the admin API takes.
#[derive(Debug, Args)]
pub(super) struct ServiceArgs {
    /// Take the service's URLs and the credentials from this file of NAME=value
    /// lines, not from the environment
    #[arg(long, value_name = "FILE")]
    pub(super) profile: Option<PathBuf>,
    /// Believe the servers whose certificates this PEM file has signed
    /// [default: the machine's own list]
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
}

impl ServiceArgs {
    /// The client for an answer that matters.
    pub(super) fn http(&self) -> Result<Http, Failure> {
        let trust = self.cacert.clone().map_or(Trust::System, Trust::File);
        Http::new(&trust, TIMEOUT)
    }
}

/// The admin API, with a token.
#[derive(Debug)]
pub(super) struct Service {
    http: Http,
    admin_url: String,
    token: Zeroizing<String>,
}

impl Service {
    /// Gets a token for all that this client may do: naming a scope would shut out either those
    /// clients that have a narrow one only, or those that have `jotleash:admin` only.
    pub(super) fn open(args: &ServiceArgs, environment: &Environment) -> Result<Self, Failure> {
        let access = access(environment, args.profile.as_deref())?;
        let http = args.http()?;
        let (endpoint, issuer) = locate(&http, &access)?;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", access.client_id.as_str()),
            ("client_secret", access.client_secret.as_str()),
            ("audience", issuer.as_str()),
        ];
        let answer = http.post_form(&endpoint, &form)?;
        let json = answer.json();
        match json.get("access_token").and_then(Value::as_str) {
            Some(token) if answer.status == 200 => Ok(Self {
                http,
                admin_url: access.admin_url,
                token: Zeroizing::new(token.to_owned()),
            }),
            _ => Err(refused(&endpoint, &answer)),
        }
    }

    /// `POST` to a path under `/v1/admin`; anything but a 2xx is a failure.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/v1/admin{path}", self.admin_url);
        let answer = self.http.post_json(&url, &self.token, body)?;
        if (200..300).contains(&answer.status) {
            Ok(answer.json())
        } else {
            Err(refused(&url, &answer))
        }
    }
}

/// The token endpoint and the issuer. What is not known is asked of the service's metadata
/// (RFC 8414), at whichever of the two is known, or else at the admin listener.
fn locate(http: &Http, access: &Access) -> Result<(String, String), Failure> {
    let endpoint = access.url.as_ref().map(|url| format!("{url}/oauth2/token"));
    if let (Some(endpoint), Some(issuer)) = (&endpoint, &access.issuer) {
        return Ok((endpoint.clone(), issuer.clone()));
    }
    let base = access.url.as_ref().or(access.issuer.as_ref());
    let base = base.unwrap_or(&access.admin_url);
    let url = format!("{base}/.well-known/oauth-authorization-server");
    let metadata = http.get(&url)?;
    let json = metadata.json();
    let member = |name| json.get(name).and_then(Value::as_str).map(str::to_owned);
    match (
        endpoint.or_else(|| member("token_endpoint")),
        member("issuer"),
    ) {
        (Some(endpoint), Some(issuer)) if metadata.status == 200 => Ok((endpoint, issuer)),
        _ => Err(refused(&url, &metadata)),
    }
}

/// What an answer means that is none of those hoped for.
fn refused(url: &str, answer: &Answer) -> Failure {
    let json = answer.json();
    let text = |name| json.get(name).and_then(Value::as_str);
    // RFC 9457 on /v1, RFC 6749 at the token endpoint.
    let detail = text("detail").or_else(|| text("error_description"));
    let code = text("code").or_else(|| text("error"));
    let status = answer.status;
    let said = match (code, detail) {
        (Some(code), Some(detail)) => format!("{status} {code}: {detail}"),
        (Some(word), None) | (None, Some(word)) => format!("{status} {word}"),
        (None, None) => format!("{status}, which is not jotleash's way: check the URL"),
    };
    let credentials = "check JOTLEASH_ADMIN_CLIENT_ID, its secret, and what this client may do";
    match (status, code) {
        (401 | 403, _)
        | (400, Some("unauthorized_client" | "invalid_scope" | "invalid_target")) => Failure::new(
            Exit::NotAllowed,
            format!("{url} answered {said}; {credentials}"),
        ),
        (404, Some(_)) => Failure::new(Exit::NotFound, format!("{url} answered {said}")),
        (502..=504, _) | (_, None) => {
            Failure::new(Exit::Unreachable, format!("{url} answered {said}"))
        }
        _ => Failure::new(Exit::Refused, format!("{url} answered {said}")),
    }
}
