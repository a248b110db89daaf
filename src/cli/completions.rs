//! `jotleash completions`: what a shell needs to complete our command line.

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::Exit;
use super::failure::Failure;
use crate::output;

pub(super) const EXAMPLES: &str = "\
Examples:
  jotleash completions bash > ~/.local/share/bash-completion/completions/jotleash
  jotleash completions zsh > ~/.zfunc/_jotleash
  jotleash completions fish > ~/.config/fish/completions/jotleash.fish";

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for the shell.
pub(super) fn run(args: &Completions, mut cli: Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli, "jotleash", &mut script);
    output::data(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
