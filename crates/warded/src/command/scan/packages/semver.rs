//! Versions of npm packages, and which of two is newer (Semantic Versioning 2.0.0).

use std::cmp::Ordering;

/// An exact version. What stands behind `+` means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    release: [u64; 3],
    /// None for a release.
    stage: Vec<Part>,
}

/// A part of what says that a version is none yet. Numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        if !build.is_none_or(|build| build.split('.').all(is_word)) {
            return None;
        }
        let (release, stage) = text.split_once('-').map_or((text, None), |(text, stage)| (text, Some(stage)));
        let mut numbers = release.split('.').map(digits);
        let release = [numbers.next()??, numbers.next()??, numbers.next()??];
        if numbers.next().is_some() {
            return None;
        }
        let part = |part: &str| match digits(part) {
            Some(number) => Some(Part::Number(number)),
            None => is_word(part).then(|| Part::Word(part.to_owned())),
        };
        let stage = stage.map_or(Some(Vec::new()), |stage| stage.split('.').map(part).collect())?;
        Some(Self { release, stage })
    }

    /// Whether nobody gets it who does not ask for it.
    pub(super) fn is_early(&self) -> bool {
        !self.stage.is_empty()
    }
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.release
            .cmp(&other.release)
            .then(self.stage.is_empty().cmp(&other.stage.is_empty()))
            .then_with(|| self.stage.cmp(&other.stage))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_the_order_of_the_specification() {
        let order = [
            "0.9.10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.10",
            "2.0.0-0",
            "2.0.0+build",
        ];
        let all: Vec<_> = order.iter().map(|text| Version::parse(text).unwrap()).collect();
        for pair in all.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        assert_eq!(Version::parse("1.0.0+a"), Version::parse("1.0.0"));
        for broken in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            "1.2.x",
            "1.2.3-",
            "1.2.3-a..b",
            "1.2.3+",
            "1.2.3-a/b",
            "^1.2.3",
        ] {
            assert_eq!(Version::parse(broken), None, "{broken}");
        }
    }
}
