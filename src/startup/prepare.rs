//! What is settled before a listener or the store is opened.

use std::sync::Arc;

use super::error::StartError;
use super::generate::generate;
use super::keys::{self, KeyFiles};
use crate::clock::{Clock, Entropy};
use crate::settings::{Settings, Sources, load};
use crate::telemetry;

/// The settings and the keys.
#[derive(Debug)]
pub struct Prepared {
    /// The settings.
    pub settings: Settings,
    /// The keys.
    pub keys: KeyFiles,
    /// Whether this is `serve --dev`.
    pub dev: bool,
}

/// Reads the settings, starts the log and reads the keys; in dev mode makes those that are
/// missing.
///
/// # Errors
/// [`StartError::Settings`], [`StartError::Keys`], [`StartError::Log`].
pub fn prepare(
    sources: &Sources,
    clock: &Arc<dyn Clock>,
    entropy: &dyn Entropy,
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
            entropy,
        )?;
        if let Some((path, kid)) = made.key {
            log::info!(kid = kid.as_str(); "made the signing key {}", path.display());
        }
    }
    let keys = keys::read(&settings.keys_dir, settings.algorithm)?;
    for warning in &keys.warnings {
        log::warn!("{warning}");
    }
    log::info!(kid = keys.keyring.active_kid(); "signing with {}", keys.active.display());
    Ok(Prepared {
        settings,
        keys,
        dev,
    })
}
