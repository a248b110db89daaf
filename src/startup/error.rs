//! Why the service did not start.

use super::dev::DevEnvError;
use super::keys::KeyFilesError;
use crate::settings::Problems;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings, all that is wrong with them.
    #[error(transparent)]
    Settings(#[from] Problems),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyFilesError),
    /// `data/dev.env`.
    #[error(transparent)]
    DevEnv(#[from] DevEnvError),
    /// The log could not be started.
    #[error("the log: {0}")]
    Log(#[from] log::SetLoggerError),
}
