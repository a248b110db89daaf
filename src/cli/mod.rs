//! The command line: `jotleash serve`, `jotleash keys generate`.

mod args;
mod completions;
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
mod when;

pub use self::exit::Exit;
pub use self::run::run;
