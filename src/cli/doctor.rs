//! `jotleash doctor`: one line for each thing that the service needs.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::exit::Exit;
use super::failure::Failure;
use super::flags::SettingFlags;
use super::http::{Http, Trust};
use crate::clock::SystemClock;
use crate::output;
use crate::settings::Sources;
use crate::startup::doctor::{Finding, Level, Worst, examine, worst};

/// How long a service on this machine may take to say that it lives.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(super) const ABOUT: &str = "\
Look at everything that the service needs, and say what to do

Reads the same settings as `serve`, and changes nothing: the configuration, the keys and who can \
read them, the listeners, the store, what a revocation in it is worth, what its user may do, and \
how far its clock is from this one. A line says ok, warn or FAIL.";

pub(super) const EXAMPLES: &str = "\
Examples:
  jotleash doctor
  jotleash doctor --config /etc/jotleash.toml --strict
  jotleash doctor --store redis://127.0.0.1:6379/0 --json

Exit codes: 0 nothing fails, 1 with --strict: something warns, 2 something
fails, 5 the store cannot be reached and nothing else fails.";

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Exit with 1 if there is a warning
    #[arg(long)]
    strict: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

/// Looks, and tells.
pub(super) fn run(args: &Doctor, sources: &Sources) -> Result<Exit, Failure> {
    // Nothing secret is sent, and the answer is only shown.
    let http = Http::new(&Trust::Anybody, TIMEOUT)?;
    let is_jotleash = |url: &str| {
        let answer = http.get(&format!("{url}/livez"));
        answer.is_ok_and(|answer| {
            answer
                .json()
                .get("status")
                .is_some_and(|status| status == "ok")
        })
    };
    let findings = examine(sources, &SystemClock, &is_jotleash);
    let exit = match worst(&findings) {
        Worst::Unreachable => Exit::Unreachable,
        Worst::Level(Level::Fail) => Exit::Usage,
        Worst::Level(Level::Warn) if args.strict => Exit::Refused,
        Worst::Level(_) => Exit::Done,
    };
    let text = if args.json {
        json!({"healthy": exit == Exit::Done, "findings": findings}).to_string()
    } else {
        let lines: Vec<_> = findings.iter().map(line).collect();
        lines.join("\n")
    };
    output::data(&text)?;
    Ok(exit)
}

fn line(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "FAIL",
    };
    format!("{level:<4}  {:<15}  {}", finding.about, finding.message)
}
