//! From a file to its text.

use std::{fs::File, io::Read as _, path::Path};

use crate::{finding::Why, look::LARGEST};

/// How much of a file is asked for a zero byte, which texts do not have.
const BEGINNING: usize = 8_000;

pub(super) fn read(path: &Path) -> Result<String, Why> {
    let file = File::open(path).map_err(|_| Why::Unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than a file may have tells that it is too large, and no file is read any further.
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|_| Why::Unreadable)?;
    text(bytes)
}

/// The text of a file, of which these bytes are all, or more than one may have.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, Why> {
    if bytes.len() > LARGEST {
        return Err(Why::Large);
    }
    if bytes.iter().take(BEGINNING).any(|byte| *byte == 0) {
        return Err(Why::Binary);
    }
    String::from_utf8(bytes).map_err(|_| Why::Binary)
}
