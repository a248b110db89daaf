//! The `jotleash` command.

use std::process::ExitCode;

use jotleash::{cli, settings};

fn main() -> ExitCode {
    cli::run(std::env::args_os(), settings::process_environment()).into()
}
