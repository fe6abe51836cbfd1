//! Which files of a folder are looked at, and which are not, and why.

mod kind;
mod link;
mod package;
mod read;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ignore::WalkBuilder;
use rayon::prelude::*;
use thiserror::Error;

use crate::{
    configs,
    finding::{Unseen, Why},
    look::shown,
    settings::Settings,
};
use kind::Kind;

pub use package::{PackageError, Packing};

/// What was found to look at.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Walked {
    /// Code, and the manifests beside it, by the paths that reports give.
    pub sources: Vec<(PathBuf, String)>,
    /// Configurations of clients.
    pub configs: Vec<configs::File>,
    /// What should have been looked at, and cannot be.
    pub unseen: Vec<Unseen>,
    /// What was left out because it is somebody else's, or because the settings say so.
    pub left_out: Vec<PathBuf>,
    /// Where the files lie, from the top of the file system. Those of a package lie nowhere.
    pub places: BTreeMap<Arc<str>, PathBuf>,
}

impl Walked {
    /// The same, to be looked at once more.
    #[must_use]
    pub fn again(&self) -> Self {
        self.with(&BTreeMap::new(), &BTreeMap::new())
    }

    fn put_in_order(&mut self) {
        self.sources.sort();
        self.configs.sort_by(|one, other| one.path.cmp(&other.path));
        self.unseen.sort_by(|one, other| (&one.path, one.why).cmp(&(&other.path, other.why)));
        self.unseen.dedup();
        self.left_out.sort();
        self.left_out.dedup();
    }

    /// The same with other texts in these files, and other modes.
    pub(crate) fn with(&self, texts: &BTreeMap<Arc<str>, Arc<str>>, modes: &BTreeMap<Arc<str>, u32>) -> Self {
        let sources = self.sources.iter().map(|(path, text)| {
            let new = texts.get(&shown(path)).map_or(text.as_str(), |text| text);
            (path.clone(), new.to_owned())
        });
        let configs = self.configs.iter().map(|config| configs::File {
            path: Arc::clone(&config.path),
            product: config.product,
            bytes: texts
                .get(&config.path)
                .map_or_else(|| config.bytes.clone(), |text| text.as_bytes().to_vec()),
            mode: modes.get(&config.path).copied().or(config.mode),
        });
        Self {
            sources: sources.collect(),
            configs: configs.collect(),
            unseen: self.unseen.clone(),
            left_out: self.left_out.clone(),
            places: self.places.clone(),
        }
    }
}

/// A path that cannot be scanned at all.
#[derive(Debug, Error)]
#[error("{}: {why}", path.display())]
#[non_exhaustive]
pub struct WalkError {
    /// Which one.
    pub path: PathBuf,
    /// Why not.
    pub why: io::Error,
}

/// A file that is to be read.
struct Entry {
    /// What reports call it.
    shown: PathBuf,
    kind: Kind,
}

/// Everything beneath these paths that can be looked at, each file once, and in the order of their names. Code that stands
/// in folders of other people's code (`node_modules`, `vendor`) is left out, unless a path leads there.
///
/// The same folder is seen alike on every machine: of all that can say what git ignores, only what is part of a repository
/// counts, its `.gitignore`.
pub fn walk(roots: &[PathBuf], settings: &Settings) -> Result<Walked, WalkError> {
    let failed = |path: &Path, why| WalkError { path: path.to_owned(), why };
    let mut real = Vec::new();
    for root in roots {
        let place = fs::canonicalize(root).map_err(|why| failed(root, why))?;
        let about = fs::metadata(&place).map_err(|why| failed(root, why))?;
        if !about.is_dir() && !about.is_file() {
            return Err(failed(root, io::Error::other("it is neither a folder nor a file")));
        }
        real.push(place);
    }
    let mut walked = Walked::default();
    let mut entries = BTreeMap::new();
    for (root, place) in roots.iter().zip(&real) {
        gather(root, place, &real, settings, &mut entries, &mut walked);
    }
    let texts: Vec<_> =
        entries.into_par_iter().map(|(place, entry)| (read::read(&place), place, entry)).collect();
    for (text, place, entry) in texts {
        match (text, entry.kind) {
            (Err(why), _) => walked.unseen.push(Unseen { path: entry.shown, span: None, why }),
            (Ok(text), Kind::Config(product)) => {
                let path = shown(&entry.shown);
                walked.places.insert(Arc::clone(&path), place);
                walked.configs.push(configs::File { path, product, bytes: text.into_bytes(), mode: None });
            }
            (Ok(text), Kind::Code | Kind::Manifest) => {
                walked.places.insert(shown(&entry.shown), place);
                walked.sources.push((entry.shown, text));
            }
        }
    }
    walked.put_in_order();
    Ok(walked)
}

/// Notes what lies beneath a root. A file that another root led to already keeps the name that it has from there.
fn gather(
    root: &Path,
    place: &Path,
    roots: &[PathBuf],
    settings: &Settings,
    entries: &mut BTreeMap<PathBuf, Entry>,
    walked: &mut Walked,
) {
    let left_out = Arc::new(Mutex::new(Vec::new()));
    let shown = |path: &Path| named(root, path.strip_prefix(place).unwrap_or(path));
    if settings.excludes(place, place.is_dir()) {
        walked.left_out.push(shown(place));
        return;
    }
    for entry in below(place, settings, &left_out) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = path_of(&error).map_or_else(|| root.to_owned(), shown);
                walked.unseen.push(Unseen { path, span: None, why: Why::Unreadable });
                continue;
            }
        };
        let path = entry.path();
        let Some(of) = entry.file_type() else { continue };
        if of.is_symlink() {
            if let Some(why) = link::leads(path, roots) {
                walked.unseen.push(Unseen { path: shown(path), span: None, why });
            }
        } else if !of.is_dir()
            && let Some(kind) = Kind::of(path, kind::is_hidden(path, place))
        {
            if of.is_file() {
                entries.entry(path.to_owned()).or_insert_with(|| Entry { shown: shown(path), kind });
            } else {
                // To read a pipe would be to wait for whoever writes it.
                walked.unseen.push(Unseen { path: shown(path), span: None, why: Why::Unreadable });
            }
        }
    }
    let left_out = left_out.lock().unwrap_or_else(PoisonError::into_inner);
    walked.left_out.extend(left_out.iter().map(|path| shown(path)));
}

/// Everything beneath a root, itself included, but for what is left out.
fn below(root: &Path, settings: &Settings, left_out: &Arc<Mutex<Vec<PathBuf>>>) -> ignore::Walk {
    let (settings, left_out) = (settings.clone(), Arc::clone(left_out));
    let mut all = WalkBuilder::new(root);
    all.hidden(false).ignore(false).git_global(false).git_exclude(false);
    all.sort_by_file_name(Ord::cmp);
    all.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|of| of.is_dir());
        let is_vendored = is_folder && entry.depth() > 0 && kind::is_vendored(entry.path());
        let is_excluded = settings.excludes(entry.path(), is_folder);
        if is_vendored || is_excluded {
            left_out.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path().to_owned());
        }
        !is_vendored && !is_excluded
    });
    all.build()
}

/// What reports call a path beneath a root: as it was asked for.
fn named(root: &Path, beneath: &Path) -> PathBuf {
    let whole = root.join(beneath);
    let named: PathBuf = whole.components().filter(|part| part.as_os_str() != ".").collect();
    if named.as_os_str().is_empty() { PathBuf::from(".") } else { named }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
