//! What a token permits, in the words of its issuer (RFC 6749 §3.3).

use std::{fmt, sync::Arc};

mod hierarchy;

pub use hierarchy::{Hierarchy, InvalidHierarchy};

/// A set of scopes. Order and repetition mean nothing. What it holds is shared: a copy of it costs nothing, and few sets
/// are ever made while calls are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(
    /// Sorted, each once.
    Arc<[Arc<str>]>,
);

/// A text that is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is a word of printable ASCII without quotes and backslashes (RFC 6749 §3.3)")]
#[non_exhaustive]
pub struct InvalidScope;

impl Scopes {
    /// Reads a space-separated list; an empty one is no scope at all.
    pub fn parse(list: &str) -> Result<Self, InvalidScope> {
        Self::of(list.split(' ').filter(|word| !word.is_empty()))
    }

    /// Collects single scopes.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        words.into_iter().map(word).collect::<Result<_, _>>().map(Self::sorted)
    }

    /// Everything that stands in any of them.
    #[must_use]
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::sorted(all.into_iter().flat_map(|scopes| scopes.0.iter().cloned()).collect())
    }

    fn sorted(mut scopes: Vec<Arc<str>>) -> Self {
        if scopes.is_empty() {
            return Self::default();
        }
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes.into())
    }

    /// The scopes of `self` that `held` does not contain.
    #[must_use]
    pub fn missing_from(&self, held: &Self) -> Self {
        if self.is_within(held) {
            return Self::default();
        }
        Self(self.0.iter().filter(|scope| !held.contains(scope)).cloned().collect())
    }

    /// Whether `held` contains every one of them.
    pub fn is_within(&self, held: &Self) -> bool {
        Arc::ptr_eq(&self.0, &held.0) || self.iter().all(|scope| held.contains(scope))
    }

    /// Everything in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if other.is_within(self) {
            self.clone()
        } else if self.is_within(other) {
            other.clone()
        } else {
            Self::sum([self, other])
        }
    }

    /// Takes everything of `other` in.
    pub fn add(&mut self, other: &Self) {
        if !other.is_within(self) {
            *self = self.union(other);
        }
    }

    /// Whether this scope is one of them.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.binary_search_by(|own| (**own).cmp(scope)).is_ok()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// RFC 6749 §3.3: `1*( %x21 / %x23-5B / %x5D-7E )`.
fn word(text: &str) -> Result<Arc<str>, InvalidScope> {
    let is_scope = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !text.is_empty() && text.bytes().all(is_scope) { Ok(text.into()) } else { Err(InvalidScope) }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            write!(f, "{}{scope}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_set() {
        let scopes = Scopes::parse("b a  b").unwrap();
        assert_eq!(scopes.to_string(), "a b");
        assert_eq!(scopes, Scopes::of(["a", "b"]).unwrap());
        assert!(Scopes::parse("").unwrap().is_empty());
        assert!(!scopes.is_empty());
    }

    #[test]
    fn the_grammar_of_rfc_6749_is_kept() {
        assert!(Scopes::parse("!#[]~ notes:read https://example.com/a.b").is_ok());
        for text in ["a\tb", "a\"", "a\\b", "é", "a\u{7f}", "a\nb"] {
            assert_eq!(Scopes::parse(text), Err(InvalidScope), "{text:?}");
        }
        assert_eq!(Scopes::of(["a b"]), Err(InvalidScope));
        assert_eq!(Scopes::of([""]), Err(InvalidScope));
    }

    #[test]
    fn sets_are_compared_exactly() {
        let needs = Scopes::parse("notes:read notes:write").unwrap();
        let held = Scopes::parse("notes:read notes:writes").unwrap();
        assert_eq!(needs.missing_from(&held).to_string(), "notes:write");
        assert!(needs.missing_from(&needs.union(&held)).is_empty());
        assert_eq!(needs.union(&held).to_string(), "notes:read notes:write notes:writes");
        let mut sum = needs.clone();
        sum.add(&held);
        assert_eq!(sum, needs.union(&held));
        assert_eq!(Scopes::sum([&held, &needs, &held, &Scopes::default()]), sum);
        assert!(Scopes::sum([]).is_empty() && Scopes::default().is_within(&held) && !held.is_within(&needs));
        assert!(held.contains("notes:writes") && !needs.contains("notes:writes") && !needs.contains(""));
    }
}
