//! A zip.

use std::io::{Cursor, Read as _};

use zip::{ZipArchive, result::ZipError};

use super::{
    Files, MOST_ENTRIES, PackageError,
    bounded::Bound,
    entry::{Entry, What, parts},
};
use crate::look::LARGEST;

/// What the upper bits of a mode say of a link, and of all kinds of files.
const LINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;
const KINDS: u32 = 0o170_000;

pub(super) fn read(archive: &[u8], files: &mut Files) -> Result<(), PackageError> {
    read_within(archive, &Bound::of(archive), files)
}

pub(super) fn read_within(archive: &[u8], bound: &Bound, files: &mut Files) -> Result<(), PackageError> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|_| PackageError::Damaged)?;
    if zip.len() > MOST_ENTRIES {
        return Err(PackageError::Many);
    }
    for at in 0..zip.len() {
        // Its name is needed even where its text cannot be had.
        let (name, what) = {
            let raw = zip.by_index_raw(at).map_err(|_| PackageError::Damaged)?;
            let kind = raw.unix_mode().map_or(REGULAR, |mode| mode & KINDS);
            let what = match kind {
                _ if raw.is_dir() => What::Folder,
                LINK => What::Link,
                0 | REGULAR => What::File,
                _ => What::Other,
            };
            (raw.name_raw().to_vec(), what)
        };
        let parts = parts(&name)?;
        if parts.is_empty() {
            continue;
        }
        let path = parts.iter().collect();
        files.take(&Entry { path, what }, || text(&mut zip, at, bound))?;
    }
    Ok(())
}

fn text(zip: &mut ZipArchive<Cursor<&[u8]>>, at: usize, bound: &Bound) -> Result<Vec<u8>, PackageError> {
    let file = match zip.by_index(at) {
        Ok(file) => file,
        // Behind a password, or packed in a way that nobody uses here. A zero byte is what no text has.
        Err(ZipError::UnsupportedArchive(_)) => return Ok(vec![0]),
        Err(_) => return Err(PackageError::Damaged),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|_| PackageError::Damaged)?;
    bound.spend(bytes.len())?;
    Ok(bytes)
}
