//! What no single value shows: how the settings go together.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use super::audience::Audience;
use super::client::Client;
use super::hint::did_you_mean;
use super::model::{AudienceSetting, Outage, Settings};
use super::problem::{Place, Problems};

/// The scopes of the admin audience that a client may list.
const ADMIN_SCOPES: [&str; 2] = ["jotleash:read", "jotleash:sessions"];

/// The settings with the places that the checks tell of.
pub(super) struct Draft<'a> {
    pub(super) settings: &'a Settings,
    pub(super) audiences: &'a [Audience],
    pub(super) clients: &'a [Client],
    /// Ids that the service itself takes (in dev mode).
    pub(super) reserved: &'a [&'a str],
    pub(super) dev: bool,
    /// Where a setting stands, by its path.
    pub(super) place: &'a dyn Fn(&'static str) -> Place,
}

/// Checks all, and notes everything that is wrong.
pub(super) fn check(draft: &Draft<'_>, problems: &mut Problems, warnings: &mut Vec<String>) {
    listeners(draft, problems);
    audiences(draft, problems);
    outages(draft, warnings);
    clients(draft, problems, warnings);
}

fn listeners(draft: &Draft<'_>, problems: &mut Problems) {
    let settings = draft.settings;
    let (listen, admin) = (settings.listen, settings.admin_listen);
    if listen == admin && listen.port() != 0 {
        let message = "`listen` and `admin_listen` are the same address";
        problems.add(&(draft.place)("admin_listen"), message);
    }
    if draft.dev {
        for (path, address) in [("listen", listen), ("admin_listen", admin)] {
            if !address.ip().is_loopback() {
                let message = format!("serve --dev listens on loopback only, not on {address}");
                problems.add(&(draft.place)(path), message);
            }
        }
        return;
    }
    if !listen.ip().is_loopback() {
        public_off_loopback(draft, listen, problems);
    }
    if !admin.ip().is_loopback() && settings.admin_tls.is_none() && !settings.admin_plaintext {
        let message = format!(
            "the admin listener {admin} can be reached from elsewhere, and admin tokens would \
             cross the network readable by all: set `admin_tls_cert` and `admin_tls_key`, or \
             listen on loopback, or set `admin_plaintext = true` if something else encrypts the \
             way to it"
        );
        problems.add(&(draft.place)("admin_listen"), message);
    }
}

/// What leaves the machine is encrypted here, or by a proxy that is known by name.
fn public_off_loopback(draft: &Draft<'_>, listen: SocketAddr, problems: &mut Problems) {
    let settings = draft.settings;
    let https = effective_issuer(settings).starts_with("https://");
    let named = settings.issuer.is_some() || !listen.ip().is_unspecified();
    let message = match (&settings.tls, https) {
        (Some(_), true) if named => return,
        (None, true) if !settings.trusted_proxies.is_empty() => return,
        (Some(_), _) => format!(
            "clients cannot call {listen} by that address: set `issuer = \"https://…\"` to the one \
             that they use"
        ),
        (None, false) => format!(
            "{listen} can be reached from elsewhere, so tokens need an https issuer, the address \
             that clients use: set `tls_cert` and `tls_key`; or set `issuer = \"https://…\"`, let a \
             proxy in front end TLS, and name its network in `trusted_proxies`; or listen on \
             loopback"
        ),
        (None, true) => format!(
            "{listen} speaks plain HTTP and can be reached from elsewhere, so tokens and passwords \
             could cross the network readable by all: set `tls_cert` and `tls_key` to speak TLS \
             here; or name the network of the proxy in front that ends TLS in `trusted_proxies`; \
             or listen on loopback"
        ),
    };
    problems.add(&(draft.place)("listen"), message);
}

fn audiences(draft: &Draft<'_>, problems: &mut Problems) {
    let settings = draft.settings;
    let issuer = effective_issuer(settings);
    let mut names = BTreeSet::new();
    for audience in draft.audiences {
        let name = &audience.setting.name;
        if !names.insert(name) {
            problems.add(
                &audience.place,
                format!("the audience {name:?} is there twice"),
            );
        }
        if *name == issuer {
            let message = "the issuer itself is the admin audience: take another name";
            problems.add(&audience.place, message);
        }
        if let Some(client) = &audience.setting.login_client
            && !knows_client(draft, client)
        {
            let message = format!("the `login_client` {client:?} is no [[client]] of this file");
            problems.add(&audience.login_client, message);
        }
        if let Some(client) = &audience.setting.login_client
            && let Some(client) = draft
                .clients
                .iter()
                .find(|known| known.setting.id.as_str() == client)
            && !client.setting.audiences.contains(name)
        {
            let id = &client.setting.id;
            let message =
                format!("the `login_client` {id} does not list {name:?} in its `audiences`");
            problems.add(&audience.login_client, message);
        }
    }
    if !knows_audience(settings, &settings.default_audience) {
        let name = &settings.default_audience;
        let message = format!("the `default_audience` {name:?} is no [[audience]] of the file");
        problems.add(&(draft.place)("default_audience"), message);
    }
}

/// What an audience gives up is told at each start, not only to who wrote the file.
fn outages(draft: &Draft<'_>, warnings: &mut Vec<String>) {
    for audience in draft.audiences {
        let AudienceSetting { name, outage, .. } = &audience.setting;
        if let Outage::Grace(_) = outage {
            let place = &audience.outage;
            warnings.push(format!(
                "{place}: while Redis cannot be asked, tokens of the audience {name:?} are taken that \
                 this instance has seen live ({outage}); one that another instance has ended is taken too"
            ));
        }
    }
}

fn clients(draft: &Draft<'_>, problems: &mut Problems, warnings: &mut Vec<String>) {
    let issuer = effective_issuer(draft.settings);
    let mut ids = BTreeSet::new();
    for client in draft.clients {
        let id = client.setting.id.as_str();
        if !ids.insert(id) {
            problems.add(&client.place, format!("the client {id:?} is there twice"));
        }
        if draft.reserved.contains(&id) {
            let message = format!("the id {id:?} is taken by serve --dev itself");
            problems.add(&client.place, message);
        }
        for (place, audience) in &client.audiences {
            // The admin audience needs no registration.
            if *audience != issuer && !knows_audience(draft.settings, audience) {
                let message = format!("the audience {audience:?} is no [[audience]] of this file");
                problems.add(place, message);
            }
        }
        scopes(draft, client, problems);
        grants(client, problems, warnings);
    }
}

/// A scope that exists nowhere is never granted, and its client would ask in vain.
fn scopes(draft: &Draft<'_>, client: &Client, problems: &mut Problems) {
    let mut known: BTreeSet<&str> = ADMIN_SCOPES.into();
    for audience in &draft.settings.audiences {
        if client.setting.audiences.contains(&audience.name) {
            known.extend(audience.scopes.iter().map(String::as_str));
        }
    }
    for (place, scope) in &client.scopes {
        if scope == "jotleash:admin" {
            problems.add(
                place,
                "jotleash:admin is no scope to list: set `admin = true`",
            );
        } else if !known.contains(scope.as_str()) {
            let hint = did_you_mean(scope, known.iter().copied());
            let message = format!("the scope {scope:?} exists in none of its `audiences`{hint}");
            problems.add(place, message);
        }
    }
}

fn grants(client: &Client, problems: &mut Problems, warnings: &mut Vec<String>) {
    let setting = &client.setting;
    let credentials = setting
        .grants
        .iter()
        .any(|grant| grant == "client_credentials");
    if setting.admin && setting.secret_sha256.is_some() && !credentials {
        let message = "an admin asks for its token with the grant client_credentials: list it";
        problems.add(&client.grants, message);
    }
    let narrow = setting
        .scopes
        .iter()
        .any(|scope| ADMIN_SCOPES.contains(&scope.as_str()));
    let audience = setting.admin || narrow || !setting.audiences.is_empty();
    if !audience && !setting.grants.is_empty() {
        let (place, id) = (&client.grants, &setting.id);
        warnings.push(format!(
            "{place}: the client {id} has grants, but no audience to get a token for"
        ));
    }
    if !audience && setting.grants.is_empty() && setting.introspect.is_empty() {
        let (place, id) = (&client.place, &setting.id);
        warnings.push(format!("{place}: the client {id} may do nothing"));
    }
}

fn knows_client(draft: &Draft<'_>, id: &str) -> bool {
    let mut clients = draft.clients.iter();
    clients.any(|client| client.setting.id.as_str() == id) || (draft.dev && id == "dev")
}

fn knows_audience(settings: &Settings, name: &str) -> bool {
    settings.audiences.iter().any(|known| known.name == name)
}

/// The issuer set, or the public listener's URL.
pub(super) fn effective_issuer(settings: &Settings) -> String {
    let scheme = if settings.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let default = || format!("{scheme}://{}", settings.listen);
    settings.issuer.clone().unwrap_or_else(default)
}
