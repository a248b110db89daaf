//! What holds for any token, any byte, any claims.

use std::sync::OnceLock;

use jotleash::clock::SystemEntropy;
use jotleash::id::{Jti, Recorded, Sid, SlotTag, Subject};
use jotleash::token::{Accept, Claims, MacKey, MacKeys, Typ};
use proptest::prelude::*;

use crate::service::{ISSUER, NOW, Service, claims};

/// One for all cases: what is asked does not depend on the key.
fn service() -> &'static Service {
    static SERVICE: OnceLock<Service> = OnceLock::new();
    SERVICE.get_or_init(Service::new)
}

/// The text with the byte at a place (counted round and round) replaced.
fn change(text: &str, at: prop::sample::Index, to: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at.index(bytes.len());
    bytes[at] = to;
    String::from_utf8(bytes).unwrap()
}

prop_compose! {
    fn any_claims()(
        sub in "[!-\"$&-.0-9:->@A-\\[\\]-~]{3,255}",
        aud in prop::sample::select(vec![("web", Typ::AtJwt), ("spring", Typ::Jwt)]),
        lived in 0..3_600_u64,
        left in 1..80_000_u64,
        ahead in 0..=5_u64,
        nbf in prop::option::of(0..=NOW + 5),
        client_id in "[ -~]{1,100}",
        session in prop::option::of(0..u64::MAX),
        scope in prop::collection::vec("[!#-\\[\\]-~]{1,30}", 0..5),
        roles in prop::collection::vec("[!-~]{1,30}", 0..5),
    ) -> (Claims, Typ) {
        let sub: Subject = sub.parse().unwrap();
        let slot = sub.slot();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: aud.0.to_owned(),
            exp: NOW + ahead + left,
            iat: NOW + ahead - lived,
            nbf,
            jti: Jti::random(slot, &SystemEntropy),
            client_id,
            sid: session.map(|_| Sid::random(slot, &SystemEntropy)),
            auth_time: session,
            scope: scope.join(" "),
            roles,
            act: None,
            sub,
        };
        (claims, aud.1)
    }
}

proptest! {
    #[test]
    fn whatever_may_be_minted_verifies_and_says_the_same((claims, typ) in any_claims()) {
        let service = service();
        let minted = service.keyring.mint(&claims, typ).unwrap();
        let accept = Accept::Audience(&claims.aud);
        let token = service.verifier.verify(&minted.token, NOW, accept).unwrap();
        prop_assert_eq!(token.recorded(), &minted.recorded);
        prop_assert_eq!(token.claims(), &claims);
    }

    #[test]
    fn claims_that_differ_have_different_digests(
        (one, _) in any_claims(),
        (mut other, _) in any_claims(),
        same_subject in any::<bool>(),
    ) {
        if same_subject {
            other = Claims { exp: one.exp - 1, iat: one.iat - 1, ..one.clone() };
        }
        let digest = |claims| service().keyring.mint(claims, Typ::AtJwt).unwrap().recorded;
        prop_assert_ne!(digest(&one), digest(&other));
        prop_assert_eq!(digest(&one), digest(&one));
    }

    #[test]
    fn one_changed_byte_makes_a_token_nobodys(at: prop::sample::Index, to in 0..128_u8) {
        static TOKEN: OnceLock<String> = OnceLock::new();
        let token = TOKEN.get_or_init(|| service().mint(&claims()));
        let changed = change(token, at, to);
        prop_assume!(changed != *token);
        prop_assert!(service().verify(&changed).is_err());
    }

    #[test]
    fn no_text_is_a_token_or_a_panic(raw in ".{0,200}") {
        prop_assert!(service().verify(&raw).is_err());
    }

    #[test]
    fn no_text_with_our_header_is_a_token_or_a_panic(rest in "[A-Za-z0-9_.-]{0,200}") {
        let token = service().mint(&claims());
        let header = token.split('.').next().unwrap();
        let raw = format!("{header}.eyJ{rest}");
        prop_assert!(service().verify(&raw).is_err());
    }

    #[test]
    fn one_changed_byte_makes_a_refresh_token_nobodys(
        counter: u64,
        at: prop::sample::Index,
        to in 0..128_u8,
    ) {
        let key = MacKey::from_bytes(&*MacKey::generate(&SystemEntropy)).unwrap();
        let key = MacKeys::from(key);
        let sid = Sid::random(SlotTag::of("alice"), &SystemEntropy);
        let token = key.mint_refresh(&sid, counter, &[7; 32]);
        let changed = change(&token, at, to);
        prop_assume!(changed != token);
        prop_assert!(key.open_refresh(&changed).is_err());
        prop_assert!(key.open_refresh(&token).unwrap().tagged_by(&[7; 32]));
    }

    #[test]
    fn whatever_may_be_minted_is_opaque_too_and_every_byte_of_its_handle_counts(
        (claims, _) in any_claims(),
        at: prop::sample::Index,
        to in 0..128_u8,
    ) {
        let key = MacKeys::from(MacKey::from_bytes(b"an example key, 32 bytes long...").unwrap());
        let minted = key.mint_opaque(&claims).unwrap();
        prop_assert_eq!(key.open_opaque(&minted.token).unwrap().jti(), claims.jti);
        let read = minted.recorded.as_str().parse::<Recorded>();
        prop_assert_eq!(read.as_ref(), Ok(&minted.recorded));
        let changed = change(&minted.token, at, to);
        prop_assume!(changed != minted.token);
        prop_assert!(key.open_opaque(&changed).is_err());
    }

    #[test]
    fn no_text_is_an_opaque_token_or_a_panic(raw in "(jl_)?.{0,120}", rest in "[A-Za-z0-9_-]{43}") {
        let key = MacKeys::from(MacKey::from_bytes(b"an example key, 32 bytes long...").unwrap());
        prop_assert!(key.open_opaque(&raw).is_err());
        let shaped = format!("jl_K9gGyX8OAK8aH8My.{rest}");
        prop_assert!(key.open_opaque(&shaped).is_err());
    }

    #[test]
    fn no_text_is_a_refresh_token_or_a_panic(raw in "(jr_)?.{0,120}") {
        let key = MacKey::from_bytes(b"an example key, 32 bytes long...").unwrap();
        let key = MacKeys::from(key);
        prop_assert!(key.open_refresh(&raw).is_err());
    }
}

#[test]
fn every_byte_of_a_token_counts() {
    let token = service().mint(&claims());
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(
            service().verify(&changed).is_err(),
            "byte {at} of {}",
            token.len()
        );
    }
}
