//! `jotleash doctor`: what the service would meet if it started now, and what to do about it.
//!
//! It reads what `serve` reads and changes nothing.

mod embedded;
mod finding;
mod keys;
mod place;
mod redis;
mod tls;

pub use self::finding::{Finding, Level, Worst, worst};
use crate::clock::Clock;
use crate::settings::{Loaded, Sources, StoreSetting, TlsSetting, load, survey};

use self::finding::Findings;

/// Looks at everything that the service needs.
///
/// `lives` tells whether a jotleash answers at a base URL.
pub fn examine(sources: &Sources, clock: &dyn Clock, lives: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Findings::default();
    match load(sources) {
        Ok(loaded) => examine_all(&loaded, clock, lives, &mut found),
        Err(problems) => {
            for problem in problems.as_slice() {
                found.fail("configuration", problem.to_string());
            }
            // The rest hangs on the settings together; these files hang on their own only.
            let survey = survey(sources);
            for warning in survey.warnings {
                found.warn("configuration", warning);
            }
            match survey.keys {
                Some((folder, algorithm)) => {
                    keys::examine(&folder, algorithm, clock.now(), &mut found);
                }
                None => found.warn("keys", "not looked at: the configuration comes first"),
            }
            let pairs = [survey.tls.as_ref(), survey.admin_tls.as_ref()];
            certificates(pairs, clock, &mut found);
        }
    }
    found.into_vec()
}

fn examine_all(
    loaded: &Loaded,
    clock: &dyn Clock,
    lives: &dyn Fn(&str) -> bool,
    found: &mut Findings,
) {
    let settings = &loaded.settings;
    match &loaded.file {
        Some(file) => found.ok("configuration", format!("read {}", file.display())),
        None => found.ok("configuration", "no file, the environment and the defaults"),
    }
    for warning in &loaded.warnings {
        found.warn("configuration", warning.clone());
    }
    place::issuer(settings, found);
    keys::examine(&settings.keys_dir, settings.algorithm, clock.now(), found);
    place::listeners(settings, lives, found);
    let pairs = [settings.tls.as_ref(), settings.admin_tls.as_ref()];
    certificates(pairs, clock, found);
    match &settings.store {
        StoreSetting::EmbeddedFile(path) => embedded::examine(path, found),
        StoreSetting::EmbeddedMemory => found.warn(
            "store",
            "in memory: every session and user is gone when the service stops",
        ),
        StoreSetting::Redis(url) => redis::examine(url, settings, clock, found),
    }
}

/// The public listener's, and the admin listener's.
fn certificates(
    [public, admin]: [Option<&TlsSetting>; 2],
    clock: &dyn Clock,
    found: &mut Findings,
) {
    let now = clock.now();
    tls::examine("public TLS", public, now, found);
    tls::examine("admin TLS", admin, now, found);
}
