//! The admin API: users, clients, sessions, revocation, bans, verdicts, the audit.
//!
//! Every handler takes an [`Admin`](super::bearer::Admin), a live token of the admin audience, and
//! first asks it for the scope that its work needs.

mod audit;
mod bans;
mod clients;
mod inspect;
mod revoke;
mod sessions;
mod users;

use actix_web::web::{self, ServiceConfig};

/// Everything under `/v1/admin`.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/users")
                .route(web::get().to(users::list))
                .route(web::post().to(users::create)),
        )
        .service(
            web::resource("/users/{sub}")
                .route(web::get().to(users::read))
                .route(web::patch().to(users::change))
                .route(web::delete().to(users::delete)),
        )
        .service(
            web::resource("/clients")
                .route(web::get().to(clients::list))
                .route(web::post().to(clients::create)),
        )
        .service(
            web::resource("/clients/{id}")
                .route(web::get().to(clients::read))
                .route(web::patch().to(clients::change))
                .route(web::delete().to(clients::delete)),
        )
        .service(web::resource("/clients/{id}/secret").route(web::post().to(clients::new_secret)))
        .service(
            web::resource("/sessions")
                .route(web::get().to(sessions::list))
                .route(web::post().to(sessions::open)),
        )
        .service(web::resource("/sessions/{sid}").route(web::delete().to(sessions::end)))
        .service(
            web::resource("/subjects/{sub}/sessions").route(web::delete().to(sessions::end_all)),
        )
        .service(
            web::resource("/subjects/{sub}/ban")
                .route(web::get().to(bans::read))
                .route(web::post().to(bans::ban))
                .route(web::delete().to(bans::unban)),
        )
        .service(web::resource("/bans").route(web::get().to(bans::list)))
        .service(web::resource("/revoke").route(web::post().to(revoke::revoke)))
        .service(web::resource("/inspect").route(web::post().to(inspect::inspect)))
        .service(web::resource("/audit").route(web::get().to(audit::list)));
}
