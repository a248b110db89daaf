//! What ECDSA lets pass, and why it does no harm.

use crate::hostile::malleable;
use crate::service::{Service, claims};

/// Whoever holds a token can write a second signature under it, `(r, n - s)`, that holds as well.
/// It is the same token: the digest, by which it lives and dies, is over header and payload only.
#[test]
fn the_other_signature_of_a_token_has_the_same_id_and_digest() {
    let service = Service::new();
    let token = service.mint(&claims());
    let twin = malleable(&token);
    assert_ne!(token, twin);
    let [token, twin] = [token, twin].map(|raw| service.verify(&raw).unwrap());
    assert_eq!(token.recorded(), twin.recorded());
    assert_eq!(token.claims(), twin.claims());
}

#[test]
fn the_other_signature_of_the_other_signature_is_the_first() {
    let token = Service::new().mint(&claims());
    assert_eq!(malleable(&malleable(&token)), token);
}
