//! What a server says of itself, for a person who asks why things are as they are.
//!
//! Nothing is written, and a server that the service would refuse is described all the same.

use std::collections::{BTreeSet, HashMap};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisError};
use tokio::time::timeout;

use super::config::RedisConfig;
use super::durability::{SETTINGS, fsyncs_first};
use super::names::{self, List};
use super::scripts::{SCRIPTS, Script};
use super::server::Server;
use super::start::{RedisStartError, judge};
use crate::clock::Clock;
use crate::id::SlotTag;
use crate::store::Durability;

/// The commands that are sent by themselves, outside of scripts.
const DIRECT: [&str; 13] = [
    "DEL",
    "EXISTS",
    "EXPIRE",
    "GET",
    "HGETALL",
    "HVALS",
    "INFO",
    "MGET",
    "SET",
    "XREVRANGE",
    "ZCARD",
    "ZRANGE",
    "ZREM",
];

/// A server, described.
#[derive(Debug)]
pub struct Diagnosis {
    /// Product and version; `None`: its user may not ask `INFO`, and none of this is known.
    pub server: Option<ServerFacts>,
    /// What `CONFIG` says; `None`: its user may not ask.
    pub config: Option<HashMap<String, String>>,
    /// The version of the data that stand there, `None` in an empty database; or why the service
    /// would not read them.
    pub schema: Result<Option<String>, RedisStartError>,
    /// The most replicas ever seen.
    pub most_replicas: u64,
    /// How far its clock is ahead of ours, microseconds; `None`: its user may not ask.
    pub ahead_micros: Option<i64>,
    /// How long that question took, microseconds: half of it may be wrong in `ahead_micros`.
    pub round_trip_micros: u64,
    /// The commands that its user may not run, of those that the service runs.
    pub refused: Vec<String>,
}

/// What `INFO` says.
#[derive(Debug)]
pub struct ServerFacts {
    /// Product and version.
    pub version: String,
    /// Why the service would not start on it.
    pub verdict: Result<(), RedisStartError>,
    /// Whether it takes writes for itself.
    pub primary: bool,
    /// What it does when it is full.
    pub eviction_policy: Option<String>,
    /// The most that it holds, in bytes; 0 for no bound.
    pub maxmemory: u64,
    /// What it holds now, in bytes.
    pub used_memory: u64,
    /// Replicas connected now.
    pub replicas: u64,
    /// How safe a revocation is that it acknowledges.
    pub durability: Durability,
}

/// Asks a server about itself.
///
/// # Errors
/// [`RedisStartError`] when it cannot be reached, or the URL cannot be read.
pub async fn diagnose(
    config: &RedisConfig,
    clock: &dyn Clock,
) -> Result<Diagnosis, RedisStartError> {
    let client = config.client()?;
    let settings = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(config.connect_timeout))
        .set_response_timeout(Some(config.response_timeout));
    let connecting = client.get_multiplexed_async_connection_with_config(&settings);
    let connection = timeout(config.connect_timeout, connecting).await;
    let late = |_| RedisStartError::Unreachable("no answer in time".to_owned());
    let mut asked = Asked(connection.map_err(late)??);

    let info: Option<String> = asked.ask(&redis::cmd("INFO")).await?;
    let settings: Option<HashMap<String, String>> = asked.ask(&config_get()).await?;
    let mut meta = redis::cmd("HMGET");
    meta.arg(names::META).arg("schema").arg("replicas");
    let meta: Option<(Option<String>, Option<u64>)> = asked.ask(&meta).await?;
    let (schema, most_replicas) = meta.unwrap_or_default();
    let most_replicas = most_replicas.unwrap_or(0);
    let (ahead_micros, round_trip_micros) = asked.time(clock).await?;
    let server = info.map(|info| {
        let server = Server::parse(&info);
        let fsyncs = settings.as_ref().is_some_and(fsyncs_first);
        facts(&server, most_replicas, fsyncs, config.assume_noeviction)
    });
    Ok(Diagnosis {
        server,
        config: settings,
        schema: match schema {
            Some(other) if other != names::SCHEMA => Err(RedisStartError::Schema(other)),
            schema => Ok(schema),
        },
        most_replicas,
        ahead_micros,
        round_trip_micros,
        refused: asked.refused().await?,
    })
}

fn facts(server: &Server, most_replicas: u64, fsyncs: bool, assume: bool) -> ServerFacts {
    let alone = most_replicas == 0 && server.replicas() == 0;
    ServerFacts {
        version: server.version(),
        verdict: judge(server, assume),
        primary: server.is_primary(),
        eviction_policy: server.eviction_policy().map(str::to_owned),
        maxmemory: server.number("maxmemory"),
        used_memory: server.number("used_memory"),
        replicas: server.replicas(),
        durability: if alone && fsyncs && server.appends_safely() {
            Durability::Fsynced
        } else {
            Durability::Primary
        },
    }
}

fn config_get() -> Cmd {
    let mut get = redis::cmd("CONFIG");
    get.arg("GET").arg(&SETTINGS);
    get.arg("save").arg("min-replicas-to-write");
    get
}

/// A connection whose user may not be allowed everything.
struct Asked(MultiplexedConnection);

impl Asked {
    /// The answer; `None` if the server refuses the question.
    async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<Option<T>, RedisError> {
        match command.query_async(&mut self.0).await {
            Ok(answer) => Ok(Some(answer)),
            // An error reply: the server is there, and has said no.
            Err(error) if error.code().is_some() && error.code() != Some("LOADING") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How far the server's clock is ahead, and how long the question took; microseconds.
    async fn time(&mut self, clock: &dyn Clock) -> Result<(Option<i64>, u64), RedisError> {
        let before = clock.micros();
        let time: Option<(u64, u64)> = self.ask(&redis::cmd("TIME")).await?;
        let took = clock.micros().saturating_sub(before);
        let ahead = time.map(|(seconds, micros)| {
            let theirs = (seconds * 1_000_000 + micros).cast_signed();
            theirs - (before + took / 2).cast_signed()
        });
        Ok((ahead, took))
    }

    /// What this user may not do, of all that the service does.
    async fn refused(&mut self) -> Result<Vec<String>, RedisError> {
        let script = &SCRIPTS.rights;
        let loaded: Option<String> = self.ask(&script.load()).await?;
        if loaded.is_none() {
            return Ok(vec!["SCRIPT|LOAD".to_owned()]);
        }
        let commands = commands();
        let mut call = script.on::<&str>(&[]).arg(commands.len());
        for argument in commands.iter().map(|name| (*name).to_owned()).chain(keys()) {
            call = call.arg(argument);
        }
        let refused: Option<Vec<String>> = self.ask(&call.command).await?;
        Ok(refused.unwrap_or_else(|| vec!["EVALSHA".to_owned()]))
    }
}

/// Every command that the service runs, in scripts and outside of them.
fn commands() -> BTreeSet<&'static str> {
    let scripts = SCRIPTS.all().flat_map(Script::commands);
    scripts.chain(DIRECT).collect()
}

/// One key of each kind.
fn keys() -> impl Iterator<Item = String> {
    let slot = SlotTag::of("doctor");
    let [index, user, ..] = names::subject(&slot);
    let fixed = [names::META, names::AUDIT, names::READY].map(str::to_owned);
    let others = [
        index,
        user,
        names::username("doctor"),
        List::Users.shard(&slot),
        names::address("doctor"),
    ];
    fixed.into_iter().chain(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_the_scripts_are_known() {
        let commands = commands();
        for name in ["HSETNX", "ZREMRANGEBYRANK", "XADD", "TIME", "GET", "HVALS"] {
            assert!(commands.contains(name), "{name}");
        }
        let shouted = |name: &&str| name.bytes().all(|b| b.is_ascii_uppercase());
        assert!(commands.iter().all(shouted), "{commands:?}");
    }
}
