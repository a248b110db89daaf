//! What the environment says.

use std::collections::BTreeMap;

use super::hint::did_you_mean;
use super::names::FOR_OTHERS;
use super::problem::{Place, Problems};
use super::reader::{Raw, Value};
use super::table::SETTINGS;

/// Variables by name. Only those that start with `JOTLEASH_` are looked at.
pub type Environment = BTreeMap<String, String>;

const PREFIX: &str = "JOTLEASH_";

/// The `JOTLEASH_…` variables of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub fn process_environment() -> Environment {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let value = value.to_string_lossy().into_owned();
            name.starts_with(PREFIX).then_some((name, value))
        })
        .collect()
}

/// The settings among the variables, by path. A variable that is none is a warning, not an error:
/// a container platform may set some of its own (`JOTLEASH_PORT` for a service of this name).
pub(super) fn read(
    environment: &Environment,
    problems: &mut Problems,
    warnings: &mut Vec<String>,
) -> Vec<(&'static str, Raw)> {
    let mut settings = Vec::new();
    let names = || SETTINGS.map(|setting| (setting.environment(), setting.path));
    for (name, value) in environment {
        if !name.starts_with(PREFIX) || FOR_OTHERS.contains(&name.as_str()) {
            continue;
        }
        let place = Place::Environment(name.clone());
        if let Some((_, path)) = names().into_iter().find(|(known, _)| known == name) {
            let value = Value::Bare(value.clone());
            settings.push((path, Raw { place, value }));
        } else if ["JOTLEASH_AUDIENCE_", "JOTLEASH_CLIENT_"]
            .iter()
            .any(|list| name.starts_with(list))
        {
            problems.add(&place, "audiences and clients are set in the file only");
        } else {
            let names = names();
            let hint = did_you_mean(name, names.iter().map(|(known, _)| known.as_str()));
            warnings.push(format!("{name} is no setting and is ignored{hint}"));
        }
    }
    settings
}
