//! The directory of a zip: a header for each file.

use super::{MOST_ENTRIES, PackageError, number};

/// How each begins.
const HEADER: &[u8] = b"PK\x01\x02";
/// How long each is without the three parts behind it.
const LENGTH: u64 = 46;
/// Where the lengths of these are: a name, extra fields and a comment.
const NAME: usize = 28;
const EXTRA: usize = 30;
const COMMENT: usize = 32;

/// How many there are, from the first byte to the last one.
pub(super) fn count(mut headers: &[u8]) -> Result<usize, PackageError> {
    let mut count = 0;
    while !headers.is_empty() {
        if count == MOST_ENTRIES {
            return Err(PackageError::Many);
        }
        headers = behind(headers).ok_or(PackageError::Damaged)?;
        count += 1;
    }
    Ok(count)
}

/// What stands behind the first of them.
fn behind(headers: &[u8]) -> Option<&[u8]> {
    if !headers.starts_with(HEADER) {
        return None;
    }
    let parts = number(headers, NAME, 2)? + number(headers, EXTRA, 2)? + number(headers, COMMENT, 2)?;
    headers.get(usize::try_from(LENGTH + parts).ok()?..)
}
