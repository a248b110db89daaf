//! The command line as its users meet it: the real binary, beside a running service and real
//! Redis servers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test that cannot go on fails, and the harness is shared"
)]

#[path = "../api/app.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
mod app;
#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/redis_server.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
mod redis_server;

mod command;
mod completions;
mod doctor;
mod healthcheck;
mod inspect;
mod keys;
mod tls;
