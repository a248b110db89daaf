//! Tokens that must be refused, whoever is asked: most of them signed by the real key.
//!
//! A crate includes this file by `#[path]` and asks [`cases`] for a table. Nothing here uses the
//! code under test: headers, signatures and thumbprints are made a second time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test support: a failure must be loud"
)]

#[path = "hostile/algorithm.rs"]
mod algorithm;
#[path = "hostile/claims.rs"]
mod claims;
#[path = "hostile/encoding.rs"]
mod encoding;
#[path = "hostile/forge.rs"]
mod forge;
#[path = "hostile/header.rs"]
mod header;
#[path = "hostile/key.rs"]
mod key;
#[path = "hostile/signature.rs"]
mod signature;
#[path = "hostile/time.rs"]
mod time;

use serde_json::Value;

pub(crate) use self::forge::Forge;
pub(crate) use self::signature::malleable;

/// One token, and what is wrong with it.
pub(crate) struct HostileCase {
    /// Unique and lasting: the class and a name.
    pub(crate) id: String,
    /// `A` algorithm, `K` key, `S` signature, `B` encoding, `H` header, `T` time, `C` claims.
    pub(crate) class: char,
    pub(crate) token: String,
    /// What a service that accepts it has got wrong.
    pub(crate) note: &'static str,
}

/// Every case, for the service that signs with this key, under this issuer, for this audience
/// (with `typ` `at+jwt`), at this time. The claims are good ones with `sid`, `scope` and `roles`.
pub(crate) fn cases(
    pem: &str,
    issuer: &str,
    audience: &str,
    claims: &Value,
    now: u64,
) -> Vec<HostileCase> {
    let forge = Forge::new(pem, claims);
    let mut table = Table(Vec::new());
    algorithm::add(&forge, &mut table);
    key::add(&forge, issuer, &mut table);
    signature::add(&forge, &mut table);
    encoding::add(&forge, &mut table);
    header::add(&forge, &mut table);
    time::add(&forge, now, &mut table);
    claims::add(&forge, issuer, audience, &mut table);
    table.0
}

/// The table as it grows.
struct Table(Vec<HostileCase>);

impl Table {
    fn add(&mut self, class: char, name: &str, note: &'static str, token: String) {
        self.0.push(HostileCase {
            id: format!("{class}-{name}"),
            class,
            token,
            note,
        });
    }
}
