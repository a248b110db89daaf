//! As much of DER as it takes to say what is wrong with a key. ring does the real parsing.

/// What a PKCS#8 document says about its key before anything is done with it.
pub(super) enum Found<'a> {
    /// A P-256 key with its public part.
    P256,
    /// A P-256 key without its public part.
    P256WithoutPublic,
    /// An RSA key: its modulus and its exponent, big-endian, without leading zeros.
    Rsa { n: &'a [u8], e: &'a [u8] },
    /// An Ed25519 key.
    Ed25519,
    /// A key of another type, by its name.
    Other(&'static str),
    /// Not PKCS#8 as far as this goes.
    Unreadable,
}

impl Found<'_> {
    /// What was found, as a sentence has it, with the algorithm that it would do for.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::P256 | Self::P256WithoutPublic => "a P-256 key, as ES256 needs",
            Self::Rsa { .. } => "an RSA key, as RS256 needs",
            Self::Ed25519 => "an Ed25519 key, as EdDSA needs",
            Self::Other(name) => name,
            Self::Unreadable => "unreadable",
        }
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
/// `publicKey [1]` of an `ECPrivateKey` (RFC 5915, section 3).
const PUBLIC_KEY: u8 = 0xa1;

/// id-ecPublicKey (RFC 5480, section 2.1.1).
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// secp256r1.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// rsaEncryption (RFC 8017, appendix A.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// id-Ed25519 (RFC 8410, section 3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Reads a PKCS#8 document's algorithm (RFC 5958, section 2), and of the key what its errors name.
pub(super) fn inspect(pkcs8: &[u8]) -> Found<'_> {
    read(pkcs8).unwrap_or(Found::Unreadable)
}

fn read(pkcs8: &[u8]) -> Option<Found<'_>> {
    let (document, _) = expect(SEQUENCE, pkcs8)?;
    let (_, rest) = expect(INTEGER, document)?;
    let (algorithm, rest) = expect(SEQUENCE, rest)?;
    let (private_key, _) = expect(OCTETS, rest)?;
    let (kind, parameters) = expect(OID, algorithm)?;
    match kind {
        EC => ec(parameters, private_key),
        RSA => rsa(private_key),
        ED25519 => Some(Found::Ed25519),
        _ => Some(Found::Other(key_type(kind))),
    }
}

/// An `ECPrivateKey` (RFC 5915, section 3).
fn ec<'a>(parameters: &[u8], private_key: &'a [u8]) -> Option<Found<'a>> {
    let Some((curve, _)) = expect(OID, parameters) else {
        return Some(Found::Other("an EC key with explicit curve parameters"));
    };
    if curve != P256 {
        return Some(Found::Other(curve_name(curve)));
    }
    let (mut members, _) = expect(SEQUENCE, private_key)?;
    while let Some((tag, _, rest)) = tlv(members) {
        if tag == PUBLIC_KEY {
            return Some(Found::P256);
        }
        members = rest;
    }
    Some(Found::P256WithoutPublic)
}

/// An `RSAPrivateKey` (RFC 8017, appendix A.1.2).
fn rsa(private_key: &[u8]) -> Option<Found<'_>> {
    let (members, _) = expect(SEQUENCE, private_key)?;
    let (_, members) = expect(INTEGER, members)?;
    let (n, members) = expect(INTEGER, members)?;
    let (e, _) = expect(INTEGER, members)?;
    // DER puts one zero before what would be negative.
    let positive = |number| <[u8]>::strip_prefix(number, &[0]).unwrap_or(number);
    let (n, e) = (positive(n), positive(e));
    Some(Found::Rsa { n, e })
}

fn key_type(oid: &[u8]) -> &'static str {
    match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a] => "an RSA-PSS key",
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => "a DSA key",
        [0x2b, 0x65, 0x6e] => "an X25519 key",
        [0x2b, 0x65, 0x6f] => "an X448 key",
        [0x2b, 0x65, 0x71] => "an Ed448 key",
        _ => "of an unknown type",
    }
}

fn curve_name(oid: &[u8]) -> &'static str {
    match oid {
        [0x2b, 0x81, 0x04, 0x00, 0x0a] => "an EC key on secp256k1",
        [0x2b, 0x81, 0x04, 0x00, 0x22] => "an EC key on P-384",
        [0x2b, 0x81, 0x04, 0x00, 0x23] => "an EC key on P-521",
        _ => "an EC key on an unknown curve",
    }
}

fn expect(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, value, rest) = tlv(input)?;
    (found == tag).then_some((value, rest))
}

/// One tag, its value, and what follows. Lengths of up to two bytes: no key of ours is longer.
fn tlv(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (len, tag, rest) = match input {
        [tag, 0x82, high, low, rest @ ..] => {
            (usize::from(*high) << 8 | usize::from(*low), *tag, rest)
        }
        [tag, 0x81, len, rest @ ..] | [tag, len @ 0..=0x7f, rest @ ..] => {
            (usize::from(*len), *tag, rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(len)?;
    Some((tag, value, rest))
}
