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
/// Most bytes of the last two for all files together. They take many times as much memory as they are long, and mean little.
const MOST_ASIDE: u64 = 16 << 20;

/// How many there are, from the first byte to the last one.
pub(super) fn count(mut headers: &[u8]) -> Result<usize, PackageError> {
    let (mut count, mut aside) = (0, 0);
    while !headers.is_empty() {
        if count == MOST_ENTRIES {
            return Err(PackageError::Many);
        }
        let header = first(headers).ok_or(PackageError::Damaged)?;
        aside += header.aside;
        if aside > MOST_ASIDE {
            return Err(PackageError::Damaged);
        }
        headers = header.behind;
        count += 1;
    }
    Ok(count)
}

struct Header<'a> {
    /// How many bytes the extra fields and the comment have.
    aside: u64,
    /// What stands behind it.
    behind: &'a [u8],
}

fn first(headers: &[u8]) -> Option<Header<'_>> {
    if !headers.starts_with(HEADER) {
        return None;
    }
    let aside = number(headers, EXTRA, 2)? + number(headers, COMMENT, 2)?;
    let length = LENGTH + number(headers, NAME, 2)? + aside;
    Some(Header { aside, behind: headers.get(usize::try_from(length).ok()?..)? })
}
