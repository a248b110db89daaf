//! The backend for one Redis or Valkey server.
//!
//! Every record of a subject lies under `jl:{U}:…`, where `U` is the subject's slot tag, so each
//! verb of the [`Store`](super::Store) is one atomic script, and the check is one `GET`. Only a user's
//! name lies elsewhere: `claims` says how it is given to one alone. The keys
//! are public and written down in `docs/redis-schema.md`; in the code they are in `names`.
//!
//! A connection is watched by a supervisor of our own: it answers, or the verbs fail at once with
//! [`StoreError::Unavailable`](super::StoreError::Unavailable) until it is back. No write is
//! repeated behind the caller's back.

mod audit;
mod backend;
mod bans;
mod claims;
mod clients;
mod config;
mod cut_offs;
mod diagnosis;
mod durability;
mod ending;
mod link;
mod lists;
mod names;
mod record;
mod reply;
mod scripts;
mod server;
mod sessions;
mod start;
mod supervisor;
mod tls;
mod tokens;
mod users;

pub use self::backend::RedisStore;
pub use self::config::RedisConfig;
pub use self::diagnosis::{Diagnosis, ServerFacts, diagnose};
pub use self::start::RedisStartError;
