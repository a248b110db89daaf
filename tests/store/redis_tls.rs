//! The suite on Redis over TLS, with a private CA, as a user with the rights that
//! `docs/redis-schema.md` gives and no more.

use std::sync::Arc;

use jotleash::clock::SystemClock;
use jotleash::store::redis::{RedisConfig, RedisStore};

use crate::authority::Authority;
use crate::redis::patient;
use crate::redis::redis_server::RedisServer;
use crate::suite::{Harness, Time};

const SCHEMA: &str = include_str!("../../docs/redis-schema.md");

conformance!(harness);

async fn harness() -> Harness {
    let authority = Authority::new();
    let issued = authority.issue();
    let server = RedisServer::start_tls(&issued.cert, &issued.key, &authority.pem);
    let mut lines = SCHEMA.lines();
    let rights = lines.find(|line| line.starts_with("ACL SETUSER jotleash "));
    let _: () = server.ask(rights.expect("docs/redis-schema.md gives the rights"));
    // Nobody else is let in: what the suite does, it does as this user.
    let url = server.url_of("jotleash:choose-a-password@");
    let _: () = server.ask("ACL SETUSER default off");
    let connect = async || {
        let config = patient(RedisConfig::new(url.clone()));
        let clock = Arc::new(SystemClock);
        Arc::new(RedisStore::connect(config, clock).await.unwrap())
    };
    Harness {
        store: connect().await,
        second: connect().await,
        time: Time::Real,
        alive: Box::new(server),
    }
}
