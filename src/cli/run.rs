//! From a command line to an exit code.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use super::args::{Cli, Command, Keys};
use super::exit::Exit;
use super::{clients, completions, config, doctor, healthcheck, inspect, keys, turnover};
use crate::clock::{SystemClock, SystemEntropy};
use crate::output;
use crate::settings::{self, Environment, Flags, Sources};
use crate::startup::{self, generate};

/// Runs a command: its words (the program's name first) and the environment.
///
/// Data goes to standard output, everything else to standard error.
pub fn run(words: impl IntoIterator<Item = OsString>, environment: Environment) -> Exit {
    let command = match Cli::try_parse_from(words) {
        Ok(cli) => cli.command,
        Err(error) => return usage(&error),
    };
    let sources = |flags| Sources { flags, environment };
    let done = match command {
        Command::Serve(args) => return serve(&sources(args.into())),
        Command::Config(command) => return config::run(command, sources),
        Command::Clients(command) => return clients::run(&command),
        Command::Keys(Keys::Generate(args)) => return keys_generate(&sources(args.into())),
        Command::Keys(Keys::List(args)) => {
            keys::run_list(&args, &sources(args.settings.clone().into()))
        }
        Command::Keys(Keys::Rotate(args)) => {
            turnover::rotate(&args, &sources(Flags::default()).environment)
        }
        Command::Keys(Keys::Retire(args)) => {
            turnover::retire(&args, &sources(Flags::default()).environment)
        }
        Command::Token(command) => inspect::run(&command, &sources(Flags::default()).environment),
        Command::Doctor(args) => doctor::run(&args, &sources(args.settings.clone().into())),
        Command::Healthcheck(args) => {
            healthcheck::run(&args, &sources(args.settings.clone().into()))
        }
        Command::Completions(args) => completions::run(&args, Cli::command()),
    };
    done.unwrap_or_else(|failure| {
        output::complaint(&failure.message);
        failure.exit
    })
}

/// Help and version come this way too: clap knows which stream each belongs to.
fn usage(error: &clap::Error) -> Exit {
    // Nobody is left to tell if this fails.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

fn serve(sources: &Sources) -> Exit {
    match startup::run(sources) {
        Ok(()) => Exit::Done,
        Err(error) => {
            output::complaint(&error.to_string());
            Exit::from(&error)
        }
    }
}

fn keys_generate(sources: &Sources) -> Exit {
    let (folder, algorithm) = match settings::keys(sources) {
        Ok(keys) => keys,
        Err(problems) => {
            output::complaint(&problems.to_string());
            return Exit::Usage;
        }
    };
    let made = match generate(&folder, algorithm, &SystemClock, &SystemEntropy) {
        Ok(made) => made,
        Err(error) => {
            output::complaint(&error.to_string());
            return Exit::Usage;
        }
    };
    let key = made
        .key
        .map(|(path, kid)| format!("{} kid {kid}", path.display()));
    let mac = made.mac.map(|path| path.display().to_string());
    let lines: Vec<_> = key.into_iter().chain(mac).collect();
    if lines.is_empty() {
        let folder = folder.display();
        output::complaint(&format!(
            "{folder} already holds a key that signs and mac.key"
        ));
        return Exit::Refused;
    }
    match output::data(&lines.join("\n")) {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Refused,
    }
}
