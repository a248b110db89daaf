//! The Redis server: whether the service starts on it, what a revocation on it is worth, and what
//! its user may do.

use super::finding::{Findings, Level};
use crate::clock::Clock;
use crate::settings::Settings;
use crate::store::Durability;
use crate::store::redis::{Diagnosis, RedisConfig, RedisStartError, ServerFacts, diagnose};

const ABOUT: &str = "store";
/// A clock that is wrong by more than this, in microseconds, is worth a word.
const SKEW_WARN: u64 = 1_000_000;
/// A token may be this much ahead of the clock that judges it, in microseconds.
const SKEW_FAIL: u64 = 5_000_000;

pub(super) fn examine(url: &str, settings: &Settings, clock: &dyn Clock, found: &mut Findings) {
    let mut config = RedisConfig::new(url.to_owned());
    config.assume_noeviction = settings.assume_noeviction;
    let diagnosis = actix_web::rt::System::new().block_on(diagnose(&config, clock));
    let store = &settings.store;
    match diagnosis {
        Ok(diagnosis) => judge(&store.to_string(), &diagnosis, settings, found),
        Err(error @ (RedisStartError::Unreachable(_) | RedisStartError::Loading)) => {
            found.unreachable(format!("{store}: {error}"));
        }
        Err(
            error @ (RedisStartError::Ca { .. }
            | RedisStartError::Certificate(_)
            | RedisStartError::Plain),
        ) => found.fail("store TLS", format!("{store}: {error}")),
        Err(error) => found.fail(ABOUT, error.to_string()),
    }
}

fn judge(store: &str, diagnosis: &Diagnosis, settings: &Settings, found: &mut Findings) {
    match &diagnosis.server {
        None => found.fail(
            ABOUT,
            format!("{store} answers, but its user may not ask INFO: run ACL SETUSER <name> +info"),
        ),
        Some(server) => {
            match &server.verdict {
                Ok(()) => found.ok(ABOUT, format!("{store} is {}", server.version)),
                Err(error) => found.fail(ABOUT, format!("{store}: {error}")),
            }
            memory(server, settings, found);
            replicas(server, diagnosis, found);
            if server.primary {
                durability(server, diagnosis, found);
            }
        }
    }
    rights(diagnosis, found);
    schema(diagnosis, found);
    skew(diagnosis, found);
}

fn memory(server: &ServerFacts, settings: &Settings, found: &mut Findings) {
    match server.eviction_policy.as_deref() {
        Some("noeviction") => found.ok("memory", "maxmemory-policy is noeviction"),
        None if settings.assume_noeviction => found.warn(
            "memory",
            "redis does not tell its maxmemory-policy; you said that it is noeviction",
        ),
        // The verdict has said it.
        Some(_) | None => {}
    }
    let percent = (server.used_memory.saturating_mul(100)).checked_div(server.maxmemory);
    if let Some(percent @ 80..) = percent {
        found.warn(
            "memory",
            format!("{percent} % of maxmemory is in use: when it is full nobody can log in"),
        );
    }
}

fn replicas(server: &ServerFacts, diagnosis: &Diagnosis, found: &mut Findings) {
    let (now, most) = (server.replicas, diagnosis.most_replicas);
    if now < most {
        found.warn(
            "replicas",
            format!("{now} of {most} are connected: a revocation may be lost in a failover"),
        );
    } else if server.primary {
        found.ok("replicas", format!("{now} connected"));
    }
    let needed = setting(diagnosis, "min-replicas-to-write").and_then(|text| text.parse().ok());
    if let Some(needed @ 1u64..) = needed
        && now < needed
    {
        found.fail(
            "replicas",
            format!("min-replicas-to-write is {needed} and {now} are connected, so every write is refused: connect them, or lower it"),
        );
    }
}

/// What a revocation that is acknowledged is worth.
fn durability(server: &ServerFacts, diagnosis: &Diagnosis, found: &mut Findings) {
    let told = if diagnosis.config.is_some() {
        let of = |name| setting(diagnosis, name).unwrap_or("?");
        format!(
            "appendonly {}, appendfsync {}, no-appendfsync-on-rewrite {}, save {:?}",
            of("appendonly"),
            of("appendfsync"),
            of("no-appendfsync-on-rewrite"),
            of("save")
        )
    } else {
        "its user may not ask CONFIG GET, so it is not known how it keeps its data".to_owned()
    };
    match server.durability {
        Durability::Fsynced => found.ok(
            "durability",
            format!("{told}: a revocation is on the disk before it is acknowledged"),
        ),
        Durability::Primary => found.warn(
            "durability",
            format!(
                "{told}: a revocation that was acknowledged may be lost when redis crashes; with \
                 appendonly yes, appendfsync always and no-appendfsync-on-rewrite no it is not"
            ),
        ),
    }
}

fn rights(diagnosis: &Diagnosis, found: &mut Findings) {
    if diagnosis.refused.is_empty() {
        found.ok(
            "rights",
            "the user may run all that the service runs, on jl:*",
        );
        return;
    }
    let commands = diagnosis.refused.join(" ");
    let grants: Vec<_> = diagnosis
        .refused
        .iter()
        .map(|command| format!("+{}", command.to_ascii_lowercase()))
        .collect();
    found.fail(
        "rights",
        format!(
            "the user may not run {commands} on jl:*: run ACL SETUSER <name> ~jl:* {}",
            grants.join(" ")
        ),
    );
}

fn schema(diagnosis: &Diagnosis, found: &mut Findings) {
    match &diagnosis.schema {
        Ok(None) => found.ok("schema", "no data yet"),
        Ok(Some(schema)) => found.ok("schema", format!("the data are of schema {schema}")),
        Err(error) => found.fail("schema", error.to_string()),
    }
}

fn skew(diagnosis: &Diagnosis, found: &mut Findings) {
    let Some(ahead) = diagnosis.ahead_micros else {
        found.warn("clock", "redis does not tell the time to this user");
        return;
    };
    let (level, told) = judge_skew(ahead, diagnosis.round_trip_micros);
    match level {
        Level::Ok => found.ok("clock", told),
        Level::Warn => found.warn("clock", told),
        Level::Fail => found.fail("clock", told),
    }
}

/// Judges by what the skew is at least: half the round trip may be the network's.
fn judge_skew(ahead: i64, round_trip: u64) -> (Level, String) {
    let least = ahead.unsigned_abs().saturating_sub(round_trip / 2);
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let told = format!(
        "redis is {}.{:03} s {side} this machine",
        ahead.unsigned_abs() / 1_000_000,
        ahead.unsigned_abs() / 1_000 % 1_000
    );
    match least {
        SKEW_FAIL.. => (
            Level::Fail,
            format!("{told}, more than a token may be: run NTP on both"),
        ),
        SKEW_WARN.. => (Level::Warn, format!("{told}: run NTP on both")),
        _ => (Level::Ok, told),
    }
}

fn setting<'a>(diagnosis: &'a Diagnosis, name: &str) -> Option<&'a str> {
    let settings = diagnosis.config.as_ref()?;
    settings.get(name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skew_is_judged_by_what_it_is_at_least() {
        for (ahead, round_trip, level) in [
            (0, 0, Level::Ok),
            (999_999, 0, Level::Ok),
            (-1_000_000, 0, Level::Warn),
            (1_000_000, 10, Level::Ok),
            (4_999_999, 0, Level::Warn),
            (-5_000_000, 0, Level::Fail),
            (5_400_000, 1_000_000, Level::Warn),
        ] {
            assert_eq!(judge_skew(ahead, round_trip).0, level, "{ahead}");
        }
        let (_, told) = judge_skew(-2_345_678, 0);
        assert!(
            told.starts_with("redis is 2.345 s behind this machine"),
            "{told}"
        );
    }
}
