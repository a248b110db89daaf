//! A public key that is one: the bytes of a JWK, checked once.

use std::fmt;

use curve25519_dalek::edwards::CompressedEdwardsY;
use jsonwebtoken::DecodingKey;
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;

use super::algorithm::Algorithm;

/// The shortest RSA modulus, in bits (RFC 7518, section 3.3).
const MIN_RSA_BITS: usize = 2048;
/// The longest one that ring signs with, and so the longest that verifies what we sign.
const MAX_RSA_BITS: usize = 4096;
/// What ring signs with: FIPS 186-4 wants `2^16 < e`, and ring no more than 33 bits.
const RSA_EXPONENTS: std::ops::RangeInclusive<u64> = 65_537..=(1 << 33) - 1;

/// The public key of one algorithm, whose numbers have been checked.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// An uncompressed point on P-256 (SEC 1, section 2.3.3).
    P256([u8; 65]),
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A compressed point on Curve25519 in Edwards form (RFC 8032, section 5.1.2).
    Ed25519([u8; 32]),
}

/// Why the numbers of a public key are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not as many bytes as a number of this key has, or zeros before it.
    #[error("a number of the key is not of its length")]
    Length,
    /// No point of the curve.
    #[error("the point is not on the curve")]
    NotOnCurve,
    /// A point under which anybody can sign.
    #[error("the point is of small order")]
    SmallOrder,
    /// A modulus too short or too long, with its length in bits.
    #[error("an RSA key has {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, not {0}")]
    RsaSize(usize),
    /// An exponent that is even, below 65537 or above 2^33 - 1.
    #[error("the RSA exponent is no odd number from 65537 to 2^33 - 1")]
    RsaExponent,
    /// An even modulus, or one that a weak generator made (CVE-2017-15361).
    #[error("the RSA modulus is one that can be factored")]
    RsaModulus,
}

impl PublicKey {
    /// From an uncompressed point.
    pub(super) fn p256(point: &[u8]) -> Result<Self, PublicKeyError> {
        let point: [u8; 65] = point.try_into().map_err(|_| PublicKeyError::Length)?;
        let [4, ..] = point else {
            return Err(PublicKeyError::Length);
        };
        if is_on_p256(&point) {
            Ok(Self::P256(point))
        } else {
            Err(PublicKeyError::NotOnCurve)
        }
    }

    /// From a modulus and an exponent.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, PublicKeyError> {
        check_rsa(n, e)?;
        let odd = n.last().is_some_and(|last| last % 2 == 1);
        if !odd || is_of_weak_generator(n) {
            return Err(PublicKeyError::RsaModulus);
        }
        let (n, e) = (n.to_vec(), e.to_vec());
        Ok(Self::Rsa { n, e })
    }

    /// From a compressed point.
    pub(super) fn ed25519(x: &[u8]) -> Result<Self, PublicKeyError> {
        let x: [u8; 32] = x.try_into().map_err(|_| PublicKeyError::Length)?;
        let point = CompressedEdwardsY(x)
            .decompress()
            .ok_or(PublicKeyError::NotOnCurve)?;
        if point.is_small_order() {
            return Err(PublicKeyError::SmallOrder);
        }
        // Another text of the same point would be another key to whoever compares them.
        if point.compress().to_bytes() != x {
            return Err(PublicKeyError::NotOnCurve);
        }
        Ok(Self::Ed25519(x))
    }

    /// What it verifies.
    pub(super) const fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256(_) => Algorithm::Es256,
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// What jsonwebtoken verifies with, in the forms that our provider takes.
    pub(super) fn decoding_key(&self) -> DecodingKey {
        match self {
            Self::P256(point) => DecodingKey::from_ec_der(point),
            Self::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
            Self::Ed25519(x) => DecodingKey::from_ed_der(x),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.algorithm()).finish()
    }
}

/// Whether an RSA key is of a size and an exponent that are safe. Cheap: asked at every check.
///
/// ring counts whole bytes, so it would take 2041 bits for 2048, and for verifying `e = 3`.
pub(super) fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), PublicKeyError> {
    let ([first @ 1..=255, ..], [1..=255, ..]) = (n, e) else {
        return Err(PublicKeyError::Length);
    };
    let bits = n.len() * 8 - first.leading_zeros() as usize;
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
        return Err(PublicKeyError::RsaSize(bits));
    }
    let exponent = (e.len() <= 8).then(|| e.iter().fold(0, |e, byte| e << 8 | u64::from(*byte)));
    match exponent {
        Some(e) if e % 2 == 1 && RSA_EXPONENTS.contains(&e) => Ok(()),
        _ => Err(PublicKeyError::RsaExponent),
    }
}

/// ring refuses to agree on a secret with what is no point of the curve.
fn is_on_p256(point: &[u8]) -> bool {
    let Ok(mine) = EphemeralPrivateKey::generate(&ECDH_P256, &rng()) else {
        return false;
    };
    agree_ephemeral(mine, &UnparsedPublicKey::new(&ECDH_P256, point), |_| ()).is_ok()
}

/// Whether a modulus has the mark of Infineon's generator (CVE-2017-15361, "ROCA"): it is a power
/// of 65537 modulo each of these primes. Another one is so by chance once in 10^8 at most.
fn is_of_weak_generator(n: &[u8]) -> bool {
    const PRIMES: [u32; 17] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ];
    PRIMES.into_iter().all(|prime| {
        let rest = n
            .iter()
            .fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % prime);
        let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime));
        powers.take(prime as usize).any(|power| power == rest)
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "ring takes no other generator: the trait is sealed"
)]
pub(super) fn rng() -> SystemRandom {
    SystemRandom::new()
}
