//! Wiring.
pub mod server;
