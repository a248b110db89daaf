//! Wycheproof's vectors, through jsonwebtoken and the provider that it has from us.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jotleash::token::install_provider;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use wycheproof::TestResult;

/// How many vectors hold, and how many are refused.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    refused: usize,
}

impl Count {
    /// Asks the provider. `None`: it has no verifier for the key.
    fn check(
        &mut self,
        algorithm: Algorithm,
        key: &DecodingKey,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        install_provider();
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let answer = crypto::verify(&signature, message, key, algorithm).ok();
        if answer == Some(true) {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
        answer
    }
}

#[test]
fn es256_accepts_what_is_valid_and_nothing_else() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut count = Count::default();
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363)
        .unwrap()
        .test_groups
    {
        let key = DecodingKey::from_ec_der(&group.key.key);
        for test in group.tests {
            let answer = count.check(Algorithm::ES256, &key, &test.msg, &test.sig);
            assert_eq!(
                answer,
                Some(test.result == TestResult::Valid),
                "{}",
                test.tc_id
            );
        }
    }
    let expected = Count {
        accepted: 173,
        refused: 89,
    };
    assert_eq!(count, expected);
}

#[test]
fn eddsa_accepts_what_is_valid_and_nothing_else() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = Count::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = DecodingKey::from_ed_der(&group.key.pk);
        for test in group.tests {
            let answer = count.check(Algorithm::EdDSA, &key, &test.msg, &test.sig);
            assert_eq!(
                answer,
                Some(test.result == TestResult::Valid),
                "{}",
                test.tc_id
            );
        }
    }
    let expected = Count {
        accepted: 88,
        refused: 63,
    };
    assert_eq!(count, expected);
}

/// Stricter than the vectors in three ways: "acceptable" is refused (a missing NULL in the padding),
/// so is every signature under an exponent of 3, and every one by a key longer than 4096 bits.
#[test]
fn rs256_accepts_what_is_valid_and_strong_and_nothing_else() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for (name, accepted, refused) in [
        (TestName::Rsa2048Sha256, 7, 252),
        (TestName::Rsa3072Sha256, 7, 252),
        (TestName::Rsa4096Sha256, 7, 251),
        (TestName::Rsa8192Sha256, 0, 258),
    ] {
        let mut count = Count::default();
        for group in TestSet::load(name).unwrap().test_groups {
            let [n, e] = [&group.key.n, &group.key.e].map(|number| {
                let bytes: &[u8] = number.as_ref();
                bytes.strip_prefix(&[0]).unwrap_or(bytes).to_vec()
            });
            let key = DecodingKey::from_rsa_raw_components(&n, &e);
            let usable = e == [1, 0, 1] && n.len() <= 512;
            for test in group.tests {
                let answer = count.check(Algorithm::RS256, &key, &test.msg, &test.sig);
                let valid = test.result == TestResult::Valid;
                assert_eq!(answer, usable.then_some(valid), "{}", test.tc_id);
            }
        }
        assert_eq!(count, Count { accepted, refused }, "{name:?}");
    }
}
