//! **jotleash**: JWTs on a leash.
//!
//! Signed tokens that every JWT library can read, and that die the moment you say so: the
//! signature is checked first, then one key must exist in the store. Deleting the key ends the
//! token, everywhere, at once.
//!
//! Read the modules in the order of the layers, innermost first; an outer one may use an inner
//! one, never the other way round (`docs/architecture.md`).

#[cfg(feature = "server")]
pub mod cli;
pub mod clock;
#[cfg(feature = "actix")]
pub mod http;
pub mod id;
#[cfg(feature = "sessions")]
pub mod metrics;
#[cfg(feature = "server")]
pub mod output;
#[cfg(feature = "remote")]
pub mod remote;
#[cfg(feature = "sessions")]
pub mod sessions;
#[cfg(feature = "server")]
pub mod settings;
#[cfg(feature = "server")]
pub mod startup;
#[cfg(feature = "sessions")]
pub mod store;
#[cfg(feature = "server")]
pub mod telemetry;
#[cfg(feature = "verify")]
pub mod token;
