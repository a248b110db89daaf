//! What is settled before a listener or the store is opened.

use std::sync::Arc;

use super::error::StartError;
use super::generate::generate;
use super::keys::Folder;
use super::tls::Certificates;
use crate::clock::{Clock, Entropy};
use crate::sessions::Keys;
use crate::settings::{Settings, Sources, load};
use crate::telemetry;

/// The settings, the keys and the certificates.
#[derive(Debug)]
pub struct Prepared {
    /// The settings.
    pub settings: Settings,
    /// The keys to begin with.
    pub keys: Keys,
    /// The folder that they come from.
    pub(super) folder: Folder,
    /// The listeners' certificates.
    pub(super) certificates: Certificates,
    /// Whether this is `serve --dev`.
    pub dev: bool,
}

/// Reads the settings, starts the log and reads the keys and certificates; in dev mode makes the
/// keys that are missing.
///
/// # Errors
/// [`StartError::Settings`], [`StartError::Keys`], [`StartError::Tls`], [`StartError::Log`].
pub fn prepare(
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Prepared, StartError> {
    let loaded = load(sources)?;
    let settings = loaded.settings;
    telemetry::init(&settings.log, settings.log_format, Arc::clone(clock))?;
    if let Some(file) = &loaded.file {
        log::info!("read {}", file.display());
    }
    for warning in &loaded.warnings {
        log::warn!("{warning}");
    }
    let dev = sources.flags.dev;
    if dev {
        let made = generate(
            &settings.keys_dir,
            settings.algorithm,
            clock.as_ref(),
            entropy.as_ref(),
        )?;
        if let Some((path, kid)) = made.key {
            log::info!(kid = kid.as_str(); "made the signing key {}", path.display());
        }
    }
    let (folder, keys) = Folder::read(&settings, Arc::clone(clock), Arc::clone(entropy))?;
    let certificates = Certificates::read(&settings, clock)?;
    Ok(Prepared {
        settings,
        keys,
        folder,
        certificates,
        dev,
    })
}
