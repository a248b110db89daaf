//! Keeps the connection: looks at it, gives it up, makes it anew. Never waits longer than a
//! second for anything.

use std::sync::Arc;

use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::config::RedisConfig;
use super::link::Link;
use super::names;
use super::scripts::SCRIPTS;
use super::server::Server;
use super::start::{RedisStartError, judge};
use super::{cut_offs, lists, reply};
use crate::store::StoreError;

/// How many looks at the connection lie between two times at which the lists' lives are renewed:
/// about an hour.
const BEATS_PER_RENEWAL: u32 = 14_400;

/// The task that keeps the connection. It ends with this.
#[derive(Debug)]
pub(super) struct Supervisor(JoinHandle<()>);

impl Supervisor {
    pub(super) fn start(link: Arc<Link>) -> Self {
        Self(tokio::spawn(async move { supervise(&link).await }))
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn supervise(link: &Link) {
    let mut beats: u32 = 0;
    loop {
        // Woken at once when a verb has given the connection up.
        let _ = timeout(link.config.heartbeat, link.lost.notified()).await;
        if !link.is_up() {
            reconnect(link).await;
            continue;
        }
        // An error that breaks the link has given it up already; any other is as bad here, because
        // the next verb must not be the one to find out.
        if let Err(error) = beat(link).await {
            link.drop_connection(&error.to_string());
            continue;
        }
        beats = beats.wrapping_add(1);
        if beats.is_multiple_of(BEATS_PER_RENEWAL)
            && let Err(error) = link.ask_all(&lists::renewals()).await
        {
            log::warn!("the lists' lives could not be renewed: {error}");
        }
    }
}

/// Looks whether the server answers, still is the primary, and has replicas; and reads the
/// cut-offs.
async fn beat(link: &Link) -> Result<(), StoreError> {
    let mut info = redis::cmd("INFO");
    info.arg("replication");
    let asked_at = link.clock.monotonic();
    let replies = link.ask_all(&[info, cut_offs::reading()]).await?;
    let [info, cut_offs] = reply::parts(redis::Value::Array(replies))?;
    let server = Server::parse(&reply::read::<String>(info)?);
    if !server.is_primary() {
        return Err(StoreError::Unavailable(
            "redis is not the primary".to_owned(),
        ));
    }
    link.cut_offs.set(asked_at, cut_offs)?;
    if server.replicas() > link.known_replicas() {
        link.note_replicas(server.replicas()).await?;
    }
    Ok(())
}

async fn reconnect(link: &Link) {
    let mut told = false;
    loop {
        match establish(link).await {
            Ok(()) => {
                log::info!("connected to redis");
                return;
            }
            // Once an outage, not four times a second.
            Err(error) if !told => log::warn!("no connection to redis yet: {error}"),
            Err(_) => {}
        }
        told = true;
        sleep(link.config.retry_pause).await;
    }
}

/// Makes a connection, and publishes it only when the server behind it may be used.
pub(super) async fn establish(link: &Link) -> Result<(), RedisStartError> {
    let connection = timeout(link.config.connect_timeout, greet(link)).await;
    let connection = connection.map_err(|_| {
        // A server without TLS takes the handshake for the start of a command.
        let hint = if link.config.url.starts_with("rediss:") {
            " (does this port speak TLS?)"
        } else {
            ""
        };
        RedisStartError::Unreachable(format!("no answer in time{hint}"))
    })??;
    link.publish(connection);
    Ok(())
}

async fn greet(link: &Link) -> Result<MultiplexedConnection, RedisStartError> {
    let settings = settings(&link.config);
    // Anew, since its CA may have been replaced.
    let client = link.config.client()?;
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&settings)
        .await?;

    let info: String = redis::cmd("INFO").query_async(&mut connection).await?;
    let server = Server::parse(&info);
    judge(&server, link.config.assume_noeviction)?;

    let mut pipeline = redis::pipe();
    for script in SCRIPTS.all() {
        pipeline.add_command(script.load()).ignore();
    }
    for renewal in lists::renewals() {
        pipeline.add_command(renewal).ignore();
    }
    let meta = SCRIPTS.meta.on(&[names::META]);
    let meta = meta.arg(names::SCHEMA).arg(server.replicas());
    pipeline.add_command(meta.command);
    pipeline.add_command(cut_offs::reading());
    let asked_at = link.clock.monotonic();
    let ((schema, most), cut_offs): ((String, u64), redis::Value) =
        pipeline.query_async(&mut connection).await?;
    if schema != names::SCHEMA {
        return Err(RedisStartError::Schema(schema));
    }
    let unreadable = |error: StoreError| RedisStartError::Unreachable(error.to_string());
    link.cut_offs.set(asked_at, cut_offs).map_err(unreadable)?;
    link.know_replicas(most);
    Ok(connection)
}

fn settings(config: &RedisConfig) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        // `establish` keeps the time, and knows what to say when it is up.
        .set_connection_timeout(Some(config.connect_timeout * 2))
        .set_response_timeout(Some(config.response_timeout))
        // How many commands may wait to be written; the default of 50 is soon too few.
        .set_pipeline_buffer_size(1_024)
}
