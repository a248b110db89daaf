//! The embedded store's file and its disk.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

use super::finding::Findings;
use crate::store::embedded::{Look, look};

const ABOUT: &str = "store";
/// Fewer free bytes than this are worth a word.
const SCARCE: u64 = 256 << 20;

pub(super) fn examine(path: &Path, found: &mut Findings) {
    let shown = path.display();
    match look(path) {
        Ok(Look::Absent) => found.ok(ABOUT, format!("{shown} is made at the first start")),
        Ok(Look::Closed) => found.ok(ABOUT, format!("{shown} can be opened")),
        Ok(Look::Unclosed) => found.warn(
            ABOUT,
            format!("{shown} was not closed well: the next start repairs it"),
        ),
        Ok(Look::InUse) => found.ok(ABOUT, format!("{shown} is in use by a running service")),
        Err(error) => found.fail(ABOUT, error.to_string()),
    }
    examine_folder(&standing_folder(path), found);
}

fn examine_folder(folder: &Path, found: &mut Findings) {
    let shown = folder.display();
    if let Err(error) = access(folder, Access::WRITE_OK) {
        found.fail(
            ABOUT,
            format!("{shown} cannot be written ({error}): run `chown` for the service's user"),
        );
    }
    match statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let told = format!("{} MiB are free on the disk of {shown}", free >> 20);
            if free < SCARCE {
                found.warn(
                    "disk",
                    format!("{told}: make room, a full disk ends log-ins"),
                );
            } else {
                found.ok("disk", told);
            }
        }
        Err(error) => found.warn("disk", format!("{shown}: {error}")),
    }
}

/// The folder of the file, or the one above it that stands already.
fn standing_folder(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1);
    let standing = above
        .map(|folder| {
            if folder == Path::new("") {
                Path::new(".")
            } else {
                folder
            }
        })
        .find(|folder| folder.is_dir());
    standing.unwrap_or_else(|| Path::new(".")).to_owned()
}
