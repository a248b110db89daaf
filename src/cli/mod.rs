//! The command line: `jotleash serve`, `jotleash keys generate`.

mod args;
mod exit;
mod flags;
mod run;

pub use self::exit::Exit;
pub use self::run::run;
