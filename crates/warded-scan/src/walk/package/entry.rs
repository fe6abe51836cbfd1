//! One thing in an archive, and where in the package it lies.

use std::{fmt::Write as _, path::PathBuf};

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

/// How long a path may be. Systems take no longer one, and each part of it costs more than it is long.
const LONGEST: usize = 4096;

/// The parts of a path in an archive, as they stand there. One that leads outside has no business there; whoever unpacks it
/// elsewhere writes over something, or refuses it. Behind a zero byte some see nothing any more.
pub(super) fn parts(name: &[u8]) -> Result<Vec<String>, PackageError> {
    if name.len() > LONGEST || name.contains(&0) {
        return Err(ambiguous(name));
    }
    let name = shown(name);
    // Windows has two separators, and names for its drives.
    let is_drive = |part: &str| matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let mut parts = name.split(['/', '\\']);
    if name.starts_with(['/', '\\']) || parts.any(|part| part == ".." || is_drive(part)) {
        return Err(PackageError::Outside(name.chars().take(200).collect()));
    }
    Ok(name.split('/').map(str::to_owned).collect())
}

/// Where that lies in the package.
pub(super) fn path(parts: &[String]) -> Option<PathBuf> {
    let path: PathBuf = parts.iter().filter(|part| !part.is_empty() && *part != ".").collect();
    (path != PathBuf::new()).then_some(path)
}

/// Of an entry of that name.
pub(super) fn ambiguous(name: &[u8]) -> PackageError {
    PackageError::Ambiguous(shown(name.get(..200).unwrap_or(name)))
}

/// A name as text. What is no text in it is told apart still, so that no two names become one.
fn shown(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
