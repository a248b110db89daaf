//! The ids: who a token is about, and where its record lives.
//!
//! An id alone says where to look. Every `jti` and `sid` starts with the **slot tag** of its
//! subject, so that a subject's records share one Redis Cluster slot and one atomic script can
//! end them all, and so that an operator can revoke by id without knowing whose it is. A slot tag
//! is a digest: nothing that an outsider chose becomes part of a key.

mod recorded;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Builder;

pub use self::recorded::{Recorded, TaggedClaims};
use crate::clock::Entropy;

/// An id that is not of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a subject: see [`Subject`].
    #[error(
        "a subject is 1 to 255 visible ASCII characters without / \\ ? # % and is neither . nor .."
    )]
    Subject,
    /// Not a `jti` or `sid`: 16 characters, a dot, 22 characters, all base64url.
    #[error("an id is a slot tag, a dot and 22 characters of base64url")]
    Id,
    /// Not a digest: 22 characters of base64url.
    #[error("a digest is 22 characters of base64url")]
    Digest,
    /// Not what is recorded of an opaque token: a JSON object, a dot, 22 characters of base64url.
    #[error("what is recorded of a token is a digest, or a JSON object, a dot and a tag")]
    Recorded,
}

/// Who a token is about: the `sub` claim (RFC 7519, section 4.1.2).
///
/// 1 to 255 visible ASCII characters without `/ \ ? # %`, and neither `.` nor `..`, so that it can
/// stand in a path and a header as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject(String);

impl Subject {
    /// The subject as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where this subject's records live.
    pub fn slot(&self) -> SlotTag {
        SlotTag::of(&self.0)
    }
}

impl FromStr for Subject {
    type Err = IdError;

    fn from_str(raw: &str) -> Result<Self, IdError> {
        Self::try_from(raw.to_owned())
    }
}

impl TryFrom<String> for Subject {
    type Error = IdError;

    fn try_from(raw: String) -> Result<Self, IdError> {
        let allowed = |b: u8| b.is_ascii_graphic() && !br"/\?#%".contains(&b);
        let dots = raw == "." || raw == "..";
        if raw.is_empty() || raw.len() > 255 || dots || !raw.bytes().all(allowed) {
            return Err(IdError::Subject);
        }
        Ok(Self(raw))
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first 12 bytes of SHA-256 of a name, in base64url: where its records live.
///
/// 96 bits: nobody can aim at somebody else's slot, and who makes two of his own names collide
/// shares a ban with himself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotTag([u8; 16]);

impl SlotTag {
    /// The slot of a subject, a client id, a user name or an address.
    pub fn of(name: &str) -> Self {
        let hash = digest(&SHA256, name.as_bytes());
        let mut out = [0; 16];
        encode_into(hash.as_ref().get(..12).unwrap_or_default(), &mut out);
        Self(out)
    }

    /// The tag as text: 16 characters of base64url.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

/// The random part of a `jti` or `sid`: a random UUID in 22 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tail([u8; 22]);

impl Tail {
    fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self::from_bytes(*Builder::from_random_bytes(bytes).as_uuid().as_bytes())
    }

    /// The tail that stands for these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let mut out = [0; 22];
        encode_into(&bytes, &mut out);
        Self(out)
    }

    /// The bytes that it stands for.
    pub fn to_bytes(self) -> [u8; 16] {
        // It was made by encoding, or decoded when it was read.
        let bytes = URL_SAFE_NO_PAD.decode(self.0).unwrap_or_default();
        bytes.try_into().unwrap_or_default()
    }

    /// The tail as text: 22 characters of base64url.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

/// The first 16 bytes of SHA-256 of a token's signing input, in base64url.
///
/// The value recorded under a live `jti`. A check compares it with the token presented, so that
/// whoever holds the signing key still cannot put other claims under a live `jti`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 22]);

impl TokenDigest {
    /// The digest of `encoded header . encoded payload`.
    pub fn of(signing_input: &str) -> Self {
        let hash = digest(&SHA256, signing_input.as_bytes());
        let mut out = [0; 22];
        encode_into(hash.as_ref().get(..16).unwrap_or_default(), &mut out);
        Self(out)
    }

    /// The digest as text: 22 characters of base64url.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

macro_rules! leashed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            slot: SlotTag,
            tail: Tail,
        }

        impl $name {
            /// A new id in this slot, from 122 random bits.
            pub fn random(slot: SlotTag, entropy: &dyn Entropy) -> Self {
                Self { slot, tail: Tail::random(entropy) }
            }

            /// An id from its parts.
            pub const fn new(slot: SlotTag, tail: Tail) -> Self {
                Self { slot, tail }
            }

            /// Where its records live.
            pub const fn slot(&self) -> SlotTag {
                self.slot
            }

            /// What tells it from the others of its slot.
            pub const fn tail(&self) -> Tail {
                self.tail
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(raw: &str) -> Result<Self, IdError> {
                let (slot, tail) = raw.split_once('.').ok_or(IdError::Id)?;
                Ok(Self { slot: slot.parse()?, tail: tail.parse()? })
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(raw: String) -> Result<Self, IdError> {
                raw.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}.{}", self.slot, self.tail)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

leashed_id! {
    /// A token's id: the `jti` claim (RFC 7519, section 4.1.7).
    Jti
}
leashed_id! {
    /// A session's id: the `sid` claim.
    Sid
}

macro_rules! base64url_text {
    ($name:ident, $bytes:literal, $error:expr) => {
        impl FromStr for $name {
            type Err = IdError;

            fn from_str(raw: &str) -> Result<Self, IdError> {
                // The engine refuses padding and non-zero trailing bits: one text for one value.
                let mut buffer = [0; $bytes + 2];
                let decoded = URL_SAFE_NO_PAD.decode_slice(raw, &mut buffer);
                match (raw.as_bytes().try_into(), decoded) {
                    (Ok(text), Ok($bytes)) => Ok(Self(text)),
                    _ => Err($error),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(raw: String) -> Result<Self, IdError> {
                raw.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

base64url_text!(SlotTag, 12, IdError::Id);
base64url_text!(Tail, 16, IdError::Id);
base64url_text!(TokenDigest, 16, IdError::Digest);

/// `out` is as long as the encoding of `bytes` at every call above; were it not, the zeros that
/// it keeps match no id.
fn encode_into(bytes: &[u8], out: &mut [u8]) {
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, out);
    debug_assert!(written.is_ok());
}

/// Only base64url was ever written to `bytes`.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn an_id_survives_the_round_trip_and_names_its_slot() {
        let slot = "alice".parse::<Subject>().unwrap().slot();
        let jti = Jti::random(slot, &SystemEntropy);
        assert_eq!(jti.to_string().len(), 39);
        assert_eq!(jti.to_string().parse::<Jti>(), Ok(jti));
        assert_eq!(jti.slot(), slot);
        assert_eq!(slot.to_string(), "K9gGyX8OAK8aH8My");
    }

    #[test]
    fn a_text_that_decodes_to_the_same_bytes_is_another_id_and_refused() {
        let tail = "AAAAAAAAAAAAAAAAAAAAAA";
        assert!(tail.parse::<Tail>().is_ok());
        for other in [
            "AAAAAAAAAAAAAAAAAAAAAB",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            "AAAAAAAAAAAAAAAAAAAAA",
            "",
        ] {
            assert_eq!(other.parse::<Tail>(), Err(IdError::Id), "{other}");
        }
    }

    #[test]
    fn a_subject_stands_in_a_path_as_it_is() {
        for good in [
            "alice",
            "a@b.example",
            "urn:x:1",
            "{tag}*",
            &"a".repeat(255),
        ] {
            assert!(good.parse::<Subject>().is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a b",
            "a%20b",
            "a?b",
            "a#b",
            "a\\b",
            "é",
            "a\n",
            &"a".repeat(256),
        ] {
            assert_eq!(bad.parse::<Subject>(), Err(IdError::Subject), "{bad:?}");
        }
    }
}
