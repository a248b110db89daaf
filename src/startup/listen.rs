//! Opening the listeners, before anything else is asked of the machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use super::dev::Urls;
use super::error::StartError;
use crate::settings::{Settings, TlsSetting};

/// Both listeners, open, with nobody serving yet: who connects waits.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) public: TcpListener,
    pub(super) admin: TcpListener,
    /// Their real addresses, as base URLs.
    pub(super) urls: Urls,
}

impl Listeners {
    pub(super) fn open(settings: &Settings) -> Result<Self, StartError> {
        let (public, public_url) = open(settings.listen, settings.tls.as_ref())?;
        let (admin, admin_url) = open(settings.admin_listen, settings.admin_tls.as_ref())?;
        let urls = Urls {
            public: public_url,
            admin: admin_url,
        };
        Ok(Self {
            public,
            admin,
            urls,
        })
    }
}

fn open(
    address: SocketAddr,
    tls: Option<&TlsSetting>,
) -> Result<(TcpListener, String), StartError> {
    let failed = |source: io::Error| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let real = listener.local_addr().map_err(failed)?;
    Ok((listener, base_url(real, tls)))
}

/// The base URL of a listener on this address.
pub(super) fn base_url(address: SocketAddr, tls: Option<&TlsSetting>) -> String {
    let scheme = if tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// The base URL of a listener on this address, for who is on the same machine.
pub fn own_url(mut address: SocketAddr, tls: Option<&TlsSetting>) -> String {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    base_url(address, tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        for (listen, url) in [
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:80", "http://[::1]:80"),
            ("10.0.0.1:80", "http://10.0.0.1:80"),
        ] {
            assert_eq!(own_url(listen.parse().unwrap(), None), url);
        }
    }
}
