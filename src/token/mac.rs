//! MAC keys: they tag what only this service reads back, such as refresh tokens.

use std::collections::HashSet;
use std::{fmt, iter};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::keyring::MAX_KEYS;
use crate::clock::Entropy;

/// The first 16 bytes of HMAC-SHA-256 (RFC 2104, section 5, on truncation).
pub type Tag = [u8; 16];

/// What every id of a MAC key begins with.
pub const MAC_ID_PREFIX: &str = "mac-";

const ID: &str = "jotleash mac id v1";
/// 96 bits: 16 characters of base64url.
const ID_BYTES: usize = 12;

/// A MAC key: 32 random bytes.
pub struct MacKey {
    key: hmac::Key,
    id: String,
}

impl MacKey {
    /// The key of a file's bytes.
    ///
    /// # Errors
    /// [`KeyError::MacLength`] unless they are 32, [`KeyError::MacWeak`] if they are all the same.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != 32 {
            return Err(KeyError::MacLength(bytes.len()));
        }
        if bytes.iter().all(|b| Some(b) == bytes.first()) {
            return Err(KeyError::MacWeak);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let named = tag(&key, ID, &[]);
        let named = named.first_chunk::<ID_BYTES>().copied();
        let id = URL_SAFE_NO_PAD.encode(named.unwrap_or_default());
        Ok(Self {
            key,
            id: format!("{MAC_ID_PREFIX}{id}"),
        })
    }

    /// A new key's bytes.
    pub fn generate(entropy: &dyn Entropy) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut_slice());
        bytes
    }

    /// What it is called: `mac-` and 16 characters that only its bytes give, and that give
    /// nothing of them away.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MacKey({}, [redacted])", self.id)
    }
}

/// The MAC keys in use: the newest tags, all are accepted.
pub struct MacKeys {
    newest: MacKey,
    others: Vec<MacKey>,
}

impl MacKeys {
    /// Keys of which one tags.
    ///
    /// # Errors
    /// [`KeyError::Duplicate`] for the same key twice, [`KeyError::TooMany`] for more than
    /// [`MAX_KEYS`].
    pub fn new(newest: MacKey, others: Vec<MacKey>) -> Result<Self, KeyError> {
        let count = 1 + others.len();
        if count > MAX_KEYS {
            return Err(KeyError::TooMany(count));
        }
        let mut seen = HashSet::new();
        for key in iter::once(&newest).chain(&others) {
            if !seen.insert(key.id()) {
                return Err(KeyError::Duplicate(key.id().to_owned()));
            }
        }
        Ok(Self { newest, others })
    }

    /// The tag of some fields, by the newest key. The label says what they are: a constant of the
    /// caller's with a version in it, and never another caller's.
    pub fn tag(&self, label: &str, fields: &[&[u8]]) -> Tag {
        tag(&self.newest.key, label, fields)
    }

    /// Whether this is the tag of these fields by any of the keys. How long it takes tells neither
    /// by which, nor how much of it is right.
    pub fn holds(&self, label: &str, fields: &[&[u8]], presented: &Tag) -> bool {
        let all = iter::once(&self.newest).chain(&self.others);
        let held = all.fold(Choice::from(0), |held, key| {
            held | tag(&key.key, label, fields).ct_eq(presented)
        });
        held.into()
    }
}

impl From<MacKey> for MacKeys {
    /// This one alone.
    fn from(newest: MacKey) -> Self {
        let others = Vec::new();
        Self { newest, others }
    }
}

impl fmt::Debug for MacKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = iter::once(&self.newest).chain(&self.others);
        f.debug_list().entries(all).finish()
    }
}

/// The label says what is tagged, and every field says how long it is: no two different lists of
/// fields give the same bytes.
pub(super) fn tag(key: &hmac::Key, label: &str, fields: &[&[u8]]) -> Tag {
    let mut context = hmac::Context::with_key(key);
    for field in iter::once(&label.as_bytes()).chain(fields) {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut tag = Tag::default();
    for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    const LABEL: &str = "a test v1";

    fn key() -> MacKey {
        MacKey::from_bytes(MacKey::generate(&SystemEntropy).as_slice()).unwrap()
    }

    fn known(first: u8) -> MacKey {
        MacKey::from_bytes(&(first..first + 32).collect::<Vec<u8>>()).unwrap()
    }

    #[test]
    fn the_newest_tags_and_every_one_is_accepted() {
        let fields: [&[u8]; 2] = [b"one", b"two"];
        for others in 0..MAX_KEYS - 1 {
            let olds: Vec<_> = (0..others).map(|_| key()).collect();
            let tags: Vec<_> = olds
                .iter()
                .map(|old| tag(&old.key, LABEL, &fields))
                .collect();
            let keys = MacKeys::new(known(1), olds).unwrap();
            let own = keys.tag(LABEL, &fields);
            assert_eq!(own, tag(&known(1).key, LABEL, &fields));
            for good in tags.iter().chain([&own]) {
                assert!(keys.holds(LABEL, &fields, good));
                assert!(!keys.holds("another v1", &fields, good));
            }
            let strange = tag(&key().key, LABEL, &fields);
            assert!(!keys.holds(LABEL, &fields, &strange));
        }
    }

    #[test]
    fn every_bit_of_a_tag_and_every_border_of_a_field_counts() {
        let keys = MacKeys::from(key());
        let good = keys.tag(LABEL, &[b"ab", b"c"]);
        for bit in 0..128 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!keys.holds(LABEL, &[b"ab", b"c"], &bad), "bit {bit}");
        }
        let others: [&[&[u8]]; 5] = [
            &[b"a", b"bc"],
            &[b"abc"],
            &[b"ab", b"c", b""],
            &[b"ab"],
            &[],
        ];
        for fields in others {
            assert!(!keys.holds(LABEL, fields, &good), "{fields:?}");
        }
    }

    #[test]
    fn an_id_is_the_same_at_every_start_and_another_for_another_key() {
        // Computed once with Python's hmac: a change would unname the keys of every folder.
        assert_eq!(known(0).id(), "mac-YOjxL4eN2cnNWY8X");
        assert_ne!(known(1).id(), known(0).id());
        assert_eq!(known(0).id().len(), MAC_ID_PREFIX.len() + 16);
    }

    #[test]
    fn the_same_key_twice_and_a_fifth_are_refused() {
        let twice = MacKeys::new(known(0), vec![key(), known(0)]).unwrap_err();
        assert_eq!(twice, KeyError::Duplicate(known(0).id().to_owned()));
        let five = MacKeys::new(key(), (0..4).map(|_| key()).collect()).unwrap_err();
        assert_eq!(five, KeyError::TooMany(5));
    }

    #[test]
    fn a_key_that_is_short_long_or_not_random_is_refused() {
        for len in [0, 16, 31, 33, 64] {
            let refused = MacKey::from_bytes(&vec![1; len]).unwrap_err();
            assert_eq!(refused, KeyError::MacLength(len));
        }
        assert_eq!(MacKey::from_bytes(&[0; 32]).unwrap_err(), KeyError::MacWeak);
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let keys = MacKeys::new(known(0), vec![key()]).unwrap();
        let shown = format!("{keys:?}");
        assert!(shown.contains("redacted") && shown.contains(known(0).id()));
        assert!(!shown.contains("0, 1, 2"));
    }
}
