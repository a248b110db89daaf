//! `GET /metrics`, and how requests come to be counted by their routes.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, Resource, ResponseError as _, web};

use super::State;
use super::error::Problem;
use crate::metrics::{Format, Metrics, RouteMetrics};

/// The route of what no route matched.
const UNMATCHED: &str = "unmatched";
/// The route of a request that was given up: it is gone before anybody can ask it for its route.
const GIVEN_UP: &str = "given_up";

/// A route's metrics, resolved at its first request; each worker has its own.
#[derive(Default)]
struct Route(OnceCell<Arc<RouteMetrics>>);

/// A resource whose requests are counted without looking up which route it is.
pub(super) fn at(path: &str) -> Resource {
    web::resource(path.to_owned()).app_data(Route::default())
}

/// A request under way.
pub(super) struct Watch {
    state: Option<web::Data<State>>,
    start: Duration,
}

impl Watch {
    /// From now on. Without a [`State`] nothing is counted.
    pub(super) fn start(request: &ServiceRequest) -> Self {
        let state = request.app_data::<web::Data<State>>().cloned();
        let mut watch = Self {
            state,
            start: Duration::ZERO,
        };
        watch.start = watch.metrics().map(Metrics::start).unwrap_or_default();
        watch
    }

    fn metrics(&self) -> Option<&Metrics> {
        self.state.as_ref().map(|state| state.sessions.metrics())
    }

    /// Counts it with its answer.
    pub(super) fn answered(&self, answer: &ServiceResponse<BoxBody>) {
        let Some(metrics) = self.metrics() else {
            return;
        };
        let request = answer.request();
        let (method, code) = (request.method().as_str(), answer.status().as_u16());
        let took = metrics.since(self.start);
        match request.app_data::<Route>() {
            Some(Route(known)) => known
                .get_or_init(|| resolve(metrics, request))
                .answered(method, code, took),
            // It was answered before it was routed, or there is no such route.
            None => resolve(metrics, request).answered(method, code, took),
        }
    }

    /// Counts it as one that took longer than it may.
    pub(super) fn given_up(&self, method: &Method) {
        if let Some(metrics) = self.metrics() {
            let code = Problem::too_slow().status_code().as_u16();
            let took = metrics.since(self.start);
            let route = metrics.route(GIVEN_UP);
            route.answered(method.as_str(), code, took);
        }
    }
}

fn resolve(metrics: &Metrics, request: &HttpRequest) -> Arc<RouteMetrics> {
    let pattern = request.match_pattern();
    metrics.route(pattern.as_deref().unwrap_or(UNMATCHED))
}

pub(super) async fn scrape(
    request: HttpRequest,
    state: web::Data<State>,
) -> Result<HttpResponse, Problem> {
    let format = format(request.headers());
    let written = state.sessions.metrics().render(format);
    let written = written.map_err(|_| Problem::not_found("the metrics"))?;
    let content_type = match format {
        Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        Format::Text => "text/plain; version=0.0.4; charset=utf-8",
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(written))
}

/// `OpenMetrics`, unless somebody asks for plain text and does not name it.
fn format(headers: &HeaderMap) -> Format {
    let mut accepted = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    let (mut plain, mut open) = (false, false);
    accepted.by_ref().for_each(|range| {
        plain |= range.eq_ignore_ascii_case("text/plain");
        open |= range.eq_ignore_ascii_case("application/openmetrics-text");
    });
    if plain && !open {
        Format::Text
    } else {
        Format::OpenMetrics
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn plain_text_is_for_who_asks_for_it_alone() {
        let of = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            format(&headers)
        };
        // What Prometheus 2.42 sends.
        let prometheus = "application/openmetrics-text;version=1.0.0,\
             application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(of(prometheus), Format::OpenMetrics);
        assert_eq!(of("*/*"), Format::OpenMetrics);
        assert_eq!(of("text/plain;version=0.0.4"), Format::Text);
        assert_eq!(format(&HeaderMap::new()), Format::OpenMetrics);
    }
}
