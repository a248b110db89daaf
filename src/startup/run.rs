//! The order in which the service starts.

use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::web;
use tokio::time::sleep;

use super::dev::{self, Dev, banner};
use super::error::StartError;
use super::keys::Folder;
use super::listen::Listeners;
use super::prepare::{Prepared, prepare};
use super::{seed, server, store};
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::http::State;
use crate::metrics::Metrics;
use crate::output;
use crate::sessions::{Audience, Hasher, KEYS_PERIOD, Keys, Parts, Policy, Scope, Sessions};
use crate::settings::{AudienceSetting, Outage, Settings, Sources, TokenFormat};
use crate::token::Format;

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`StartError`]: why it did not start, and what to do.
pub fn run(sources: &Sources) -> Result<(), StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let prepared = prepare(sources, &clock, &entropy)?;
    actix_web::rt::System::new().block_on(start(prepared, clock, entropy))
}

async fn start(
    prepared: Prepared,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<(), StartError> {
    let Prepared {
        settings,
        keys,
        folder,
        certificates,
        dev: in_dev,
    } = prepared;
    let listeners = Listeners::open(&settings)?;
    let dev = if in_dev {
        Some(set_up_dev(&settings, &listeners, &*entropy)?)
    } else {
        None
    };
    let kept = dev.as_ref().map(|dev| dev.issuer.clone());
    let issuer = kept.or_else(|| settings.issuer.clone());
    let issuer = issuer.unwrap_or_else(|| listeners.urls.public.clone());

    let sessions = join(&settings, (keys, folder), issuer, clock, entropy).await?;
    seed::write(&sessions, &settings, dev.as_ref().map(|dev| &dev.env)).await?;
    let trusted = settings.trusted_proxies.clone();
    let state = web::Data::new(State::new(sessions, trusted, in_dev));
    let Listeners {
        public,
        admin,
        urls,
    } = listeners;
    let tls = certificates.watched()?;
    tokio::spawn(watch_keys(state.clone()));
    let running = server::start(&state, public, admin, tls).map_err(StartError::Serve)?;
    log::info!(
        "listening on {} (public) and {} (admin)",
        urls.public,
        urls.admin
    );
    if let Some(dev) = &dev {
        output::data(&banner(dev)).map_err(StartError::Serve)?;
    }
    running
        .until_stopped(&state)
        .await
        .map_err(StartError::Serve)
}

/// Reads or makes `data/dev.env`.
fn set_up_dev(
    settings: &Settings,
    listeners: &Listeners,
    entropy: &dyn Entropy,
) -> Result<Dev, StartError> {
    let issuer = settings.issuer.as_deref();
    let dev = Dev::load_or_make(Path::new(dev::PATH), entropy, &listeners.urls, issuer)?;
    for note in &dev.notes {
        log::warn!("{note}");
    }
    Ok(dev)
}

/// Goes by what the folder of the keys holds, as long as the runtime lives.
async fn watch_keys(state: web::Data<State>) {
    loop {
        sleep(KEYS_PERIOD).await;
        state.sessions.reload_keys().await;
    }
}

/// The session layer over the keys and the store.
async fn join(
    settings: &Settings,
    (keys, folder): (Keys, Folder),
    issuer: String,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Sessions, StartError> {
    let store = store::open(settings, &clock).await?;
    let audiences = settings.audiences.iter().map(audience);
    let audiences = audiences.collect::<Result<Vec<_>, _>>()?;
    let metrics = Metrics::new(Arc::clone(&clock));
    if let Some(created_at) = keys.created_at {
        metrics.signing_key_made_at(created_at);
    }
    let cores = available_parallelism().map_or(1, NonZero::get);
    let parts = Parts {
        store,
        policy: Policy::new(issuer, settings.default_audience.clone(), audiences),
        hasher: Hasher::new(cores, Arc::clone(&entropy))?,
        clock,
        entropy,
        metrics: Arc::new(metrics),
    };
    Ok(Sessions::new(parts, keys, Arc::new(folder)))
}

fn audience(setting: &AudienceSetting) -> Result<Audience, StartError> {
    let typ = setting.typ.parse().map_err(|_| StartError::Typ {
        audience: setting.name.clone(),
    })?;
    let format = match setting.format {
        TokenFormat::Jwt => Format::Jwt(typ),
        TokenFormat::Opaque => Format::Opaque,
    };
    Ok(Audience {
        name: setting.name.clone(),
        scopes: Scope::from_names(&setting.scopes),
        format,
        login_client: setting.login_client.clone(),
        access_ttl: setting.access_ttl,
        refresh_idle: setting.refresh_idle,
        refresh_max: setting.refresh_max,
        refresh_grace_millis: setting.refresh_grace_millis,
        max_sessions: setting.max_sessions,
        grace: match setting.outage {
            Outage::Closed => None,
            Outage::Grace(seconds) => Some(Duration::from_secs(seconds)),
        },
    })
}
