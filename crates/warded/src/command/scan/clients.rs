//! The configurations of whoever is at this machine.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File, Metadata},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use warded_scan::{
    Unseen, Walked, Why,
    configs::{self, Os, Place, expand},
};

use crate::environment;

/// How much of a configuration is read; what is larger is told by whoever judges it.
const MOST: u64 = (4 << 20) + 1;

/// Adds them to what is looked at. Gives the places where tokens are kept: nobody looks into those.
pub(super) fn gather(walked: &mut Walked) -> anyhow::Result<Vec<PathBuf>> {
    let home = environment::home().context("it is not known where your files are: HOME is not set")?;
    let os = match () {
        () if cfg!(windows) => Os::Windows,
        () if cfg!(target_os = "macos") => Os::MacOs,
        () => Os::Linux,
    };
    let mut known: BTreeSet<PathBuf> = walked.places.values().cloned().collect();
    for place in configs::user_files(&home, os, &environment::of_others) {
        for path in expand(&place.path, &list) {
            // Two clients may share a file, and one may lie beneath a PATH.
            let Ok(real) = fs::canonicalize(&path) else { continue };
            if known.insert(real.clone()) {
                add(walked, &place, path, real);
            }
        }
    }
    let stores = configs::token_stores(&home, os, &environment::of_others);
    let stores = stores.iter().flat_map(|place| expand(&place.path, &list));
    let stores: BTreeSet<_> = stores.filter(|path| path.exists()).collect();
    Ok(stores.into_iter().collect())
}

fn add(walked: &mut Walked, place: &Place, path: PathBuf, real: PathBuf) {
    match read(&real) {
        Ok((bytes, about)) => {
            let shown = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
            let file =
                configs::File { path: shown.into(), product: place.product, bytes, mode: mode(&about) };
            walked.places.insert(file.path.clone(), real);
            walked.configs.push(file);
        }
        Err(_) => walked.unseen.push(Unseen { path, span: None, why: Why::Unreadable }),
    }
}

fn read(path: &Path) -> io::Result<(Vec<u8>, Metadata)> {
    // To open a pipe would be to wait for whoever writes it.
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let file = File::open(path)?;
    let about = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok((bytes, about))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not know it")]
fn mode(about: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::mode(about))
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

fn list(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect()
}
