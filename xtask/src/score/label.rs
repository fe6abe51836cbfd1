//! What somebody who never saw the scanner says of published code: `fixtures/labels`.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The rules of code that the scanner has or is to have. Labels may name others; these are no part of the score.
pub(crate) const RULES: &[&str] = &[
    "WRD101", "WRD102", "WRD103", "WRD104", "WRD105", "WRD106", "WRD107", "WRD108", "WRD201", "WRD202",
    "WRD203", "WRD204", "WRD205", "WRD206", "WRD207", "WRD208",
];

/// Whether whoever builds the scanner may read the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Half {
    Open,
    Held,
}

impl Half {
    pub(crate) const BOTH: [Self; 2] = [Self::Open, Self::Held];

    /// Where a package belongs; a hash decides, so that nobody does.
    pub(crate) fn of(package: &str) -> Self {
        if Sha256::digest(package)[0].is_multiple_of(2) { Self::Open } else { Self::Held }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
        }
    }
}

/// Where packages are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ecosystem {
    PyPi,
    Npm,
    Cargo,
    Go,
    Maven,
}

impl Ecosystem {
    pub(crate) const ALL: [Self; 5] = [Self::PyPi, Self::Npm, Self::Cargo, Self::Go, Self::Maven];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
            Self::Npm => "npm",
            Self::Cargo => "cargo",
            Self::Go => "go",
            Self::Maven => "maven",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ecosystem| ecosystem.name() == name)
    }
}

/// A published package: `pypi:fastmcp`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name {
    pub(crate) ecosystem: Ecosystem,
    pub(crate) name: String,
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once(':').filter(|(_, name)| is_plain(name));
        parts
            .and_then(|(ecosystem, name)| {
                Some(Self { ecosystem: Ecosystem::named(ecosystem)?, name: name.to_owned() })
            })
            .ok_or_else(|| format!("`{}` is no package", text.escape_debug()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.ecosystem.name(), self.name)
    }
}

impl Name {
    /// As the name of a file.
    pub(crate) fn flat(&self) -> String {
        format!("{}--{}", self.ecosystem.name(), self.name.replace(['/', ':'], "~"))
    }
}

/// Whether it is taken for nothing but a name or a version by the clients that it is given to.
fn is_plain(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "@/:._-+~".contains(c);
    !text.is_empty()
        && !text.starts_with(['-', '.', '/'])
        && !text.contains("..")
        && text.chars().all(is_known)
}

/// An exact version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Version(pub(crate) String);

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if is_plain(&text) { Ok(Self(text)) } else { Err(format!("`{}` is no version", text.escape_debug())) }
    }
}

/// In which form it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Archive {
    Wheel,
    Sdist,
    Npm,
    Crate,
    Module,
    SourcesJar,
}

/// What is there to judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    TokenRequest,
    AuthorizeRequest,
    Refresh,
    ClientCredentials,
    TokenExchange,
    ResourceValue,
    PrmCheck,
    TokenCache,
    JwtVerify,
    AudienceCompare,
    Verifier,
    Passthrough,
    QueryToken,
    Other,
}

/// By what a reader comes to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flow {
    SameLine,
    SameCall,
    SameFunction,
    HelperSameFile,
    OtherFile,
    ClassState,
    Builder,
    OptionsList,
    LibraryDefault,
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Wrong,
    Ok,
    /// Right under a condition only: worth a note.
    Conditional,
    /// The rule has no meaning here.
    NotApplicable,
}

/// A place that was judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Site {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) end: usize,
    #[expect(dead_code, reason = "read so that a wrong one is refused")]
    kind: Kind,
    pub(crate) verdict: Verdict,
    /// What should speak, or what must be silent.
    pub(crate) rule: String,
    pub(crate) flow: Flow,
    pub(crate) why: String,
    /// A login at a provider that knows no resources.
    #[serde(default)]
    pub(crate) upstream: bool,
    /// Others may judge otherwise.
    #[serde(default)]
    pub(crate) doubt: bool,
    /// It says for whom the token is, but by `audience`.
    #[serde(default)]
    #[expect(dead_code, reason = "read so that a wrong one is refused")]
    audience_param: bool,
    /// Other lines at which the same may be told.
    #[serde(default)]
    pub(crate) also_at: Vec<usize>,
    /// Other rules that may tell the same.
    #[serde(default)]
    pub(crate) also: Vec<String>,
}

/// A package whose code was read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    #[serde(rename = "package")]
    pub(crate) name: Name,
    pub(crate) version: Version,
    pub(crate) archive: Archive,
    #[serde(default)]
    #[expect(dead_code, reason = "what the package itself says too; read so that it is well formed")]
    manifest: BTreeMap<String, String>,
    /// Files that were read whole: whatever else is found there is false.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    pub(crate) sites: Vec<Site>,
}

impl Package {
    /// Reads one file of labels.
    pub(crate) fn read(text: &str) -> anyhow::Result<Self> {
        let options = serde_saphyr::options! { with_snippet: false };
        let package: Self = serde_saphyr::from_str_with_options(text, options)?;
        package.make_sense()?;
        Ok(package)
    }

    fn make_sense(&self) -> anyhow::Result<()> {
        let archives: &[Archive] = match self.name.ecosystem {
            Ecosystem::PyPi => &[Archive::Wheel, Archive::Sdist],
            Ecosystem::Npm => &[Archive::Npm],
            Ecosystem::Cargo => &[Archive::Crate],
            Ecosystem::Go => &[Archive::Module],
            Ecosystem::Maven => &[Archive::SourcesJar],
        };
        if !archives.contains(&self.archive) {
            bail!("{} is not published in that form", self.name);
        }
        // In a file that was read whole there may be nothing.
        if self.sites.is_empty() && self.files.is_empty() {
            bail!("nothing is labelled");
        }
        for (at, path) in self.files.iter().enumerate() {
            beneath(path)?;
            if self.files.iter().take(at).any(|before| before == path) {
                bail!("a file is named twice");
            }
        }
        for (at, site) in self.sites.iter().enumerate() {
            let number = at + 1;
            site.make_sense().with_context(|| format!("site {number}"))?;
            if self.sites.iter().take(at).any(|before| before.is_same(site)) {
                bail!("site {number} is labelled twice");
            }
        }
        Ok(())
    }

    pub(crate) fn half(&self) -> Half {
        Half::of(&self.name.to_string())
    }

    /// Every file that a label is about.
    pub(crate) fn labelled_files(&self) -> std::collections::BTreeSet<&str> {
        self.files.iter().chain(self.sites.iter().map(|site| &site.path)).map(String::as_str).collect()
    }
}

impl Site {
    fn make_sense(&self) -> anyhow::Result<()> {
        beneath(&self.path)?;
        if self.line == 0 || self.end < self.line || self.also_at.contains(&0) {
            bail!("these are no lines");
        }
        if self.why.trim().is_empty() {
            bail!("it does not say why");
        }
        let is_known =
            |rule: &String| RULES.contains(&rule.as_str()) || ["WRD301", "WRD302"].contains(&rule.as_str());
        if !self.rules().all(is_known) {
            bail!("no such rule");
        }
        Ok(())
    }

    /// The rule, and those that may tell the same.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.rule).chain(&self.also)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.path == other.path && self.line == other.line && self.end == other.end && self.rule == other.rule
    }
}

/// A path that leads nowhere but into its package.
fn beneath(path: &str) -> anyhow::Result<()> {
    let parts = Path::new(path).components();
    if path.is_empty()
        || path.contains('\\')
        || !parts.into_iter().all(|part| matches!(part, std::path::Component::Normal(_)))
    {
        bail!("this is no path beneath a package");
    }
    Ok(())
}

/// All labels of some halves, in the order of their packages. An error names the file and nothing of what is in it:
/// one half is nobody's to read.
pub(crate) fn read_all(folder: &Path, halves: &[Half]) -> anyhow::Result<Vec<Package>> {
    let mut packages: Vec<Package> = Vec::new();
    for half in halves {
        for path in files(&folder.join(half.name()))? {
            let shown = path.display();
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
            let package = Package::read(&text).with_context(|| format!("{shown} is not as labels are"))?;
            if path.file_stem().is_none_or(|stem| stem != package.name.flat().as_str()) {
                bail!("{shown} is about a package of another name");
            }
            if package.half() != *half {
                bail!("{shown} belongs to the other half");
            }
            packages.push(package);
        }
    }
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(packages)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests;
