//! `serve --dev`: a whole set-up out of nothing, on loopback only, for trying things out.
//!
//! Its ids, secrets and addresses stand in `data/dev.env`, so that a program (or a second
//! instance) can use them, and so that they outlive a restart.

mod banner;
mod env;
mod seed;

pub use self::banner::banner;
pub use self::env::{Dev, DevEnv, DevEnvError, PATH, Urls};
pub use self::seed::UserSeed;
