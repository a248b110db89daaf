//! Where the server is, and how long we wait for it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, parse_redis_url};

use super::{RedisStartError, tls};

/// Schemes that are understood but not built yet.
const NOT_BUILT: [&str; 4] = [
    "redis+sentinel",
    "rediss+sentinel",
    "redis+cluster",
    "rediss+cluster",
];

/// How to reach a Redis or Valkey server.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/database]`, or `rediss://…[?ca=PATH]` for TLS. The
    /// PEM file at `PATH` is read anew for each connection; only its certificates are trusted then,
    /// instead of those that the system trusts.
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
        if !["redis", "rediss"].contains(&scheme) {
            return Err(RedisStartError::Url);
        }
        let ca = self.ca()?;
        // Neither cause is kept: a parser's message may quote the password.
        let info = self.url.as_str().into_connection_info();
        let info = tuned(info.map_err(|_| RedisStartError::Url)?);
        if scheme == "rediss" {
            return tls::client(info, ca.as_deref());
        }
        Client::open(info).map_err(|_| RedisStartError::Url)
    }

    /// What `?ca=PATH` names. A parameter or fragment that means nothing here is refused, and not
    /// repeated: it may be the end of a password with `?` or `#` in it.
    fn ca(&self) -> Result<Option<PathBuf>, RedisStartError> {
        let url = parse_redis_url(&self.url).ok_or(RedisStartError::Url)?;
        let mut ca = None;
        for (name, value) in url.query_pairs() {
            let new = name == "ca" && url.scheme() == "rediss" && !value.is_empty();
            if !new || ca.is_some() {
                return Err(RedisStartError::Parameter);
            }
            ca = Some(PathBuf::from(value.into_owned()));
        }
        if url.fragment().is_some() {
            return Err(RedisStartError::Parameter);
        }
        Ok(ca)
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("assume_noeviction", &self.assume_noeviction)
            .finish_non_exhaustive()
    }
}

fn tuned(info: ConnectionInfo) -> ConnectionInfo {
    // `CLIENT SETINFO` would take one more right.
    let settings = info.redis_settings().clone().set_skip_set_lib_name();
    info.set_redis_settings(settings)
        .set_tcp_settings(tcp_settings())
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
        for url in [
            "http://u:hunter2@h",
            "redis://u:hunter2@h:port",
            "hunter2",
            "redis://h?pass=hunter2",
            "rediss://u:x#hunter2@h",
            "rediss://h/0?ca=/no/such&hunter2",
        ] {
            let config = RedisConfig::new(url);
            let refused = config.client().unwrap_err();
            assert!(!format!("{config:?} {refused} {refused:?}").contains("hunter2"));
        }
    }
    #[test]
    fn a_ca_is_for_tls_and_nothing_turns_checking_off() {
        for url in [
            "redis://h?ca=/x",
            "rediss://h?ca=",
            "rediss://h?ca=/x&ca=/y",
            "rediss://h#insecure",
            "rediss://h?protocol=resp3",
        ] {
            let refused = RedisConfig::new(url).client();
            assert!(matches!(refused, Err(RedisStartError::Parameter)), "{url}");
        }
        let refused = RedisConfig::new("rediss://h?ca=/no/such").client();
        let told = refused.unwrap_err().to_string();
        assert!(
            told.contains("/no/such") && told.contains("openssl x509"),
            "{told}"
        );
        assert!(
            RedisConfig::new("rediss://user:p%40ss@h:6380/1")
                .client()
                .is_ok()
        );
    }
}
