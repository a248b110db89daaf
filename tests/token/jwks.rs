//! JWK Sets that must be refused: every class of Wycheproof's `json_web_key` set, and more.

use std::process::Command;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jotleash::token::{
    Algorithm, JwkError, JwksError, Keyring, PublicKeyError, PublicKeys, SigningKey,
};
use serde_json::{Value, json};

/// ring makes no RSA keys, so OpenSSL does, one for all tests of this process.
fn rsa() -> &'static str {
    static PEM: OnceLock<String> = OnceLock::new();
    PEM.get_or_init(|| {
        let options = [
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
        ];
        let made = Command::new("openssl").args(options).output().unwrap();
        String::from_utf8(made.stdout).unwrap()
    })
}

fn keyring(algorithm: Algorithm) -> Keyring {
    let pem = match algorithm {
        Algorithm::Rs256 => rsa().to_owned(),
        other => SigningKey::generate_pem(other).unwrap().to_string(),
    };
    let key = SigningKey::from_pem(pem.as_bytes(), algorithm).unwrap();
    Keyring::new(key, Vec::new()).unwrap()
}

fn jwk(algorithm: Algorithm) -> Value {
    let set: Value = serde_json::from_str(keyring(algorithm).jwks()).unwrap();
    set["keys"][0].clone()
}

fn read(keys: &[Value]) -> Result<PublicKeys, JwksError> {
    PublicKeys::from_jwks(json!({"keys": keys}).to_string().as_bytes())
}

/// Why the set of one key, with some members set, is refused.
fn refusal(algorithm: Algorithm, members: &[(&str, Value)]) -> JwkError {
    let mut key = jwk(algorithm);
    for (name, value) in members {
        key[*name] = value.clone();
    }
    match read(&[key]) {
        Err(JwksError::Key { at: 1, source }) => source,
        other => panic!("{algorithm} with {members:?}: {other:?}"),
    }
}

fn encode(bytes: &[u8]) -> Value {
    URL_SAFE_NO_PAD.encode(bytes).into()
}

#[test]
fn what_is_published_is_read_for_each_algorithm() {
    for algorithm in Algorithm::ALL {
        let keys = read(&[jwk(algorithm)]).unwrap();
        assert_eq!(keys.algorithm(), algorithm);
        let mut key = jwk(algorithm);
        for member in ["use", "alg"] {
            key.as_object_mut().unwrap().remove(member);
        }
        key["key_ops"] = json!(["verify"]);
        key["x5t"] = json!("not understood, and so ignored");
        let set = json!({"keys": [key], "next_update": "not understood either"});
        let read = PublicKeys::from_jwks(set.to_string().as_bytes());
        assert!(read.is_ok(), "{algorithm}: {read:?}");
    }
}

#[test]
fn a_key_for_another_purpose_is_refused() {
    for algorithm in Algorithm::ALL {
        for usage in ["enc", "", "SIG"] {
            let error = refusal(algorithm, &[("use", usage.into())]);
            assert_eq!(error, JwkError::Use(usage.to_owned()));
        }
        for ops in [
            json!([]),
            json!(["sign"]),
            json!(["encrypt"]),
            json!(["sign", "verify"]),
        ] {
            let error = refusal(algorithm, &[("key_ops", ops)]);
            assert!(matches!(error, JwkError::KeyOps(_)), "{error}");
        }
        for alg in ["HS256", "none", "PS256", "ES384", "RS512", "es256", ""] {
            let error = refusal(algorithm, &[("alg", alg.into())]);
            assert!(matches!(error, JwkError::Alg { .. }), "{alg}: {error}");
        }
    }
}

#[test]
fn a_private_part_is_refused_before_anything_else() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for algorithm in Algorithm::ALL {
            let error = refusal(algorithm, &[(member, "AQAB".into())]);
            assert_eq!(error, JwkError::Private(member.to_owned()));
        }
    }
}

#[test]
fn another_type_of_key_is_refused() {
    for (kty, crv) in [
        ("oct", ""),
        ("EC", "P-384"),
        ("EC", "secp256k1"),
        ("EC", "p-256"),
        ("EC", ""),
        ("ec", "P-256"),
        ("RSA", "P-256"),
        ("OKP", "Ed448"),
        ("OKP", "X25519"),
        ("OKP", "P-256"),
        ("", ""),
    ] {
        let error = refusal(
            Algorithm::Es256,
            &[("kty", kty.into()), ("crv", crv.into())],
        );
        assert!(
            matches!(error, JwkError::Type { .. }),
            "{kty} {crv}: {error}"
        );
    }
}

#[test]
fn weak_rsa_keys_are_refused() {
    // 65537^128: a power of 65537 modulo every prime, as the weak generator's moduli are.
    let mut roca = vec![1];
    for _ in 0..128 {
        let mut shifted = [&roca[..], &[0, 0]].concat();
        let mut carry = 0;
        for (digit, add) in shifted
            .iter_mut()
            .rev()
            .zip(roca.iter().rev().chain(&[0, 0]))
        {
            let sum = u16::from(*digit) + u16::from(*add) + carry;
            (*digit, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        assert_eq!(carry, 0);
        roca = shifted;
    }
    let even = [&[0xff; 255][..], &[0xfe]].concat();
    for (n, expected) in [
        (vec![0xff; 128], PublicKeyError::RsaSize(1024)),
        (vec![0xff; 255], PublicKeyError::RsaSize(2040)),
        (vec![0xff; 513], PublicKeyError::RsaSize(4104)),
        ([&[0][..], &[0xff; 256]].concat(), PublicKeyError::Length),
        (even, PublicKeyError::RsaModulus),
        (roca, PublicKeyError::RsaModulus),
    ] {
        assert_eq!(
            refusal(Algorithm::Rs256, &[("n", encode(&n))]),
            expected.into()
        );
    }
    for e in [&[1][..], &[3], &[1, 0, 2], &[2, 0, 0, 0, 1]] {
        let error = refusal(Algorithm::Rs256, &[("e", encode(e))]);
        assert_eq!(error, PublicKeyError::RsaExponent.into(), "{e:?}");
    }
    let error = refusal(Algorithm::Rs256, &[("e", encode(&[0, 1, 0, 1]))]);
    assert_eq!(error, PublicKeyError::Length.into());
}

#[test]
fn points_that_are_none_are_refused() {
    for member in ["x", "y"] {
        for len in [0, 31, 33, 64] {
            let error = refusal(Algorithm::Es256, &[(member, encode(&vec![7; len]))]);
            assert_eq!(error, PublicKeyError::Length.into(), "{member} {len}");
        }
        for byte in [0, 7, 0xff] {
            let error = refusal(Algorithm::Es256, &[(member, encode(&[byte; 32]))]);
            assert_eq!(error, PublicKeyError::NotOnCurve.into(), "{member} {byte}");
        }
    }
    let longer = [("x", encode(&[7; 31])), ("y", encode(&[7; 33]))];
    assert_eq!(
        refusal(Algorithm::Es256, &longer),
        PublicKeyError::Length.into()
    );
    for len in [0, 31, 33] {
        let error = refusal(Algorithm::EdDsa, &[("x", encode(&vec![7; len]))]);
        assert_eq!(error, PublicKeyError::Length.into(), "{len}");
    }
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    // Of orders 1, 2 and 4: under these anybody can sign.
    for x in [one, minus_one, [0; 32]] {
        let error = refusal(Algorithm::EdDsa, &[("x", encode(&x))]);
        assert_eq!(error, PublicKeyError::SmallOrder.into(), "{x:?}");
    }
    let mut two = [0; 32];
    two[0] = 2;
    let error = refusal(Algorithm::EdDsa, &[("x", encode(&two))]);
    assert_eq!(error, PublicKeyError::NotOnCurve.into());
}

#[test]
fn what_is_not_canonical_base64url_is_refused() {
    for (algorithm, member) in [
        (Algorithm::Es256, "x"),
        (Algorithm::Es256, "y"),
        (Algorithm::Rs256, "n"),
        (Algorithm::Rs256, "e"),
        (Algorithm::EdDsa, "x"),
    ] {
        let good = jwk(algorithm)[member].as_str().unwrap().to_owned();
        for bad in [
            format!("{good}="),
            format!("{good} "),
            format!("+{}", &good[1..]),
        ] {
            let error = refusal(algorithm, &[(member, bad.into())]);
            assert_eq!(error, JwkError::Encoding(member), "{algorithm}");
        }
        let error = refusal(algorithm, &[(member, Value::Null)]);
        assert_eq!(error, JwkError::Missing(member));
    }
}

#[test]
fn an_id_that_is_not_the_thumbprint_is_refused() {
    for algorithm in Algorithm::ALL {
        for kid in ["", "k", "\",\"alg\":\"none"] {
            let error = refusal(algorithm, &[("kid", kid.into())]);
            assert!(matches!(error, JwkError::Kid { .. }), "{error}");
        }
        let error = refusal(algorithm, &[("kid", Value::Null)]);
        assert_eq!(error, JwkError::Missing("kid"));
    }
}

#[test]
fn sets_that_nobody_here_publishes_are_refused() {
    let mixed = read(&[jwk(Algorithm::Es256), jwk(Algorithm::EdDsa)]);
    assert!(matches!(mixed, Err(JwksError::Mixed(..))), "{mixed:?}");
    let key = jwk(Algorithm::Es256);
    let twice = read(&[key.clone(), key]);
    assert!(matches!(twice, Err(JwksError::Duplicate(_))), "{twice:?}");
    assert!(matches!(read(&[]), Err(JwksError::Empty)));
    let five: Vec<Value> = (0..5).map(|_| jwk(Algorithm::Es256)).collect();
    assert!(read(&five[..4]).is_ok());
    assert!(matches!(read(&five), Err(JwksError::TooMany(5))));
    let good = json!({"keys": [jwk(Algorithm::Es256)]}).to_string();
    for bad in [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"keys":{}}"#.to_owned(),
        r#"{"keys":[["EC","P-256"]]}"#.to_owned(),
        format!("[{good}]"),
        format!("{good}x"),
        good.replacen('{', r#"{"keys":[],"#, 1),
        good.replacen(r#""kty""#, r#""kty":"oct","kty""#, 1),
    ] {
        let refused = PublicKeys::from_jwks(bad.as_bytes());
        assert!(
            matches!(refused, Err(JwksError::Json(_))),
            "{bad}: {refused:?}"
        );
    }
    let long = format!("{good}{}", " ".repeat(64 * 1024));
    let refused = PublicKeys::from_jwks(long.as_bytes());
    assert!(matches!(refused, Err(JwksError::TooLong)));
}
