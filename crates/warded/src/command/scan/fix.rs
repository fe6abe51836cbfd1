//! Writes what was mended, or shows what would be written.

use std::{
    fs,
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

/// Writes all that can be written. A file that was changed since it was read stays as it is, and so does what a link leads to.
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
    if fs::read(place).map_err(told)? != change.before.as_bytes() {
        return Err("it was changed since it was read".to_owned());
    }
    if change.before != change.after {
        whole_file::write(place, &change.after).map_err(told)?;
    }
    match change.mode {
        Some(mode) => set_mode(place, mode).map_err(told),
        None => Ok(()),
    }
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
pub(super) fn shown(mended: &Mended, exit: u8, is_quiet: bool) -> Answer {
    if !is_quiet {
        let said = changes::said(mended, true);
        write!(anstream::stderr(), "{said}").ok();
    }
    Answer { text: changes::diff(&mended.changed), exit }
}
