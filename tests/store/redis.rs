//! The suite on Redis: a server for each case.

use std::sync::Arc;
use std::time::Duration;

use jotleash::clock::SystemClock;
use jotleash::store::redis::{RedisConfig, RedisStore};

use self::redis_server::RedisServer;
use crate::model::{self, Passing};
use crate::suite::{Harness, Time};

#[path = "../support/redis_server.rs"]
#[expect(dead_code, reason = "other test crates use the rest")]
pub(crate) mod redis_server;

conformance!(harness);

#[test]
fn any_sequence_of_verbs_agrees_with_the_model() {
    model::agree(harness, Passing::Nothing, 60);
}

/// Waits as long as a slow machine needs: the suite is about answers, not about when they come.
pub(crate) fn patient(mut config: RedisConfig) -> RedisConfig {
    config.connect_timeout = Duration::from_secs(60);
    config.response_timeout = Duration::from_secs(60);
    config
}

async fn harness() -> Harness {
    let server = RedisServer::start();
    let connect = async || {
        let config = patient(RedisConfig::new(server.url()));
        Arc::new(
            RedisStore::connect(config, Arc::new(SystemClock))
                .await
                .unwrap(),
        )
    };
    Harness {
        store: connect().await,
        second: connect().await,
        // Redis lets keys die by its own clock, which no test can move.
        time: Time::Real,
        alive: Box::new(server),
    }
}
