//! A listener's certificate while the service runs.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::error::TlsError;
use super::pair::{Files, Pair, date, ending};
use crate::clock::Clock;
use crate::settings::TlsSetting;

/// The time between two looks at the files.
const PERIOD: Duration = Duration::from_secs(1);
/// The time between two such warnings, seconds.
const DAY: u64 = 86_400;

/// A listener's certificate, and what its files held when they were last looked at.
pub(in crate::startup) struct Certificate {
    setting: TlsSetting,
    clock: Arc<dyn Clock>,
    shown: Arc<Shown>,
    /// What is shown, as it was read.
    files: Files,
    ends_at: u64,
    /// When its end is to be warned of next.
    warn_at: u64,
    trouble: Option<Trouble>,
}

/// Why the files as they are now cannot be used.
struct Trouble {
    error: TlsError,
    told: bool,
}

/// What each handshake is answered with. Connections that stand are not touched.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&shown))
    }
}

impl Certificate {
    /// Reads it for the first time.
    pub(super) fn read(setting: TlsSetting, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let files = Files::read(&setting)?;
        let Pair { certified, ends_at } = files.pair(&setting, clock.now())?;
        let mut certificate = Self {
            setting,
            clock,
            shown: Arc::new(Shown(RwLock::new(certified))),
            files,
            ends_at,
            warn_at: 0,
            trouble: None,
        };
        certificate.tell("read");
        Ok(certificate)
    }

    /// How a listener uses it. From here on the files are watched, as long as the runtime lives.
    pub(super) fn watched(mut self) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::SetUp(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.shown) as Arc<dyn ResolvesServerCert>);
        tokio::spawn(async move {
            loop {
                sleep(PERIOD).await;
                // The files may lie on a network that hangs.
                let look = spawn_blocking(move || {
                    self.look();
                    self
                });
                match look.await {
                    Ok(certificate) => self = certificate,
                    Err(_) => return,
                }
            }
        });
        Ok(config)
    }

    /// Takes what the files hold if it is new and good, and says so once if it is not good.
    fn look(&mut self) {
        match Files::read(&self.setting) {
            Ok(files) if files == self.files => self.trouble = None,
            Ok(files) => match files.pair(&self.setting, self.clock.now()) {
                Ok(pair) => self.take(files, pair),
                Err(error) => self.keep(error),
            },
            Err(error) => self.keep(error),
        }
        self.warn_of_the_end();
    }

    fn take(&mut self, files: Files, pair: Pair) {
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        *shown = pair.certified;
        drop(shown);
        self.files = files;
        self.ends_at = pair.ends_at;
        self.warn_at = 0;
        self.trouble = None;
        self.tell("replaced");
    }

    /// Two files are not replaced at one instant, so trouble is told of at its second sight.
    fn keep(&mut self, error: TlsError) {
        let seen = self.trouble.take().filter(|seen| seen.error == error);
        let told = seen.as_ref().is_some_and(|seen| seen.told);
        if seen.is_some() && !told {
            log::warn!("the certificate in use is kept, the one in its place is no good: {error}");
        }
        self.trouble = Some(Trouble {
            told: seen.is_some(),
            error,
        });
    }

    fn tell(&mut self, what: &str) {
        let path = self.setting.cert.display();
        log::info!(
            "{what} the certificate {path}, valid until {}",
            date(self.ends_at)
        );
        if let Some(warning) = self.files.warning(&self.setting) {
            log::warn!("{warning}");
        }
        self.warn_of_the_end();
    }

    fn warn_of_the_end(&mut self) {
        let now = self.clock.now();
        if now < self.warn_at {
            return;
        }
        if let Some(warning) = ending(&self.setting.cert, self.ends_at, now) {
            self.warn_at = now + DAY;
            log::warn!("{warning}");
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("setting", &self.setting)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
