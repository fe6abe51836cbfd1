//! What is a held call called? By a name that is short enough to be typed and that nobody can guess.

use std::fmt;

use aws_lc_rs::rand::SecureRandom;

use crate::StoreFailed;

/// Letters and digits that are not taken for each other, 32 of them.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The name of a held call: eighty random bits in sixteen letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApprovalId(Box<str>);

impl ApprovalId {
    /// A new one.
    pub fn new(random: &dyn SecureRandom) -> Result<Self, StoreFailed> {
        let mut bytes = [0; 16];
        random.fill(&mut bytes).map_err(|_| StoreFailed::Randomness)?;
        let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter));
        Ok(Self(bytes.into_iter().filter_map(letter).collect::<String>().into()))
    }

    pub(crate) fn held(text: String) -> Self {
        Self(text.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Between which texts those are that begin like this; none where none does.
pub(crate) fn beginning(prefix: &str) -> Option<(String, String)> {
    let from = prefix.trim().to_ascii_lowercase();
    let is_one = !from.is_empty() && from.bytes().all(|byte| LETTERS.contains(&byte));
    // Behind all letters.
    is_one.then(|| (from.clone(), from + "~"))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;

    use super::*;

    #[test]
    fn names_are_short_and_none_is_like_another() {
        #[expect(clippy::disallowed_methods, reason = "a test of what randomness becomes")]
        let random = SystemRandom::new();
        let names: std::collections::HashSet<_> =
            (0..1000).map(|_| ApprovalId::new(&random).unwrap()).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.as_str().len() == 16));
        let used: std::collections::BTreeSet<_> =
            names.iter().flat_map(|name| name.as_str().bytes()).collect();
        assert_eq!(used.into_iter().collect::<Vec<_>>(), {
            let mut letters = LETTERS.to_vec();
            letters.sort_unstable();
            letters
        });
    }

    #[test]
    fn only_what_may_begin_a_name_is_looked_for() {
        assert_eq!(beginning(" K7q "), Some(("k7q".to_owned(), "k7q~".to_owned())));
        for nothing in ["", " ", "l", "0", "a%", "a_", "é", "a b"] {
            assert_eq!(beginning(nothing), None, "{nothing}");
        }
    }
}
