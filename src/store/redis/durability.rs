//! How safe the end of something is, told truly.

use std::collections::HashMap;

use super::link::Link;
use super::reply::read;
use super::server::Server;
use crate::store::{Durability, StoreError};

/// What decides whether a server fsyncs before it answers.
pub(super) const SETTINGS: [&str; 3] = ["appendonly", "appendfsync", "no-appendfsync-on-rewrite"];

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

    let mut config = redis::cmd("CONFIG");
    config.arg("GET").arg(&SETTINGS);
    let Some(found) = link.ask_if_allowed(&config).await? else {
        return Ok(Durability::Primary);
    };
    Ok(if fsyncs_first(&read(found)?) {
        Durability::Fsynced
    } else {
        Durability::Primary
    })
}

/// Whether a server with these settings has its append-only file on the disk before it answers.
pub(super) fn fsyncs_first(settings: &HashMap<String, String>) -> bool {
    let found = SETTINGS.map(|name| settings.get(name).map(String::as_str));
    found == [Some("yes"), Some("always"), Some("no")]
}
