//! `jotleash doctor`: what the service would meet if it started now, and what to do about it.
//!
//! It reads what `serve` reads and changes nothing.

mod embedded;
mod finding;
mod keys;
mod place;
mod redis;

pub use self::finding::{Finding, Level, Worst, worst};
use crate::clock::Clock;
use crate::settings::{Loaded, Sources, StoreSetting, keys as key_settings, load};

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
            // The rest hangs on the settings; the keys hang on one of them only.
            match key_settings(sources) {
                Ok((folder, algorithm)) => {
                    keys::examine(&folder, algorithm, clock.now(), &mut found);
                }
                Err(_) => found.warn("keys", "not looked at: the configuration comes first"),
            }
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
    match &settings.store {
        StoreSetting::EmbeddedFile(path) => embedded::examine(path, found),
        StoreSetting::EmbeddedMemory => found.warn(
            "store",
            "in memory: every session and user is gone when the service stops",
        ),
        StoreSetting::Redis(url) => redis::examine(url, settings, clock, found),
    }
}
