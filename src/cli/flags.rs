//! The settings as flags: the same ones for every command that reads settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::settings::{Flags, Kind, SETTINGS, Setting};

/// `--config` and a flag for each setting.
#[derive(Debug, Clone, Default)]
pub(super) struct SettingFlags {
    config: Option<PathBuf>,
    settings: BTreeMap<&'static str, String>,
}

impl SettingFlags {
    /// The flags, of `serve --dev` or not.
    pub(super) fn into_flags(self, dev: bool) -> Flags {
        Flags {
            config: self.config,
            dev,
            settings: self.settings,
        }
    }
}

impl From<SettingFlags> for Flags {
    fn from(flags: SettingFlags) -> Self {
        flags.into_flags(false)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.config = matches.get_one::<PathBuf>("config").cloned();
        self.settings = SETTINGS
            .iter()
            .filter_map(|setting| {
                let value = matches.get_one::<String>(setting.path)?;
                Some((setting.path, value.clone()))
            })
            .collect();
        Ok(())
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("The configuration file [default: jotleash.toml, if it is there]");
        command.arg(config).args(SETTINGS.iter().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What is not built yet is a flag all the same, so that it is refused by its name.
fn flag(setting: &Setting) -> Arg {
    let long = setting.flag().trim_start_matches('-').to_owned();
    let default = match setting.default.trim_matches('"') {
        "" => String::new(),
        "[]" => " [default: none]".to_owned(),
        default => format!(" [default: {default}]"),
    };
    let short = format!("{}{default}", setting.about);
    let more = match setting.more {
        "" => String::new(),
        more => format!(". {more}"),
    };
    let environment = setting.environment();
    let long_help = format!("{}{more}\n[env: {environment}]{default}", setting.about);
    let arg = Arg::new(setting.path)
        .long(long)
        .value_name(setting.value)
        .help_heading(setting.group)
        .help(short)
        .long_help(long_help)
        .hide(!setting.built());
    if setting.kind == Kind::Boolean {
        // With `=` only, or the word that follows would be taken for its value.
        arg.num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
    } else {
        arg
    }
}
