//! Which `warded-scan.toml` holds?

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use warded_scan::{SETTINGS_FILE, Settings};

use super::shown;
use crate::report;

/// How large the file may be.
const LARGEST: u64 = 1 << 20;

/// What the given file says; or else the nearest one beside the first path or above it, as far as its repository goes.
pub(super) fn read(given: Option<&Path>, roots: &[PathBuf]) -> anyhow::Result<Settings> {
    let file = match (given, roots.first()) {
        (Some(given), _) => Some(given.to_owned()),
        (None, Some(root)) => nearest(root),
        (None, None) => None,
    };
    file.map_or_else(|| Ok(Settings::default()), |file| of(&file))
}

fn of(file: &Path) -> anyhow::Result<Settings> {
    let about = fs::metadata(file).with_context(|| shown(file))?;
    anyhow::ensure!(about.is_file(), "{}: it is no file", shown(file));
    anyhow::ensure!(about.len() <= LARGEST, "{}: it is larger than {LARGEST} bytes", shown(file));
    let text = fs::read_to_string(file).with_context(|| shown(file))?;
    let place = fs::canonicalize(file).with_context(|| shown(file))?;
    let folder = place.parent().unwrap_or(Path::new("/"));
    // What it complains about may be a stranger's.
    Settings::read(&text, folder)
        .map_err(|error| anyhow::anyhow!("{}: {}", shown(file), report::escaped(&error.to_string())))
}

/// Outside a repository only the folder itself counts: what lies above it is somebody else's.
fn nearest(root: &Path) -> Option<PathBuf> {
    let place = fs::canonicalize(root).ok()?;
    let folder = if place.is_dir() { place.as_path() } else { place.parent()? };
    let is_top = |folder: &&Path| folder.join(".git").exists();
    let top = folder.ancestors().find(is_top).unwrap_or(folder);
    let within = folder.ancestors().take_while(|above| above.starts_with(top));
    let mut files = within.map(|folder| folder.join(SETTINGS_FILE));
    files.find(|file| file.is_file())
}
