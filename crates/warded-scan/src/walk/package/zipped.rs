//! A zip.

use std::io::{Cursor, Read as _};

use zip::{
    CompressionMethod, ZipArchive,
    extra_fields::ExtraField,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

use super::{
    Files, PackageError,
    bounded::Bound,
    directory,
    entry::{Entry, What, ambiguous, parts, path},
};
use crate::look::LARGEST;

pub(super) fn read(archive: &[u8], files: &mut Files) -> Result<(), PackageError> {
    read_within(archive, &Bound::of(archive), files)
}

pub(super) fn read_within(archive: &[u8], bound: &Bound, files: &mut Files) -> Result<(), PackageError> {
    let directory = directory::find(archive)?;
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut zip = ZipArchive::with_config(config, Cursor::new(archive)).map_err(|_| PackageError::Damaged)?;
    // Two files of one name are two of them for who reads the name in another way.
    if zip.len() != directory.files || zip.central_directory_start() != directory.start {
        return Err(PackageError::Damaged);
    }
    for at in 0..zip.len() {
        // Its name is needed even where its text cannot be had.
        let (name, what) = {
            let raw = zip.by_index_raw(at).map_err(|_| PackageError::Damaged)?;
            // Another name than that in its header, which not everybody knows.
            let is_called_otherwise =
                raw.extra_data_fields().any(|field| matches!(field, ExtraField::UnicodePath(_)));
            let name = match raw.name() {
                Ok(name) if !is_called_otherwise => name.into_owned(),
                _ => return Err(ambiguous(raw.name_raw())),
            };
            // Whatever else its mode says that it is, it is installed as a file.
            let what = if name.ends_with('/') { What::Folder } else { What::File };
            (name.into_bytes(), what)
        };
        let Some(path) = path(&parts(&name)?) else { continue };
        files.take(&Entry { path, what }, || text(&mut zip, at, bound))?;
    }
    Ok(())
}

fn text(
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    at: usize,
    bound: &Bound,
) -> Result<Option<Vec<u8>>, PackageError> {
    let file = match zip.by_index(at) {
        Ok(file) => file,
        // Behind a password.
        Err(ZipError::UnsupportedArchive(_)) => return Ok(None),
        Err(_) => return Err(PackageError::Damaged),
    };
    // With bzip2 or LZMA hardly anybody packs a wheel, though pip would unpack it.
    if !matches!(file.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|_| PackageError::Damaged)?;
    bound.spend(bytes.len())?;
    Ok(Some(bytes))
}
