//! What the service counts and times, for Prometheus. `docs/deploy.md` lists every metric.
//!
//! No label has an id, a name or an address in it, and every set of values is closed, so no
//! outsider can make a series. What each request needs is resolved once and then counted without
//! a lock.

mod histogram;
mod key_age;
mod labels;
mod route;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

pub use self::histogram::Histogram;
use self::key_age::KeyAge;
use self::labels::{
    BuildLabels, CheckLabels, GrantLabels, KindLabels, OpLabels, RequestLabels, RouteLabels,
};
pub use self::labels::{Checked, Grant, Revoked};
pub use self::route::RouteMetrics;
use crate::clock::Clock;

/// How the metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// Prometheus' own text format, version 0.0.4.
    Text,
}

/// Everything that is counted and timed.
#[derive(Debug)]
pub struct Metrics {
    clock: Arc<dyn Clock>,
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    routes: Mutex<HashMap<String, Arc<RouteMetrics>>>,
    issued: [Counter; Grant::ALL.len()],
    checks: [Counter; Checked::ALL.len()],
    revocations: [Counter; Revoked::ALL.len()],
    store_ops: Family<OpLabels, Histogram>,
    store_errors: Counter,
    key_age: KeyAge,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let mut registry = Registry::with_prefix("jotleash");
        let (requests, durations, store_ops) = Default::default();
        register_requests(&mut registry, &requests, &durations);
        let issued = fixed(
            &mut registry,
            ("tokens_issued", "Access tokens issued"),
            Grant::ALL.map(GrantLabels::from),
        );
        let checks = fixed(
            &mut registry,
            ("token_checks", "Checks of access tokens, and who decided"),
            Checked::ALL.map(CheckLabels::from),
        );
        let revocations = fixed(
            &mut registry,
            (
                "revocations",
                "Revocations acknowledged, by what they named",
            ),
            Revoked::ALL.map(KindLabels::from),
        );
        let store_errors = register_store(&mut registry, &store_ops);
        let key_age = KeyAge::new(Arc::clone(&clock));
        registry.register_collector(Box::new(key_age.clone()));
        let build = Info::new(BuildLabels {
            version: env!("CARGO_PKG_VERSION"),
            profile: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
        });
        registry.register("build", "The program that runs", build);
        Self {
            clock,
            registry,
            requests,
            durations,
            routes: Mutex::default(),
            issued,
            checks,
            revocations,
            store_ops,
            store_errors,
            key_age,
        }
    }

    /// A moment, to be given to [`Metrics::since`].
    pub fn start(&self) -> Duration {
        self.clock.monotonic()
    }

    /// How long ago that was.
    pub fn since(&self, start: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(start)
    }

    /// The requests of a route, by its pattern. Takes a lock: keep what it gives.
    pub fn route(&self, pattern: &str) -> Arc<RouteMetrics> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = routes.get(pattern) {
            return Arc::clone(known);
        }
        let labels = RouteLabels {
            route: pattern.to_owned(),
        };
        let duration = self.durations.get_or_create_owned(&labels);
        let new = Arc::new(RouteMetrics::new(pattern, self.requests.clone(), duration));
        routes.insert(pattern.to_owned(), Arc::clone(&new));
        new
    }

    /// Counts an access token that was issued.
    pub fn issued(&self, grant: Grant) {
        count(&self.issued, grant as usize);
    }

    /// Counts a check of a token.
    pub fn checked(&self, checked: Checked) {
        count(&self.checks, checked as usize);
    }

    /// Counts a revocation that was acknowledged.
    pub fn revoked(&self, revoked: Revoked) {
        count(&self.revocations, revoked as usize);
    }

    /// How long a verb of the store takes. Takes a lock: keep what it gives where it is asked for
    /// at every request.
    pub fn store_op(&self, op: &'static str) -> Histogram {
        self.store_ops.get_or_create_owned(&OpLabels { op })
    }

    /// Counts a verb of the store that failed.
    pub fn store_failed(&self) {
        self.store_errors.inc();
    }

    /// Says when the key that signs was made, in Unix seconds.
    pub fn signing_key_made_at(&self, created_at: u64) {
        self.key_age.set(created_at);
    }

    /// All of it, as text.
    ///
    /// # Errors
    /// Never: a `String` takes everything.
    pub fn render(&self, format: Format) -> Result<String, fmt::Error> {
        let mut written = String::new();
        match format {
            Format::OpenMetrics => text::encode(&mut written, &self.registry)?,
            Format::Text => prometheus_text::encode(&mut written, &self.registry)?,
        }
        Ok(written)
    }
}

fn register_requests(
    registry: &mut Registry,
    requests: &Family<RequestLabels, Counter>,
    durations: &Family<RouteLabels, Histogram>,
) {
    let help = "Requests answered, by the pattern of their route";
    registry.register("http_requests", help, requests.clone());
    let help = "How long the answers took";
    let name = "http_request_duration";
    registry.register_with_unit(name, help, Unit::Seconds, durations.clone());
}

fn register_store(registry: &mut Registry, ops: &Family<OpLabels, Histogram>) -> Counter {
    let help = "How long the store took, failures included";
    registry.register_with_unit("store_op_duration", help, Unit::Seconds, ops.clone());
    let errors = Counter::default();
    let help = "Verbs of the store that failed: out, full, or not what was written";
    registry.register("store_errors", help, errors.clone());
    errors
}

/// A family whose series are all there from the start.
fn fixed<L, const N: usize>(
    registry: &mut Registry,
    (name, help): (&str, &str),
    labels: [L; N],
) -> [Counter; N]
where
    L: EncodeLabelSet + Clone + Eq + std::hash::Hash + fmt::Debug + Send + Sync + 'static,
{
    let family = Family::<L, Counter>::default();
    registry.register(name, help, family.clone());
    labels.map(|labels| family.get_or_create_owned(&labels))
}

fn count(counters: &[Counter], at: usize) {
    if let Some(counter) = counters.get(at) {
        counter.inc();
    }
}
