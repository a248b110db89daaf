//! The command line: one file a group of commands, and their dispatcher.

mod args;
mod clients;
mod config;
mod exit;
mod flags;
mod run;

pub use self::exit::Exit;
pub use self::run::run;
