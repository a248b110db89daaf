//! Files that hold secrets: written whole or not at all, read only if they are kept well.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::clock::Entropy;
use crate::id::SlotTag;
use crate::settings::others_may_read;

/// No file of ours is longer.
const LONGEST: u64 = 64 * 1024;

/// A file's bytes and its permissions.
#[derive(PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    mode: u32,
}

impl Secret {
    /// Reads a file, following symbolic links.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // Of the open file: the name may stand for another one by now.
        let mode = file.metadata()?.permissions().mode();
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(Self { bytes, mode })
    }

    /// Whether somebody who is neither the owner nor of the group has any right to it.
    pub(super) const fn exposed(&self) -> bool {
        others_may_read(self.mode)
    }

    /// Whether the group has any right to it.
    pub(super) const fn shared_with_group(&self) -> bool {
        self.mode & 0o070 != 0
    }
}

/// Makes a folder for its owner alone, with those above it, unless it stands.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a file that must not stand yet ([`io::ErrorKind::AlreadyExists`]).
pub(super) fn create(path: &Path, bytes: &[u8], entropy: &dyn Entropy) -> io::Result<()> {
    let temporary = Temporary::write(path, bytes, entropy)?;
    // A link refuses to replace, a rename would not.
    fs::hard_link(&temporary.0, path)?;
    drop(temporary);
    sync_folder(path)
}

/// Writes a file, replacing the one that stands.
pub(super) fn replace(path: &Path, bytes: &[u8], entropy: &dyn Entropy) -> io::Result<()> {
    let temporary = Temporary::write(path, bytes, entropy)?;
    fs::rename(&temporary.0, path)?;
    sync_folder(path)
}

/// A file beside its goal, for the owner alone, gone when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn write(goal: &Path, bytes: &[u8], entropy: &dyn Entropy) -> io::Result<Self> {
        let mut random = [0; 16];
        entropy.fill(&mut random);
        let name = goal.file_name().unwrap_or_default().to_string_lossy();
        let random = SlotTag::of(&format!("{random:?}"));
        let path = goal.with_file_name(format!(".{name}.{random}"));
        let options = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .to_owned();
        let mut file = options.open(&path)?;
        let temporary = Self(path);
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(temporary)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing to remove.
        let _ = fs::remove_file(&self.0);
    }
}

/// A new name is on the disk only once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_file_is_for_its_owner_alone_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mac.key");
        create(&path, b"one", &SystemEntropy).unwrap();
        replace(&path, b"two", &SystemEntropy).unwrap();
        let secret = Secret::read(&path).unwrap();
        assert_eq!(secret.bytes.as_slice(), b"two");
        assert_eq!(secret.mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_stands_is_not_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mac.key");
        create(&path, b"one", &SystemEntropy).unwrap();
        let error = create(&path, b"two", &SystemEntropy).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        make_folder(&path).unwrap();
        make_folder(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
