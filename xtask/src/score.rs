//! How much of what is wrong in published code does the scanner find, and how much of what it finds is wrong?
//!
//! `fixtures/labels` says what is where, by people who never saw the scanner; `docs/scan-score.md` says what counts.

mod arguments;
mod fetch;
mod finding;
mod imitation;
mod judge;
mod label;
mod large;
mod looked;
mod mark;
mod show;
mod tally;
mod within;

use std::{
    collections::BTreeSet,
    fs,
    num::NonZero,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{bail, ensure};

use self::{
    arguments::Arguments,
    finding::{Finding, Report},
    label::Package,
    looked::Scanner,
};
use crate::shell::{complain, root, say};

/// How many clients fetch at once; they wait for others, not for this machine.
const FETCHERS: usize = 4;

/// Scores.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let asked = Arguments::read(arguments)?;
    if asked.large {
        return large::run(&asked);
    }
    let mut packages = label::read_all(&root().join("fixtures/labels"), &asked.halves)?;
    packages.retain(|package| asked.ecosystems.contains(&package.name.ecosystem));
    let folders = fetched(&packages);
    ensure!(folders.iter().any(Option::is_some), "no package could be had");
    let scanner = Scanner::build(asked.limit)?;
    let there: Vec<_> = packages
        .iter()
        .zip(&folders)
        .filter_map(|(package, folder)| Some((package, folder.as_ref()?)))
        .collect();
    let scored = in_parallel(processors(), &there, |(package, folder)| {
        Scored::of(package, folder, &scanner, asked.quick)
    });
    show::all(&asked, &scored, packages.len() - scored.len());
    Ok(())
}

/// Where each package is, and that what is labelled is in it. What cannot be had is told and left out.
fn fetched(packages: &[Package]) -> Vec<Option<PathBuf>> {
    say(&format!("{} packages to fetch, or to find where they were fetched before", packages.len()));
    in_parallel(FETCHERS, packages, |package| {
        let name = format!("{} {}", package.name, package.version.0);
        let folder = fetch::package(&package.name, &package.version, package.archive);
        let folder = folder.and_then(|folder| {
            is_as_labelled(package, &folder)?;
            Ok(folder)
        });
        folder.inspect_err(|error| complain(&format!("LEFT OUT: {name}: {error:#}"))).ok()
    })
}

/// Whether the labelled lines are there; says how many are not, and of which half it is nobody's to know more.
fn is_as_labelled(package: &Package, folder: &Path) -> anyhow::Result<()> {
    let (mut gone, mut short) = (0, 0);
    for path in package.labelled_files() {
        let Ok(text) = fs::read(folder.join(path)) else {
            gone += 1;
            continue;
        };
        let lines = String::from_utf8_lossy(&text).lines().count();
        short += package.sites.iter().filter(|site| site.path == path && site.end > lines).count();
    }
    if gone + short > 0 {
        bail!("{gone} labelled files are not in it, {short} labels are beyond the end of their files");
    }
    Ok(())
}

/// A package, and what was found in it.
struct Scored<'a> {
    package: &'a Package,
    /// Nothing where the scanner fell or took too long: what is labelled there counts as missed.
    report: Report,
    /// By the imitation, in the labelled files.
    by_line: Vec<Finding>,
    fell: Option<String>,
}

impl<'a> Scored<'a> {
    fn of(package: &'a Package, folder: &Path, scanner: &Scanner, is_quick: bool) -> Self {
        let files = package.labelled_files();
        let parts: BTreeSet<_> = files.iter().filter_map(|path| Path::new(path).parent()).collect();
        let parts: Vec<_> = parts.into_iter().filter(|_| is_quick).collect();
        let (report, fell) = match scanner.look(folder, &parts, &package.name.flat()) {
            Ok(report) => (report, None),
            Err(error) => (Report::default(), Some(format!("{error:#}"))),
        };
        if let Some(why) = &fell {
            complain(&format!("NOT LOOKED AT: {}: {why}", package.name));
        }
        let by_line = files.into_iter().flat_map(|path| {
            let text = fs::read(folder.join(path)).unwrap_or_default();
            imitation::look(path, &String::from_utf8_lossy(&text))
        });
        Self { package, report, by_line: by_line.collect(), fell }
    }
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does the same with each of some things, several at a time; the outcomes in the order of the things.
fn in_parallel<T: Sync, R: Send>(threads: usize, things: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.min(things.len()) {
            scope.spawn(|| {
                while let Some((at, thing)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    things.get(at).map(|thing| (at, thing))
                } {
                    let outcome = each(thing);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}
