//! Which names does a pattern mean? Those that are the pattern, where each `*` is any text.

/// A name with a star in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// What stands before the first star.
    start: Box<str>,
    /// What stands between stars.
    middle: Box<[Box<str>]>,
    /// What stands behind the last star; none where there is no star.
    end: Option<Box<str>>,
}

impl Glob {
    pub(crate) fn of(text: &str) -> Self {
        let Some((start, rest)) = text.split_once('*') else {
            return Self { start: text.into(), middle: Box::default(), end: None };
        };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        Self {
            start: start.into(),
            middle: middle.split('*').filter(|part| !part.is_empty()).map(Into::into).collect(),
            end: Some(end.into()),
        }
    }

    /// How many parts are looked for.
    pub(crate) fn parts(&self) -> usize {
        1 + self.middle.len()
    }

    /// Whether it means this name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let Some(end) = &self.end else { return *name == *self.start };
        let inner = name.strip_prefix(&*self.start).and_then(|rest| rest.strip_suffix(&**end));
        let Some(mut rest) = inner else { return false };
        // The first place is always the best one: what is behind a later one is behind this one, too.
        self.middle.iter().all(|part| match rest.split_once(&**part) {
            Some((_, behind)) => {
                rest = behind;
                true
            }
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_text_and_nothing_else_is_special() {
        for (pattern, meant, not_meant) in [
            (
                "delete_*",
                &["delete_", "delete_note", "delete_*"][..],
                &["delete", "Delete_x", "undelete_x"][..],
            ),
            ("*_note", &["_note", "delete_note"], &["delete_notes", "delete_Note"]),
            ("a*b*c", &["abc", "a1b2c", "abcbc"], &["ab", "acb", "abcd", "xabc"]),
            ("ab*ba", &["abba", "ab ba"], &["aba", "ab", "ba"]),
            ("[a]?*", &["[a]?", "[a]?b"], &["a", "ab"]),
            ("plain", &["plain"], &["plai", "plains", ""]),
        ] {
            assert!(meant.iter().all(|name| Glob::of(pattern).matches(name)), "{pattern}");
            assert!(!not_meant.iter().any(|name| Glob::of(pattern).matches(name)), "{pattern}");
        }
    }

    /// As slow and as plain as can be.
    fn slowly(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|at| slowly(rest, &name[at..])),
            Some((letter, rest)) => {
                name.split_first().is_some_and(|(first, others)| first == letter && slowly(rest, others))
            }
        }
    }

    proptest! {
        #[test]
        fn a_pattern_means_what_it_says(pattern in "[ab*]{0,8}", name in "[ab]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Glob::of(&pattern).matches(&name), slowly(&letters(&pattern), &letters(&name)));
        }
    }
}
