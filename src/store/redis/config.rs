//! Where the server is, and how long we wait for it.

use std::fmt;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo as _};

use super::RedisStartError;

/// Schemes that are understood but not built yet.
const NOT_BUILT: [&str; 5] = [
    "rediss",
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
];

/// How to reach a Redis or Valkey server.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/database]`.
    pub url: String,
    /// Take the operator's word that the server evicts nothing, where it does not tell its policy.
    pub assume_noeviction: bool,
    /// The longest wait for a connection that can be used.
    pub connect_timeout: Duration,
    /// The longest wait for an answer.
    pub response_timeout: Duration,
    /// The time between two looks at a connection that may have nothing else to do, and at the
    /// cut-offs; well below [`CUT_OFFS_MAX_AGE_MILLIS`](crate::store::CUT_OFFS_MAX_AGE_MILLIS).
    pub heartbeat: Duration,
    /// The time between two attempts to connect.
    pub retry_pause: Duration,
}

impl RedisConfig {
    /// The defaults: 1 s to connect, 500 ms to answer, a look every 250 ms, an attempt to connect
    /// every 250 ms.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            assume_noeviction: false,
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_millis(500),
            heartbeat: Duration::from_millis(250),
            retry_pause: Duration::from_millis(250),
        }
    }

    /// The client for this address. Connects to nothing yet.
    pub(super) fn client(&self) -> Result<Client, RedisStartError> {
        let scheme = self.url.split_once("://").map_or("", |(scheme, _)| scheme);
        if let Some(scheme) = NOT_BUILT.into_iter().find(|known| *known == scheme) {
            return Err(RedisStartError::NotBuilt(scheme));
        }
        if scheme != "redis" {
            return Err(RedisStartError::Url);
        }
        // Neither cause is kept: a parser's message may quote the password.
        let info = self.url.as_str().into_connection_info();
        let info = info.map_err(|_| RedisStartError::Url)?;
        Client::open(info.set_tcp_settings(tcp_settings())).map_err(|_| RedisStartError::Url)
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("assume_noeviction", &self.assume_noeviction)
            .finish_non_exhaustive()
    }
}

/// Small commands must not wait for each other, and a peer that vanished must be noticed by the
/// kernel too.
fn tcp_settings() -> TcpSettings {
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(5))
        .with_interval(Duration::from_secs(5));
    let settings = TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(keepalive);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(Duration::from_secs(3));
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_that_is_not_built_yet_is_refused_by_name() {
        for scheme in NOT_BUILT {
            let refused = RedisConfig::new(format!("{scheme}://localhost")).client();
            assert!(refused.unwrap_err().to_string().contains(scheme));
        }
    }

    #[test]
    fn no_message_quotes_the_password() {
        for url in ["http://u:hunter2@h", "redis://u:hunter2@h:port", "hunter2"] {
            let config = RedisConfig::new(url);
            let refused = config.client().unwrap_err();
            assert!(!format!("{config:?} {refused} {refused:?}").contains("hunter2"));
        }
    }
}
