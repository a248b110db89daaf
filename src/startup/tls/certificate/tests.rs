use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::clock::{ManualClock, SystemClock};

#[path = "../../../../tests/support/authority.rs"]
#[expect(dead_code, unreachable_pub, reason = "other tests use the rest")]
mod authority;

use authority::{Authority, put};

fn setting(folder: &Path) -> TlsSetting {
    TlsSetting {
        cert: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    }
}

fn read(folder: &Path) -> Result<Certificate, TlsError> {
    Certificate::read(setting(folder), Arc::new(SystemClock))
}

fn shown(certificate: &Certificate) -> Vec<u8> {
    let shown = certificate.shown.0.read().unwrap();
    shown.cert.first().unwrap().to_vec()
}

fn told(certificate: &Certificate) -> Option<bool> {
    certificate.trouble.as_ref().map(|trouble| trouble.told)
}

#[test]
fn a_new_pair_is_shown_when_both_files_are_there() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    authority.issue().write(folder.path());
    let mut certificate = read(folder.path()).unwrap();
    let first = shown(&certificate);
    certificate.look();
    assert_eq!(shown(&certificate), first);

    let next = authority.issue();
    put(&folder.path().join("cert.pem"), &next.cert);
    certificate.look();
    assert_eq!(
        (shown(&certificate), told(&certificate)),
        (first.clone(), Some(false))
    );
    put(&folder.path().join("key.pem"), &next.key);
    certificate.look();
    assert_ne!(shown(&certificate), first);
    assert_eq!(told(&certificate), None);
}

#[test]
fn what_is_no_good_is_kept_out_and_told_once() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let key = folder.path().join("key.pem");
    authority.issue().write(folder.path());
    let mut certificate = read(folder.path()).unwrap();
    let first = shown(&certificate);

    authority
        .issue_for(&["localhost"], -9, -1)
        .write(folder.path());
    for expected in [false, true, true] {
        certificate.look();
        assert_eq!(
            (shown(&certificate), told(&certificate)),
            (first.clone(), Some(expected))
        );
    }
    authority.issue().write(folder.path());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    certificate.look();
    assert_eq!(
        (shown(&certificate), told(&certificate)),
        (first.clone(), Some(false))
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    certificate.look();
    assert_ne!(shown(&certificate), first);

    fs::remove_file(&key).unwrap();
    certificate.look();
    assert_eq!(told(&certificate), Some(false));
}

#[test]
fn a_link_that_is_swapped_is_followed() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let at = |name: &str| folder.path().join(name);
    for name in ["one", "two"] {
        fs::create_dir(at(name)).unwrap();
        authority.issue().write(&at(name));
    }
    // As Kubernetes mounts a secret: files are links through one folder, which is a link too.
    symlink(at("one"), at("data")).unwrap();
    let mut certificate = read(&at("data")).unwrap();
    let first = shown(&certificate);
    symlink(at("two"), at("next")).unwrap();
    fs::rename(at("next"), at("data")).unwrap();
    certificate.look();
    assert_ne!(shown(&certificate), first);
}

#[test]
fn a_certificate_near_its_end_is_warned_of_once_a_day() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    authority.issue().write(folder.path());
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::at(now));
    let mut certificate = Certificate::read(setting(folder.path()), clock.clone()).unwrap();
    assert_eq!(certificate.warn_at, 0, "a month is long");
    clock.advance(17 * DAY);
    certificate.look();
    assert_eq!(certificate.warn_at, clock.now() + DAY);
    let next = certificate.warn_at;
    clock.advance(DAY - 1);
    certificate.look();
    assert_eq!(certificate.warn_at, next);
    clock.advance(20 * DAY);
    certificate.look();
    assert_eq!(
        certificate.warn_at,
        clock.now() + DAY,
        "and when it is over"
    );
}

#[test]
fn what_cannot_be_used_is_refused_with_the_file_and_the_command() {
    let authority = Authority::new();
    let good = authority.issue();
    let other = authority.issue();
    let over = authority.issue_for(&["localhost"], -9, -1);
    let early = authority.issue_for(&["localhost"], 1, 9);
    for (cert, key, words) in [
        (
            &good.cert,
            &other.key,
            ["key.pem is not the key", "openssl pkey -pubout"],
        ),
        (
            &over.cert,
            &over.key,
            ["cert.pem is valid from", "openssl x509 -noout -dates"],
        ),
        (
            &early.cert,
            &early.key,
            ["cert.pem is valid from", "openssl x509 -noout -dates"],
        ),
        (
            &good.key,
            &good.key,
            ["cert.pem holds no certificate", "openssl x509"],
        ),
        (
            &good.cert,
            &good.cert,
            ["key.pem holds no private key", "openssl pkey"],
        ),
        (
            &String::new(),
            &good.key,
            ["cert.pem holds no certificate", "openssl x509"],
        ),
    ] {
        let folder = TempDir::new().unwrap();
        put(&folder.path().join("cert.pem"), cert);
        put(&folder.path().join("key.pem"), key);
        let refused = read(folder.path()).unwrap_err().to_string();
        for word in words {
            assert!(refused.contains(word), "no {word:?} in {refused}");
        }
    }
    let refused = read(Path::new("/no/such")).unwrap_err().to_string();
    assert!(refused.starts_with("/no/such/cert.pem: "), "{refused}");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    authority.issue().write(folder.path());
    let key = folder.path().join("key.pem");
    for (mode, refused) in [(0o604, true), (0o602, true), (0o640, false), (0o400, false)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let read = read(folder.path());
        assert_eq!(
            matches!(read, Err(TlsError::Exposed { .. })),
            refused,
            "{mode:o}"
        );
    }
}

#[test]
fn every_form_of_key_that_openssl_writes_is_taken_and_the_dates_agree() {
    for (algorithm, option, form) in [
        ("EC", "ec_paramgen_curve:P-256", ""),
        ("EC", "ec_paramgen_curve:P-384", "-traditional"),
        ("RSA", "rsa_keygen_bits:2048", ""),
        ("RSA", "rsa_keygen_bits:2048", "-traditional"),
    ] {
        let folder = TempDir::new().unwrap();
        let script = format!(
            "umask 077; openssl genpkey -algorithm {algorithm} -pkeyopt {option} -out key &&
             openssl pkey -in key {form} -out key.pem &&
             openssl req -x509 -key key -subj /CN=localhost -days 3 -out cert.pem &&
             openssl x509 -in cert.pem -noout -enddate -dateopt iso_8601"
        );
        let mut shell = Command::new("sh");
        let output = shell
            .args(["-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let end = String::from_utf8(output.stdout).unwrap();
        let end = end
            .trim()
            .trim_start_matches("notAfter=")
            .trim_end_matches('Z');
        let certificate = read(folder.path()).unwrap();
        assert_eq!(date(certificate.ends_at), format!("{end} UTC"));
    }
}
