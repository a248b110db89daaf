//! What may be wrong with a server when we start, in words that say what to do.

use std::path::PathBuf;

use redis::RedisError;

use super::server::Server;

/// Why a Redis server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RedisStartError {
    /// The URL's scheme belongs to something that is not built yet.
    #[error("{0}:// is not built yet: use redis:// or rediss://, one server")]
    NotBuilt(&'static str),
    /// The URL cannot be read. It may hold a password, so it is not repeated.
    #[error(
        "the store's URL cannot be read: it should look like redis://[user:password@]host[:port][/database], with special characters of the password percent-encoded"
    )]
    Url,
    /// The URL has a parameter or a fragment that is not understood. It may be a part of the
    /// password, so it is not repeated.
    #[error(
        "the store's URL has something behind ? or # that is not understood: only rediss:// takes something there, ?ca=PATH; in a password write %3F and %23 for them"
    )]
    Parameter,
    /// The certificates of the private CA cannot be read.
    #[error(
        "{path}: {what}: `?ca=PATH` should name the CA's certificate in PEM, look at it with `openssl x509 -noout -text -in {path}`",
        path = path.display()
    )]
    Ca {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The server could not prove that it is the one that the URL names.
    #[error(
        "redis is not trusted: {0}; the certificate's name must be the URL's host, it must be in time, and its CA is named with ?ca=PATH unless the system trusts it: look with `openssl s_client -connect HOST:PORT -showcerts`"
    )]
    Certificate(String),
    /// There is something that does not speak TLS.
    #[error(
        "redis does not speak TLS on this port: give its tls-port, or use redis:// where the wire needs no protection"
    )]
    Plain,
    /// It does not answer, or does not let us in.
    #[error("redis cannot be asked: {0}; check that it runs, the URL, and the ACL user's rights")]
    Unreachable(String),
    /// It is reading its data from the disk.
    #[error("redis is still loading its data: wait until it answers PING")]
    Loading,
    /// It is a replica.
    #[error("redis is a replica: give the address of the primary")]
    Replica,
    /// It is too old.
    #[error("{0} is too old: jotleash needs Redis 7.0 or Valkey 7.2, or newer")]
    Version(String),
    /// It would throw records away when it is full, bans among them.
    #[error(
        "redis evicts keys when it is full (maxmemory-policy {0}), bans among them: set maxmemory-policy to noeviction"
    )]
    Evicts(String),
    /// It does not say what it does when it is full.
    #[error(
        "redis does not tell its maxmemory-policy: make sure that it is noeviction, then set assume_noeviction"
    )]
    PolicyUnknown,
    /// It holds the data of another version.
    #[error(
        "redis holds jotleash data of schema {0}, this version reads schema 1: use the version that wrote it, or another database"
    )]
    Schema(String),
}

impl From<RedisError> for RedisStartError {
    fn from(error: RedisError) -> Self {
        if error.code() == Some("LOADING") {
            return Self::Loading;
        }
        // `redis` passes on what `rustls` says as text only.
        let said = error.to_string();
        if said.contains("invalid peer certificate") {
            Self::Certificate(said)
        } else if said.contains("received corrupt message") {
            Self::Plain
        } else {
            Self::Unreachable(said)
        }
    }
}

/// Refuses a server on which a promise of ours could not be kept.
pub(super) fn judge(server: &Server, assume_noeviction: bool) -> Result<(), RedisStartError> {
    if server.loading() {
        return Err(RedisStartError::Loading);
    }
    if !server.recent_enough() {
        return Err(RedisStartError::Version(server.version()));
    }
    if !server.is_primary() {
        return Err(RedisStartError::Replica);
    }
    match server.eviction_policy() {
        Some("noeviction") => Ok(()),
        Some(policy) => Err(RedisStartError::Evicts(policy.to_owned())),
        None if assume_noeviction => Ok(()),
        None => Err(RedisStartError::PolicyUnknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "redis_version:7.0.15\r\nloading:0\r\nrole:master\r\nmaxmemory_policy:noeviction\r\n";

    fn judged(info: &str, assume: bool) -> Result<(), RedisStartError> {
        judge(&Server::parse(info), assume)
    }

    #[test]
    fn a_primary_that_evicts_nothing_is_taken() {
        assert!(judged(GOOD, false).is_ok());
    }

    #[test]
    fn an_old_version_is_refused_by_name() {
        let old = GOOD.replace("7.0.15", "6.2.14");
        assert!(
            judged(&old, false)
                .unwrap_err()
                .to_string()
                .contains("Redis 6.2.14")
        );
        let valkey = GOOD.replace(
            "7.0.15",
            "7.2.4\r\nserver_name:valkey\r\nvalkey_version:7.1.9",
        );
        assert!(
            judged(&valkey, false)
                .unwrap_err()
                .to_string()
                .contains("Valkey 7.1.9")
        );
        let valkey = valkey.replace("7.1.9", "8.0.1");
        assert!(judged(&valkey, false).is_ok());
    }

    #[test]
    fn a_replica_a_loading_server_and_an_evicting_one_are_refused() {
        let replica = GOOD.replace("role:master", "role:slave");
        assert!(matches!(
            judged(&replica, true),
            Err(RedisStartError::Replica)
        ));
        let loading = GOOD.replace("loading:0", "loading:1");
        assert!(matches!(
            judged(&loading, true),
            Err(RedisStartError::Loading)
        ));
        let evicting = GOOD.replace("noeviction", "allkeys-lru");
        assert!(matches!(
            judged(&evicting, true),
            Err(RedisStartError::Evicts(_))
        ));
    }

    #[test]
    fn an_unknown_policy_needs_the_operators_word() {
        let silent = GOOD.replace("maxmemory_policy:noeviction\r\n", "");
        assert!(matches!(
            judged(&silent, false),
            Err(RedisStartError::PolicyUnknown)
        ));
        assert!(judged(&silent, true).is_ok());
    }
}
