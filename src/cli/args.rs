//! The shape of the command line, and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::completions::{self, Completions};
use super::doctor::{self, Doctor};
use super::flags::SettingFlags;
use super::healthcheck::{self, Healthcheck};
use super::inspect::{self, Token};
use super::keys::{self, List};
use super::turnover::{self, Retire, Rotate};
use crate::settings::Flags;

const EXAMPLES: &str = "\
Examples:
  jotleash serve --dev                      try it: nothing else is needed
  jotleash keys generate                    once, before the first start
  jotleash serve --config jotleash.toml     production
  jotleash doctor                           what is wrong, and what to do
  jotleash token inspect - < token.txt      is it live, and why not

Exit codes: 0 done or live, 1 refused or dead, 2 usage or configuration,
3 not found, 4 not allowed, 5 service or store unreachable.";

const SERVE_EXAMPLES: &str = "\
Examples:
  jotleash serve --dev
  jotleash serve --dev --store redis://127.0.0.1:6379/0
  jotleash serve --config /etc/jotleash.toml --log info,jotleash=debug

Each flag is a setting: it wins over the environment (JOTLEASH_LISTEN), which
wins over the configuration file, which wins over the default.";

const KEYS_EXAMPLES: &str = "\
Examples:
  jotleash keys generate
  jotleash keys rotate --profile data/dev.env
  jotleash keys list --keys-dir /etc/jotleash/keys";

const MAKE_EXAMPLES: &str = "\
Examples:
  jotleash keys generate
  jotleash keys generate --keys-dir /etc/jotleash/keys";

const CONFIG_EXAMPLES: &str = "\
Examples:
  jotleash config generate > jotleash.toml  a file to start from
  jotleash config check                     all that is wrong with it, at once
  jotleash config dump                      what holds, and where it came from";

const CHECK_EXAMPLES: &str = "\
Examples:
  jotleash config check
  jotleash config check /etc/jotleash.toml
  jotleash config check --keys-dir /run/keys || exit 1

What was found goes to standard output, one line each, and how it went last.
Neither the store nor a listener is opened. Exit codes: 0 no problems, 2 some.";

const DUMP_EXAMPLES: &str = "\
Examples:
  jotleash config dump
  jotleash config dump --admin-listen 127.0.0.1:9191
  jotleash config dump --json | jq '.settings[] | select(.origin != \"default\")'

Secrets are left out. Exit codes: 0 done, 2 wrong configuration.";

const GENERATE_EXAMPLES: &str = "\
Examples:
  jotleash config generate > jotleash.toml
  jotleash config generate | grep -A 4 'admin API'";

const SECRET_EXAMPLES: &str = "\
Examples:
  jotleash clients secret
  jotleash clients secret --json

The secret is 256 random bits in base64url, and its SHA-256 is all that the
service keeps. A first admin is a [[client]] with that digest, admin = true and
grants = [\"client_credentials\"].";

/// JWTs on a leash: signed tokens that die the moment you say so.
#[derive(Debug, Parser)]
#[command(name = "jotleash", version, max_term_width = 80, after_help = EXAMPLES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the service
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Check, show or start a configuration
    #[command(subcommand, after_help = CONFIG_EXAMPLES)]
    Config(Config),
    /// Look after the clients
    #[command(subcommand, after_help = SECRET_EXAMPLES)]
    Clients(Clients),
    /// Look after the keys
    #[command(subcommand, after_help = KEYS_EXAMPLES)]
    Keys(Keys),
    /// Ask about tokens
    #[command(subcommand, after_help = inspect::EXAMPLES)]
    Token(Token),
    /// Look at everything that the service needs, and say what to do
    #[command(long_about = doctor::ABOUT, after_help = doctor::EXAMPLES)]
    Doctor(Doctor),
    /// Say whether the service is ready: for containers, without credentials
    #[command(long_about = healthcheck::ABOUT, after_help = healthcheck::EXAMPLES)]
    Healthcheck(Healthcheck),
    /// Print what a shell needs to complete this command line
    #[command(after_help = completions::EXAMPLES)]
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Development: loopback only, with a demo user and clients of its own
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    settings: SettingFlags,
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make the signing key and mac.key, as far as they are missing
    #[command(after_help = MAKE_EXAMPLES)]
    Generate(SettingFlags),
    /// List the keys, and what is wrong with them
    #[command(after_help = keys::LIST_EXAMPLES)]
    List(List),
    /// Have the running service publish a key that will sign
    #[command(long_about = turnover::ROTATE_ABOUT, after_help = turnover::ROTATE_EXAMPLES)]
    Rotate(Rotate),
    /// Have the running service refuse all that a key has signed
    #[command(long_about = turnover::RETIRE_ABOUT, after_help = turnover::RETIRE_EXAMPLES)]
    Retire(Retire),
}

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Tell all that is wrong, each with its file and line
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Print every value and where it came from
    #[command(after_help = DUMP_EXAMPLES)]
    Dump(Dump),
    /// Print a commented jotleash.toml
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The configuration file [default: jotleash.toml, if it is there]
    #[arg(conflicts_with = "config")]
    file: Option<PathBuf>,
    /// As for serve --dev
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    settings: SettingFlags,
}

#[derive(Debug, Args)]
pub(super) struct Dump {
    /// JSON instead of TOML
    #[arg(long)]
    pub(super) json: bool,
    /// As for serve --dev
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    settings: SettingFlags,
}

#[derive(Debug, Subcommand)]
pub(super) enum Clients {
    /// Print a new secret and its digest; no service is needed
    #[command(after_help = SECRET_EXAMPLES)]
    Secret(Secret),
}

#[derive(Debug, Args)]
pub(super) struct Secret {
    /// JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl From<Check> for Flags {
    fn from(args: Check) -> Self {
        let mut flags = args.settings.into_flags(args.dev);
        flags.config = args.file.or(flags.config);
        flags
    }
}

impl From<Dump> for Flags {
    fn from(args: Dump) -> Self {
        args.settings.into_flags(args.dev)
    }
}

impl From<Serve> for Flags {
    fn from(args: Serve) -> Self {
        args.settings.into_flags(args.dev)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::settings::SETTINGS;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Each command below this one, by its words.
    fn commands(command: &clap::Command, words: &[String]) -> Vec<(Vec<String>, clap::Command)> {
        let words = [words, &[command.get_name().to_owned()]].concat();
        let below = command
            .get_subcommands()
            .filter(|one| one.get_name() != "help");
        let mut all: Vec<_> = below.flat_map(|one| commands(one, &words)).collect();
        all.push((words, command.clone()));
        all
    }

    #[test]
    fn every_command_has_help_with_examples_in_80_columns() {
        let all = commands(&Cli::command(), &[]);
        assert!(all.len() > 8, "{all:?}");
        for (words, command) in all {
            assert!(
                command.get_about().is_some(),
                "{words:?} says nothing of itself"
            );
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{words:?}: {}", arg.get_id());
            }
            for flag in ["-h", "--help"] {
                let line = words.iter().map(String::as_str).chain([flag]);
                let help = Cli::try_parse_from(line).unwrap_err().to_string();
                assert!(help.contains("Examples:"), "{help}");
                let wide: Vec<_> = help
                    .lines()
                    .filter(|line| line.chars().count() > 80)
                    .collect();
                assert!(wide.is_empty(), "{words:?} {wide:#?}");
            }
        }
    }

    #[test]
    fn each_setting_is_a_flag_under_its_path() {
        let mut line = ["jotleash", "serve", "--dev", "--config", "c"]
            .map(str::to_owned)
            .to_vec();
        for setting in &SETTINGS {
            line.push(format!("{}={}", setting.flag(), setting.path));
        }
        let Command::Serve(serve) = Cli::parse_from(line).command else {
            panic!("not serve")
        };
        let flags = Flags::from(serve);
        assert!(flags.dev && flags.config.is_some());
        assert_eq!(flags.settings.len(), SETTINGS.len());
        for (path, value) in flags.settings {
            assert_eq!(path, value);
        }
    }
}
