//! The shape of the command line, and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::flags::SettingFlags;
use crate::settings::Flags;

const EXAMPLES: &str = "\
Examples:
  jotleash serve --dev                      try it: nothing else is needed
  jotleash keys generate                    once, before the first start
  jotleash serve --config jotleash.toml     production

Exit codes: 0 done, 1 refused, 2 usage or configuration, 3 not found,
4 not allowed, 5 service or store unreachable.";

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
    #[command(after_help = KEYS_EXAMPLES)]
    Generate(SettingFlags),
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

    #[test]
    fn help_has_examples_and_fits_80_columns() {
        for path in [
            &["jotleash", "-h"][..],
            &["jotleash", "serve", "--help"],
            &["jotleash", "keys", "generate", "-h"],
            &["jotleash", "config", "-h"],
            &["jotleash", "config", "check", "--help"],
            &["jotleash", "config", "dump", "--help"],
            &["jotleash", "config", "generate", "-h"],
            &["jotleash", "clients", "-h"],
            &["jotleash", "clients", "secret", "-h"],
        ] {
            let help = Cli::try_parse_from(path).unwrap_err().to_string();
            assert!(help.contains("Examples:"), "{help}");
            let wide: Vec<_> = help
                .lines()
                .filter(|line| line.chars().count() > 80)
                .collect();
            assert!(wide.is_empty(), "{wide:#?}");
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
