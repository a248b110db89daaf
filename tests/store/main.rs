//! The store's conformance suite, run on every backend.
//!
//! A backend is supported when its file here is a factory for [`suite::Harness`] and every case
//! passes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[macro_use]
mod suite;

#[path = "../support/authority.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
mod authority;
mod embedded;
mod model;
mod redis;
mod redis_tls;
