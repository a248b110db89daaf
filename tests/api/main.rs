//! The service as its users meet it: a process of its own, over HTTP, beside a Redis of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test that cannot go on fails, and the harness is shared"
)]

#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/hostile.rs"]
#[expect(dead_code, unused_imports, reason = "other test crates use the rest")]
mod hostile;
#[path = "../support/redis_server.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
mod redis_server;

mod admin;
mod algorithms;
mod app;
mod audiences;
mod cut_offs;
mod embedded;
mod exposition;
mod forged;
mod grace;
mod keys;
mod login;
mod logout;
mod lossy;
mod metrics;
mod oauth;
mod opaque;
mod outage;
mod process;
mod races;
mod redis_keys;
mod refresh;
mod remote;
mod tls;
mod verify;
mod watch;
