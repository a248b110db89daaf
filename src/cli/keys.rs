//! `jotleash keys list`: what the folder of the keys holds.

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::flags::SettingFlags;
use super::when::rfc3339;
use crate::clock::{Clock as _, SystemClock};
use crate::output;
use crate::settings::{Sources, keys};
use crate::startup::keys::{KeyList, ListedKey, list};

pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  jotleash keys list
  jotleash keys list --keys-dir /etc/jotleash/keys --json

Exit codes: 0 the service can start with these keys, 2 it cannot.";

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// The settings.
    #[command(flatten)]
    pub(super) settings: SettingFlags,
}

/// Lists the keys. What keeps the service from starting goes to standard error.
pub(super) fn run_list(args: &List, sources: &Sources) -> Result<Exit, Failure> {
    let (folder, algorithm) = keys(sources)?;
    let list = list(&folder, algorithm, SystemClock.now());
    if args.json {
        output::data(&serde_json::to_string(&list).map_err(std::io::Error::from)?)?;
    } else if !list.keys.is_empty() {
        output::data(&table(&list))?;
    }
    let warnings = list.keys.iter().flat_map(|key| &key.warnings);
    if !args.json {
        for warning in warnings.chain(&list.warnings) {
            output::complaint(&format!("warning: {warning}"));
        }
        for problem in &list.problems {
            output::complaint(problem);
        }
    }
    Ok(if list.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Usage
    })
}

fn table(list: &KeyList) -> String {
    let line = |kid: &str, alg: &str, state: &str, created: &str, file: &str| {
        format!("{kid:<43}  {alg:<5}  {state:<8}  {created:<20}  {file}")
    };
    let head = line("KID", "ALG", "STATE", "CREATED", "FILE");
    let row = |key: &ListedKey| {
        let created = key.created_at.and_then(rfc3339);
        let created = created.as_deref().unwrap_or("-");
        let file = key.file.display().to_string();
        line(&key.kid, key.alg, key.state, created, &file)
    };
    let rows = list.keys.iter().map(row);
    let lines: Vec<_> = std::iter::once(head).chain(rows).collect();
    lines.join("\n")
}
