//! The listeners' certificates: read and checked before anything is opened, and read again while
//! the service runs, so that they can be replaced without a restart and without dropping a
//! connection.

mod certificate;
mod error;
mod pair;

use std::sync::Arc;

use rustls::ServerConfig;

pub(super) use self::certificate::Certificate;
pub use self::error::TlsError;
use self::pair::{Files, date, ending};
use crate::clock::Clock;
use crate::settings::{Settings, TlsSetting};

/// What each listener proves itself with; `None`: it speaks plain HTTP.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) public: Option<Certificate>,
    pub(super) admin: Option<Certificate>,
}

/// A certificate and its key that a listener can start with.
#[derive(Debug)]
pub struct TlsLook {
    /// When the certificate ends, as people write it.
    pub until: String,
    /// What is allowed, and worth a word.
    pub warnings: Vec<String>,
}

/// Looks at a certificate and its key as they are at this time, Unix seconds.
///
/// # Errors
/// [`TlsError`]: a listener does not start with them.
pub fn look(setting: &TlsSetting, now: u64) -> Result<TlsLook, TlsError> {
    let files = Files::read(setting)?;
    let ends_at = files.pair(setting, now)?.ends_at;
    let warnings = [files.warning(setting), ending(&setting.cert, ends_at, now)];
    Ok(TlsLook {
        until: date(ends_at),
        warnings: warnings.into_iter().flatten().collect(),
    })
}

/// How each listener speaks TLS, if it does.
pub(super) struct Configs {
    pub(super) public: Option<ServerConfig>,
    pub(super) admin: Option<ServerConfig>,
}

impl Certificates {
    pub(super) fn read(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Self, TlsError> {
        let read = |setting: &Option<_>| {
            let setting = setting.clone();
            let read = setting.map(|setting| Certificate::read(setting, Arc::clone(clock)));
            read.transpose()
        };
        Ok(Self {
            public: read(&settings.tls)?,
            admin: read(&settings.admin_tls)?,
        })
    }

    /// How the listeners use them. From here on the files are watched, as long as the runtime
    /// lives.
    pub(super) fn watched(self) -> Result<Configs, TlsError> {
        let config = |certificate: Option<Certificate>| {
            let watched = certificate.map(Certificate::watched);
            watched.transpose()
        };
        Ok(Configs {
            public: config(self.public)?,
            admin: config(self.admin)?,
        })
    }
}
