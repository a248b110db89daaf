use super::super::claims::tests::good;
use super::super::{MAX_LIFETIME, SigningKey};
use super::*;

const NOW: u64 = 1_100;
const ADMIN: &str = "https://id.example";

fn key() -> SigningKey {
    let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
    SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap()
}

fn verifier(keyring: &Arc<Keyring>) -> Verifier {
    let audiences = [
        ("web", Typ::AtJwt),
        (ADMIN, Typ::AtJwt),
        ("spring", Typ::Jwt),
    ];
    let audiences = audiences.map(|(name, typ)| (name.to_owned(), Format::Jwt(typ)));
    Verifier::new(Arc::clone(keyring), ADMIN.to_owned(), audiences.into())
}

fn setup() -> (Arc<Keyring>, Verifier) {
    let keyring = Arc::new(Keyring::new(key(), Vec::new()).unwrap());
    let verifier = verifier(&keyring);
    (keyring, verifier)
}

#[test]
fn a_minted_token_gives_its_claims_and_digest_back() {
    let (keyring, verifier) = setup();
    let claims = good();
    let minted = keyring.mint(&claims, Typ::AtJwt).unwrap();
    for accept in [Accept::Audience("web"), Accept::AnyRegistered] {
        let token = verifier.verify(&minted.token, NOW, accept).unwrap();
        assert_eq!(token.claims(), &claims);
        assert_eq!(token.recorded(), &minted.recorded);
        assert_eq!(token.into_claims(), claims);
    }
}

#[test]
fn a_token_ends_at_its_exp_and_is_still_there_to_be_inspected() {
    let (keyring, verifier) = setup();
    let token = keyring.mint(&good(), Typ::AtJwt).unwrap().token;
    let verify = |now| verifier.verify(&token, now, Accept::AnyRegistered);
    assert!(verify(1_299).is_ok());
    assert_eq!(verify(1_300).unwrap_err(), TokenError::Expired);
    assert!(!verifier.inspect(&token, 1_299).unwrap().expired);
    let inspected = verifier.inspect(&token, 1_300).unwrap();
    assert!(inspected.expired);
    assert_eq!(inspected.claims.sub.as_str(), "alice");
}

#[test]
fn a_token_for_one_audience_is_none_for_another() {
    let (keyring, verifier) = setup();
    let token = keyring.mint(&good(), Typ::AtJwt).unwrap().token;
    for other in [ADMIN, "spring", "", "WEB", "unregistered"] {
        let refused = verifier.verify(&token, NOW, Accept::Audience(other));
        assert_eq!(refused.unwrap_err(), TokenError::Audience, "{other}");
    }
}

#[test]
fn an_audience_that_is_not_registered_is_refused_even_when_asked_for() {
    let (keyring, verifier) = setup();
    let mut claims = good();
    claims.aud = "gone".to_owned();
    let token = keyring.mint(&claims, Typ::AtJwt).unwrap().token;
    for accept in [Accept::Audience("gone"), Accept::AnyRegistered] {
        let refused = verifier.verify(&token, NOW, accept);
        assert_eq!(refused.unwrap_err(), TokenError::Audience);
    }
}

#[test]
fn each_audience_has_its_own_typ() {
    let (keyring, verifier) = setup();
    for (aud, typ, other) in [
        ("web", Typ::AtJwt, Typ::Jwt),
        ("spring", Typ::Jwt, Typ::AtJwt),
    ] {
        let mut claims = good();
        claims.aud = aud.to_owned();
        let verify = |typ| {
            let token = keyring.mint(&claims, typ).unwrap().token;
            verifier.verify(&token, NOW, Accept::Audience(aud)).err()
        };
        assert_eq!(verify(typ), None);
        assert_eq!(verify(other), Some(TokenError::Typ));
    }
}

#[test]
fn a_rotated_key_verifies_until_it_is_retired() {
    let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
    let load = || SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
    let before = Arc::new(Keyring::new(load(), Vec::new()).unwrap());
    let during = Arc::new(Keyring::new(key(), vec![load()]).unwrap());
    let after = Arc::new(Keyring::new(key(), Vec::new()).unwrap());
    let token = before.mint(&good(), Typ::AtJwt).unwrap().token;
    let verify = |ring| verifier(ring).verify(&token, NOW, Accept::AnyRegistered);
    assert!(verify(&before).is_ok());
    assert!(verify(&during).is_ok());
    assert_eq!(verify(&after).unwrap_err(), TokenError::Header);
}

#[test]
fn another_issuer_with_the_same_key_is_refused() {
    let (keyring, verifier) = setup();
    let mut claims = good();
    claims.iss = "https://id.example/".to_owned();
    let token = keyring.mint(&claims, Typ::AtJwt).unwrap().token;
    let refused = verifier.verify(&token, NOW, Accept::AnyRegistered);
    assert_eq!(refused.unwrap_err(), TokenError::Issuer);
}

#[test]
fn each_step_says_what_it_refuses() {
    let (keyring, verifier) = setup();
    let token = keyring.mint(&good(), Typ::AtJwt).unwrap().token;
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signing_input.split_once('.').unwrap();
    let cases = [
        (
            format!("{token}{}", "A".repeat(MAX_TOKEN_LEN)),
            TokenError::TooLong,
        ),
        (String::new(), TokenError::Form),
        (signing_input.to_owned(), TokenError::Form),
        (format!("{token}."), TokenError::Form),
        (format!("{token}="), TokenError::Form),
        (
            format!("{payload}.{payload}.{signature}"),
            TokenError::Header,
        ),
        (
            format!("{header}.WzEs{payload}.{signature}"),
            TokenError::Payload,
        ),
        (
            format!("{signing_input}A.{signature}"),
            TokenError::Signature,
        ),
        (format!("{signing_input}."), TokenError::Signature),
        (format!("{token}AAA"), TokenError::Encoding),
    ];
    for (raw, expected) in cases {
        let refused = verifier.verify(&raw, NOW, Accept::AnyRegistered);
        assert_eq!(refused.unwrap_err(), expected, "{raw:.40}");
    }
}

#[test]
fn the_longest_lifetime_is_accepted() {
    let (keyring, verifier) = setup();
    let mut claims = good();
    claims.exp = claims.iat + MAX_LIFETIME;
    let token = keyring.mint(&claims, Typ::AtJwt).unwrap().token;
    assert!(verifier.verify(&token, NOW, Accept::AnyRegistered).is_ok());
}

#[test]
fn neither_a_verified_nor_an_inspected_token_shows_its_claims_in_debug_output() {
    let (keyring, verifier) = setup();
    let token = keyring.mint(&good(), Typ::AtJwt).unwrap().token;
    let live = verifier.verify(&token, NOW, Accept::AnyRegistered).unwrap();
    let inspected = verifier.inspect(&token, NOW).unwrap();
    for shown in [format!("{live:?}"), format!("{inspected:?}")] {
        assert!(
            !shown.contains("alice") && !shown.contains("editor"),
            "{shown}"
        );
    }
}
