//! Class S: the signature (RFC 7518, section 3.4), with the cases of Wycheproof for ECDSA.

use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};

use super::forge::{encode, rng};
use super::{Forge, Table};

/// The order of P-256.
const N: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
    \xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
/// The prime of P-256.
const P: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";

/// The same token under the other valid signature, `(r, n - s)`: no forgery, but other bytes.
pub(crate) fn malleable(token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let (input, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = signature.split_at(32);
    join(input, &[r, &subtract(&N, s)].concat())
}

pub(super) fn add(forge: &Forge, table: &mut Table) {
    let input = format!("{}.{}", encode(forge.header()), encode(forge.payload()));
    let signature = forge.signature(input.as_bytes());
    let (r, s) = signature.split_at(32);
    lengths(&input, &signature, table);
    numbers(&input, r, s, table);
    forms(&input, r, s, table);
    other_messages(forge, &input, &signature, table);
    other_keys(&input, table);
}

fn lengths(input: &str, signature: &[u8], table: &mut Table) {
    let long = [signature, &[0]].concat();
    let front = [&[0], signature].concat();
    let zeros = [signature, &[0; 32]].concat();
    let twice = [signature, signature].concat();
    for (name, bytes) in [
        ("empty", &[][..]),
        ("1-byte", &signature[..1]),
        ("16-bytes", &signature[..16]),
        ("half", &signature[..32]),
        ("63-bytes", &signature[..63]),
        ("last-63-bytes", &signature[1..]),
        ("trailing-zero", &long),
        ("leading-zero", &front),
        ("trailing-zeros", &zeros),
        ("twice", &twice),
    ] {
        table.add(
            'S',
            name,
            "does not ask how long a signature is",
            join(input, bytes),
        );
    }
    table.add('S', "stripped", "takes an unsigned token", input.to_owned());
    for (name, at, bit) in [
        ("first-bit", 0, 0x80),
        ("r-last-bit", 31, 1),
        ("s-first-bit", 32, 0x80),
        ("last-bit", 63, 1),
    ] {
        let mut flipped = signature.to_vec();
        flipped[at] ^= bit;
        table.add(
            'S',
            name,
            "does not check the signature",
            join(input, &flipped),
        );
    }
}

/// `r` and `s` out of range, or of a kind that broken arithmetic lets pass (CVE-2022-21449).
fn numbers(input: &str, r: &[u8], s: &[u8], table: &mut Table) {
    let zero = [0; 32];
    let mut one = zero;
    one[31] = 1;
    let top = [0xff; 32];
    let last = subtract(&N, &one);
    let prime_last = subtract(&P, &one);
    let named: [(&str, &[u8]); 7] = [
        ("0", &zero),
        ("1", &one),
        ("n-1", &last),
        ("n", &N),
        ("p-1", &prime_last),
        ("p", &P),
        ("max", &top),
    ];
    let note = "takes numbers that no signing gives";
    for (left, a) in named {
        for (right, b) in named {
            let token = join(input, &[a, b].concat());
            table.add('S', &format!("r-{left}-s-{right}"), note, token);
        }
        let token = join(input, &[a, s].concat());
        table.add('S', &format!("r-{left}"), note, token);
        let token = join(input, &[r, a].concat());
        table.add('S', &format!("s-{left}"), note, token);
    }
    let negated = subtract(&N, r);
    table.add(
        'S',
        "r-negated",
        note,
        join(input, &[&negated[..], s].concat()),
    );
}

/// The right numbers in another form.
fn forms(input: &str, r: &[u8], s: &[u8], table: &mut Table) {
    let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
    let body = [integer(r), integer(s)].concat();
    let der = [&[0x30, 70], &body[..]].concat();
    let padded = [&[0], r, &[0], s].concat();
    let backwards = |number: &[u8]| number.iter().rev().copied().collect::<Vec<u8>>();
    let little = [backwards(r), backwards(s)].concat();
    let note = "reads a signature that is not R || S";
    for (name, bytes) in [
        ("der", der),
        ("padded-numbers", padded),
        ("swapped", [s, r].concat()),
        ("little-endian", little),
        ("r-twice", [r, r].concat()),
        ("text", encode([r, s].concat()).into_bytes()),
    ] {
        table.add('S', name, note, join(input, &bytes));
    }
}

fn other_messages(forge: &Forge, input: &str, signature: &[u8], table: &mut Table) {
    let (header, payload) = input.split_once('.').unwrap();
    let json = [forge.header(), forge.payload()].concat();
    let hash = digest(&SHA256, input.as_bytes());
    let note = "does not check what was signed";
    for (name, message) in [
        ("of-payload", payload.as_bytes()),
        ("of-header", header.as_bytes()),
        ("of-json", json.as_bytes()),
        ("of-digest", hash.as_ref()),
        ("of-nothing", b""),
        ("of-input-and-dot", format!("{input}.").as_bytes()),
    ] {
        table.add('S', name, note, join(input, &forge.signature(message)));
    }
    let other = forge.with(&[("aud", "other".into())]);
    let other = other.rsplit_once('.').unwrap().0;
    table.add('S', "of-another-token", note, join(other, signature));
    let mut changed = input.to_owned();
    let end = changed.pop().unwrap();
    changed.push(if end == 'A' { 'B' } else { 'A' });
    table.add('S', "changed-payload", note, join(&changed, signature));
}

fn other_keys(input: &str, table: &mut Table) {
    let note = "takes a signature of another algorithm";
    let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &rng()).unwrap();
    let p384 = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &rng()).unwrap();
    let signature = p384.sign(&rng(), input.as_bytes()).unwrap();
    table.add('S', "es384", note, join(input, signature.as_ref()));
    let document = Ed25519KeyPair::generate_pkcs8(&rng()).unwrap();
    let ed25519 = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let signature = ed25519.sign(input.as_bytes());
    table.add('S', "ed25519", note, join(input, signature.as_ref()));
}

fn join(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", encode(signature))
}

/// `a - b` of 256 bits, for `a >= b`.
fn subtract(a: &[u8; 32], b: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = false;
    for at in (0..32).rev() {
        let (difference, under) = a[at].overflowing_sub(b[at]);
        let (difference, under_again) = difference.overflowing_sub(u8::from(borrow));
        out[at] = difference;
        borrow = under || under_again;
    }
    out
}
