//! Scopes (RFC 6749, section 3.3).

use std::collections::BTreeSet;
use std::fmt;

/// A set of scope-tokens, always rendered sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(BTreeSet<String>);

/// A text that is not a space-separated list of scope-tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scope is a list of names of visible ASCII characters but quotation marks and backslashes, separated by single spaces"
)]
pub struct ScopeError;

impl Scope {
    /// Parses what a client sent. The empty text is refused: who wants none of its scopes has no
    /// way to say so in RFC 6749, and must not get all of them.
    pub fn parse(raw: &str) -> Result<Self, ScopeError> {
        let valid = raw.split(' ').all(is_scope_token);
        if valid {
            Ok(Self::from_text(raw))
        } else {
            Err(ScopeError)
        }
    }

    /// The scope of a text that was rendered by [`fmt::Display`].
    pub fn from_text(text: &str) -> Self {
        Self(
            text.split(' ')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// The scope of these names.
    pub fn from_names(names: &[String]) -> Self {
        Self(names.iter().cloned().collect())
    }

    /// The scope of these names.
    pub fn of(names: &[&str]) -> Self {
        Self(names.iter().map(|&name| name.to_owned()).collect())
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has all that the other has.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// Whether it has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// What both have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// What either has.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// All but this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Its names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// Whether this is one scope-token: `1*( %x21 / %x23-5B / %x5D-7E )`.
pub fn is_scope_token(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    !name.is_empty() && name.len() <= 128 && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_a_set_and_renders_sorted() {
        assert_eq!(
            Scope::parse("write read write").unwrap().to_string(),
            "read write"
        );
        assert_eq!(Scope::from_text(""), Scope::default());
    }

    #[test]
    fn what_is_not_a_list_of_scope_tokens_is_refused() {
        for bad in ["", " ", "a  b", " a", "a ", "a\"b", "a\\b", "a\tb", "é"] {
            assert_eq!(Scope::parse(bad), Err(ScopeError), "{bad:?}");
        }
    }
}
