//! Which names does a pattern mean? Those that are the pattern, where each `*` is any text.

/// A pattern with a star in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What stands before the first star.
    start: Box<str>,
    /// What stands between stars.
    middle: Vec<Box<str>>,
    /// What stands behind the last star.
    end: Box<str>,
}

impl Pattern {
    /// None where there is no star: then it is a name.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (start, rest) = text.split_once('*')?;
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        Some(Self {
            start: start.into(),
            middle: middle.split('*').filter(|part| !part.is_empty()).map(Into::into).collect(),
            end: end.into(),
        })
    }

    /// A name that has some text in it that stands for any; none where it has not.
    pub(super) fn of_reading(reading: &str, any: &str) -> Option<Self> {
        let (start, _) = reading.split_once(any)?;
        let (_, end) = reading.rsplit_once(any)?;
        Some(Self { start: start.into(), middle: Vec::new(), end: end.into() })
    }

    /// Whether it means this name.
    pub(super) fn matches(&self, name: &str) -> bool {
        let inner = name.strip_prefix(&*self.start).and_then(|rest| rest.strip_suffix(&*self.end));
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

    /// Whether there is a name that both mean. Each has a star that can take in what the other one has in the middle,
    /// so only what cannot move is in the way.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let is_start = self.start.starts_with(&*other.start) || other.start.starts_with(&*self.start);
        let is_end = self.end.ends_with(&*other.end) || other.end.ends_with(&*self.end);
        is_start && is_end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::of(pattern).unwrap().matches(name)
    }

    #[test]
    fn a_star_is_any_text_and_nothing_else_is_special() {
        for (pattern, meant, not_meant) in [
            ("*", &["", "a", "a/b", "é", "*"][..], &[][..]),
            (
                "delete_*",
                &["delete_", "delete_note", "delete_*"],
                &["delete", "Delete_note", " delete_note", "undelete_x"],
            ),
            ("*_note", &["_note", "delete_note"], &["delete_notes", "delete_note ", "delete_Note"]),
            ("a*b*c", &["abc", "a1b2c", "abbc", "abcbc", "a/b/c"], &["ab", "ac", "acb", "abcd", "xabc"]),
            ("ab*ba", &["abba", "ab ba"], &["aba", "ab", "ba"]),
            ("**x**", &["x", "axb"], &["", "a"]),
            ("[a]?*", &["[a]?", "[a]?b"], &["a", "ab", "a?"]),
            ("file:///a/*", &["file:///a/", "file:///a/b/c"], &["file:///a", "file:///A/b", "file:///b"]),
        ] {
            for name in meant {
                assert!(matches(pattern, name), "{pattern} {name}");
            }
            for name in not_meant {
                assert!(!matches(pattern, name), "{pattern} {name}");
            }
        }
        assert_eq!(Pattern::of("delete_note"), None);
    }

    #[test]
    fn a_reading_meets_every_pattern_that_could_mean_what_it_becomes() {
        let meets = |reading: &str, pattern: &str| {
            Pattern::of_reading(reading, "~~").unwrap().meets(&Pattern::of(pattern).unwrap())
        };
        for (reading, pattern) in [
            ("note://~~", "note://private/*"),
            ("note://~~", "*private*"),
            ("note://private/~~", "note://*"),
            ("file:///~~/x/~~.txt", "file:///secret/*"),
            ("file:///~~", "*/secret"),
        ] {
            assert!(meets(reading, pattern), "{reading} {pattern}");
        }
        for (reading, pattern) in
            [("note://public/~~", "note://private/*"), ("note://~~.md", "*.txt"), ("memo://~~", "note://*")]
        {
            assert!(!meets(reading, pattern), "{reading} {pattern}");
        }
        assert_eq!(Pattern::of_reading("note://x", "~~"), None);
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
        fn a_pattern_means_what_it_says(pattern in "[ab*]{0,4}[*][ab*]{0,4}", name in "[ab]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &name), slowly(&letters(&pattern), &letters(&name)));
        }

        #[test]
        fn what_both_mean_both_meet(one in "[ab*]{0,3}[*][ab*]{0,3}", other in "[ab*]{0,3}[*][ab*]{0,3}", name in "[ab]{0,8}") {
            if matches(&one, &name) && matches(&other, &name) {
                prop_assert!(Pattern::of(&one).unwrap().meets(&Pattern::of(&other).unwrap()));
            }
        }
    }
}
