//! What only the Redis backend promises, seen from the server's side.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests fail by panicking, and the harness is shared"
)]

#[path = "redis/support.rs"]
mod support;

#[path = "support/authority.rs"]
mod authority;
#[path = "support/redis_server.rs"]
mod redis_server;

#[path = "redis/actor.rs"]
mod actor;
#[path = "redis/durability.rs"]
mod durability;
#[path = "redis/full.rs"]
mod full;
#[path = "redis/gate.rs"]
mod gate;
#[path = "redis/instances.rs"]
mod instances;
#[path = "redis/interleaved.rs"]
mod interleaved;
#[path = "redis/keys.rs"]
mod keys;
#[path = "redis/lists.rs"]
mod lists;
#[path = "redis/outage.rs"]
mod outage;
#[path = "redis/schema.rs"]
mod schema;
#[path = "redis/stage.rs"]
mod stage;
#[path = "redis/start.rs"]
mod start;
#[path = "redis/tls.rs"]
mod tls;
