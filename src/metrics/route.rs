//! The requests of one route.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::histogram::Histogram;
use super::labels::RequestLabels;

/// The methods that have a label of their own.
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Every other: a client may make up as many as it likes.
const OTHER: &str = "OTHER";
/// The codes that are found without looking a label up.
const CODES: [u16; 12] = [200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 429, 503];

/// The requests of one route, by method and code. A counter is looked up once, and then known.
#[derive(Debug)]
pub struct RouteMetrics {
    route: String,
    requests: Family<RequestLabels, Counter>,
    known: [[OnceLock<Counter>; CODES.len()]; METHODS.len()],
    duration: Histogram,
}

impl RouteMetrics {
    pub(super) fn new(
        route: &str,
        requests: Family<RequestLabels, Counter>,
        duration: Histogram,
    ) -> Self {
        Self {
            route: route.to_owned(),
            requests,
            known: Default::default(),
            duration,
        }
    }

    /// Counts a request that was answered.
    pub fn answered(&self, method: &str, code: u16, took: Duration) {
        let row = METHODS.iter().position(|known| *known == method);
        let column = CODES.iter().position(|known| *known == code);
        let method = row.and_then(|row| METHODS.get(row)).unwrap_or(&OTHER);
        let known = row.zip(column);
        let known = known.and_then(|(row, column)| self.known.get(row)?.get(column));
        match known {
            Some(counter) => counter.get_or_init(|| self.counter(method, code)).inc(),
            None => self.counter(method, code).inc(),
        };
        self.duration.observe(took);
    }

    fn counter(&self, method: &'static str, code: u16) -> Counter {
        let route = self.route.clone();
        self.requests.get_or_create_owned(&RequestLabels {
            route,
            method,
            code,
        })
    }
}
