//! What is recorded under a live token's `jti`: the value of the key whose existence is the check.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{IdError, TokenDigest};

/// What is recorded under a live token's `jti`. The first character tells which: an object begins
/// with `{`, which is not base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// Of a JWT: the digest of its signing input.
    Digest(TokenDigest),
    /// Of an opaque token: what it says.
    Claims(TaggedClaims),
}

impl Recorded {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Digest(digest) => digest.as_str(),
            Self::Claims(claims) => claims.as_str(),
        }
    }

    /// What is remembered of it where the whole would be too much: a JWT's digest, or that of the
    /// tagged claims.
    pub fn digest(&self) -> TokenDigest {
        match self {
            Self::Digest(digest) => *digest,
            Self::Claims(claims) => TokenDigest::of(claims.as_str()),
        }
    }
}

impl FromStr for Recorded {
    type Err = IdError;

    fn from_str(raw: &str) -> Result<Self, IdError> {
        if raw.starts_with('{') {
            raw.parse().map(Self::Claims)
        } else {
            raw.parse().map(Self::Digest)
        }
    }
}

impl From<TokenDigest> for Recorded {
    fn from(digest: TokenDigest) -> Self {
        Self::Digest(digest)
    }
}

/// An opaque token's claims, as a JSON object, then a dot and 22 characters of base64url: a tag by
/// a key that the store does not have, so that whoever writes to it still cannot change what a
/// token says. Whether the tag holds, only the holder of that key can tell.
#[derive(Clone, PartialEq, Eq)]
pub struct TaggedClaims(Box<str>);

/// The dot and the tag.
const TAG_LEN: usize = 23;

impl TaggedClaims {
    /// A JSON object under its tag.
    pub fn new(mut claims: String, tag: &[u8; 16]) -> Self {
        claims.push('.');
        URL_SAFE_NO_PAD.encode_string(tag, &mut claims);
        Self(claims.into())
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The object, unread.
    pub fn claims(&self) -> &str {
        self.parts().0
    }

    /// The tag.
    pub fn tag(&self) -> [u8; 16] {
        decoded(self.parts().1).unwrap_or_default()
    }

    fn parts(&self) -> (&str, &str) {
        self.0.rsplit_once('.').unwrap_or_default()
    }
}

impl FromStr for TaggedClaims {
    type Err = IdError;

    fn from_str(raw: &str) -> Result<Self, IdError> {
        let (claims, tag) = raw.rsplit_once('.').ok_or(IdError::Recorded)?;
        let object = claims.starts_with('{') && claims.ends_with('}');
        if !object || tag.len() + 1 != TAG_LEN || decoded(tag).is_none() {
            return Err(IdError::Recorded);
        }
        Ok(Self(raw.into()))
    }
}

/// Without what it says: that is for whoever holds the token.
impl fmt::Debug for TaggedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaggedClaims")
            .field(&TokenDigest::of(&self.0))
            .finish()
    }
}

fn decoded(tag: &str) -> Option<[u8; 16]> {
    URL_SAFE_NO_PAD.decode(tag).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_reads_as_it_is_written_and_tells_what_it_is() {
        let digest: Recorded = TokenDigest::of("a.b").into();
        let claims = TaggedClaims::new(r#"{"sub":"a.b"}"#.to_owned(), &[7; 16]);
        assert_eq!(
            (claims.claims(), claims.tag()),
            (r#"{"sub":"a.b"}"#, [7; 16])
        );
        let claims = Recorded::Claims(claims);
        for recorded in [&digest, &claims] {
            assert_eq!(recorded.as_str().parse().as_ref(), Ok(recorded));
        }
        assert_eq!(digest.digest(), TokenDigest::of("a.b"));
        assert_eq!(claims.digest(), TokenDigest::of(claims.as_str()));
        assert!(!format!("{claims:?}").contains("sub"));
    }

    #[test]
    fn what_was_not_written_like_that_is_neither() {
        let tag = "AAAAAAAAAAAAAAAAAAAAAA";
        for other in [
            String::new(),
            "x".to_owned(),
            "{}".to_owned(),
            format!("{{}}{tag}"),
            format!("{{.{tag}"),
            format!("[].{tag}"),
            format!(" {{}}.{tag}"),
            format!("{{}}.{tag}="),
            format!("{{}}.{}B", &tag[1..]),
            format!("{{}}.{}", &tag[1..]),
        ] {
            assert!(other.parse::<Recorded>().is_err(), "{other}");
        }
    }
}
