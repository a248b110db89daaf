//! The way in: all sources, one answer.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::audience::Audience;
use super::check::{Draft, check};
use super::client::Client;
use super::dump::Dump;
use super::environment::Environment;
use super::layers::Gathered;
use super::model::{AudienceSetting, LogFormat, Settings, StoreSetting, TlsSetting};
use super::problem::{Place, Problems};
use super::reader::Raw;
use super::{parse, secret};
use crate::token::Algorithm;

/// The ids that dev mode uses: its two clients and its user.
const DEV_IDS: [&str; 3] = ["dev", "dev-admin", "demo"];

/// The file that is read when none is named.
const USUAL_FILE: &str = "jotleash.toml";

/// The flags of `serve`, as they were given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config FILE`.
    pub config: Option<PathBuf>,
    /// `--dev`.
    pub dev: bool,
    /// Settings by path (`keys.dir`) with the text given.
    pub settings: BTreeMap<&'static str, String>,
}

/// Where settings come from, beside the file.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The command line.
    pub flags: Flags,
    /// The environment, see [`super::process_environment`].
    pub environment: Environment,
}

impl Sources {
    /// The file that is read: the one named, or `jotleash.toml` if it is there. Not in dev mode.
    pub fn file(&self) -> Option<PathBuf> {
        let found = || {
            let usual = PathBuf::from(USUAL_FILE);
            (!self.flags.dev && usual.exists()).then_some(usual)
        };
        self.flags.config.clone().or_else(found)
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings, checked.
    pub settings: Settings,
    /// What is allowed, and worth a line in the log.
    pub warnings: Vec<String>,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
}

/// Reads and checks all settings.
///
/// In dev mode the audiences `web` and `cart` stand beside the file's, unless it has its own of
/// that name, and its audiences without a `login_client` get the dev client.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    read(sources).map(|(loaded, _)| loaded)
}

/// All settings and where each came from.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn dump(sources: &Sources) -> Result<Dump, Problems> {
    read(sources).map(|(_, dump)| dump)
}

/// What can be told of the settings, however wrong they are.
#[derive(Debug)]
pub struct Survey {
    /// Everything that is wrong.
    pub problems: Problems,
    /// What is allowed, and worth a word.
    pub warnings: Vec<String>,
    /// The folder of the keys and their algorithm, if these two can be read.
    pub keys: Option<(PathBuf, Algorithm)>,
    /// The public listener's certificate and key, if both are set.
    pub tls: Option<TlsSetting>,
    /// Those of the admin listener.
    pub admin_tls: Option<TlsSetting>,
}

/// Looks at all settings, each by itself, so that one that is wrong hides no other.
pub fn survey(sources: &Sources) -> Survey {
    let mut gathered = Gathered::from(sources);
    // What is wrong elsewhere is told by the checks of all.
    gathered.problems = Problems::default();
    let keys = (gathered.keys_dir(), gathered.algorithm());
    let keys = (gathered.readable && gathered.problems.is_empty()).then_some(keys);
    let checked = read_all(sources);
    Survey {
        problems: checked.problems.sorted(),
        warnings: checked.warnings,
        keys,
        tls: checked.settings.tls,
        admin_tls: checked.settings.admin_tls,
    }
}

fn read(sources: &Sources) -> Result<(Loaded, Dump), Problems> {
    let checked = read_all(sources);
    if !checked.problems.is_empty() {
        return Err(checked.problems.sorted());
    }
    let Checked {
        settings,
        scalars,
        audiences,
        clients,
        warnings,
        file,
        ..
    } = checked;
    let dump = Dump::new(&settings, &scalars, &audiences, &clients);
    let loaded = Loaded {
        settings,
        warnings,
        file,
    };
    Ok((loaded, dump))
}

/// All settings, with everything that is wrong with them.
struct Checked {
    settings: Settings,
    scalars: BTreeMap<&'static str, Raw>,
    audiences: Vec<Audience>,
    clients: Vec<Client>,
    problems: Problems,
    warnings: Vec<String>,
    file: Option<PathBuf>,
}

fn read_all(sources: &Sources) -> Checked {
    let mut gathered = Gathered::from(sources);
    let dev = sources.flags.dev;
    let audiences = std::mem::take(&mut gathered.audiences);
    let clients = std::mem::take(&mut gathered.clients);
    let settings = gathered.settings(registered(&audiences, dev), &clients);
    let Gathered {
        scalars,
        mut problems,
        mut warnings,
        file,
        ..
    } = gathered;
    let place = |path| {
        let default = || Place::Default(str::to_owned(path));
        scalars
            .get(path)
            .map_or_else(default, |raw| raw.place.clone())
    };
    let draft = Draft {
        settings: &settings,
        audiences: &audiences,
        clients: &clients,
        reserved: if dev { &DEV_IDS } else { &[] },
        dev,
        place: &place,
    };
    check(&draft, &mut problems, &mut warnings);
    Checked {
        settings,
        scalars,
        audiences,
        clients,
        problems,
        warnings,
        file,
    }
}

/// The folder of the keys and their algorithm alone, for a command that needs nothing else.
///
/// # Errors
/// What is wrong with the sources themselves.
pub fn keys(sources: &Sources) -> Result<(PathBuf, Algorithm), Problems> {
    let mut gathered = Gathered::from(sources);
    let keys = (gathered.keys_dir(), gathered.algorithm());
    if gathered.problems.is_empty() {
        Ok(keys)
    } else {
        Err(gathered.problems.sorted())
    }
}

/// All audiences that there are. Without any, tokens are for `web`.
fn registered(of_file: &[Audience], dev: bool) -> Vec<AudienceSetting> {
    let mut all: Vec<_> = of_file
        .iter()
        .map(|audience| audience.setting.clone())
        .collect();
    if dev {
        for own in ["web", "cart"] {
            if !all.iter().any(|audience| audience.name == own) {
                let mut audience = AudienceSetting::named(own);
                audience.scopes = vec!["read".to_owned(), "write".to_owned()];
                all.push(audience);
            }
        }
        for audience in &mut all {
            audience
                .login_client
                .get_or_insert_with(|| "dev".to_owned());
        }
    } else if all.is_empty() {
        all.push(AudienceSetting::named("web"));
    }
    all
}

impl Gathered {
    fn settings(&mut self, audiences: Vec<AudienceSetting>, clients: &[Client]) -> Settings {
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let first = audiences.first().map(|audience| audience.name.clone());
        let default_audience = if self.dev {
            Some("web".to_owned())
        } else {
            first
        };
        Settings {
            listen: self
                .parse("listen", parse::address)
                .unwrap_or_else(|| loopback(8080)),
            admin_listen: self
                .parse("admin_listen", parse::address)
                .unwrap_or_else(|| loopback(9090)),
            issuer: self.parse("issuer", parse::issuer),
            tls: self.tls(["tls_cert", "tls_key"]),
            admin_tls: self.tls(["admin_tls_cert", "admin_tls_key"]),
            store: self.store(),
            keys_dir: self.keys_dir(),
            algorithm: self.algorithm(),
            publish_before: self
                .parse("keys.publish_before", parse::publish_before)
                .unwrap_or(2 * 3_600),
            default_audience: self
                .parse("default_audience", parse::audience)
                .or(default_audience)
                .unwrap_or_default(),
            trusted_proxies: self.networks(),
            log: self
                .parse("log", parse::log_filter)
                .unwrap_or_else(|| "info".to_owned()),
            log_format: self
                .parse("log_format", parse::log_format)
                .unwrap_or(LogFormat::Text),
            admin_plaintext: self.boolean("admin_plaintext"),
            assume_noeviction: self.boolean("redis.assume_noeviction"),
            audiences,
            clients: clients
                .iter()
                .map(|client| client.setting.clone())
                .collect(),
        }
    }

    fn store(&mut self) -> StoreSetting {
        let from_file = |path: &str| secret::read(path).and_then(|url| parse::store(&url));
        self.parse("store_file", from_file)
            .or_else(|| self.parse("store", parse::store))
            .unwrap_or_else(|| StoreSetting::EmbeddedFile("data/jotleash.redb".into()))
    }

    /// A certificate and its key: both or neither.
    fn tls(&mut self, paths: [&'static str; 2]) -> Option<TlsSetting> {
        for [given, missing] in [paths, [paths[1], paths[0]]] {
            if let Some(raw) = self.scalars.get(given)
                && !self.scalars.contains_key(missing)
            {
                let message = format!("`{missing}` is missing: TLS takes both, or neither");
                self.problems.add(&raw.place, message);
            }
        }
        let [cert, key] = paths.map(|path| self.parse(path, |raw| Ok(PathBuf::from(raw))));
        Some(TlsSetting {
            cert: cert?,
            key: key?,
        })
    }

    fn keys_dir(&mut self) -> PathBuf {
        self.parse("keys.dir", |raw| Ok(raw.into()))
            .unwrap_or_else(|| "keys".into())
    }

    fn algorithm(&mut self) -> Algorithm {
        self.parse("keys.algorithm", parse::algorithm)
            .unwrap_or(Algorithm::Es256)
    }

    fn networks(&mut self) -> Vec<ipnet::IpNet> {
        let raw = self.scalars.get("trusted_proxies").cloned();
        let list = raw.map(|raw| raw.parse_list(&mut self.problems, parse::network));
        let placed = list.unwrap_or_default();
        placed.into_iter().map(|(_, network)| network).collect()
    }
}
