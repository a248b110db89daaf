//! Where the running service is and who asks it, for the commands that talk to it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::environment::Environment;
use super::problem::{Place, Problems};
use super::secret::{self, others_may_read};

const URL: &str = "JOTLEASH_URL";
const ADMIN_URL: &str = "JOTLEASH_ADMIN_URL";
const ISSUER: &str = "JOTLEASH_ISSUER";
const CLIENT_ID: &str = "JOTLEASH_ADMIN_CLIENT_ID";
const CLIENT_SECRET: &str = "JOTLEASH_ADMIN_CLIENT_SECRET";
const CLIENT_SECRET_FILE: &str = "JOTLEASH_ADMIN_CLIENT_SECRET_FILE";

/// Where the running service is, and the credentials of an admin client.
#[derive(Clone)]
pub struct Access {
    /// The base URL of the admin listener, without a slash at its end.
    pub admin_url: String,
    /// The base URL of the public listener, without a slash at its end.
    pub url: Option<String>,
    /// The issuer. What is not told of it and `url` is found in the metadata.
    pub issuer: Option<String>,
    /// The `client_id` of an admin client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Zeroizing<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("admin_url", &self.admin_url)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Reads the access from a profile, a file of `NAME=value` lines like the `data/dev.env` of
/// `serve --dev`, or without one from the environment. Never from both: a secret of the one must
/// not be sent to the service of the other.
///
/// # Errors
/// What is missing, or a profile that others than its owner and group can use.
pub fn access(environment: &Environment, profile: Option<&Path>) -> Result<Access, Problems> {
    let mut problems = Problems::default();
    let of_file = profile.map(|path| problems.take(&flag(path), read(path)));
    let found = match of_file {
        None => read_access(environment, None, &mut problems),
        Some(Some(values)) => read_access(&values, profile, &mut problems),
        Some(None) => None,
    };
    found.ok_or_else(|| problems.sorted())
}

fn flag(path: &Path) -> Place {
    Place::Flag(format!("--profile {}", path.display()))
}

fn read_access(
    values: &BTreeMap<String, String>,
    profile: Option<&Path>,
    problems: &mut Problems,
) -> Option<Access> {
    let get = |name: &str| values.get(name).filter(|value| !value.is_empty()).cloned();
    let base = |name| get(name).map(|url| url.trim_end_matches('/').to_owned());
    let place = |name: &str| match profile {
        Some(path) => flag(path),
        None => Place::Environment(name.to_owned()),
    };
    let mut needed = |name: &str, value: Option<String>| {
        let hint = match profile {
            Some(_) => format!("{name} is missing in this file"),
            None => "is not set: set it, or name a file with --profile (`serve --dev` writes \
                 data/dev.env)"
                .to_owned(),
        };
        problems.take(&place(name), value.ok_or(hint))
    };
    let admin_url = needed(ADMIN_URL, base(ADMIN_URL));
    let client_id = needed(CLIENT_ID, get(CLIENT_ID));
    let (url, issuer) = (base(URL), get(ISSUER));
    let secret = match get(CLIENT_SECRET_FILE) {
        None => needed(CLIENT_SECRET, get(CLIENT_SECRET)).map(Zeroizing::new),
        Some(file) => problems.take(&place(CLIENT_SECRET_FILE), secret::read(&file)),
    };
    Some(Access {
        admin_url: admin_url?,
        url,
        issuer,
        client_id: client_id?,
        client_secret: secret?,
    })
}

/// The `NAME=value` lines of a file.
fn read(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let shown = path.display();
    let unreadable = |error| format!("cannot be read: {error}");
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if others_may_read(mode) {
        return Err(format!("can be used by others: run `chmod o= {shown}`"));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
    let lines = text.lines().map(str::trim);
    let pairs = lines.filter_map(|line| line.split_once('='));
    Ok(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    const LINES: &str = "# mine\nJOTLEASH_URL=http://a/\nJOTLEASH_ADMIN_URL=http://b/\n\
        JOTLEASH_ADMIN_CLIENT_ID=c\nJOTLEASH_ADMIN_CLIENT_SECRET=hunter2=\n";

    fn profile(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_profile_is_read_and_the_environment_beside_it_is_not() {
        let file = profile(LINES, 0o600);
        let issuer = ("JOTLEASH_ISSUER".to_owned(), "http://other".to_owned());
        let read = access(&BTreeMap::from([issuer]), Some(file.path())).unwrap();
        assert_eq!(
            (read.admin_url.as_str(), read.url.as_deref(), &read.issuer),
            ("http://b", Some("http://a"), &None)
        );
        assert_eq!(read.client_secret.as_str(), "hunter2=");
        assert!(!format!("{read:?}").contains("hunter2"));
    }

    #[test]
    fn a_profile_that_others_can_read_is_refused_with_the_command_that_helps() {
        let file = profile(LINES, 0o644);
        let refused = access(&BTreeMap::new(), Some(file.path())).unwrap_err();
        assert!(refused.to_string().contains("`chmod o= "), "{refused}");
    }

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        let refused = access(&BTreeMap::new(), None).unwrap_err().to_string();
        for name in [ADMIN_URL, CLIENT_ID, CLIENT_SECRET] {
            assert!(refused.contains(name), "{refused}");
        }
        let file = profile("JOTLEASH_URL=http://a\n", 0o600);
        let refused = access(&BTreeMap::new(), Some(file.path())).unwrap_err();
        assert!(refused.to_string().contains(ADMIN_URL), "{refused}");
    }

    #[test]
    fn the_secret_may_stand_in_a_file_of_its_own() {
        let secret = profile("s3cret\n", 0o600);
        let lines = LINES.replace("SECRET=hunter2=", "SECRET_FILE=");
        let text = lines.trim_end().to_owned() + secret.path().to_str().unwrap();
        let file = profile(&text, 0o600);
        let read = access(&BTreeMap::new(), Some(file.path())).unwrap();
        assert_eq!(read.client_secret.as_str(), "s3cret");
    }
}
