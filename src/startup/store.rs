//! Opening the store that the settings name.

use std::sync::Arc;

use super::error::StartError;
use crate::clock::Clock;
use crate::settings::{Settings, StoreSetting};
use crate::store::Store;
use crate::store::embedded::EmbeddedStore;
use crate::store::redis::{RedisConfig, RedisStore};

pub(super) async fn open(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Store>, StartError> {
    let clock = Arc::clone(clock);
    Ok(match &settings.store {
        StoreSetting::EmbeddedFile(path) => Arc::new(EmbeddedStore::open(path, clock)?),
        StoreSetting::EmbeddedMemory => Arc::new(EmbeddedStore::in_memory(clock)?),
        StoreSetting::Redis(url) => {
            let mut config = RedisConfig::new(url.clone());
            config.assume_noeviction = settings.assume_noeviction;
            Arc::new(RedisStore::connect(config, clock).await?)
        }
    })
}
