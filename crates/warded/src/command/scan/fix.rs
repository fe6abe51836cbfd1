//! Writes what was mended, or shows what would be written.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::bail;
use clap::ValueEnum;
use warded_scan::fix::{Change, Mended};

use crate::{
    cli::Answer,
    report::{self, scan::changes},
    whole_file,
};

/// Which fixes are applied
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    /// Those that change nothing that works
    Safe,
    /// All: somebody has to look at the rest
    Unsafe,
}

/// Writes all that can be written. A file that was changed since it was read stays as it is, and so does what a link leads to, or what
/// has a second name: whether that is a copy that saves room or is meant to be the same file for ever, only who made it knows.
pub(super) fn write<'p>(
    changes: &[Change],
    place_of: impl Fn(&str) -> Option<&'p Path>,
) -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for change in changes {
        let written = place_of(&change.path).ok_or_else(|| "nobody knows where it lies".to_owned());
        if let Err(why) = written.and_then(|place| one(change, place)) {
            failed.push(report::escaped(&format!("{}: {why}", change.path)));
        }
    }
    match failed.len() {
        0 => Ok(()),
        count if count == changes.len() => bail!("nothing was written: {}", failed.join("; ")),
        count => {
            bail!(
                "{} of {} files were written, and these not: {}",
                changes.len() - count,
                changes.len(),
                failed.join("; ")
            )
        }
    }
}

fn one(change: &Change, place: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| error.to_string();
    // Between the scan and now, somebody may have put a link there, or above it.
    let named = PathBuf::from(&*change.path);
    let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
    if is_link(place) || is_link(&named) || fs::canonicalize(place).map_err(told)? != place {
        return Err("it is a link".to_owned());
    }
    let about = fs::metadata(place).map_err(told)?;
    if !about.is_file() {
        return Err("it is no file any more".to_owned());
    }
    if has_other_names(&about) {
        return Err("it has another name, too (a hard link), and that would stay as it is".to_owned());
    }
    if fs::read(place).map_err(told)? != change.before.as_bytes() {
        return Err("it was changed since it was read".to_owned());
    }
    if change.before != change.after {
        whole_file::exchange(place, &change.after).map_err(told)?;
    }
    match change.mode {
        Some(mode) => set_mode(place, mode).map_err(told),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn has_other_names(about: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(about) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn set_mode(place: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(place, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such modes")]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

/// What would be written: the diff alone on standard output, so that `git apply` takes it.
pub(super) fn shown<'p>(
    mended: &Mended,
    exit: u8,
    is_quiet: bool,
    place_of: impl Fn(&str) -> Option<&'p Path>,
) -> Answer {
    if !is_quiet {
        let said = changes::said(mended, true);
        write!(anstream::stderr(), "{said}").ok();
    }
    let places: Vec<_> = mended
        .changed
        .iter()
        .map(|change| place_of(&change.path).unwrap_or(Path::new(&*change.path)))
        .collect();
    let here = env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    let folder = folder(&here, &places);
    let mut text = String::new();
    if folder != here {
        text += &format!("# to be applied in {}\n", report::escaped(&folder.display().to_string()));
    }
    for (change, place) in mended.changed.iter().zip(places) {
        let named = place.strip_prefix(&folder).unwrap_or(place);
        let parts: Vec<_> = named.iter().map(|part| part.to_string_lossy()).collect();
        text += &changes::diff(change, parts.join("/").trim_start_matches('/'));
    }
    Answer { text, exit }
}

/// Where a diff of these files is applied. No path in one may lead out of where it is: so that is here, where all of them lie here,
/// or else the top of their repository, or the folder that holds all of them.
fn folder(here: &Path, places: &[&Path]) -> PathBuf {
    if places.iter().all(|place| place.starts_with(here)) {
        return here.to_owned();
    }
    let mut folders = places.iter().filter_map(|place| place.parent());
    let mut common = folders.next().unwrap_or(here);
    for folder in folders {
        while let Some(above) = common.parent().filter(|_| !folder.starts_with(common)) {
            common = above;
        }
    }
    let top = common.ancestors().find(|folder| folder.join(".git").exists());
    top.unwrap_or(common).to_owned()
}
