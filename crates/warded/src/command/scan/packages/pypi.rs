//! What an index of Python packages has: the simple API, as JSON or as HTML (PEP 503, 592, 691). All indexes speak it, PyPI too.

mod page;
mod wheel;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use warded_scan::Packing;

use super::{
    Digests, Offer, Package,
    index::Index,
    name::{LONGEST, normal},
    near,
    pep440::Version,
    told::{line, unread},
    way::{List, Way, joined},
};
use crate::report::escaped;
use wheel::{Rank, Wheel};

/// What pip asks for.
const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// A file of a package.
#[derive(Debug)]
struct File {
    name: String,
    url: String,
    digests: Digests,
    /// Why it should not be taken any more; empty where nobody says why.
    yanked: Option<String>,
}

/// The archive to look at: the wheel, since it is what is installed; a source distribution has tests, examples and what builds
/// it besides, and is taken where there is no wheel.
pub(super) async fn offer(way: &Way<'_>, index: &Index, package: &Package) -> anyhow::Result<Offer> {
    let list = way.list(index, index.at(&format!("{}/", package.name)), ACCEPT).await?;
    let Some(list) = list else {
        bail!("{} has no package of that name; check its spelling", index.host());
    };
    let files =
        files(&list).with_context(|| format!("{} does not answer as an index of packages", index.host()))?;
    chosen(files, package, index.host())
}

fn chosen(files: Vec<File>, package: &Package, host: &str) -> anyhow::Result<Offer> {
    let known = files.into_iter().filter_map(|file| {
        let (version, packed) = read(&file.name, &package.name)?;
        let version = Some(version).filter(|version| version.len() <= LONGEST)?;
        Some((Version::parse(&version)?, version, packed, file))
    });
    let mut known: Vec<_> = known.collect();
    // By its version; then what is looked at first; then by name, so that every look comes to the same.
    known.sort_by(|one, other| (&one.0, one.2, &one.3.name).cmp(&(&other.0, other.2, &other.3.name)));
    let is_taken = |file: &File| file.yanked.is_none();
    let wanted = if let Some(version) = &package.version {
        Version::parse(version).context("this is no version")?
    } else {
        let good: Vec<_> = known.iter().filter(|(_, _, _, file)| is_taken(file)).collect();
        let newest = good.iter().rev().find(|(version, ..)| !version.is_early()).or(good.last());
        newest.with_context(|| format!("{host} has no version of it that is not yanked"))?.0.clone()
    };
    let mut of_it = known.iter().filter(|(version, ..)| *version == wanted).peekable();
    if of_it.peek().is_none() {
        let mut all: Vec<_> = known.into_iter().map(|(version, text, ..)| (version, text)).collect();
        all.dedup_by(|one, other| one.0 == other.0);
        bail!("{host} has no such version; {}", near(&wanted, &all));
    }
    let of_it: Vec<_> = of_it.collect();
    // A file may be yanked where others of the same version are not.
    let best = of_it.iter().find(|(_, _, _, file)| is_taken(file)).or(of_it.first());
    let Some((_, version, packed, file)) = best else { bail!("{host} has no file of it") };
    let Some(packing) = packed.packing() else {
        bail!("it is published as `{}` only, which is not read here", escaped(&file.name));
    };
    if !file.digests.is_strong() {
        bail!("{host} names no SHA-256 of `{}`, so nobody knows whose it is", escaped(&file.name));
    }
    let warning = file.yanked.as_ref().map(|why| match why.trim() {
        "" => "this version was yanked".to_owned(),
        why => format!("this version was yanked: {}", line(why)),
    });
    Ok(Offer {
        version: version.clone(),
        url: file.url.clone(),
        packing,
        digests: file.digests.clone(),
        warning,
    })
}

/// How a file is packed, what is looked at first first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Packed {
    Wheel(Rank),
    TarGz,
    Zip,
    /// A wheel that no Python of today installs.
    OldWheel(Rank),
    Other,
}

impl Packed {
    fn packing(self) -> Option<Packing> {
        match self {
            Self::Wheel(_) | Self::OldWheel(_) | Self::Zip => Some(Packing::Zip),
            Self::TarGz => Some(Packing::TarGz),
            Self::Other => None,
        }
    }
}

/// How long a file's name may be: no system keeps a longer one.
const LONGEST_NAME: usize = 512;

/// The version that a file is of, and how it is packed.
fn read(file: &str, package: &str) -> Option<(String, Packed)> {
    if file.len() > LONGEST_NAME {
        return None;
    }
    if let Some(stem) = file.strip_suffix(".whl") {
        let wheel = Wheel::read(stem).filter(|wheel| normal(wheel.name).as_deref() == Some(package))?;
        let packed =
            if wheel.rank.is_old() { Packed::OldWheel(wheel.rank) } else { Packed::Wheel(wheel.rank) };
        return Some((wheel.version, packed));
    }
    let ends = [
        (".tar.gz", Packed::TarGz),
        (".tgz", Packed::TarGz),
        (".zip", Packed::Zip),
        (".tar.bz2", Packed::Other),
        (".tar.xz", Packed::Other),
    ];
    let (stem, packed) = ends.iter().find_map(|(end, packed)| Some((file.strip_suffix(end)?, *packed)))?;
    // Old names have `-` in them: what is in front of one of these is the package's.
    let mut splits = stem.match_indices('-').map(|(at, _)| stem.split_at(at));
    let (_, version) = splits.find(|(name, _)| normal(name).is_some_and(|name| name == package))?;
    Some((version.strip_prefix('-')?.to_owned(), packed))
}

/// The list of PEP 691. What is not needed is not read.
#[derive(Deserialize)]
struct Document {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    yanked: Yanked,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Whether(bool),
    Because(String),
}

impl Default for Yanked {
    fn default() -> Self {
        Self::Whether(false)
    }
}

fn files(list: &List) -> anyhow::Result<Vec<File>> {
    let listed: Vec<Listed> = if list.is_json {
        let document: Document = serde_json::from_slice(&list.body).map_err(|error| unread(&error))?;
        document.files
    } else {
        page::links(&String::from_utf8_lossy(&list.body))
    };
    let files = listed.into_iter().filter_map(|listed| {
        let mut digests = Digests::default();
        for (algorithm, text) in &listed.hashes {
            digests.add_hex(algorithm, text);
        }
        Some(File {
            name: listed.filename,
            url: joined(&list.url, &listed.url)?,
            digests,
            yanked: match listed.yanked {
                Yanked::Whether(false) => None,
                Yanked::Whether(true) => Some(String::new()),
                Yanked::Because(why) => Some(why),
            },
        })
    });
    Ok(files.collect())
}

#[cfg(test)]
mod tests;
