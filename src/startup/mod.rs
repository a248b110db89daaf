//! What makes the service run: its keys, its dev mode, and the order in which it starts.
//!
//! Settings, keys and certificates first, because they need nothing and their problems are told all at once;
//! then the listeners, whose addresses the issuer may be made of; then the store; then the records
//! that the configuration and the dev set-up ask for. Only when all that stands is anything
//! served, and only then does `serve --dev` print its banner.

pub mod dev;
pub mod doctor;
mod error;
mod files;
mod generate;
pub mod keys;
mod listen;
mod prepare;
mod run;
mod seed;
mod server;
mod store;
pub mod tls;

pub use self::error::StartError;
pub use self::generate::{Made, generate};
pub use self::listen::own_url;
pub use self::prepare::{Prepared, prepare};
pub use self::run::run;
pub use self::seed::managed_client;
