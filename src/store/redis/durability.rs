//! How safe the end of something is, told truly.

use std::collections::HashMap;

use super::link::Link;
use super::reply::read;
use super::server::Server;
use crate::store::{Durability, StoreError};

/// How safe all that this server has acknowledged until now is.
///
/// [`Durability::Fsynced`] takes a server that never had a replica (one that was behind could be
/// promoted) and that fsyncs its append-only file before it answers. The settings can be changed
/// while it runs, so they are read after each write that takes a right away; such writes are rare.
/// When this fails, what became of the write is unknown.
pub(super) async fn durability(link: &Link) -> Result<Durability, StoreError> {
    let mut info = redis::cmd("INFO");
    info.arg("replication").arg("persistence");
    let info: String = read(link.ask(&info).await?)?;
    let server = Server::parse(&info);
    if !server.is_primary() {
        return Err(StoreError::Unavailable(
            "redis is not the primary".to_owned(),
        ));
    }
    if !server.appends_safely() || link.note_replicas(server.replicas()).await? > 0 {
        return Ok(Durability::Primary);
    }

    let settings = ["appendonly", "appendfsync", "no-appendfsync-on-rewrite"];
    let mut config = redis::cmd("CONFIG");
    config.arg("GET").arg(&settings);
    let Some(found) = link.ask_if_allowed(&config).await? else {
        return Ok(Durability::Primary);
    };
    let found: HashMap<String, String> = read(found)?;
    let found = settings.map(|name| found.get(name).map(String::as_str));
    Ok(if found == [Some("yes"), Some("always"), Some("no")] {
        Durability::Fsynced
    } else {
        Durability::Primary
    })
}
