use std::collections::HashMap;
use std::sync::Arc;

use super::super::claims::tests::good;
use super::super::{Accept, Algorithm, Format, Keyring, MacKey, SigningKey, Typ, Verifier};
use super::*;

const NOW: u64 = 1_100;
/// `iss` of the good claims.
const ISSUER: &str = "https://id.example";

fn key() -> MacKeys {
    mac(b"an example key, 32 bytes long...")
}

fn mac(bytes: &[u8]) -> MacKeys {
    MacKey::from_bytes(bytes).unwrap().into()
}

fn verifier() -> Verifier {
    let pem = SigningKey::generate_pem(Algorithm::Es256).unwrap();
    let signing = SigningKey::from_pem(pem.as_bytes(), Algorithm::Es256).unwrap();
    let keyring = Arc::new(Keyring::new(signing, Vec::new()).unwrap());
    let audiences = [
        ("web", Format::Opaque),
        ("cart", Format::Opaque),
        ("jwts", Format::Jwt(Typ::AtJwt)),
    ];
    let audiences = audiences.map(|(name, format)| (name.to_owned(), format));
    Verifier::new(keyring, ISSUER.to_owned(), HashMap::from(audiences))
}

fn recorded(minted: &Minted) -> TaggedClaims {
    match &minted.recorded {
        Recorded::Claims(claims) => claims.clone(),
        Recorded::Digest(digest) => panic!("{digest}"),
    }
}

/// What comes out of claims that were minted, recorded, and looked at at a time.
fn judged(claims: &Claims, now: u64, accept: Accept<'_>) -> Result<Claims, TokenError> {
    let minted = key().mint_opaque(claims).unwrap();
    let presented = key().open_opaque(&minted.token).unwrap();
    let token = verifier().verify_opaque(&presented, recorded(&minted), &key(), now, accept)?;
    assert_eq!(token.recorded(), &minted.recorded);
    assert_eq!(token.kid(), None);
    Ok(token.into_claims())
}

#[test]
fn a_handle_is_its_jti_under_a_tag_and_the_same_each_time() {
    let claims = good();
    let minted = key().mint_opaque(&claims).unwrap();
    let (prefix, rest) = minted.token.split_once('.').unwrap();
    assert_eq!(prefix, format!("jl_{}", claims.sub.slot()));
    assert_eq!((minted.token.len(), rest.len()), (63, 43));
    assert!(is_opaque_shaped(&minted.token));
    let presented = key().open_opaque(&minted.token).unwrap();
    assert_eq!(presented.jti(), claims.jti);
    assert_eq!(key().mint_opaque(&claims).unwrap().token, minted.token);
    assert!(!format!("{minted:?}").contains(rest));
}

#[test]
fn every_byte_of_a_handle_counts() {
    let token = key().mint_opaque(&good()).unwrap().token;
    for at in 0..token.len() {
        for to in (0..128_u8).filter(|to| token.as_bytes()[at] != *to) {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = to;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(key().open_opaque(&changed).is_err(), "{changed}");
        }
    }
    for longer in [
        format!("{token}A"),
        format!("{token}="),
        format!(" {token}"),
    ] {
        assert_eq!(
            key().open_opaque(&longer).unwrap_err(),
            TokenError::OpaqueForm
        );
    }
    for length in 0..token.len() {
        assert!(key().open_opaque(&token[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_handle_of_another_key_is_refused_and_so_is_another_kind_of_tag() {
    let claims = good();
    let other = mac(b"another example key, 32 bytes ..");
    let foreign = other.mint_opaque(&claims).unwrap().token;
    assert_eq!(
        key().open_opaque(&foreign).unwrap_err(),
        TokenError::OpaqueTag
    );
    // The tag that its claims bear is no handle's.
    let minted = key().mint_opaque(&claims).unwrap();
    let swapped = render(&claims.jti, &recorded(&minted).tag());
    assert_eq!(
        key().open_opaque(&swapped).unwrap_err(),
        TokenError::OpaqueTag
    );
    // Nor does the tag of one `jti` do for another.
    let tag = parse(&minted.token).unwrap().1;
    let moved = render(&good().jti, &tag);
    assert_eq!(
        key().open_opaque(&moved).unwrap_err(),
        TokenError::OpaqueTag
    );
}

#[test]
fn recorded_claims_are_the_tokens_own_and_none_that_were_changed() {
    let claims = good();
    let minted = key().mint_opaque(&claims).unwrap();
    let presented = key().open_opaque(&minted.token).unwrap();
    let read = |recorded: &TaggedClaims| key().bound_claims(&presented, recorded);
    let own = recorded(&minted);
    assert_eq!(read(&own), Ok(claims.clone()));
    let wider = own.claims().replace("read write", "read write admin");
    assert_ne!(wider, own.claims());
    let wider = TaggedClaims::new(wider, &own.tag());
    assert_eq!(read(&wider), Err(TokenError::Unbound));
    // Good claims of the same subject, recorded under another of its tokens.
    let moved = key()
        .mint_opaque(&Claims {
            jti: Jti::new(claims.jti.slot(), good().jti.tail()),
            ..claims
        })
        .unwrap();
    assert_eq!(read(&recorded(&moved)), Err(TokenError::Unbound));
    let other = mac(b"another example key, 32 bytes ..");
    let foreign = other.bound_claims(&presented, &own);
    assert_eq!(foreign, Err(TokenError::Unbound));
}

#[test]
fn an_opaque_token_ends_at_its_exp() {
    let accept = Accept::Audience("web");
    assert!(judged(&good(), 1_299, accept).is_ok());
    assert_eq!(judged(&good(), 1_300, accept), Err(TokenError::Expired));
    let minted = key().mint_opaque(&good()).unwrap();
    let presented = key().open_opaque(&minted.token).unwrap();
    let inspected = verifier().inspect_opaque(&presented, recorded(&minted), &key(), 1_300);
    assert!(inspected.unwrap().expired);
}

#[test]
fn an_opaque_token_for_one_audience_is_none_for_another() {
    let claims = good();
    for accept in [Accept::Audience("web"), Accept::AnyRegistered] {
        assert_eq!(judged(&claims, NOW, accept), Ok(claims.clone()));
    }
    for other in ["cart", "jwts", "unregistered"] {
        let refused = judged(&claims, NOW, Accept::Audience(other));
        assert_eq!(refused, Err(TokenError::Audience), "{other}");
    }
}

#[test]
fn stored_claims_are_judged_like_a_jwts() {
    type Change = fn(&mut Claims);
    let cases: [(Change, TokenError); 5] = [
        (
            |c| c.iss = "https://other.example".into(),
            TokenError::Issuer,
        ),
        (|c| c.aud = "unregistered".into(), TokenError::Audience),
        (|c| c.aud = "jwts".into(), TokenError::Typ),
        (|c| c.iat = NOW + 6, TokenError::IssuedInFuture),
        (|c| c.nbf = Some(NOW + 6), TokenError::NotYetValid),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let mut claims = good();
        change(&mut claims);
        let refused = judged(&claims, NOW, Accept::AnyRegistered);
        assert_eq!(refused, Err(expected), "case {index}");
    }
}

#[test]
fn a_format_is_an_audiences_own() {
    let verifier = verifier();
    let takes = |accept| verifier.takes_opaque(accept);
    assert_eq!(takes(Accept::Audience("web")), Ok(()));
    assert_eq!(takes(Accept::AnyRegistered), Ok(()));
    assert_eq!(takes(Accept::Audience("jwts")), Err(TokenError::Typ));
    assert_eq!(takes(Accept::Audience("x")), Err(TokenError::Audience));
}

#[test]
fn claims_that_no_check_accepts_are_not_recorded() {
    let mut claims = good();
    claims.exp = claims.iat;
    let refused = key().mint_opaque(&claims).unwrap_err();
    assert!(matches!(refused, MintError::Refused(TokenError::Lifetime)));
    claims = good();
    claims.roles = vec!["r".repeat(MAX_TOKEN_LEN)];
    let refused = key().mint_opaque(&claims).unwrap_err();
    assert!(matches!(refused, MintError::Refused(TokenError::TooLong)));
}
