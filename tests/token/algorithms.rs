//! One algorithm is pinned: what holds for its tokens, whichever it is.

use std::process::Command;

use jotleash::token::{
    Accept, Algorithm, Format, Keyring, PublicKeys, SigningKey, TokenError, Typ, Verifier,
};

use crate::service::{AUDIENCE, ISSUER, NOW, claims};

/// A keyring with a new key, by OpenSSL since ring makes no RSA keys.
fn keyring(algorithm: Algorithm) -> Keyring {
    let command = algorithm.genpkey("/dev/stdout");
    let made = Command::new("sh").args(["-c", &command]).output().unwrap();
    let key = SigningKey::from_pem(&made.stdout, algorithm).unwrap();
    Keyring::new(key, Vec::new()).unwrap()
}

fn verifier(keyring: Keyring) -> Verifier {
    let audiences = [(AUDIENCE.to_owned(), Format::Jwt(Typ::AtJwt))];
    Verifier::new(keyring.into(), ISSUER.to_owned(), audiences.into())
}

#[test]
fn every_byte_of_a_token_counts_with_each_algorithm() {
    for algorithm in Algorithm::ALL {
        let keyring = keyring(algorithm);
        let token = keyring.mint(&claims(), Typ::AtJwt).unwrap().token;
        let keys = PublicKeys::from_jwks(keyring.jwks().as_bytes()).unwrap();
        let verifier = verifier(keyring);
        let verify = |raw: &str| {
            verifier
                .verify(raw, NOW, Accept::Audience(AUDIENCE))
                .is_ok()
        };
        assert!(verify(&token) && keys.read(&token).is_ok(), "{algorithm}");
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(!verify(&changed), "{algorithm}, byte {at}");
            assert!(keys.read(&changed).is_err(), "{algorithm}, byte {at}");
        }
    }
}

#[test]
fn a_token_by_a_good_key_of_another_algorithm_is_refused() {
    let tokens = Algorithm::ALL.map(|algorithm| {
        let keyring = keyring(algorithm);
        let token = keyring.mint(&claims(), Typ::AtJwt).unwrap().token;
        (verifier(keyring), token)
    });
    for (pinned, (verifier, own)) in tokens.iter().enumerate() {
        let verify = |raw: &str| verifier.verify(raw, NOW, Accept::AnyRegistered).map(|_| ());
        assert_eq!(verify(own), Ok(()));
        let (input, _) = own.rsplit_once('.').unwrap();
        for (other, (_, token)) in tokens.iter().enumerate() {
            if other != pinned {
                assert_eq!(verify(token), Err(TokenError::Header));
                let (_, signature) = token.rsplit_once('.').unwrap();
                let borrowed = format!("{input}.{signature}");
                assert_eq!(verify(&borrowed), Err(TokenError::Signature));
            }
        }
    }
}
