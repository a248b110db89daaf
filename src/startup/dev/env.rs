//! `data/dev.env`: ten lines of `KEY=value`.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::clock::Entropy;
use crate::id::{IdError, Subject};
use crate::startup::files::{Secret, create, make_folder, replace};

/// Where it stands, in the working directory.
pub const PATH: &str = "data/dev.env";

/// The addresses of the open listeners, as base URLs without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// Of the public listener.
    pub public: String,
    /// Of the admin listener.
    pub admin: String,
}

/// What `data/dev.env` says.
#[derive(Clone, PartialEq, Eq)]
pub struct DevEnv {
    /// Where the service answers now.
    pub urls: Urls,
    /// The client that may ask for `jotleash:admin`.
    pub admin_client_id: Subject,
    /// Its secret.
    pub admin_client_secret: Zeroizing<String>,
    /// The client of first-party log-ins.
    pub client_id: Subject,
    /// Its secret.
    pub client_secret: Zeroizing<String>,
    /// The user who can log in, and the `sub` of its tokens.
    pub username: Subject,
    /// Its password.
    pub password: Zeroizing<String>,
    /// The audience of its tokens.
    pub audience: String,
    /// The issuer when the file was made.
    pub issuer: String,
}

/// The set-up, and the issuer that is in force.
#[derive(Debug)]
pub struct Dev {
    /// What the file says.
    pub env: DevEnv,
    /// The issuer that was set, or else the one that was kept.
    pub issuer: String,
    /// Worth a line in the log.
    pub notes: Vec<String>,
}

/// Why `data/dev.env` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DevEnvError {
    /// It cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner and the group have a right to it.
    #[error("{path} can be used by others: run `chmod o= {path}`", path = path.display())]
    Exposed {
        /// Where.
        path: PathBuf,
    },
    /// A line is missing or wrong.
    #[error(
        "{path}: {key} {what}: put it right, or remove the file, the store and the keys to \
         start anew", path = path.display()
    )]
    Line {
        /// Where.
        path: PathBuf,
        /// Which.
        key: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

const URL: &str = "JOTLEASH_URL";
const ADMIN_URL: &str = "JOTLEASH_ADMIN_URL";

impl Dev {
    /// Reads the file, rewriting the two URLs only, or makes it with new secrets. `issuer` is
    /// the one that was set for this start, if any; it wins over the kept one.
    ///
    /// # Errors
    /// [`DevEnvError`].
    pub fn load_or_make(
        path: &Path,
        entropy: &dyn Entropy,
        urls: &Urls,
        issuer: Option<&str>,
    ) -> Result<Self, DevEnvError> {
        let error = |source| DevEnvError::Io {
            path: path.to_owned(),
            source,
        };
        let secret = match Secret::read(path) {
            Ok(secret) if secret.exposed() => {
                let path = path.to_owned();
                return Err(DevEnvError::Exposed { path });
            }
            Ok(secret) => secret,
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                let env = DevEnv::make(entropy, urls, issuer);
                env.write(path, entropy).map_err(error)?;
                return Ok(Self::new(env, issuer));
            }
            Err(source) => return Err(error(source)),
        };
        let text = Zeroizing::new(String::from_utf8_lossy(&secret.bytes).into_owned());
        let mut env = DevEnv::parse(path, &text)?;
        if env.urls != *urls {
            let text = with_urls(&text, urls);
            replace(path, text.as_bytes(), entropy).map_err(error)?;
            env.urls = urls.clone();
        }
        Ok(Self::new(env, issuer))
    }

    fn new(env: DevEnv, issuer: Option<&str>) -> Self {
        let kept = &env.issuer;
        let mut notes = Vec::new();
        if let Some(issuer) = issuer.filter(|issuer| issuer != kept) {
            notes.push(format!(
                "the issuer is {issuer}, as it was set, and not {kept}, which {PATH} keeps"
            ));
        }
        Self {
            issuer: issuer.unwrap_or(kept).to_owned(),
            notes,
            env,
        }
    }
}

impl DevEnv {
    fn make(entropy: &dyn Entropy, urls: &Urls, issuer: Option<&str>) -> Self {
        Self {
            urls: urls.clone(),
            admin_client_id: own_id("dev-admin"),
            admin_client_secret: random::<32>(entropy),
            client_id: own_id("dev"),
            client_secret: random::<32>(entropy),
            username: own_id("demo"),
            password: random::<12>(entropy),
            audience: "web".to_owned(),
            issuer: issuer.unwrap_or(&urls.public).to_owned(),
        }
    }

    /// Writes the file, which must not stand yet, for its owner alone; its folder too.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            make_folder(folder)?;
        }
        create(path, self.render().as_bytes(), entropy)
    }

    fn render(&self) -> Zeroizing<String> {
        let lines = [
            (URL, self.urls.public.as_str()),
            (ADMIN_URL, &self.urls.admin),
            ("JOTLEASH_ADMIN_CLIENT_ID", self.admin_client_id.as_str()),
            ("JOTLEASH_ADMIN_CLIENT_SECRET", &self.admin_client_secret),
            ("JOTLEASH_CLIENT_ID", self.client_id.as_str()),
            ("JOTLEASH_CLIENT_SECRET", &self.client_secret),
            ("JOTLEASH_USERNAME", self.username.as_str()),
            ("JOTLEASH_PASSWORD", &self.password),
            ("JOTLEASH_AUDIENCE", &self.audience),
            ("JOTLEASH_ISSUER", &self.issuer),
        ];
        let lines = lines.map(|(key, value)| format!("{key}={value}\n"));
        Zeroizing::new(lines.concat())
    }

    fn parse(path: &Path, text: &str) -> Result<Self, DevEnvError> {
        let wrong = |key: &'static str, what: &str| DevEnvError::Line {
            path: path.to_owned(),
            key,
            what: what.to_owned(),
        };
        let value = |key: &'static str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('='));
            let found = lines.find(|(name, _)| *name == key).map(|(_, value)| value);
            let value = found.filter(|value| !value.is_empty());
            value
                .map(str::to_owned)
                .ok_or_else(|| wrong(key, "is missing"))
        };
        let id = |key| {
            let id = value(key)?.parse();
            id.map_err(|error: IdError| wrong(key, &error.to_string()))
        };
        Ok(Self {
            urls: Urls {
                public: value(URL)?,
                admin: value(ADMIN_URL)?,
            },
            admin_client_id: id("JOTLEASH_ADMIN_CLIENT_ID")?,
            admin_client_secret: value("JOTLEASH_ADMIN_CLIENT_SECRET")?.into(),
            client_id: id("JOTLEASH_CLIENT_ID")?,
            client_secret: value("JOTLEASH_CLIENT_SECRET")?.into(),
            username: id("JOTLEASH_USERNAME")?,
            password: value("JOTLEASH_PASSWORD")?.into(),
            audience: value("JOTLEASH_AUDIENCE")?,
            issuer: value("JOTLEASH_ISSUER")?,
        })
    }
}

impl fmt::Debug for DevEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevEnv")
            .field("urls", &self.urls)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// The text with the lines of the two URLs replaced, and nothing else.
fn with_urls(text: &str, urls: &Urls) -> Zeroizing<String> {
    let line = |line: &str| match line.split_once('=') {
        Some((URL, _)) => format!("{URL}={}\n", urls.public),
        Some((ADMIN_URL, _)) => format!("{ADMIN_URL}={}\n", urls.admin),
        _ => format!("{line}\n"),
    };
    Zeroizing::new(text.lines().map(line).collect())
}

/// Random bytes in base64url: nothing in it needs quoting anywhere.
fn random<const BYTES: usize>(entropy: &dyn Entropy) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    entropy.fill(bytes.as_mut_slice());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

#[expect(
    clippy::expect_used,
    reason = "our own constants are ids, and a test makes them"
)]
fn own_id(id: &'static str) -> Subject {
    id.parse().expect("an id of our own")
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::clock::SystemEntropy;

    fn urls(port: u16) -> Urls {
        Urls {
            public: format!("http://127.0.0.1:{port}"),
            admin: format!("http://127.0.0.1:{}", port + 1),
        }
    }

    fn load(path: &Path, port: u16, issuer: Option<&str>) -> Dev {
        Dev::load_or_make(path, &SystemEntropy, &urls(port), issuer).unwrap()
    }

    #[test]
    fn it_is_made_once_for_its_owner_alone_with_ten_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/dev.env");
        let first = load(&path, 80, None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let text = fs::read_to_string(&path).unwrap();
        let keys: Vec<_> = text
            .lines()
            .map(|line| line.split_once('=').unwrap().0)
            .collect();
        assert_eq!(
            keys,
            [
                "JOTLEASH_URL",
                "JOTLEASH_ADMIN_URL",
                "JOTLEASH_ADMIN_CLIENT_ID",
                "JOTLEASH_ADMIN_CLIENT_SECRET",
                "JOTLEASH_CLIENT_ID",
                "JOTLEASH_CLIENT_SECRET",
                "JOTLEASH_USERNAME",
                "JOTLEASH_PASSWORD",
                "JOTLEASH_AUDIENCE",
                "JOTLEASH_ISSUER",
            ]
        );
        assert_eq!(first.issuer, "http://127.0.0.1:80");
        assert_eq!(first.env.client_secret.len(), 43);
        assert_eq!(first.env.password.len(), 16);
        assert_ne!(first.env.client_secret, first.env.admin_client_secret);
    }

    #[test]
    fn started_again_it_keeps_all_but_the_two_urls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.env");
        let first = load(&path, 80, None);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("# mine\n{text}")).unwrap();
        let again = load(&path, 90, None);
        assert_eq!(again.issuer, "http://127.0.0.1:80");
        assert_eq!(again.env.urls, urls(90));
        assert_eq!(again.env.password, first.env.password);
        assert_eq!(again.env.admin_client_secret, first.env.admin_client_secret);
        let expected = text
            .replace("_URL=http://127.0.0.1:80\n", "_URL=http://127.0.0.1:90\n")
            .replace("_URL=http://127.0.0.1:81\n", "_URL=http://127.0.0.1:91\n");
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!("# mine\n{expected}")
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_issuer_that_was_set_wins_over_the_kept_one_which_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.env");
        assert_eq!(
            load(&path, 80, Some("http://localhost:1")).env.issuer,
            "http://localhost:1"
        );
        let other = load(&path, 80, Some("http://localhost:2"));
        assert_eq!(other.issuer, "http://localhost:2");
        assert_eq!(other.notes.len(), 1);
        let again = load(&path, 80, None);
        assert_eq!(
            (again.issuer.as_str(), again.notes.len()),
            ("http://localhost:1", 0)
        );
    }

    #[test]
    fn a_file_that_others_can_read_or_that_lacks_a_line_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.env");
        load(&path, 80, None);
        let refusal = || Dev::load_or_make(&path, &SystemEntropy, &urls(80), None).unwrap_err();
        fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        assert!(refusal().to_string().contains("run `chmod o= "));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replace("JOTLEASH_PASSWORD", "JOTLEASH_PASSWROD"),
        )
        .unwrap();
        assert!(
            refusal()
                .to_string()
                .contains("JOTLEASH_PASSWORD is missing")
        );
    }

    #[test]
    fn no_secret_is_in_its_debug_output() {
        let env = DevEnv::make(&SystemEntropy, &urls(80), None);
        let shown = format!("{env:?}");
        assert!(!shown.contains(env.password.as_str()));
        assert!(!shown.contains(env.client_secret.as_str()));
    }
}
