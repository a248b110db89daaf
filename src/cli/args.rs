//! The shape of the command line, and its help.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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

const STORE_HELP: &str = "\
Where tokens live [default: embedded:data/jotleash.redb]

embedded:PATH, embedded:memory, redis://HOST:PORT/DATABASE, or rediss://HOST:PORT/DATABASE?ca=PATH \
for TLS. A password in a flag can be seen by every user of the machine: set JOTLEASH_STORE or \
JOTLEASH_STORE_FILE instead.";

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
    Serve(Box<Serve>),
    /// Look after the keys
    #[command(subcommand, after_help = KEYS_EXAMPLES)]
    Keys(Keys),
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Development: loopback only, with a demo user and clients of its own
    #[arg(long)]
    dev: bool,
    /// The configuration file [default: jotleash.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The public listener [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The listener of the admin API [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_listen: Option<String>,
    /// The public listener's certificate chain, PEM [default: plain HTTP]
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// The admin listener's certificate chain, PEM [default: plain HTTP]
    #[arg(long, value_name = "FILE")]
    admin_tls_cert: Option<String>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE")]
    admin_tls_key: Option<String>,
    /// The issuer of the tokens [default: the public listener's URL]
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Where tokens live [default: embedded:data/jotleash.redb]
    #[arg(long, value_name = "STORE", long_help = STORE_HELP)]
    store: Option<String>,
    /// The folder of the keys [default: keys]
    #[arg(long, value_name = "FOLDER")]
    keys_dir: Option<String>,
    /// What to log [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// text, or json for one object a line [default: text]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make the signing key and mac.key, as far as they are missing
    #[command(after_help = KEYS_EXAMPLES)]
    Generate(Generate),
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// The folder of the keys [default: keys]
    #[arg(long, value_name = "FOLDER")]
    keys_dir: Option<String>,
    /// The configuration file [default: jotleash.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl From<Serve> for Flags {
    fn from(args: Serve) -> Self {
        let settings = [
            ("listen", args.listen),
            ("admin_listen", args.admin_listen),
            ("tls_cert", args.tls_cert),
            ("tls_key", args.tls_key),
            ("admin_tls_cert", args.admin_tls_cert),
            ("admin_tls_key", args.admin_tls_key),
            ("issuer", args.issuer),
            ("store", args.store),
            ("keys.dir", args.keys_dir),
            ("log", args.log),
            ("log_format", args.log_format),
        ];
        Self {
            config: args.config,
            dev: args.dev,
            settings: given(settings),
        }
    }
}

impl From<Generate> for Flags {
    fn from(args: Generate) -> Self {
        Self {
            config: args.config,
            dev: false,
            settings: given([("keys.dir", args.keys_dir)]),
        }
    }
}

fn given<const N: usize>(
    settings: [(&'static str, Option<String>); N],
) -> BTreeMap<&'static str, String> {
    let given = |(path, value): (_, Option<_>)| value.map(|value| (path, value));
    settings.into_iter().filter_map(given).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

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
    fn each_flag_of_serve_is_a_setting_under_its_path() {
        let paths = [
            "listen",
            "admin-listen",
            "tls-cert",
            "tls-key",
            "admin-tls-cert",
            "admin-tls-key",
            "issuer",
            "store",
            "keys-dir",
            "log",
            "log-format",
        ];
        let mut line = ["jotleash", "serve", "--dev", "--config", "c"]
            .map(str::to_owned)
            .to_vec();
        for path in paths {
            line.extend([format!("--{path}"), path.to_owned()]);
        }
        let Command::Serve(serve) = Cli::parse_from(line).command else {
            panic!("not serve")
        };
        let flags = Flags::from(*serve);
        assert!(flags.dev && flags.config.is_some());
        assert_eq!(flags.settings.len(), 11);
        for (path, value) in flags.settings {
            assert_eq!(path.replace(['.', '_'], "-"), value);
        }
    }
}
