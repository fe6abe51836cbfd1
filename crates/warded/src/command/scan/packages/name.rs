//! Which package is meant? Names are those that registries give (PEP 508, npm), and nothing that could be another URL.

use std::fmt;

use anyhow::{bail, ensure};

use super::{pep440, semver};
use crate::report::escaped;

/// The longest name that anybody has, and the longest version that is read: it stands in the path of each file.
pub(super) const LONGEST: usize = 214;

/// Where a package is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ecosystem {
    Pypi,
    Npm,
}

/// A package, as somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Package {
    pub(super) ecosystem: Ecosystem,
    /// Of PyPI in its one spelling (PEP 503).
    pub(super) name: String,
    pub(super) version: Option<String>,
}

impl Package {
    /// Nothing for what is a path.
    pub(super) fn read(text: &str) -> Option<anyhow::Result<Self>> {
        let (ecosystem, rest) = match text.split_once(':')? {
            ("pypi", rest) => (Ecosystem::Pypi, rest),
            ("npm", rest) => (Ecosystem::Npm, rest),
            _ => return None,
        };
        Some(Self::of(ecosystem, rest).map_err(|error| anyhow::anyhow!("{}: {error}", escaped(text))))
    }

    fn of(ecosystem: Ecosystem, text: &str) -> anyhow::Result<Self> {
        // The name of a scope begins with this character, too.
        let at = text.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
        let (name, version) = match at {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let version = version.strip_prefix('@').map(str::to_owned);
        ensure!(name.len() <= LONGEST, "its name is longer than {LONGEST} bytes");
        let (name, is_version): (_, fn(&str) -> bool) = match ecosystem {
            Ecosystem::Pypi => (pypi(name), |text| pep440::Version::parse(text).is_some()),
            Ecosystem::Npm => {
                (npm(name).then(|| name.to_owned()), |text| semver::Version::parse(text).is_some())
            }
        };
        let Some(name) = name else {
            match ecosystem {
                Ecosystem::Pypi => bail!("this is no name of a package of PyPI; write `pypi:NAME@VERSION`"),
                Ecosystem::Npm => {
                    bail!(
                        "this is no name of a package of npm; write `npm:NAME@VERSION` or `npm:@SCOPE/NAME@VERSION`"
                    )
                }
            }
        };
        if let Some(version) = &version {
            ensure!(
                version.len() <= LONGEST && is_version(version),
                "this is no exact version; write one like `@1.2.3`, or none for the newest"
            );
        }
        Ok(Self { ecosystem, name, version })
    }

    /// What reports call it in a version.
    pub(super) fn at(&self, version: &str) -> String {
        Self { version: Some(version.to_owned()), ..self.clone() }.to_string()
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.ecosystem {
            Ecosystem::Pypi => "pypi",
            Ecosystem::Npm => "npm",
        };
        write!(f, "{of}:{}", self.name)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

/// PEP 508, in the spelling of PEP 503.
fn pypi(name: &str) -> Option<String> {
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    if !is_end(bytes.first()) || !is_end(bytes.last()) {
        return None;
    }
    normal(name)
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`, and case does not matter.
pub(super) fn normal(name: &str) -> Option<String> {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c if c.is_ascii_alphanumeric() => normal.push(c.to_ascii_lowercase()),
            _ => return None,
        }
    }
    Some(normal)
}

/// Old packages have capitals in their names.
fn npm(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '_'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
        None => is_part(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_read_as_registries_write_it() {
        for (text, shown) in [
            ("pypi:fastmcp@2.14.5", "pypi:fastmcp@2.14.5"),
            ("pypi:Fast__M.C-P", "pypi:fast-m-c-p"),
            ("pypi:x@1!2.0rc1.post2.dev3+local.1", "pypi:x@1!2.0rc1.post2.dev3+local.1"),
            ("npm:@modelcontextprotocol/sdk@1.29.0", "npm:@modelcontextprotocol/sdk@1.29.0"),
            ("npm:@a/b", "npm:@a/b"),
            ("npm:JSONStream@1.3.5", "npm:JSONStream@1.3.5"),
            ("npm:x@1.0.0-rc.1+build.5", "npm:x@1.0.0-rc.1+build.5"),
        ] {
            assert_eq!(Package::read(text).unwrap().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_could_be_another_url_is_no_name() {
        let long = format!("pypi:{}", "a".repeat(300));
        for text in [
            "pypi:",
            "npm:",
            "pypi:@1.0",
            "pypi:../x",
            "pypi:x/../y",
            "pypi:x/y",
            "pypi:x?y=1",
            "pypi:x#y",
            "pypi:x%2fy",
            "pypi:-x",
            "pypi:x-",
            "pypi:fastmcp[cli]",
            "pypi:x==1.0",
            "pypi:x@",
            "pypi:x@latest",
            "pypi:x@>=1",
            "pypi:x@1.0/../../y",
            "pypi:x@1@2",
            "pypi:é",
            "npm:@a/b/c",
            "npm:@a",
            "npm:@/b",
            "npm:@a/",
            "npm:a/b",
            "npm:..",
            "npm:.x",
            "npm:_x",
            "npm:@a/..",
            "npm:https://evil.example/x",
            "npm:x@^1.0.0",
            "npm:x@1",
            "npm:x@1.0.0/../y",
            "npm:x y",
            "npm:x\u{1b}[31m",
            &long,
        ] {
            let error = Package::read(text).unwrap().unwrap_err().to_string();
            assert!(error.contains("this is no") || error.contains("longer"), "{text}: {error}");
            assert!(!error.contains('\u{1b}'), "{error:?}");
        }
    }

    #[test]
    fn other_words_are_paths() {
        for text in ["src", "./pypi:x", "C:/x", "pypi", "crates:x", "PYPI:x", ""] {
            assert!(Package::read(text).is_none(), "{text}");
        }
    }
}
