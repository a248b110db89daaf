//! Where the service listens, and how it is called.

use std::io::ErrorKind;
use std::net::TcpListener;

use super::finding::Findings;
use crate::settings::Settings;
use crate::startup::listen::{base_url, own_url};

pub(super) fn issuer(settings: &Settings, found: &mut Findings) {
    match &settings.issuer {
        Some(issuer) => found.ok("issuer", issuer.clone()),
        None if settings.listen.port() == 0 => {
            found.warn("issuer", "changes with every start: set JOTLEASH_ISSUER");
        }
        None => {
            let url = base_url(settings.listen, settings.tls.as_ref());
            found.ok("issuer", format!("{url}, made of the listener's address"));
        }
    }
}

pub(super) fn listeners(settings: &Settings, lives: &dyn Fn(&str) -> bool, found: &mut Findings) {
    let both = [
        ("public listener", settings.listen, settings.tls.as_ref()),
        (
            "admin listener",
            settings.admin_listen,
            settings.admin_tls.as_ref(),
        ),
    ];
    for (about, address, tls) in both {
        match TcpListener::bind(address) {
            Ok(_) => found.ok(about, format!("{address} is free")),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                if lives(&own_url(address, tls)) {
                    found.ok(about, format!("{address} is in use by a running jotleash"));
                } else {
                    found.fail(
                        about,
                        format!("{address} is in use by something else: stop it, or listen on another port"),
                    );
                }
            }
            Err(error) => found.fail(
                about,
                format!("cannot listen on {address}: {error}; listen on an address of this machine, and on a port above 1023 or as root"),
            ),
        }
    }
}
