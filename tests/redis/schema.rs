//! `docs/redis-schema.md` is a promise.

use jotleash::store::{Durability, Store as _};

use crate::keys::one_of_everything;
use crate::redis_server::RedisServer;
use crate::support::{connect, opened, store, subject};

const SCHEMA: &str = include_str!("../../docs/redis-schema.md");

/// Gives a user the rights that the page recommends, and a URL to use them with.
fn recommended(server: &RedisServer, user: &str) -> String {
    let command = format!("ACL SETUSER {user} ");
    let rule = SCHEMA
        .lines()
        .find(|line| line.starts_with(&command))
        .unwrap();
    let _: () = server.ask(rule);
    format!(
        "redis://{user}:choose-a-password@127.0.0.1:{}",
        server.port()
    )
}

#[tokio::test]
async fn every_key_is_described() {
    let server = RedisServer::start();
    one_of_everything(&store(&server).await).await;
    for key in server.keys() {
        let shape = shape(&key);
        assert!(SCHEMA.contains(&format!("`{shape}`")), "{key}: {shape}");
    }
}

/// A key with what varies in it named as on the page.
fn shape(key: &str) -> String {
    let list = key.starts_with("jl:x:");
    let parts = key
        .split(':')
        .enumerate()
        .map(|(at, part)| match part.len() {
            18 if part.starts_with('{') => "{U}",
            22 => "<tail>",
            16 => "<tag>",
            1 if list && at == 3 => "<shard>",
            _ => part,
        });
    parts.collect::<Vec<_>>().join(":")
}

#[tokio::test]
async fn the_recommended_rights_are_enough_for_the_service() {
    let server = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let store = connect(recommended(&server, "jotleash")).await.unwrap();
    one_of_everything(&store).await;
    let durability = store.unban(&subject("mallory").slot()).await.unwrap();
    assert_eq!(durability, Durability::Fsynced, "CONFIG can be read");
}

#[tokio::test]
async fn the_recommended_rights_of_a_checker_are_for_checking_only() {
    let server = RedisServer::start();
    let (sid, access) = opened(&store(&server).await, &subject("alice")).await;
    let client = redis::Client::open(recommended(&server, "checker")).unwrap();
    let mut checker = client.get_connection().unwrap();

    let slot = sid.slot();
    let token = format!("jl:{{{slot}}}:t:{}", access.jti.tail());
    let digest: String = redis::cmd("GET").arg(&token).query(&mut checker).unwrap();
    assert_eq!(digest, access.recorded.as_str());
    assert!(
        redis::cmd("EXISTS")
            .arg(&token)
            .query::<bool>(&mut checker)
            .unwrap()
    );
    let session = format!("jl:{{{slot}}}:s:{}", sid.tail());
    for (command, key) in [("GET", &session), ("EXISTS", &session), ("DEL", &token)] {
        let refused = redis::cmd(command).arg(key).query::<u64>(&mut checker);
        assert_eq!(
            refused.unwrap_err().code(),
            Some("NOPERM"),
            "{command} {key}"
        );
    }
}
