//! HTTP: every route in one table, one endpoint a file. Errors become answers in `error`, on
//! `/oauth2` in `oauth::error`, and nowhere else.
//!
//! A handler reads as a list of steps. It holds [`Sessions`](crate::sessions::Sessions) and
//! nothing below it.

mod admin;
mod bearer;
mod error;
mod health;
mod login;
mod logout;
mod me;
mod metrics;
mod middleware;
mod oauth;
mod page;
mod refresh;
mod request;
mod state;
mod verify;
mod well_known;

use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Route};

pub use self::bearer::Authenticated;
pub use self::error::Problem;
use self::error::not_found;
use self::metrics::at;
pub use self::middleware::{guard, loopback_host};
pub use self::state::{ReadyCheck, State};

/// The largest request body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The metadata of RFC 8414, on both listeners.
const METADATA: &str = "/.well-known/oauth-authorization-server";
/// The same for an issuer with a path.
const METADATA_OF_PATH: &str = "/.well-known/oauth-authorization-server/{path:.*}";

/// The routes of the public listener.
pub fn public(config: &mut ServiceConfig) {
    config
        .configure(limits)
        .configure(health::routes)
        .service(at("/verify").route(web::route().to(verify::verify)))
        .service(at("/verify/{tail:.*}").route(web::route().to(verify::verify_tail)))
        .service(at("/verify-for/{audience}/{tail:.*}").route(web::route().to(verify::verify_for)))
        .service(only("/v1/login", web::post().to(login::login)))
        .service(only("/v1/refresh", web::post().to(refresh::refresh)))
        .service(only("/v1/logout", web::post().to(logout::logout)))
        .service(only("/v1/me", web::get().to(me::me)))
        .service(only("/v1/me/sessions", web::get().to(me::sessions)))
        .service(only(
            "/v1/me/sessions/{sid}",
            web::delete().to(me::end_session),
        ))
        .configure(oauth::routes)
        .service(only(
            "/.well-known/jwks.json",
            web::get().to(well_known::jwks),
        ))
        .service(only(METADATA, web::get().to(well_known::metadata)))
        .service(only(
            METADATA_OF_PATH,
            web::get().to(well_known::metadata_of_path),
        ))
        .service(only(
            "/.well-known/openid-configuration",
            web::get().to(well_known::metadata),
        ))
        .default_service(web::to(not_found));
}

/// The routes of the admin listener. Probes, metrics and the metadata (with which an admin client
/// finds the token endpoint) need no token, everything else does.
pub fn admin(config: &mut ServiceConfig) {
    config
        .configure(limits)
        .configure(health::routes)
        .service(only("/metrics", web::get().to(metrics::scrape)))
        .service(only(METADATA, web::get().to(well_known::metadata)))
        .service(only(
            METADATA_OF_PATH,
            web::get().to(well_known::metadata_of_path),
        ))
        .service(web::scope("/v1/admin").configure(admin::routes))
        .default_service(web::to(not_found));
}

fn limits(config: &mut ServiceConfig) {
    let query = web::QueryConfig::default()
        .error_handler(|error, _| Problem::invalid_request(format_args!("query: {error}")).into());
    config
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .app_data(query);
}

/// A path with one method; any other is 405, not 404.
fn only(path: &str, route: Route) -> Resource {
    at(path).route(route)
}
