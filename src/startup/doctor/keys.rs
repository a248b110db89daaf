//! The folder of the keys.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::finding::Findings;
use crate::settings::others_may_read;
use crate::startup::keys::list;
use crate::token::Algorithm;

const ABOUT: &str = "keys";

pub(super) fn examine(folder: &Path, pinned: Algorithm, now: u64, found: &mut Findings) {
    let list = list(folder, pinned, now);
    let mut signing = list.keys.iter().filter(|key| !key.mac);
    if let Some(active) = signing.find(|key| key.state == "active") {
        let file = active.file.display();
        found.ok(
            ABOUT,
            format!("{file} signs with {} (kid {})", active.alg, active.kid),
        );
    }
    let of_keys = list.keys.iter().flat_map(|key| &key.warnings);
    for warning in of_keys.chain(&list.warnings) {
        found.warn(ABOUT, warning.clone());
    }
    for problem in list.problems {
        found.fail(ABOUT, problem);
    }
    let Ok(metadata) = fs::metadata(folder) else {
        return; // Among the problems already.
    };
    if others_may_read(metadata.permissions().mode()) {
        let shown = folder.display();
        found.warn(
            ABOUT,
            format!("others may look into {shown}: run `chmod o= {shown}`"),
        );
    } else {
        found.ok(ABOUT, format!("{} is closed to others", folder.display()));
    }
}
