//! A tar archive in gzip.

use std::{io::Read, path::PathBuf};

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::{
    Files, PackageError,
    bounded::{Bound, Bounded},
    entry::{Entry, What, ambiguous, parts, path},
};
use crate::look::LARGEST;

pub(super) fn read(archive: &[u8], files: &mut Files) -> Result<(), PackageError> {
    read_within(archive, &Bound::of(archive), files)
}

pub(super) fn read_within(archive: &[u8], bound: &Bound, files: &mut Files) -> Result<(), PackageError> {
    let unpacked = Bounded { inner: MultiGzDecoder::new(archive), bound: bound.clone() };
    let mut tar = Archive::new(unpacked);
    // Some end at one block of zeros, others at two of them: what stands behind is looked at in any case.
    tar.set_ignore_zeros(true);
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
            // The same of the next entry alone, in a way that not everybody knows.
            _ if kind.as_byte() == b'X' => return Err(ambiguous(&entry.path_bytes())),
            _ => What::Other,
        };
        let name = named(&mut entry)?;
        let Some(path) = within(&name)? else { continue };
        files.take(&Entry { path, what }, || {
            let mut bytes = Vec::new();
            (&mut entry).take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|_| bound.error())?;
            if kind == EntryType::GNUSparse {
                // What is left out of it is not in the archive, so nobody has counted it yet.
                bound.spend(bytes.len())?;
            }
            Ok(Some(bytes))
        })?;
    }
    // What is no archive at all looks like the end of one.
    if is_empty { Err(PackageError::Damaged) } else { Ok(()) }
}

/// What an entry is called. Where it is called so twice, not everybody takes the same for its name.
fn named<R: Read>(entry: &mut tar::Entry<'_, R>) -> Result<Vec<u8>, PackageError> {
    let name = entry.path_bytes().into_owned();
    let mut others = Vec::new();
    if let Ok(Some(said)) = entry.pax_extensions() {
        let said = said.filter_map(Result::ok).filter(|said| said.key_bytes() == b"path");
        others.extend(said.map(|said| said.value_bytes().to_vec()));
    }
    if others.len() > 1 || others.iter().any(|other| *other != name) {
        return Err(ambiguous(&name));
    }
    Ok(name)
}

/// Where that lies without the folder that everything is in: the first part, whatever it is called. What lies beside that is
/// not installed.
fn within(name: &[u8]) -> Result<Option<PathBuf>, PackageError> {
    let parts = parts(name)?;
    Ok(parts.get(1..).and_then(path))
}
