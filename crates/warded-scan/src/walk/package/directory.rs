//! How many files has a zip? Whoever reads its directory makes room for all of them first, and a directory of five million files, or
//! one that only says so, is small. So they are counted before it is read, without a guess at which of several directories it is.

use memchr::memmem;

use super::{MOST_ENTRIES, PackageError};

/// How the entry of each file begins in a directory.
const ENTRY: &[u8] = b"PK\x01\x02";
/// How a record begins that says how many there are, where that may be more than 65,535.
const RECORD: &[u8] = b"PK\x06\x06";
/// Where it says how long it is, but for that and what stands before.
const LENGTH: usize = 4;
/// Where it says how many files there are.
const FILES: usize = 32;
/// What stands behind it, and leads there.
const LOCATOR: &[u8] = b"PK\x06\x07";

/// Refuses a zip that has more files than may be, or says so.
pub(super) fn check(archive: &[u8]) -> Result<(), PackageError> {
    let has_many = memmem::find_iter(archive, ENTRY).nth(MOST_ENTRIES).is_some();
    let says_many = memmem::find_iter(archive, RECORD).any(|at| said(archive, at) > MOST_ENTRIES as u64);
    if has_many || says_many { Err(PackageError::Many) } else { Ok(()) }
}

/// How many files the record there says that there are; none where it is no record, but bytes like those.
fn said(archive: &[u8], at: usize) -> u64 {
    let number = |from: usize| {
        let bytes = archive.get(at + from..)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*bytes))
    };
    let end = number(LENGTH).and_then(|length| usize::try_from(length).ok()?.checked_add(at + LENGTH + 8));
    let is_record = end.and_then(|end| archive.get(end..)).is_some_and(|behind| behind.starts_with(LOCATOR));
    number(FILES).filter(|_| is_record).unwrap_or(0)
}
