//! Packages of a registry, by name. Each is fetched, proved to be what the registry says that it is, and looked at in memory:
//! nothing of it is written, so nothing is left behind, however the scan ends.

mod digest;
mod index;
mod ini;
mod name;
mod npm;
mod npmrc;
mod pep440;
mod pip;
mod pypi;
mod semver;
mod told;
mod way;

use std::{io::Write as _, path::PathBuf};

use anyhow::Context as _;
use warded_client::fetch::HostPattern;
use warded_scan::{Packing, Walked};

use self::{
    digest::Digests,
    name::{Ecosystem, Package},
    way::{Fetching, Way},
};
use super::progress;
use crate::{report::escaped, runtime};

pub(super) use self::name::Package as Wanted;

/// An archive that a registry has, and what it is to be.
struct Offer {
    version: String,
    url: String,
    packing: Packing,
    digests: Digests,
    /// What whoever wants it should know.
    warning: Option<String>,
}

/// Which of what was asked for are paths, and which are packages. Each package counts once.
pub(super) fn apart(asked: &[PathBuf]) -> anyhow::Result<(Vec<PathBuf>, Vec<Package>)> {
    let (mut paths, mut packages) = (Vec::new(), Vec::new());
    for one in asked {
        match one.to_str().and_then(Package::read) {
            Some(package) => {
                let package = package?;
                if !packages.contains(&package) {
                    packages.push(package);
                }
            }
            None => paths.push(one.clone()),
        }
    }
    Ok((paths, packages))
}

/// Where a package was had that did not come from the registry that everybody asks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) package: String,
    /// Its host alone: the rest of a URL may be a secret.
    pub(crate) registry: String,
}

/// Adds the packages to what is looked at, and says which came from elsewhere. One that cannot be had ends it: half an answer
/// looks like a whole one.
pub(super) fn gather(
    packages: &[Package],
    proxied: &[HostPattern],
    is_quiet: bool,
    walked: &mut Walked,
) -> anyhow::Result<Vec<Source>> {
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let fetching = Fetching::default();
    let way = Way::new(proxied, &fetching)?;
    let fetched = progress::ticking(!is_quiet, &|| fetching.said(), || {
        runtime::block_on(async {
            let mut fetched: Vec<(String, Fetched)> = Vec::new();
            for package in packages {
                let one = one(&way, package).await.with_context(|| package.to_string())?;
                let name = package.at(&one.offer.version);
                // Somebody may have named the newest one by its number, too.
                if fetched.iter().all(|(known, ..)| *known != name) {
                    fetched.push((name, one));
                }
            }
            Ok(fetched)
        })
    })?;
    let mut sources = Vec::new();
    for (name, Fetched { offer, archive, registry }) in fetched {
        if !is_quiet {
            let is_chosen = packages.iter().all(|package| package.to_string() != name);
            let said = [is_chosen.then(|| "this version is taken".to_owned()), offer.warning];
            for said in said.into_iter().flatten() {
                // Whoever does not read it misses nothing that the report does not say.
                writeln!(anstream::stderr(), "{name}: {}", escaped(&said)).ok();
            }
        }
        walked
            .add_package(&name, offer.packing, &archive)
            .map_err(|error| anyhow::anyhow!("{name}: {}", escaped(&error.to_string())))?;
        sources.extend(registry.map(|registry| Source { package: name, registry }));
    }
    Ok(sources)
}

/// A package that was had.
struct Fetched {
    offer: Offer,
    archive: Vec<u8>,
    /// Whoever was asked, where that is not whom everybody asks.
    registry: Option<String>,
}

async fn one(way: &Way<'_>, package: &Package) -> anyhow::Result<Fetched> {
    way.tell(&package.to_string());
    let (index, public, offer) = match package.ecosystem {
        Ecosystem::Pypi => {
            let index = pip::index()?;
            let offer = pypi::offer(way, &index, package).await?;
            (index, pip::PUBLIC, offer)
        }
        Ecosystem::Npm => {
            let index = npmrc::index(&package.name)?;
            let offer = npm::offer(way, &index, package).await?;
            (index, npmrc::PUBLIC, offer)
        }
    };
    way.tell(&package.at(&offer.version));
    let archive = way.archive(&index, &offer.url).await?;
    offer.digests.check(&archive)?;
    let registry = (index.root().as_str() != public).then(|| index.host().to_owned());
    Ok(Fetched { offer, archive, registry })
}

/// The versions that stand nearest to one that is not there, of all in their order.
fn near<V: Ord>(wanted: &V, all: &[(V, String)]) -> String {
    const EACH_SIDE: usize = 2;
    let at = all.partition_point(|(version, _)| version < wanted);
    let from = at.saturating_sub(EACH_SIDE);
    let near: Vec<_> =
        all.iter().skip(from).take(at - from + EACH_SIDE).map(|(_, text)| escaped(text)).collect();
    match near.as_slice() {
        [] => "it has none that can be had".to_owned(),
        near => format!("near it are {}", near.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_packages_are_told_apart() {
        let asked =
            ["src", "pypi:Fast.MCP@1.0", "./pypi:x", "pypi:fast_mcp@1.0", "npm:@a/b"].map(PathBuf::from);
        let (paths, packages) = apart(&asked).unwrap();
        assert_eq!(paths, [PathBuf::from("src"), PathBuf::from("./pypi:x")]);
        let packages: Vec<_> = packages.iter().map(ToString::to_string).collect();
        assert_eq!(packages, ["pypi:fast-mcp@1.0", "npm:@a/b"]);
        assert!(apart(&["pypi:../x".into()]).is_err());
    }

    #[test]
    fn what_is_near_is_proposed() {
        let all: Vec<_> = (1..=9).map(|number| (number * 10, number.to_string())).collect();
        assert_eq!(near(&45, &all), "near it are 3, 4, 5, 6");
        assert_eq!(near(&0, &all), "near it are 1, 2");
        assert_eq!(near(&99, &all), "near it are 8, 9");
        assert_eq!(near(&1, &[]), "it has none that can be had");
    }
}
