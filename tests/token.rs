//! The token core from outside: hostile tokens, properties, and keys made by OpenSSL.

#![cfg(feature = "verify")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests: a failure must be loud"
)]

#[path = "token/algorithms.rs"]
mod algorithms;
#[path = "token/ecdsa.rs"]
mod ecdsa;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "token/jwks.rs"]
mod jwks;
#[path = "token/openssl.rs"]
mod openssl;
#[path = "token/properties.rs"]
mod properties;
#[path = "token/refusals.rs"]
mod refusals;
#[path = "token/service.rs"]
mod service;
#[path = "token/wycheproof.rs"]
mod wycheproof_vectors;
