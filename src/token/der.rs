//! As much of DER as it takes to say what is wrong with a key. ring does the real parsing.

/// What a PKCS#8 document says about its key before anything is done with it.
pub(super) enum Found {
    /// A P-256 key with its public part.
    P256,
    /// A P-256 key without its public part.
    P256WithoutPublic,
    /// A key of another type, by its name.
    Other(&'static str),
    /// Not PKCS#8 as far as this goes.
    Unreadable,
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

/// Reads a PKCS#8 document's algorithm (RFC 5958, section 2) and looks for the public part.
pub(super) fn inspect(pkcs8: &[u8]) -> Found {
    read(pkcs8).unwrap_or(Found::Unreadable)
}

fn read(pkcs8: &[u8]) -> Option<Found> {
    let (document, _) = expect(SEQUENCE, pkcs8)?;
    let (_, rest) = expect(INTEGER, document)?;
    let (algorithm, rest) = expect(SEQUENCE, rest)?;
    let (private_key, _) = expect(OCTETS, rest)?;
    let (kind, parameters) = expect(OID, algorithm)?;
    if kind != EC {
        return Some(Found::Other(key_type(kind)));
    }
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

fn key_type(oid: &[u8]) -> &'static str {
    match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => "an RSA key",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a] => "an RSA-PSS key",
        [0x2b, 0x65, 0x6e] => "an X25519 key",
        [0x2b, 0x65, 0x70] => "an Ed25519 key",
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
