//! One text, one value. A message never quotes what may hold a secret.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use log::LevelFilter;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::duration;
use super::hint::did_you_mean;
use super::model::{LogFormat, StoreSetting};
use super::names::not_built;
use super::secret;
use crate::token::{Algorithm, UnknownAlgorithm};

pub(super) fn address(raw: &str) -> Result<SocketAddr, String> {
    raw.parse()
        .map_err(|_| format!("{raw:?} is not ADDRESS:PORT: write 127.0.0.1:8080 or [::1]:8080"))
}

/// An address, or a network in CIDR notation.
pub(super) fn network(raw: &str) -> Result<IpNet, String> {
    raw.parse::<IpNet>()
        .or_else(|_| raw.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{raw:?} is no network: write 10.0.0.0/8 or 10.1.2.3"))
}

/// An issuer (RFC 8414, section 2): a URL without query, fragment or slash at its end; https
/// unless the host is loopback, where nobody listens in.
pub(super) fn issuer(raw: &str) -> Result<String, String> {
    let rest = raw
        .strip_prefix("https://")
        .or_else(|| raw.strip_prefix("http://"))
        .ok_or_else(|| format!("{raw:?} is no URL: https:// is needed"))?;
    if raw.contains(['?', '#']) {
        return Err(format!("{raw:?}: an issuer has no query and no fragment"));
    }
    if raw.ends_with('/') {
        return Err(format!("{raw:?}: an issuer has no slash at its end"));
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let graphic = raw
        .bytes()
        .all(|b| b.is_ascii_graphic() && !br#""\<>`{}|^"#.contains(&b));
    let host = host(authority).filter(|_| graphic);
    let host = host.ok_or_else(|| format!("{raw:?} is no URL of a host"))?;
    if raw.starts_with("http://") && !loopback(host) {
        return Err(format!("{raw:?} is not on loopback: https:// is needed"));
    }
    Ok(raw.to_owned())
}

/// The host of `host`, `host:port` or `[v6]:port`. Credentials are none of an issuer's business.
fn host(authority: &str) -> Option<&str> {
    let bracketed = authority.strip_prefix('[');
    let (host, port) = if let Some(v6) = bracketed {
        v6.split_once(']')?
    } else {
        authority.split_at(authority.find(':').unwrap_or(authority.len()))
    };
    let name = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let host_is_valid = match bracketed {
        Some(_) => host.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(name),
    };
    let port_is_valid = |digits: &str| {
        digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok_and(|p| p > 0)
    };
    let valid =
        host_is_valid && (port.is_empty() || port.strip_prefix(':').is_some_and(port_is_valid));
    valid.then_some(host)
}

fn loopback(host: &str) -> bool {
    let name = host.eq_ignore_ascii_case("localhost");
    name || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(super) fn store(raw: &str) -> Result<StoreSetting, String> {
    const SCHEMES: &str =
        "write embedded:PATH, embedded:memory, redis://HOST:PORT/DATABASE or rediss://… for TLS";
    if let Some(path) = raw.strip_prefix("embedded:") {
        return match path {
            "" => Err(format!("a path is missing: {SCHEMES}")),
            "memory" => Ok(StoreSetting::EmbeddedMemory),
            path => Ok(StoreSetting::EmbeddedFile(PathBuf::from(path))),
        };
    }
    let later = [
        "redis+sentinel",
        "rediss+sentinel",
        "redis+cluster",
        "rediss+cluster",
    ];
    match raw.split_once("://") {
        Some(("redis" | "rediss", rest)) if !rest.is_empty() && !rest.starts_with(['/', '?']) => {
            not_default(rest)?;
            Ok(StoreSetting::Redis(raw.to_owned()))
        }
        Some((scheme, _)) if later.contains(&scheme) => Err(not_built(&format!("{scheme}://"))),
        // What is no URL may still be a password that slipped, so it is not repeated.
        _ => Err(format!("not a store: {SCHEMES}")),
    }
}

/// Refuses a password that everybody knows. `rest` is a URL without its scheme.
fn not_default(rest: &str) -> Result<(), String> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let credentials = authority
        .rsplit_once('@')
        .map(|(credentials, _)| credentials);
    let Some((_, password)) = credentials.and_then(|both| both.split_once(':')) else {
        return Ok(());
    };
    let password: Zeroizing<Vec<u8>> = Zeroizing::new(percent_decode_str(password).collect());
    let text = str::from_utf8(&password).unwrap_or("not text, so on no list");
    if secret::is_default(&secret::digest_hex(text)) {
        return Err(
            "the password in this URL is a default one that everybody knows: set a random one \
             with `ACL SETUSER` (or requirepass) in Redis, and write it here"
                .to_owned(),
        );
    }
    Ok(())
}

/// An `env_logger` filter whose every part names its level, since a level misspelt would
/// otherwise be taken for a target, and silence everything else.
pub(super) fn log_filter(raw: &str) -> Result<String, String> {
    let levels = "off, error, warn, info, debug, trace";
    for directive in raw.split('/').next().unwrap_or_default().split(',') {
        let level = directive.rsplit('=').next().unwrap_or_default().trim();
        if level.parse::<LevelFilter>().is_err() {
            return Err(format!("{level:?} is no level: {levels}, or TARGET=LEVEL"));
        }
    }
    Ok(raw.to_owned())
}

pub(super) fn log_format(raw: &str) -> Result<LogFormat, String> {
    match raw {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{raw:?} is no log format: text or json")),
    }
}

/// Whole seconds, as many as every instance needs to see a new key.
pub(super) fn publish_before(raw: &str) -> Result<u64, String> {
    match duration::seconds(raw)? {
        seconds @ 3.. => Ok(seconds),
        _ => Err(format!("{raw:?} is too short: at least 3s")),
    }
}

pub(super) fn algorithm(raw: &str) -> Result<Algorithm, String> {
    raw.parse()
        .map_err(|unknown: UnknownAlgorithm| format!("{raw:?} is {unknown}"))
}

/// A scope-token (RFC 6749, section 3.3): visible ASCII without `"` and `\`.
pub(super) fn scope(raw: &str) -> Result<String, String> {
    let token = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    if raw.bytes().all(token) {
        return Ok(raw.to_owned());
    }
    Err(format!(
        "{raw:?} is no scope: one word of visible ASCII without \" and \\"
    ))
}

/// 1 to 255 visible ASCII characters: a name, or an absolute URI.
pub(super) fn audience(raw: &str) -> Result<String, String> {
    if raw.len() <= 255 && raw.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(raw.to_owned());
    }
    Err(format!(
        "{raw:?} is no audience: 1 to 255 visible ASCII characters"
    ))
}

pub(super) fn grant(raw: &str) -> Result<String, String> {
    const GRANTS: [&str; 3] = [
        "client_credentials",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ];
    if GRANTS.contains(&raw) {
        return Ok(raw.to_owned());
    }
    let hint = did_you_mean(raw, GRANTS);
    Err(format!(
        "{raw:?} is no grant{hint} (there are {})",
        GRANTS.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_https_url_or_on_loopback() {
        for good in [
            "https://auth.example.com",
            "https://auth.example.com:8443/tenant/a",
            "http://127.0.0.1:8080",
            "http://127.8.9.1",
            "http://localhost:1",
            "http://[::1]:8080",
            "https://[2001:db8::1]",
        ] {
            assert_eq!(issuer(good), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "auth.example.com",
            "ftp://auth.example.com",
            "http://auth.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://[2001:db8::1]",
            "https://auth.example.com/",
            "https://auth.example.com?x",
            "https://auth.example.com#x",
            "https://user@auth.example.com",
            "https://:80",
            "https://a:0",
            "https://a:70000",
            "https://a:+80",
            "https://a:",
            "https://",
            "https://a b",
            "https://é.example",
        ] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_store_is_read_and_its_password_is_never_shown() {
        assert_eq!(store("embedded:memory"), Ok(StoreSetting::EmbeddedMemory));
        assert_eq!(
            store("embedded:/x/y.redb"),
            Ok(StoreSetting::EmbeddedFile(PathBuf::from("/x/y.redb")))
        );
        let redis = store("redis://user:hunter2@db:6379/0").unwrap();
        assert_eq!(
            format!("{redis} {redis:?}"),
            "redis://db:6379/0 redis://db:6379/0"
        );
        let redis = store("rediss://db:6380/1?ca=/etc/ca.pem").unwrap();
        assert_eq!(redis.to_string(), "rediss://db:6380/1");
        let slipped = store("redis://db:6379/0?pass=hunter2").unwrap();
        assert!(!slipped.to_string().contains("hunter2"));
        for bad in [
            "redis://",
            "redis:///0",
            "hunter2",
            "http://u:hunter2@h",
            "embedded:",
        ] {
            assert!(!store(bad).unwrap_err().contains("hunter2"), "{bad}");
        }
        for later in [
            "rediss+cluster://h",
            "redis+sentinel://h/m",
            "redis+cluster://h",
        ] {
            assert!(
                store(later).unwrap_err().contains("not built yet"),
                "{later}"
            );
        }
    }

    #[test]
    fn a_filter_names_its_levels() {
        for good in ["info", "warn,jotleash=debug", "off", "info/needle"] {
            assert!(log_filter(good).is_ok(), "{good}");
        }
        for bad in ["verbose", "info,", "jotleash", "jotleash=loud", ""] {
            assert!(log_filter(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_network_is_one_address_or_many() {
        assert_eq!(network("10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
        assert_eq!(network("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        assert!(network("10.0.0.0/33").is_err());
    }
}
