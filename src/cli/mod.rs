//! The command line: one file a group of commands, and their dispatcher.

mod args;
mod clients;
mod completions;
mod config;
mod doctor;
mod exit;
mod failure;
mod flags;
mod healthcheck;
mod http;
mod inspect;
mod keys;
mod run;
mod service;
mod turnover;
mod when;

pub use self::exit::Exit;
pub use self::run::run;
