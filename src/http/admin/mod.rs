//! The admin API: users, clients, sessions, revocation, bans, verdicts, keys, the audit.
//!
//! Every handler takes an [`Admin`](super::bearer::Admin), a live token of the admin audience, and
//! first asks it for the scope that its work needs.

mod audit;
mod bans;
mod clients;
mod inspect;
mod keys;
mod revoke;
mod sessions;
mod users;

use actix_web::web::{self, ServiceConfig};

use super::metrics::at;

/// Everything under `/v1/admin`.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/users")
                .route(web::get().to(users::list))
                .route(web::post().to(users::create)),
        )
        .service(
            at("/users/{sub}")
                .route(web::get().to(users::read))
                .route(web::patch().to(users::change))
                .route(web::delete().to(users::delete)),
        )
        .service(
            at("/clients")
                .route(web::get().to(clients::list))
                .route(web::post().to(clients::create)),
        )
        .service(
            at("/clients/{id}")
                .route(web::get().to(clients::read))
                .route(web::patch().to(clients::change))
                .route(web::delete().to(clients::delete)),
        )
        .service(at("/clients/{id}/secret").route(web::post().to(clients::new_secret)))
        .service(
            at("/sessions")
                .route(web::get().to(sessions::list))
                .route(web::post().to(sessions::open)),
        )
        .service(at("/sessions/{sid}").route(web::delete().to(sessions::end)))
        .service(at("/subjects/{sub}/sessions").route(web::delete().to(sessions::end_all)))
        .service(
            at("/subjects/{sub}/ban")
                .route(web::get().to(bans::read))
                .route(web::post().to(bans::ban))
                .route(web::delete().to(bans::unban)),
        )
        .service(at("/bans").route(web::get().to(bans::list)))
        .service(at("/revoke").route(web::post().to(revoke::revoke)))
        .service(at("/inspect").route(web::post().to(inspect::inspect)))
        .service(at("/keys").route(web::get().to(keys::list)))
        .service(at("/keys/rotate").route(web::post().to(keys::rotate)))
        .service(at("/keys/{kid}/retire").route(web::post().to(keys::retire)))
        .service(at("/audit").route(web::get().to(audit::list)));
}
