//! A tar archive in gzip.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::{
    Files, PackageError,
    bounded::{Bound, Bounded},
    entry::{Entry, What, parts},
};
use crate::look::LARGEST;

pub(super) fn read(archive: &[u8], files: &mut Files) -> Result<(), PackageError> {
    read_within(archive, &Bound::of(archive), files)
}

pub(super) fn read_within(archive: &[u8], bound: &Bound, files: &mut Files) -> Result<(), PackageError> {
    let unpacked = Bounded { inner: MultiGzDecoder::new(archive), bound: bound.clone() };
    let mut tar = Archive::new(unpacked);
    let mut is_empty = true;
    for entry in tar.entries().map_err(|_| bound.error())? {
        let mut entry = entry.map_err(|_| bound.error())?;
        is_empty = false;
        let kind = entry.header().entry_type();
        let what = match kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => What::File,
            EntryType::Directory => What::Folder,
            EntryType::Symlink | EntryType::Link => What::Link,
            // It says something of other entries.
            EntryType::XGlobalHeader => continue,
            _ => What::Other,
        };
        let Some(path) = within(&entry.path_bytes())? else { continue };
        let path = path.iter().collect();
        files.take(&Entry { path, what }, || {
            let mut bytes = Vec::new();
            (&mut entry).take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|_| bound.error())?;
            if kind == EntryType::GNUSparse {
                // What is left out of it is not in the archive, so nobody has counted it yet.
                bound.spend(bytes.len())?;
            }
            Ok(bytes)
        })?;
    }
    // What is no archive at all looks like the end of one.
    if is_empty { Err(PackageError::Damaged) } else { Ok(()) }
}

/// The parts of a path without the folder that everything is in.
fn within(name: &[u8]) -> Result<Option<Vec<String>>, PackageError> {
    let mut parts = parts(name)?;
    if parts.len() > 1 {
        parts.remove(0);
    }
    Ok(Some(parts).filter(|parts| !parts.is_empty()))
}
