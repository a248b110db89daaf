//! `config check`, `config dump` and `config generate`.

use std::io::ErrorKind;

use super::args::{Config, Dump};
use super::exit::Exit;
use crate::clock::{Clock as _, SystemClock};
use crate::output;
use crate::settings::{Flags, Sources, Survey, dump, survey, template};
use crate::startup::keys::{self, KeyFilesError};
use crate::startup::tls::{self, TlsError};

pub(super) fn run(command: Config, sources: impl FnOnce(Flags) -> Sources) -> Exit {
    match command {
        Config::Check(args) => check(&sources(args.into())),
        Config::Dump(args) => print_dump(args, sources),
        Config::Generate => print(&template()),
    }
}

/// What `serve` would refuse and warn of, as far as it shows without opening anything.
fn check(sources: &Sources) -> Exit {
    let mut survey = survey(sources);
    let of_settings = survey.problems.as_slice().iter();
    let mut problems: Vec<_> = of_settings.map(ToString::to_string).collect();
    check_files(&mut survey, &mut problems, sources.flags.dev);
    let warnings = survey.warnings;
    let file = sources.file();
    let what = file.map_or_else(
        || "environment and defaults".to_owned(),
        |file| file.display().to_string(),
    );
    let found = problems.len();
    let last = match (found, warnings.len()) {
        (found, 0) => format!("{what}: {}", count(found, "problem")),
        (found, warned) => {
            let (found, warned) = (count(found, "problem"), count(warned, "warning"));
            format!("{what}: {found}, {warned}")
        }
    };
    let warnings = warnings.iter().map(|warning| format!("warning: {warning}"));
    let lines: Vec<_> = problems.into_iter().chain(warnings).chain([last]).collect();
    match print(&lines.join("\n")) {
        Exit::Done if found > 0 => Exit::Usage,
        exit => exit,
    }
}

/// The files that the settings name. They need not be where the settings are written and checked,
/// so those that are missing are worth a warning only.
fn check_files(survey: &mut Survey, problems: &mut Vec<String>, dev: bool) {
    let warnings = &mut survey.warnings;
    if let Some((folder, algorithm)) = &survey.keys {
        match keys::read(folder, *algorithm, SystemClock.now()) {
            Ok(keys) => warnings.extend(keys.warnings),
            // It makes them.
            Err(KeyFilesError::Missing { .. }) if dev => {}
            Err(error @ KeyFilesError::Missing { .. }) => warnings.push(error.to_string()),
            Err(error) => problems.push(error.to_string()),
        }
    }
    let now = SystemClock.now();
    for setting in [&survey.tls, &survey.admin_tls].into_iter().flatten() {
        match tls::look(setting, now) {
            Ok(look) => warnings.extend(look.warnings),
            Err(error) if missing(&error) => warnings.push(error.to_string()),
            Err(error) => problems.push(error.to_string()),
        }
    }
}

const fn missing(error: &TlsError) -> bool {
    matches!(
        error,
        TlsError::Io {
            kind: ErrorKind::NotFound,
            ..
        }
    )
}

fn count(count: usize, one: &str) -> String {
    match count {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

fn print_dump(args: Dump, sources: impl FnOnce(Flags) -> Sources) -> Exit {
    let json = args.json;
    match dump(&sources(args.into())) {
        Ok(dump) if json => print(&format!("{:#}", dump.json())),
        Ok(dump) => print(&dump.toml()),
        Err(problems) => {
            output::complaint(&problems.to_string());
            Exit::Usage
        }
    }
}

fn print(text: &str) -> Exit {
    output::data(text).map_or(Exit::Refused, |()| Exit::Done)
}
