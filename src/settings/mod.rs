//! Every setting: a flag over the environment over `jotleash.toml` over the default.
//!
//! A setting has a path (`keys.dir`). Its flag is `--keys-dir`, its environment name
//! `JOTLEASH_KEYS_DIR`, and in the file it is `dir` under `[keys]`. `names` lists them all;
//! [`load`] is the way in. Whatever is wrong is collected and told at once, each problem with its
//! place. Paths are relative to the working directory, wherever they were written.
//!
//! Nothing else in the crate reads the environment.

mod access;
mod audience;
mod check;
mod client;
mod dump;
mod duration;
mod environment;
mod fields;
mod file;
mod generate;
mod hint;
mod layers;
mod load;
mod model;
mod names;
mod parse;
mod problem;
mod reader;
mod secret;
mod table;

pub use self::access::{Access, access};
pub use self::dump::Dump;
pub use self::duration::millis as duration_millis;
pub use self::environment::{Environment, process_environment};
pub use self::fields::{AUDIENCE_FIELDS, CLIENT_FIELDS, Field};
pub use self::generate::template;
pub use self::load::{Flags, Loaded, Sources, Survey, dump, keys, load, survey};
pub use self::model::{
    AudienceSetting, ClientSetting, LogFormat, Outage, Settings, StoreSetting, TlsSetting,
    TokenFormat,
};
pub use self::names::{Kind, Setting};
pub use self::problem::{Place, Problem, Problems};
pub use self::secret::{digest_hex, others_may_read};
pub use self::table::SETTINGS;
