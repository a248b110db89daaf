//! ring as the crypto provider of jsonwebtoken: the second lock.
//!
//! The first is the list of one algorithm that the check hands to the library. This one holds
//! whatever anybody hands it: no algorithm but the three that can be pinned, each with keys of its
//! own family and strength only, has a verifier.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::jwk::ThumbprintHash;
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use ring::digest;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::public::check_rsa;

/// Makes ring the crypto provider of jsonwebtoken for this process.
///
/// Whatever needs it calls it, so no binary and no test can forget; calls after the first do
/// nothing.
///
/// # Panics
/// When something else in the process has installed another provider, or used jsonwebtoken
/// without one, before. A check by unknown code must not pass for ours.
pub fn install_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        assert!(
            PROVIDER.install_default().is_ok(),
            "another crypto provider was installed in jsonwebtoken before"
        );
    });
}

static PROVIDER: CryptoProvider = CryptoProvider {
    // Tokens are signed by the keyring, which keeps the parsed key; one way to sign is enough.
    signer_factory: |_, _| Err(unsupported()),
    verifier_factory: |algorithm, key| verifier(*algorithm, key),
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: |_| Err(unsupported()),
        rsa_pub_components_from_public_key: |_| Err(unsupported()),
        // The public part of a key is taken from the parsed key pair, never through this.
        ec_pub_components_from_private_key: |_, _| Err(unsupported()),
        ed_pub_components_from_private_key: |_, _| Err(unsupported()),
        compute_digest: |data, hash| compute_digest(data, &hash),
    },
};

/// A verifier for one of three algorithms by a key of its own family and form, or none at all.
///
/// Called at every check: it looks at lengths and copies the key, and ring parses it.
fn verifier(algorithm: Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let family = match algorithm {
        Algorithm::ES256 => AlgorithmFamily::Ec,
        Algorithm::RS256 => AlgorithmFamily::Rsa,
        Algorithm::EdDSA => AlgorithmFamily::Ed,
        _ => return Err(unsupported()),
    };
    if key.family() != family {
        return Err(new_error(ErrorKind::InvalidKeyFormat));
    }
    let public = match (algorithm, key.kind()) {
        // An uncompressed point (SEC 1, section 2.3.3); ring checks that it is on the curve.
        (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => match point.as_slice() {
            [4, coordinates @ ..] if coordinates.len() == 64 => Public::Simple(
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.clone()),
            ),
            _ => return Err(new_error(ErrorKind::InvalidEcdsaKey)),
        },
        (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            check_rsa(n, e)
                .map_err(|error| new_error(ErrorKind::InvalidRsaKey(error.to_string())))?;
            let (n, e) = (n.clone(), e.clone());
            Public::Rsa(RsaPublicKeyComponents { n, e })
        }
        (Algorithm::EdDSA, DecodingKeyKind::SecretOrDer(x)) if x.len() == 32 => {
            Public::Simple(UnparsedPublicKey::new(&ED25519, x.clone()))
        }
        _ => return Err(new_error(ErrorKind::InvalidKeyFormat)),
    };
    Ok(Box::new(RingVerifier { algorithm, public }))
}

struct RingVerifier {
    algorithm: Algorithm,
    public: Public,
}

enum Public {
    Simple(UnparsedPublicKey<Vec<u8>>),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(
        &self,
        message: &[u8],
        signature: &Vec<u8>,
    ) -> std::result::Result<(), SignatureError> {
        match &self.public {
            Public::Simple(key) => key.verify(message, signature),
            Public::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        }
        .map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

fn compute_digest(data: &[u8], hash: &ThumbprintHash) -> Result<Vec<u8>> {
    let algorithm = match hash {
        ThumbprintHash::SHA256 => &digest::SHA256,
        ThumbprintHash::SHA384 => &digest::SHA384,
        ThumbprintHash::SHA512 => &digest::SHA512,
        _ => return Err(unsupported()),
    };
    Ok(digest::digest(algorithm, data).as_ref().to_vec())
}

fn unsupported() -> jsonwebtoken::errors::Error {
    new_error(ErrorKind::UnsupportedAlgorithm)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::EncodingKey;
    use jsonwebtoken::jwk::EllipticCurve;

    use super::*;

    const OTHERS: [Algorithm; 11] = [
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
        Algorithm::ES384,
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::EdDSA,
    ];

    #[test]
    fn it_may_be_installed_again_and_again() {
        install_provider();
        install_provider();
    }

    #[test]
    fn no_other_algorithm_has_a_verifier() {
        let mut point = [7; 65];
        point[0] = 4;
        let keys = [
            DecodingKey::from_ec_der(&point),
            DecodingKey::from_secret(&point),
            DecodingKey::from_rsa_der(&point),
            DecodingKey::from_ed_der(&point),
        ];
        for algorithm in OTHERS {
            for key in &keys {
                let refused = verifier(algorithm, key).err().unwrap();
                assert_eq!(
                    refused.kind(),
                    &ErrorKind::UnsupportedAlgorithm,
                    "{algorithm:?}"
                );
            }
        }
        assert!(verifier(Algorithm::ES256, &keys[0]).is_ok());
    }

    #[test]
    fn no_key_of_another_family_or_form_has_a_verifier() {
        let mut point = [7; 65];
        point[0] = 4;
        let mut compressed = point;
        compressed[0] = 2;
        for key in [
            DecodingKey::from_secret(&point),
            DecodingKey::from_rsa_der(&point),
            DecodingKey::from_ed_der(&point),
            DecodingKey::from_rsa_raw_components(&point, &[1, 0, 1]),
            DecodingKey::from_ec_der(&[]),
            DecodingKey::from_ec_der(&point[..64]),
            DecodingKey::from_ec_der(&compressed),
            DecodingKey::from_ec_der(&[4; 97]),
        ] {
            assert!(verifier(Algorithm::ES256, &key).is_err(), "{key:?}");
        }
    }

    #[test]
    fn a_point_that_is_not_on_the_curve_verifies_nothing() {
        let mut point = [7; 65];
        point[0] = 4;
        let key = DecodingKey::from_ec_der(&point);
        let verifier = verifier(Algorithm::ES256, &key).unwrap();
        assert!(verifier.verify(b"message", &vec![1; 64]).is_err());
        assert!(verifier.verify(b"message", &vec![0; 64]).is_err());
    }

    #[test]
    fn nothing_signs_and_no_helper_panics() {
        let key = EncodingKey::from_ec_der(&[1, 2, 3]);
        assert!((PROVIDER.signer_factory)(&Algorithm::ES256, &key).is_err());
        let utils = &PROVIDER.key_utils;
        assert!((utils.rsa_pub_components_from_private_key)(&[]).is_err());
        assert!((utils.rsa_pub_components_from_public_key)(&[]).is_err());
        assert!((utils.ec_pub_components_from_private_key)(&[], Algorithm::ES256).is_err());
        assert!((utils.ed_pub_components_from_private_key)(&[], &EllipticCurve::Ed25519).is_err());
        let digest = (utils.compute_digest)(b"abc", ThumbprintHash::SHA256).unwrap();
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
