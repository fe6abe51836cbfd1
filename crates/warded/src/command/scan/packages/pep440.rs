//! Versions of Python packages, and which of two is newer (PEP 440).

use std::{num::ParseIntError, sync::LazyLock};

use regex::{Captures, Regex};

static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix-u)^ v? (?:([0-9]+)!)? ([0-9]+(?:\.[0-9]+)*)
        (?: [-_.]? (alpha|a|beta|b|preview|pre|c|rc) [-_.]? ([0-9]+)? )?
        (?: - ([0-9]+) | [-_.]? (post|rev|r) [-_.]? ([0-9]+)? )?
        (?: [-_.]? (dev) [-_.]? ([0-9]+)? )?
        (?: \+ ([a-z0-9]+(?:[-_.][a-z0-9]+)*) )? $",
    )
    .ok()
});

/// The order of its members is that of PEP 440.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    epoch: u64,
    /// Without zeros at its end, which mean nothing.
    release: Vec<u64>,
    stage: Stage,
    post: Option<u64>,
    dev: Dev,
    /// Of somebody's own build: `cu118`.
    local: Option<Vec<Part>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// What is developed towards a release comes before all else of it.
    Developed,
    Alpha(u64),
    Beta(u64),
    Candidate(u64),
    Released,
}

/// A part of what somebody calls a build. Words come before numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(String),
    Number(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dev {
    At(u64),
    Done,
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = FORM.as_ref()?.captures(text)?;
        let mut release: Vec<u64> =
            parts.get(2)?.as_str().split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        while release.last() == Some(&0) {
            release.pop();
        }
        let stage = match parts.get(3) {
            Some(letter) => {
                let at = number(&parts, 4).ok()?.unwrap_or(0);
                Some(match letter.as_str().to_ascii_lowercase().as_str() {
                    "a" | "alpha" => Stage::Alpha(at),
                    "b" | "beta" => Stage::Beta(at),
                    _ => Stage::Candidate(at),
                })
            }
            None => None,
        };
        let post = match (number(&parts, 5).ok()?, parts.get(6)) {
            (Some(at), _) => Some(at),
            (None, Some(_)) => Some(number(&parts, 7).ok()?.unwrap_or(0)),
            (None, None) => None,
        };
        let dev = match parts.get(8) {
            Some(_) => Dev::At(number(&parts, 9).ok()?.unwrap_or(0)),
            None => Dev::Done,
        };
        let released = if post.is_none() && dev != Dev::Done { Stage::Developed } else { Stage::Released };
        let part = |part: &str| match part.parse() {
            Ok(number) => Part::Number(number),
            Err(_) => Part::Word(part.to_ascii_lowercase()),
        };
        let local = parts.get(10).map(|local| local.as_str().split(['-', '_', '.']).map(part).collect());
        Some(Self {
            epoch: number(&parts, 1).ok()?.unwrap_or(0),
            release,
            stage: stage.unwrap_or(released),
            post,
            dev,
            local,
        })
    }

    /// Whether nobody gets it who does not ask for it.
    pub(super) fn is_early(&self) -> bool {
        self.stage != Stage::Released || self.dev != Dev::Done
    }
}

/// A number that may be missing; an error for one that is too large.
fn number(parts: &Captures<'_>, at: usize) -> Result<Option<u64>, ParseIntError> {
    parts.get(at).map(|digits| digits.as_str().parse()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_the_order_of_the_pep() {
        let order = [
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+abc.10",
            "1.0+cu118",
            "1.0+5",
            "1.0+10",
            "1.0+10.1",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "2.9",
            "2.10",
            "1!0.1",
        ];
        let all: Vec<_> = order.iter().map(|text| Version::parse(text).unwrap()).collect();
        for pair in all.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
    }

    #[test]
    fn one_version_has_many_spellings() {
        for (one, other) in [
            ("1.0", "v1"),
            ("1.0.0", "1.0"),
            ("1.0-1", "1.0.post1"),
            ("1.0-rc.1", "1.0C1"),
            ("1.0_alpha", "1.0a0"),
            ("1.0+a_b", "1.0+A.B"),
            ("1.0+ubuntu-01", "1.0+ubuntu.1"),
        ] {
            assert_eq!(Version::parse(one), Version::parse(other), "{one} {other}");
        }
        let early = |text| Version::parse(text).unwrap().is_early();
        assert!(
            early("1rc1") && early("1.dev1") && early("1.post1.dev2") && !early("1.post1") && !early("1")
        );
        for broken in ["", "x", "1..2", "1.0-", "99999999999999999999999", "1.0\n", "1.0 ", "1/2", "١"] {
            assert_eq!(Version::parse(broken), None, "{broken}");
        }
    }
}
