//! The probes. `/livez` is about the process only; a store that is out is no reason to kill it.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use serde_json::json;

use super::State;
use super::metrics::at;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/livez")
                .route(web::get().to(livez))
                .route(web::head().to(livez)),
        )
        .service(
            at("/readyz")
                .route(web::get().to(readyz))
                .route(web::head().to(readyz)),
        );
}

async fn livez() -> impl Responder {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({"status": "ok"}))
}

async fn readyz(state: web::Data<State>) -> impl Responder {
    let check = state.readiness().await;
    let say = |well| if well { "ok" } else { "unavailable" };
    let mut answer = if check.is_ready() {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({
            "status": say(check.is_ready()),
            "checks": {"store": say(check.store), "accepting": say(check.accepting)},
        }))
}
