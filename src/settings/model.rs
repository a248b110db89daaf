//! The settings, read and checked.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::duration;
use crate::id::Subject;
use crate::token::Algorithm;

/// Everything that the service is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The public listener.
    pub listen: SocketAddr,
    /// The listener of the admin API, the console and the probes.
    pub admin_listen: SocketAddr,
    /// The `iss` claim and the base of the metadata; `None`: `http://` (`https://` with `tls`) and
    /// the public listener's address, which may not be known before it is open.
    pub issuer: Option<String>,
    /// What the public listener proves itself with; `None`: it speaks plain HTTP.
    pub tls: Option<TlsSetting>,
    /// What the admin listener proves itself with; `None`: it speaks plain HTTP.
    pub admin_tls: Option<TlsSetting>,
    /// Where tokens, sessions and records live.
    pub store: StoreSetting,
    /// The folder of the signing keys, `mac.key` and `keyring.json`.
    pub keys_dir: PathBuf,
    /// What tokens are signed with; every key in that folder is for it.
    pub algorithm: Algorithm,
    /// How long a new key is published before it signs, in seconds; 3 or more.
    pub publish_before: u64,
    /// The audience of a log-in or check that names none. One of `audiences`.
    pub default_audience: String,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// An `env_logger` filter.
    pub log: String,
    /// The shape of a log line.
    pub log_format: LogFormat,
    /// Whether something else encrypts what reaches the admin listener off loopback.
    pub admin_plaintext: bool,
    /// Whether to believe that Redis does not evict where it refuses to tell.
    pub assume_noeviction: bool,
    /// The audiences, by unique names, never empty.
    pub audiences: Vec<AudienceSetting>,
    /// The clients of the configuration file, by unique ids.
    pub clients: Vec<ClientSetting>,
}

/// The files of a listener's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSetting {
    /// The chain in PEM, the listener's own certificate first.
    pub cert: PathBuf,
    /// Its private key in PEM.
    pub key: PathBuf,
}

/// Where tokens, sessions and records live.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreSetting {
    /// One process, one file.
    EmbeddedFile(PathBuf),
    /// One process, gone with it.
    EmbeddedMemory,
    /// A Redis or Valkey server, by a `redis://` or `rediss://` URL that may hold a password.
    Redis(String),
}

impl fmt::Debug for StoreSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without the URL's credentials, and without what follows a question mark.
impl fmt::Display for StoreSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmbeddedFile(path) => write!(f, "embedded:{}", path.display()),
            Self::EmbeddedMemory => f.write_str("embedded:memory"),
            Self::Redis(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or_default();
                let server = rest.rsplit_once('@').map_or(rest, |(_, server)| server);
                let server = server.split(['?', '#']).next().unwrap_or_default();
                write!(f, "{scheme}://{server}")
            }
        }
    }
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the access tokens of an audience are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFormat {
    /// JWTs, which any library can verify.
    Jwt,
    /// Handles, about which only the service can be asked.
    Opaque,
}

impl TokenFormat {
    /// As it stands in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque => "opaque",
        }
    }
}

/// What checks of an audience's tokens come to while the store cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// 503.
    Closed,
    /// For so many seconds, 1 to 600, this instance goes by what it has seen itself, and marks that.
    Grace(u64),
}

/// As it stands in the file.
impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::Grace(seconds) => write!(f, "grace {}", duration::shown(seconds * 1_000)),
        }
    }
}

/// An `[[audience]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceSetting {
    /// The `aud` claim; may be an absolute URI.
    pub name: String,
    /// The scopes that exist here.
    pub scopes: Vec<String>,
    /// What its access tokens are.
    pub format: TokenFormat,
    /// The `typ` of its JWTs: `at+jwt` (RFC 9068) or `JWT`.
    pub typ: String,
    /// The client of first-party log-ins.
    pub login_client: Option<String>,
    /// An access token's life, seconds, 1 to 86,400.
    pub access_ttl: u64,
    /// A session's life without a refresh, seconds; at most `refresh_max`.
    pub refresh_idle: u64,
    /// A session's life in all, seconds.
    pub refresh_max: u64,
    /// How long the refresh token before the present one still converges, milliseconds.
    pub refresh_grace_millis: u64,
    /// How many sessions a subject may have here; 0: no limit.
    pub max_sessions: u32,
    /// What checks come to while the store cannot be asked.
    pub outage: Outage,
}

impl AudienceSetting {
    /// An audience with the default lifetimes and no scopes.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scopes: Vec::new(),
            format: TokenFormat::Jwt,
            typ: "at+jwt".to_owned(),
            login_client: None,
            access_ttl: 5 * 60,
            refresh_idle: 14 * 86_400,
            refresh_max: 90 * 86_400,
            refresh_grace_millis: 30_000,
            max_sessions: 0,
            outage: Outage::Closed,
        }
    }
}

/// A `[[client]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSetting {
    /// Its `client_id`.
    pub id: Subject,
    /// SHA-256 of its secret, in lower-case hex; `None`: a public client (RFC 6749, 2.1).
    pub secret_sha256: Option<String>,
    /// The audiences that it may have tokens for.
    pub audiences: Vec<String>,
    /// The scopes that it may have.
    pub scopes: Vec<String>,
    /// The grants that it may use.
    pub grants: Vec<String>,
    /// The audiences whose tokens it may introspect.
    pub introspect: Vec<String>,
    /// The networks that it may come from; empty: any.
    pub allow: Vec<IpNet>,
    /// Whether it may ask for `jotleash:admin`.
    pub admin: bool,
}
