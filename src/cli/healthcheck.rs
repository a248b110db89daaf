//! `jotleash healthcheck`: whether the service of these settings answers, for containers.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::exit::Exit;
use super::failure::Failure;
use super::flags::SettingFlags;
use super::http::{Http, Trust};
use crate::output;
use crate::settings::{Settings, Sources, duration_millis, load};
use crate::startup::own_url;

pub(super) const ABOUT: &str = "\
Say whether the service is ready: for containers, without credentials

Asks /readyz of the service that the settings describe, on this machine. With TLS its certificate \
is not verified: it is for the name that others use, not for 127.0.0.1, and nothing secret is \
sent.";

pub(super) const EXAMPLES: &str = "\
Examples:
  jotleash healthcheck
  jotleash healthcheck --live --timeout 1s
  jotleash healthcheck --url https://auth.example.com
  HEALTHCHECK CMD [\"jotleash\", \"healthcheck\"]     in a Dockerfile

Exit codes: 0 ready, 1 not ready, 2 usage, 5 nobody answers.";

#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    /// Ask /livez: whether the process lives, whatever becomes of its store
    #[arg(long)]
    live: bool,
    /// Ask the admin listener, not the public one
    #[arg(long)]
    admin: bool,
    /// Ask here, not where the settings say; its certificate is verified
    #[arg(long, value_name = "URL", conflicts_with = "admin")]
    url: Option<String>,
    /// With --url: believe the servers that this PEM file has signed
    /// [default: the machine's own list]
    #[arg(long, value_name = "FILE", requires = "url")]
    cacert: Option<PathBuf>,
    /// How long to wait for an answer
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
    timeout: Duration,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// The settings.
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

fn duration(raw: &str) -> Result<Duration, String> {
    duration_millis(raw).map(Duration::from_millis)
}

/// Asks, and tells in one line.
pub(super) fn run(args: &Healthcheck, sources: &Sources) -> Result<Exit, Failure> {
    let (base, trust) = match &args.url {
        Some(url) => (url.trim_end_matches('/').to_owned(), trust(args)),
        None => (own(&load(sources)?.settings, args.admin), Trust::Anybody),
    };
    let path = if args.live { "/livez" } else { "/readyz" };
    let url = base + path;
    let http = Http::new(&trust, args.timeout)?;
    let answer = http.get(&url)?;
    let well = answer.status == 200;
    let word = match (well, args.live) {
        (true, true) => "live",
        (true, false) => "ready",
        (false, _) => "not ready",
    };
    let body = answer.json();
    let text = if args.json {
        json!({"well": well, "url": url, "status": answer.status, "answer": body}).to_string()
    } else {
        format!("{word}: {url} answered {}{}", answer.status, failing(&body))
    };
    output::data(&text)?;
    Ok(if well { Exit::Done } else { Exit::Refused })
}

/// The checks that are not well: ` (store)`.
fn failing(body: &Value) -> String {
    let checks = body.get("checks").and_then(Value::as_object);
    let failing = checks
        .into_iter()
        .flatten()
        .filter(|(_, word)| *word != "ok");
    let failing: Vec<_> = failing.map(|(name, _)| name.as_str()).collect();
    if failing.is_empty() {
        String::new()
    } else {
        format!(" ({})", failing.join(", "))
    }
}

fn trust(args: &Healthcheck) -> Trust {
    args.cacert.clone().map_or(Trust::System, Trust::File)
}

/// The base URL of the service that runs with these settings on this machine.
fn own(settings: &Settings, admin: bool) -> String {
    if admin {
        own_url(settings.admin_listen, settings.admin_tls.as_ref())
    } else {
        own_url(settings.listen, settings.tls.as_ref())
    }
}
