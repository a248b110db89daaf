//! A certificate and its key, from two files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use rustls::Error;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::sign::CertifiedKey;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

use super::error::TlsError;
use crate::settings::TlsSetting;
use crate::startup::files::Secret;

/// How long before its end a certificate is warned of, seconds.
const NOTICE: u64 = 14 * 86_400;

/// The files as they are now.
#[derive(PartialEq, Eq)]
pub(super) struct Files {
    cert: Secret,
    key: Secret,
}

/// A certificate and its key that belong together and are in time.
pub(super) struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    /// The end of the certificate, Unix seconds.
    pub(super) ends_at: u64,
}

impl Files {
    /// Reads both, following symbolic links.
    pub(super) fn read(setting: &TlsSetting) -> Result<Self, TlsError> {
        let read = |path: &Path| {
            Secret::read(path).map_err(|error| TlsError::Io {
                path: path.to_owned(),
                kind: error.kind(),
            })
        };
        Ok(Self {
            cert: read(&setting.cert)?,
            key: read(&setting.key)?,
        })
    }

    /// Worth a line in the log.
    pub(super) fn warning(&self, setting: &TlsSetting) -> Option<String> {
        let path = setting.key.display();
        let shared = self.key.shared_with_group();
        shared.then(|| format!("{path} can be used by its group: run `chmod g= {path}`"))
    }

    /// What they hold, if it can be used at this time, Unix seconds.
    pub(super) fn pair(&self, setting: &TlsSetting, now: u64) -> Result<Pair, TlsError> {
        let TlsSetting { cert, key } = setting;
        if self.key.exposed() {
            return Err(TlsError::Exposed { path: key.clone() });
        }
        let no_certificate = || TlsError::NoCertificate { path: cert.clone() };
        let chain = CertificateDer::pem_slice_iter(&self.cert.bytes).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| no_certificate())?;
        let own = chain.first().ok_or_else(no_certificate)?;
        let (from, until) = validity(own).ok_or_else(no_certificate)?;
        if now < from || now > until {
            let path = cert.clone();
            let [from, until] = [from, until].map(date);
            return Err(TlsError::Dates { path, from, until });
        }
        // Neither cause is kept: it could quote the key.
        let no_key = || TlsError::NoKey { path: key.clone() };
        let private = PrivateKeyDer::from_pem_slice(&self.key.bytes).map_err(|_| no_key())?;
        let certified = CertifiedKey::from_der(chain, private, &default_provider());
        let certified = certified.map_err(|error| match error {
            Error::InconsistentKeys(_) => TlsError::Mismatch {
                cert: cert.clone(),
                key: key.clone(),
            },
            _ => no_key(),
        })?;
        Ok(Pair {
            certified: Arc::new(certified),
            ends_at: until,
        })
    }
}

/// What to say of a certificate that is over, or soon will be.
pub(super) fn ending(cert: &Path, ends_at: u64, now: u64) -> Option<String> {
    let (path, end) = (cert.display(), date(ends_at));
    if ends_at < now {
        Some(format!(
            "the certificate {path} is over since {end}, and clients refuse it: replace it"
        ))
    } else {
        let soon = ends_at <= now + NOTICE;
        soon.then(|| format!("the certificate {path} ends on {end}: replace it until then"))
    }
}

/// A time as people write it.
pub(super) fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok();
    let time = time.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(
        || "the end of time".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// From when until when, Unix seconds.
///
/// `webpki` tells the dates of a certificate only by refusing it, so it is asked about the first
/// and the last of all times.
fn validity(certificate: &CertificateDer<'_>) -> Option<(u64, u64)> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let refused_at = |seconds| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::server_auth();
        let verified =
            certificate.verify_for_usage(ALL_VERIFICATION_ALGS, &[], &[], time, usage, None, None);
        verified.err()
    };
    let from = match refused_at(0)? {
        webpki::Error::CertNotValidYet { not_before, .. } => not_before.as_secs(),
        webpki::Error::BadDer | webpki::Error::InvalidCertValidity => return None,
        _ => 0,
    };
    match refused_at(u64::MAX)? {
        webpki::Error::CertExpired { not_after, .. } => Some((from, not_after.as_secs())),
        _ => None,
    }
}
