//! One thing in an archive, and where in the package it lies.

use std::path::PathBuf;

use super::PackageError;

/// One thing in an archive.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where in the package.
    pub(super) path: PathBuf,
    pub(super) what: What,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    File,
    Folder,
    /// It leads somewhere, and nobody follows it.
    Link,
    /// A device, a pipe, or what nobody knows.
    Other,
}

/// The parts of a path in an archive. One that leads outside has no business there; whoever unpacks it elsewhere writes over
/// something, or refuses it.
pub(super) fn parts(name: &[u8]) -> Result<Vec<String>, PackageError> {
    let name = String::from_utf8_lossy(name);
    let outside = || PackageError::Outside(name.chars().take(200).collect());
    // Windows has two separators, and names for its drives.
    let is_drive = |part: &str| matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let mut parts = name.split(['/', '\\']);
    if name.starts_with(['/', '\\']) || parts.any(|part| part == ".." || is_drive(part)) {
        return Err(outside());
    }
    Ok(name.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect())
}
