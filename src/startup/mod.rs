//! What makes the service run: its keys, its dev mode, and the order in which it starts.

pub mod dev;
mod error;
mod files;
mod generate;
pub mod keys;
mod prepare;
mod seed;

use std::sync::Arc;

pub use self::error::StartError;
pub use self::generate::{Made, generate};
pub use self::prepare::{Prepared, prepare};
pub use self::seed::managed_client;
use crate::clock::{Clock, SystemClock, SystemEntropy};
use crate::settings::Sources;

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`StartError`].
pub fn run(sources: &Sources) -> Result<(), StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let _prepared = prepare(sources, &clock, &SystemEntropy)?;
    Ok(())
}
