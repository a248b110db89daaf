//! What a server says about itself in its answer to `INFO`.

use std::collections::HashMap;

/// The answer to `INFO`.
#[derive(Debug)]
pub(super) struct Server(HashMap<String, String>);

impl Server {
    /// Reads the lines `name:value`.
    pub(super) fn parse(info: &str) -> Self {
        let fields = info.lines().filter_map(|line| line.split_once(':'));
        Self(
            fields
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
        )
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether it takes writes for itself.
    pub(super) fn is_primary(&self) -> bool {
        self.field("role") == Some("master")
    }

    /// Whether it still reads its data from the disk.
    pub(super) fn loading(&self) -> bool {
        self.field("loading") == Some("1")
    }

    /// How many replicas are connected now.
    pub(super) fn replicas(&self) -> u64 {
        self.number("connected_slaves")
    }

    /// A field that is a number; 0 where it is not there.
    pub(super) fn number(&self, name: &str) -> u64 {
        let number = self.field(name).and_then(|text| text.parse().ok());
        number.unwrap_or(0)
    }

    /// What it does when it is full, where it says so.
    pub(super) fn eviction_policy(&self) -> Option<&str> {
        self.field("maxmemory_policy")
    }

    /// Whether every write so far is in an append-only file that is in use. While that file is
    /// being made for the first time it is not, and a rewrite cannot be told from the first.
    pub(super) fn appends_safely(&self) -> bool {
        self.field("aof_enabled") == Some("1")
            && self.field("aof_rewrite_in_progress") == Some("0")
            && self.field("aof_rewrite_scheduled") == Some("0")
            && self.field("aof_last_write_status") == Some("ok")
    }

    fn product(&self) -> (&'static str, &str, (u32, u32)) {
        match self.field("valkey_version") {
            // Valkey's `redis_version` is only what it is compatible with.
            Some(version) => ("Valkey", version, (7, 2)),
            None => (
                "Redis",
                self.field("redis_version").unwrap_or("of no version"),
                (7, 0),
            ),
        }
    }

    /// The product and its version, for a message.
    pub(super) fn version(&self) -> String {
        let (product, version, _) = self.product();
        format!("{product} {version}")
    }

    /// Whether it has what the scripts use.
    pub(super) fn recent_enough(&self) -> bool {
        let (_, version, floor) = self.product();
        let mut parts = version
            .split('.')
            .map_while(|part| part.parse::<u32>().ok());
        matches!((parts.next(), parts.next()), (Some(major), Some(minor)) if (major, minor) >= floor)
    }
}
