//! Versions, and ranges of them, as far as it takes to tell whether something holds for all of a range. What is early (`2.0rc1`)
//! counts as what it will be.

use std::fmt;

/// The numbers of a version, without zeros at its end, which mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Vec<u64>);

/// More numbers than any version has.
const MOST_NUMBERS: usize = 8;

impl Version {
    /// Nothing for what is no version.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Written::parse(text).filter(|written| written.is_exact).map(|written| Self::of(written.numbers))
    }

    fn of(mut numbers: Vec<u64>) -> Self {
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Self(numbers)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |at: usize| self.0.get(at).copied().unwrap_or(0).to_string();
        let numbers: Vec<_> = (0..self.0.len().max(2)).map(number).collect();
        f.write_str(&numbers.join("."))
    }
}

/// Where a range ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Never,
    Before(Version),
    With(Version),
}

/// All versions from one on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    from: Version,
    end: End,
}

/// What a version alone means where a range may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// That one.
    Itself,
    /// All that are compatible with it.
    Caret,
}

impl Range {
    pub(super) const ANY: Self = Self { from: Version(Vec::new()), end: End::Never };

    pub(super) fn exact(version: Version) -> Self {
        Self { from: version.clone(), end: End::With(version) }
    }

    /// From one on, and before another: what is known of a library says so.
    pub(crate) fn between(since: Option<Version>, before: Option<Version>) -> Self {
        Self { from: since.unwrap_or_default(), end: before.map_or(End::Never, End::Before) }
    }

    /// `>=1.2,<2`, `^1.2`, `~1.2`, `~=1.2`, `1.x`, `==1.2.*`, `1.2 - 2`, and any of several behind `||`. Nothing for what is none.
    pub(super) fn parse(text: &str, alone: Alone) -> Option<Self> {
        text.split("||")
            .map(|each| Self::all_of(each, alone))
            .reduce(|one, other| Some(one?.around(&other?)))?
    }

    fn all_of(text: &str, alone: Alone) -> Option<Self> {
        if let Some((from, upto)) = text.split_once(" - ") {
            return Some(Self::one(">=", from.trim(), alone)?.within(Self::one("<=", upto.trim(), alone)?));
        }
        let mut range = Self::ANY;
        let mut rest = text.trim();
        while !rest.is_empty() {
            let operator = rest.find(|c: char| !"<>=!~^".contains(c))?;
            let (operator, after) = rest.split_at(operator);
            let after = after.trim_start();
            let end = after.find([',', ' ', '<', '>', '=', '!', '~', '^']).unwrap_or(after.len());
            let (version, after) = after.split_at(end);
            range = range.within(Self::one(operator, version, alone)?);
            rest = after.trim_start_matches([',', ' ']);
        }
        Some(range)
    }

    fn one(operator: &str, version: &str, alone: Alone) -> Option<Self> {
        let written = Written::parse(version)?;
        let version = || Version::of(written.numbers.clone());
        let upto = |end| Self { from: version(), end };
        // All that begin with what is written, or with all but so much of it.
        let beginning = |kept: usize| upto(written.after(kept).map_or(End::Never, End::Before));
        Some(match operator {
            // What is left out is told by nobody.
            "!=" => Self::ANY,
            "" | "=" | "==" | "===" if !written.is_exact => beginning(written.numbers.len()),
            "" if alone == Alone::Caret => beginning(written.leading()),
            "=" if alone == Alone::Caret && written.numbers.len() < 3 => beginning(written.numbers.len()),
            "" | "=" | "==" | "===" => Self::exact(version()),
            // The next one after it is not known. What holds since a version holds for that, too.
            ">=" | ">" => upto(End::Never),
            "<" => Self { from: Version::default(), end: End::Before(version()) },
            "<=" => Self { from: Version::default(), end: End::With(version()) },
            "^" => beginning(written.leading()),
            "~" => beginning(written.numbers.len().min(2)),
            "~=" => beginning(written.numbers.len().checked_sub(1).filter(|kept| *kept > 0)?),
            _ => return None,
        })
    }

    /// What is in both.
    fn within(self, other: Self) -> Self {
        let end = if other.ends_later(&self) { self.end } else { other.end };
        Self { from: self.from.max(other.from), end }
    }

    /// What is in either, and between them.
    pub(super) fn around(&self, other: &Self) -> Self {
        let end = if other.ends_later(self) { other.end.clone() } else { self.end.clone() };
        Self { from: self.from.clone().min(other.from.clone()), end }
    }

    /// Whether all of another one is in this one.
    pub(crate) fn has(&self, other: &Self) -> bool {
        self.from <= other.from && !other.ends_later(self)
    }

    fn ends_later(&self, other: &Self) -> bool {
        match (&self.end, &other.end) {
            (_, End::Never) => false,
            (End::Never, _) => true,
            (End::With(one), End::Before(other)) => one >= other,
            (End::Before(one) | End::With(one), End::Before(other) | End::With(other)) => one > other,
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            End::With(end) if *end == self.from => write!(f, "{}", self.from),
            End::With(end) => write!(f, "{} to {end}", self.from),
            End::Before(end) if self.from == Version::default() => write!(f, "older than {end}"),
            End::Before(end) => write!(f, "{} or newer, older than {end}", self.from),
            End::Never => write!(f, "{} or newer", self.from),
        }
    }
}

/// A version as somebody wrote it: `1.2.0`, `1.x`.
struct Written {
    numbers: Vec<u64>,
    /// Whether nothing of it is left open.
    is_exact: bool,
}

impl Written {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        // What is early or built in some way counts as what it will be.
        let release = text.split(['+', '-', '_']).next().unwrap_or_default();
        let mut numbers = Vec::new();
        for part in release.split('.') {
            if matches!(part, "*" | "x" | "X" | "") && (!part.is_empty() || release.is_empty()) {
                return Some(Self { numbers, is_exact: false });
            }
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (digits, rest) = part.split_at(digits);
            // `2.0rc1`, `2.0.dev3`.
            let is_word = rest.starts_with(|c: char| c.is_ascii_alphabetic());
            if digits.is_empty() && is_word && !numbers.is_empty() {
                break;
            }
            if numbers.len() == MOST_NUMBERS || !(rest.is_empty() || is_word) {
                return None;
            }
            numbers.push(digits.parse().ok()?);
            if is_word {
                break;
            }
        }
        Some(Self { numbers, is_exact: true })
    }

    /// Up to which number two are compatible: the first one that is not zero.
    fn leading(&self) -> usize {
        let first = self.numbers.iter().position(|number| *number > 0);
        first.map_or(self.numbers.len(), |at| at + 1)
    }

    /// The first version that does not begin with so many numbers of this one.
    fn after(&self, kept: usize) -> Option<Version> {
        let mut numbers = self.numbers.get(..kept)?.to_vec();
        let last = numbers.last_mut()?;
        *last = last.checked_add(1)?;
        Some(Version::of(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, alone: Alone) -> Option<String> {
        Range::parse(text, alone).map(|range| range.to_string())
    }

    #[test]
    fn ranges_are_read_as_their_tools_read_them() {
        for (text, range) in [
            (">=1.30,<2", "1.30 or newer, older than 2.0"),
            (">= 1.30 , < 2", "1.30 or newer, older than 2.0"),
            (">=1.2 <2 !=1.5", "1.2 or newer, older than 2.0"),
            ("==2.8.0", "2.8"),
            ("===2.8", "2.8"),
            ("==2.8.*", "2.8 or newer, older than 2.9"),
            ("~=2.8.1", "2.8.1 or newer, older than 2.9"),
            ("~=2.8", "2.8 or newer, older than 3.0"),
            ("~2.8.1", "2.8.1 or newer, older than 2.9"),
            ("~2", "2.0 or newer, older than 3.0"),
            ("^2.8", "2.8 or newer, older than 3.0"),
            ("^0.8.1", "0.8.1 or newer, older than 0.9"),
            ("^0.0.3", "0.0.3 or newer, older than 0.0.4"),
            ("9.x", "9.0 or newer, older than 10.0"),
            ("9.1.0 - 10", "9.1 to 10.0"),
            ("^8 || ^9", "8.0 or newer, older than 10.0"),
            ("^9 || >=10", "9.0 or newer"),
            ("<=1.7.1", "0.0 to 1.7.1"),
            ("<2", "older than 2.0"),
            ("v1.2.3-rc.1+build", "1.2.3"),
            ("2.0rc1", "2.0"),
            ("2.dev3", "2.0"),
            ("*", "0.0 or newer"),
            ("", "0.0 or newer"),
        ] {
            assert_eq!(shown(text, Alone::Itself).as_deref(), Some(range), "{text}");
        }
        assert_eq!(shown("8.3", Alone::Caret).as_deref(), Some("8.3 or newer, older than 9.0"));
        assert_eq!(shown("=8.3", Alone::Caret).as_deref(), Some("8.3 or newer, older than 8.4"));
        assert_eq!(shown("=8.3.0", Alone::Caret).as_deref(), Some("8.3"));
    }

    #[test]
    fn what_is_none_says_nothing() {
        let long = "1.".repeat(100_000);
        for text in [
            "latest",
            "git+ssh://x",
            "file:../x",
            "workspace:*",
            "npm:x@1",
            "1!2.0",
            "^",
            ">=",
            ">=x<",
            "==é",
            "99999999999999999999",
            "1..2",
            ".",
            "~=2",
            "<>2",
            "$(version)",
            &long,
        ] {
            assert_eq!(shown(text, Alone::Itself), None, "{text}");
        }
        let many = "1||".repeat(100_000);
        assert!(Range::parse(&many, Alone::Itself).is_some());
    }

    #[test]
    fn something_holds_for_a_range_where_it_holds_for_all_of_it() {
        let version = |text| Version::parse(text);
        let before = Range::between(None, version("9"));
        let since = Range::between(version("1.30"), None);
        let has = |known: &Range, text| known.has(&Range::parse(text, Alone::Itself).unwrap());
        for (text, holds) in [
            ("8.3.0", true),
            ("^8", true),
            ("9.0.0", false),
            (">=8", false),
            ("<9", true),
            ("<=9", false),
            ("*", false),
        ] {
            assert_eq!(has(&before, text), holds, "{text}");
        }
        for (text, holds) in
            [("1.30", true), (">=1.30", true), (">1.30", true), ("^1.29", false), ("<2", false)]
        {
            assert_eq!(has(&since, text), holds, "{text}");
        }
    }
}
