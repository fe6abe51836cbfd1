//! Of several wheels of one version, which one is looked at? Their names say for whom each is (PEP 425, PEP 427).

use std::cmp::Reverse;

/// What the name of a wheel says, without its `.whl`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wheel<'n> {
    pub(super) name: &'n str,
    pub(super) version: String,
    pub(super) rank: Rank,
}

/// What is looked at first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    fits: Fits,
    /// The newest Python that it is for.
    python: Reverse<(u32, u32)>,
    /// The last build of it, as pip takes it.
    build: Reverse<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fits {
    /// `py3-none-any`: all of it is Python.
    Every,
    /// The same, for one version of Python or one kind.
    EverySystem,
    /// For one system. What is Python in it is the same for all, mostly.
    Some,
    /// For Python 2 alone.
    Old,
    /// For no Python that is known: who wants another wheel to be looked at than is installed adds one of these.
    Unknown,
}

/// The newest Python that is there to install with.
const NEWEST: (u32, u32) = (3, 15);

impl<'n> Wheel<'n> {
    /// `NAME-VERSION(-BUILD)-PYTHON-ABI-SYSTEM`, each of the last three one tag or several.
    pub(super) fn read(stem: &'n str) -> Option<Self> {
        let parts: Vec<_> = stem.split('-').collect();
        let (name, version, build, python, abi, system) = match *parts.as_slice() {
            [name, version, python, abi, system] => (name, version, "", python, abi, system),
            [name, version, build, python, abi, system] => (name, version, build, python, abi, system),
            _ => return None,
        };
        let newest = python.split('.').filter_map(python_of).max();
        let has = |tags: &str, wanted: &str| tags.split('.').any(|tag| tag == wanted);
        let is_pure = has(abi, "none") && has(system, "any");
        let fits = match newest {
            None => Fits::Unknown,
            Some((major, _)) if major < 3 => Fits::Old,
            _ if is_pure && has(python, "py3") => Fits::Every,
            _ if is_pure => Fits::EverySystem,
            _ => Fits::Some,
        };
        let digits = build.find(|c: char| !c.is_ascii_digit()).unwrap_or(build.len());
        let build = build.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        // In names of files `-` is written as `_`, also that of a version.
        let version = version.replace('_', "-");
        Some(Self {
            name,
            version,
            rank: Rank { fits, python: Reverse(newest.unwrap_or_default()), build: Reverse(build) },
        })
    }
}

impl Rank {
    /// Whether no Python of today installs it.
    pub(super) fn is_old(self) -> bool {
        self.fits >= Fits::Old
    }
}

/// `cp312` is 3.12, and `py3` is any 3; nothing where nobody has it.
fn python_of(tag: &str) -> Option<(u32, u32)> {
    let digits = ["py", "cp", "pp", "graalpy"].iter().find_map(|kind| tag.strip_prefix(kind))?;
    let mut rest = digits.chars();
    let major = rest.next()?.to_digit(10)?;
    let rest = rest.as_str();
    let minor = if rest.is_empty() { 0 } else { rest.parse::<u32>().ok()? };
    // `cp3012` is no 3.12.
    let is_plain = rest.is_empty() || minor.to_string() == rest;
    Some((major, minor)).filter(|python| is_plain && *python <= NEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_can_install_is_looked_at_first() {
        let order = [
            "x-1-3-py3.cp399-none-any",
            "x-1-2-py3-none-any",
            "x-1-1b-py2.py3-none-any",
            "x-1-py3-none-any",
            "x-1-py312-none-any",
            "x-1-cp39-none-any",
            "x-1-cp313-cp313-win_amd64",
            "x-1-cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64",
            "x-1-py3-none-macosx_11_0_arm64",
            "x-1-py27-none-any",
            "x-1-py2-none-any",
            "x-1-2-py4-none-any",
            "x-1-1-zz3-none-any",
            "x-1-cp3012-none-any",
            "x-1-cp316.cp399-none-any",
            "x-1-cp39999999999-none-any",
            "x-1-cp3x-none-any",
        ];
        let mut ranks: Vec<_> = order.iter().map(|name| (Wheel::read(name).unwrap().rank, *name)).collect();
        ranks.sort();
        assert_eq!(ranks.iter().map(|(_, name)| *name).collect::<Vec<_>>(), order);
        let old: Vec<_> = ranks.iter().filter(|(rank, _)| rank.is_old()).map(|(_, name)| *name).collect();
        assert_eq!(old, order[9..]);
    }

    #[test]
    fn names_are_read_whatever_stands_in_them() {
        let wheel = Wheel::read("Fast_MCP-1.0+cu118_2-py3-none-any").unwrap();
        assert_eq!((wheel.name, wheel.version.as_str()), ("Fast_MCP", "1.0+cu118-2"));
        for odd in ["x-1-----", "x-1-é-é-é-é", "x-1-99999999999999999999-cp99999999999-none-any"] {
            assert!(Wheel::read(odd).is_none_or(|wheel| wheel.name == "x"), "{odd}");
        }
        for none in ["", "x-1", "x-1-py3-none", "x-1-2-3-py3-none-any"] {
            assert_eq!(Wheel::read(none), None, "{none}");
        }
    }
}
