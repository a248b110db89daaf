//! What every handler can reach.

use std::sync::atomic::{AtomicBool, Ordering};

use ipnet::IpNet;

use super::well_known::{self, Document};
use crate::sessions::Sessions;

/// What every handler can reach; one for both listeners.
#[derive(Debug)]
pub struct State {
    /// The session layer.
    pub sessions: Sessions,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the admin listener answers only to names of this machine in `Host`.
    pub loopback_admin: bool,
    pub(super) metadata: Document,
    draining: AtomicBool,
}

impl State {
    /// The state over a session layer.
    pub fn new(sessions: Sessions, trusted_proxies: Vec<IpNet>, loopback_admin: bool) -> Self {
        let metadata = Document::new(well_known::describe(&sessions));
        let draining = AtomicBool::new(false);
        Self {
            sessions,
            trusted_proxies,
            loopback_admin,
            metadata,
            draining,
        }
    }

    /// From now on `/readyz` says that no new requests should come.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the service still wants requests, and its store answers.
    pub(super) async fn readiness(&self) -> ReadyCheck {
        ReadyCheck {
            accepting: !self.draining.load(Ordering::Relaxed),
            store: self.sessions.ready().await.is_ok(),
        }
    }
}

/// What readiness is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyCheck {
    /// Whether the service is not shutting down.
    pub accepting: bool,
    /// Whether the store can do its work.
    pub store: bool,
}

impl ReadyCheck {
    /// Whether all is well.
    pub const fn is_ready(self) -> bool {
        self.accepting && self.store
    }
}
