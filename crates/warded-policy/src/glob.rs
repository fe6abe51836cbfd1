//! Which names does a pattern mean? Those that are the pattern, where each `*` is any text.

/// A name in which each star is any text. One without a star is itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// What stands before the first star.
    start: Box<str>,
    /// What stands between stars.
    middle: Box<[Box<str>]>,
    /// What stands behind the last star; none where there is no star.
    end: Option<Box<str>>,
}

impl Glob {
    /// Takes it apart.
    ///
    /// ```
    /// use warded_policy::Glob;
    ///
    /// assert!(Glob::of("delete_*").matches("delete_note"));
    /// assert!(!Glob::of("delete_note").matches("delete_notes"));
    /// ```
    pub fn of(text: &str) -> Self {
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

    /// Whatever begins and ends so.
    ///
    /// ```
    /// use warded_policy::Glob;
    ///
    /// // What has a star itself is no pattern here.
    /// assert!(Glob::between("a*", "z").matches("a*...z"));
    /// assert!(!Glob::between("a*", "z").matches("ab...z"));
    /// ```
    pub fn between(start: &str, end: &str) -> Self {
        Self { start: start.into(), middle: Box::default(), end: Some(end.into()) }
    }

    /// How many parts are looked for.
    pub(crate) fn parts(&self) -> usize {
        1 + self.middle.len()
    }

    /// Whether it means this name.
    pub fn matches(&self, name: &str) -> bool {
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

    /// Whether there is a name that both mean. A star can take in what the other one has in the middle, so that only what
    /// cannot move is in the way.
    ///
    /// ```
    /// use warded_policy::Glob;
    ///
    /// assert!(Glob::of("note://*").meets(&Glob::of("*/private")));
    /// assert!(!Glob::of("note://*").meets(&Glob::of("memo://*")));
    /// ```
    pub fn meets(&self, other: &Self) -> bool {
        let (Some(end), Some(others)) = (&self.end, &other.end) else {
            return if self.end.is_none() { other.matches(&self.start) } else { self.matches(&other.start) };
        };
        let is_start = self.start.starts_with(&*other.start) || other.start.starts_with(&*self.start);
        let is_end = end.ends_with(&**others) || others.ends_with(&**end);
        is_start && is_end
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
            ("*", &["", "a", "a/b", "é", "*"], &[]),
            ("**x**", &["x", "axb"], &["", "a"]),
            ("file:///a/*", &["file:///a/", "file:///a/b/c"], &["file:///a", "file:///A/b", "file:///b"]),
        ] {
            assert!(meant.iter().all(|name| Glob::of(pattern).matches(name)), "{pattern}");
            assert!(!not_meant.iter().any(|name| Glob::of(pattern).matches(name)), "{pattern}");
        }
    }

    #[test]
    fn two_meet_where_a_name_is_meant_by_both() {
        for (one, other, is_met) in [
            ("note://*", "note://private/*", true),
            ("note://*", "*private*", true),
            ("file:///*.txt", "file:///secret/*", true),
            ("file:///*", "*/secret", true),
            ("a*", "a1", true),
            ("a", "a", true),
            ("note://public/*", "note://private/*", false),
            ("note://*.md", "*.txt", false),
            ("memo://*", "note://*", false),
            ("a*", "b1", false),
            ("a", "b", false),
        ] {
            assert_eq!(Glob::of(one).meets(&Glob::of(other)), is_met, "{one} {other}");
            assert_eq!(Glob::of(other).meets(&Glob::of(one)), is_met, "{other} {one}");
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

        #[test]
        fn what_both_mean_both_meet(one in "[ab*]{0,5}", other in "[ab*]{0,5}", name in "[ab]{0,6}") {
            let (one, other) = (Glob::of(&one), Glob::of(&other));
            if one.matches(&name) && other.matches(&name) {
                prop_assert!(one.meets(&other));
            }
        }
    }
}
