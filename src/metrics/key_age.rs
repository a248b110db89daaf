//! The age of the key that signs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::clock::Clock;

/// When the key was made; 0 for a key that nobody has written that of. Then there is no series.
#[derive(Debug, Clone)]
pub(super) struct KeyAge {
    clock: Arc<dyn Clock>,
    created_at: Arc<AtomicU64>,
}

impl KeyAge {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            created_at: Arc::default(),
        }
    }

    pub(super) fn set(&self, created_at: u64) {
        self.created_at.store(created_at, Ordering::Relaxed);
    }
}

impl Collector for KeyAge {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let created_at = self.created_at.load(Ordering::Relaxed);
        if created_at == 0 {
            return Ok(());
        }
        let help = "Since the key that signs was made.";
        let unit = Some(&Unit::Seconds);
        let metric = encoder.encode_descriptor("signing_key_age", help, unit, MetricType::Gauge)?;
        ConstGauge::new(self.clock.now().saturating_sub(created_at)).encode(metric)
    }
}
