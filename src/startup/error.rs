//! Why the service did not start.

use std::io;
use std::net::SocketAddr;

use super::dev::DevEnvError;
use super::keys::KeyFilesError;
use super::tls::TlsError;
use crate::sessions::SessionError;
use crate::settings::Problems;
use crate::store::embedded::EmbeddedStartError;
use crate::store::redis::RedisStartError;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings, all that is wrong with them.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyFilesError),
    /// A listener's certificate or its key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// `data/dev.env`.
    #[error(transparent)]
    DevEnv(#[from] DevEnvError),
    /// The log could not be started.
    #[error("the log: {0}")]
    Log(#[from] log::SetLoggerError),
    /// A listener could not be opened.
    #[error("cannot listen on {address}: {source}; is another instance running?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A `typ` that is neither of the two.
    #[error("audience {audience:?}: `typ` is at+jwt or JWT")]
    Typ {
        /// Whose.
        audience: String,
    },
    /// The embedded store.
    #[error("the store: {0}")]
    Embedded(#[from] EmbeddedStartError),
    /// The Redis store.
    #[error("the store: {0}")]
    Redis(#[from] RedisStartError),
    /// The records that the configuration asks for could not be written.
    #[error("the store: {0}")]
    Seed(#[from] SessionError),
    /// The servers could not be started, or failed.
    #[error("serving: {0}")]
    Serve(io::Error),
}
