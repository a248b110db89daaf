//! The wire to a `rediss://` server: TLS, and whose word is taken for the server's name.

use std::fs;
use std::path::{Path, PathBuf};

use redis::{Client, ConnectionInfo, TlsCertificates};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::start::RedisStartError;

/// A client that trusts the certificates of this PEM file and no others; those that the system
/// trusts, without it. The server's name is always checked.
pub(super) fn client(info: ConnectionInfo, ca: Option<&Path>) -> Result<Client, RedisStartError> {
    // `redis` takes the process's provider. If one is there already it is the application's choice.
    if CryptoProvider::get_default().is_none() {
        let _ = default_provider().install_default();
    }
    // No cause is kept: what is wrong with the file has been told, and a URL may hold a password.
    let Some(path) = ca else {
        return Client::open(info).map_err(|_| RedisStartError::Url);
    };
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(read(path)?),
    };
    Client::build_with_tls(info, certificates).map_err(|_| RedisStartError::Url)
}

/// A file of certificates: at least one, and nothing that cannot be read.
fn read(path: &Path) -> Result<Vec<u8>, RedisStartError> {
    let wrong = |what: String| RedisStartError::Ca {
        path: PathBuf::from(path),
        what,
    };
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| wrong("not PEM".to_owned()))?;
        let added = roots.add(certificate);
        added.map_err(|_| wrong("a certificate that cannot be read".to_owned()))?;
    }
    if roots.is_empty() {
        return Err(wrong("no certificate".to_owned()));
    }
    Ok(pem)
}
