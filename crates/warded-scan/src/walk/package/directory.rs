//! Which files has a zip? Readers find its directory in several ways, and who hides a file makes one that others find than who
//! installs it. So it is found here first, and a zip is refused where there could be two answers.

mod end;
mod headers;

#[cfg(test)]
mod tests;

use super::{MOST_ENTRIES, PackageError};

/// Where the files of a zip are listed.
pub(super) struct Directory {
    pub(super) start: u64,
    pub(super) files: usize,
}

/// Finds the only one that a zip may have.
pub(super) fn find(archive: &[u8]) -> Result<Directory, PackageError> {
    let end = end::read(archive).ok_or(PackageError::Damaged)?;
    // Whoever reads it makes room for all files first, and what says that it has five million of them is small.
    if end.files > MOST_ENTRIES as u64 {
        return Err(PackageError::Many);
    }
    let files = headers::count(end.headers)?;
    // Some read as many as it says, and others as many as there are.
    if files as u64 != end.files {
        return Err(PackageError::Damaged);
    }
    Ok(Directory { start: end.start, files })
}

/// The number in so many bytes from there.
fn number(bytes: &[u8], from: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(from..)?.get(..length)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
