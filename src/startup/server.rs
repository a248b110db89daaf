//! The two listeners: opened first, served together, shut down without dropping a request.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use log::{info, warn};
use rustls::ServerConfig;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::tls::Configs;
use crate::http::{self, State};

/// How long a client may take for the TLS handshake, and then to send a request's head.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long requests under way are waited for at the end, in seconds.
const DRAIN_SECONDS: u64 = 30;
/// Connections a worker takes at once; the rest wait in the listener's queue.
const MAX_CONNECTIONS: usize = 10_000;
/// Connections that may wait in a listener's queue.
const BACKLOG: u32 = 1024;

/// Both servers, serving.
pub(super) struct Running {
    public: Server,
    admin: Server,
    terminate: Signal,
    interrupt: Signal,
}

/// Starts serving. Signals are caught from here on.
pub(super) fn start(
    state: &web::Data<State>,
    public: TcpListener,
    admin: TcpListener,
    tls: Configs,
) -> io::Result<Running> {
    let running = Running {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        public: public_server(state.clone(), public, tls.public)?,
        admin: admin_server(state.clone(), admin, tls.admin)?,
    };
    tell_manager(NotifyState::Ready);
    Ok(running)
}

impl Running {
    /// Serves until SIGTERM or SIGINT.
    ///
    /// The order at the end: `/readyz` says 503, then the public listener stops and finishes what
    /// it has begun, then the admin listener.
    pub(super) async fn until_stopped(self, state: &State) -> io::Result<()> {
        let Self {
            public,
            admin,
            mut terminate,
            mut interrupt,
        } = self;
        let handles = [public.handle(), admin.handle()];
        let stopping = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            state.drain();
            tell_manager(NotifyState::Stopping);
            info!("stopping: finishing the requests under way");
            stop_in_turn(handles).await;
            Ok(())
        };
        tokio::try_join!(public, admin, stopping)?;
        // A worker may hold the store beyond the end of this function, so no drop can be relied on.
        if let Err(error) = state.sessions.settle().await {
            warn!("what was issued in the last second may not be on the disk: {error}");
        }
        info!("stopped");
        Ok(())
    }
}

/// Tells systemd, where it waits to be told (`Type=notify`).
fn tell_manager(news: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[news]) {
        warn!("the service manager could not be told: {error}");
    }
}

async fn stop_in_turn(handles: [ServerHandle; 2]) {
    for handle in handles {
        handle.stop(true).await;
    }
}

fn public_server(
    state: web::Data<State>,
    listener: TcpListener,
    tls: Option<ServerConfig>,
) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .wrap(from_fn(http::guard))
            .configure(http::public)
    });
    let server = server.max_connections(MAX_CONNECTIONS).backlog(BACKLOG);
    let server = server
        .client_request_timeout(HEAD_TIME)
        .keep_alive(KEEP_ALIVE);
    let server = server.shutdown_timeout(DRAIN_SECONDS).disable_signals();
    let server = match tls {
        Some(tls) => server
            .tls_handshake_timeout(HEAD_TIME)
            .listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

fn admin_server(
    state: web::Data<State>,
    listener: TcpListener,
    tls: Option<ServerConfig>,
) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .wrap(from_fn(http::loopback_host))
            .wrap(from_fn(http::guard))
            .configure(http::admin)
    });
    let server = server
        .workers(1)
        .max_connections(MAX_CONNECTIONS)
        .backlog(BACKLOG);
    let server = server
        .client_request_timeout(HEAD_TIME)
        .keep_alive(KEEP_ALIVE);
    let server = server.shutdown_timeout(DRAIN_SECONDS).disable_signals();
    let server = match tls {
        Some(tls) => server
            .tls_handshake_timeout(HEAD_TIME)
            .listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
