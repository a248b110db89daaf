//! The configuration as operators meet it: the binary, its files and its words.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test that cannot go on fails, and the harness is shared"
)]

#[path = "../support/authority.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
mod authority;
#[path = "../support/redis_server.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
mod redis_server;

mod check;
mod docs;
mod dump;
mod generate;
mod managed;
mod metadata;
mod program;
mod refusals;
