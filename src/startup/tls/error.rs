//! What may be wrong with a certificate and its key, in words that say what to do.

use std::io;
use std::path::PathBuf;

/// Why a certificate and its key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {source}", path = path.display(), source = io::Error::from(*kind))]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// Others than the owner and the group have a right to the private key.
    #[error("{path} can be used by others: run `chmod o= {path}`", path = path.display())]
    Exposed {
        /// Which.
        path: PathBuf,
    },
    /// No certificate, or one that cannot be read.
    #[error(
        "{path} holds no certificate in PEM that can be read: look at it with \
         `openssl x509 -noout -text -in {path}`", path = path.display()
    )]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// No private key, or none that can be used.
    #[error(
        "{path} holds no private key in PEM that can be used: it should be ECDSA (P-256 or P-384), \
         Ed25519 or RSA, without a passphrase; look at it with `openssl pkey -noout -check -in \
         {path}`", path = path.display()
    )]
    NoKey {
        /// Which.
        path: PathBuf,
    },
    /// The key is another certificate's.
    #[error(
        "{key} is not the key of the first certificate in {cert}: \
         `openssl x509 -noout -pubkey -in {cert}` and `openssl pkey -pubout -in {key}` should \
         print the same", cert = cert.display(), key = key.display()
    )]
    Mismatch {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// The certificate is over, or not valid yet.
    #[error(
        "{path} is valid from {from} until {until} only, so clients refuse it: get another one; \
         its dates are told by `openssl x509 -noout -dates -in {path}`", path = path.display()
    )]
    Dates {
        /// Which.
        path: PathBuf,
        /// From when.
        from: String,
        /// Until when.
        until: String,
    },
    /// TLS itself cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    SetUp(String),
}
