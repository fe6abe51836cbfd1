//! What a registry of npm has: the list of a package's versions, in the short form that `npm install` asks for.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use warded_scan::Packing;

use super::{
    Digests, Offer, Package,
    index::Index,
    name::LONGEST,
    near,
    semver::Version,
    told::{line, unread},
    way::{Way, joined},
};

/// What npm asks for.
const ACCEPT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";

/// All that is said of a package. What is not needed is not read.
#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    versions: BTreeMap<String, Published>,
}

#[derive(Deserialize)]
struct Published {
    dist: Dist,
    /// A text, mostly.
    deprecated: Option<Value>,
}

#[derive(Deserialize)]
struct Dist {
    tarball: String,
    integrity: Option<String>,
    shasum: Option<String>,
}

pub(super) async fn offer(way: &Way<'_>, index: &Index, package: &Package) -> anyhow::Result<Offer> {
    // The slash of a scope stays one: an encoded slash means to some what it does not mean to others, so our own way out sends none.
    let url = index.at(&package.name);
    let Some(list) = way.list(index, url, ACCEPT).await? else {
        bail!("{} has no package of that name; check its spelling", index.host());
    };
    let document = serde_json::from_slice(&list.body)
        .map_err(|error| unread(&error))
        .with_context(|| format!("{} does not answer as a registry of npm", index.host()))?;
    chosen(&document, package, index.host(), &list.url)
}

fn chosen(document: &Document, package: &Package, host: &str, base: &str) -> anyhow::Result<Offer> {
    let known = document.versions.iter().filter(|(text, _)| text.len() <= LONGEST);
    let known = known.filter_map(|(text, it)| Some((Version::parse(text)?, text, it)));
    let mut known: Vec<_> = known.collect();
    known.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let found = match &package.version {
        Some(version) => {
            let wanted = Version::parse(version).context("this is no version")?;
            let Some(found) = known.iter().find(|(version, ..)| *version == wanted) else {
                let all: Vec<_> =
                    known.iter().map(|(version, text, _)| (version.clone(), (*text).clone())).collect();
                bail!("{host} has no such version; {}", near(&wanted, &all));
            };
            found
        }
        None => newest(&known, document.tags.get("latest"))
            .with_context(|| format!("{host} has no version of it"))?,
    };
    let (_, version, Published { dist, deprecated }) = found;
    let mut digests = Digests::default();
    // As npm does it: the short digest counts where there is no other.
    match (&dist.integrity, &dist.shasum) {
        (Some(integrity), _) => digests.add_integrity(integrity),
        (None, Some(shasum)) => digests.add_hex("sha1", shasum),
        (None, None) => {}
    }
    let warning = deprecated.as_ref().filter(|_| found.2.is_deprecated()).map(|why| match why.as_str() {
        Some(why) => format!("this version is deprecated: {}", line(why)),
        None => "this version is deprecated".to_owned(),
    });
    let url = joined(base, &dist.tarball).with_context(|| format!("{host} does not say where it is"))?;
    Ok(Offer { version: (*version).clone(), url, packing: Packing::TarGz, digests, warning })
}

impl Published {
    /// Whoever takes it back leaves an empty text, or writes that it is not.
    fn is_deprecated(&self) -> bool {
        match &self.deprecated {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::String(why)) => !why.trim().is_empty(),
            Some(_) => true,
        }
    }
}

/// What `npm install` takes, which is `latest`; where that is no release, the newest one that is, and not deprecated.
fn newest<'k, 'd>(
    known: &'k [(Version, &'d String, &'d Published)],
    latest: Option<&String>,
) -> Option<&'k (Version, &'d String, &'d Published)> {
    let tagged = known.iter().find(|(_, text, _)| Some(*text) == latest);
    let is_good =
        |(version, _, it): &&(Version, &String, &Published)| !version.is_early() && !it.is_deprecated();
    tagged
        .filter(|(version, ..)| !version.is_early())
        .or_else(|| known.iter().rev().find(is_good))
        .or(tagged)
        .or_else(|| known.last())
}

#[cfg(test)]
mod tests;
