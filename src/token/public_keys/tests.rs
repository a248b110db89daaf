use super::super::claims::tests::good;
use super::super::{Keyring, SigningKey};
use super::*;

/// A keyring for an algorithm whose keys ring can make.
fn keyring(algorithm: Algorithm) -> Keyring {
    let pem = SigningKey::generate_pem(algorithm).unwrap();
    let key = SigningKey::from_pem(pem.as_bytes(), algorithm).unwrap();
    Keyring::new(key, Vec::new()).unwrap()
}

fn published(keyring: &Keyring) -> PublicKeys {
    PublicKeys::from_jwks(keyring.jwks().as_bytes()).unwrap()
}

#[test]
fn the_set_that_a_keyring_publishes_reads_the_tokens_that_it_mints() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let keyring = keyring(algorithm);
        let keys = published(&keyring);
        assert_eq!(keys.algorithm(), algorithm);
        assert!(keys.kids().eq(keyring.kids()));
        for typ in Typ::ALL {
            let claims = good();
            let minted = keyring.mint(&claims, typ).unwrap();
            let expected = SignedToken {
                kid: keyring.active_kid().to_owned(),
                typ,
                claims,
                digest: minted.recorded.digest(),
            };
            assert_eq!(keys.read(&minted.token), Ok(expected));
        }
    }
}

#[test]
fn a_token_is_read_at_any_time_and_says_when_it_holds() {
    let keyring = keyring(Algorithm::Es256);
    let claims = Claims {
        nbf: Some(1_100),
        ..good()
    };
    let token = keyring.mint(&claims, Typ::AtJwt).unwrap().token;
    let read = published(&keyring).read(&token).unwrap();
    for (now, expected) in [
        (994, Err(TokenError::IssuedInFuture)),
        (1_094, Err(TokenError::NotYetValid)),
        (1_095, Ok(())),
        (1_299, Ok(())),
        (1_300, Err(TokenError::Expired)),
    ] {
        assert_eq!(read.check_time(now), expected, "{now}");
    }
}

#[test]
fn a_token_of_another_key_is_not_read_nor_one_that_was_changed() {
    let [one, other] = [(); 2].map(|()| keyring(Algorithm::Es256));
    let keys = published(&one);
    let foreign = other.mint(&good(), Typ::AtJwt).unwrap().token;
    assert_eq!(keys.read(&foreign), Err(TokenError::Header));
    let token = one.mint(&good(), Typ::AtJwt).unwrap().token;
    let (input, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = foreign.rsplit_once('.').unwrap();
    let swapped = format!("{input}.{signature}");
    assert_eq!(keys.read(&swapped), Err(TokenError::Signature));
    assert_eq!(keys.read("no token"), Err(TokenError::Form));
}
