//! Secrets that stand in files of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

/// What stands in examples, in other programs' defaults and at the top of every list of guesses.
const DEFAULT_SECRETS: [&str; 16] = [
    "",
    "admin",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "changemechangeme",
    "client-secret",
    "client_secret",
    "default",
    "jotleash",
    "password",
    "s3cret",
    "s3cr3t",
    "secret",
    "test",
];

/// Whether somebody who is neither the owner nor of the group has any right to a file of this
/// mode.
pub const fn others_may_read(mode: u32) -> bool {
    mode & 0o007 != 0
}

/// SHA-256 in lower-case hex: how a client's secret is kept.
pub fn digest_hex(secret: &str) -> String {
    use std::fmt::Write as _;
    let hash = digest(&SHA256, secret.as_bytes());
    hash.as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether this is the digest of a secret that everybody knows.
pub(super) fn is_default(digest: &str) -> bool {
    let mut known = DEFAULT_SECRETS.iter();
    known.any(|secret| digest_hex(secret) == digest)
}

/// The secret in a file, without the line break that an editor leaves at its end.
pub(super) fn read(path: &str) -> Result<Zeroizing<String>, String> {
    let path = Path::new(path);
    let shown = path.display();
    let unreadable = |error| format!("{shown} cannot be read: {error}");
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if others_may_read(mode) {
        return Err(format!(
            "{shown} can be used by others: run `chmod o= {shown}`"
        ));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(format!("{shown} is empty"));
    }
    if secret.chars().any(char::is_control) {
        return Err(format!("{shown} holds more than one line"));
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_lower_case_hex() {
        assert_eq!(
            digest_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_secret_that_others_can_use_is_refused_with_the_command_that_helps() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "s3cret\n").unwrap();
        let path = file.path().to_str().unwrap();
        for mode in [0o604, 0o602, 0o601] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                read(path)
                    .unwrap_err()
                    .contains(&format!("`chmod o= {path}`"))
            );
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(path).unwrap().as_str(), "s3cret");
    }

    #[test]
    fn an_empty_secret_and_one_of_two_lines_are_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        for text in ["", "\n", "a\nb\n"] {
            fs::write(file.path(), text).unwrap();
            assert!(read(path).is_err(), "{text:?}");
        }
    }
}
