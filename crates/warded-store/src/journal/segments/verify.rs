//! Is a journal whole? Follows its chain from the oldest file that is there.
//!
//! A record that was changed or removed breaks the chain. Who can write the folder can also make a new chain, or cut
//! off the end; against that there will be signed checkpoints.

use std::path::Path;

use super::{
    SegmentsFailed,
    file::{segments, whole_lines},
    line::{End, Link, hash, hex},
};

/// Where a journal is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainBroken {
    /// The folder cannot be read.
    #[error(transparent)]
    Unreadable(#[from] SegmentsFailed),
    /// A line is no record, or does not follow from the one before.
    #[error("line {line} of `{file}` does not follow from the record before it")]
    Here {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
    },
}

/// Follows the chain of a node; says how many records it has.
pub fn verify(folder: &Path, node: &str) -> Result<u64, ChainBroken> {
    let mut end: Option<End> = None;
    let mut records = 0;
    for path in segments(folder, node).map_err(SegmentsFailed::from)? {
        let text = std::fs::read(&path).map_err(SegmentsFailed::from)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (index, line) in whole_lines(&text).enumerate() {
            let link: Option<Link> = serde_json::from_slice(line).ok();
            let follows = |link: &Link| match end {
                // Older files may have been moved away; the very first record follows from nothing.
                None => link.seq != 1 || link.prev == hex(&End::default().hash),
                Some(end) => link.seq == end.seq + 1 && link.prev == hex(&end.hash),
            };
            let link = link.filter(|link| link.node == node && follows(link));
            let link = link.ok_or_else(|| ChainBroken::Here { file: file.clone(), line: index + 1 })?;
            end = Some(End { seq: link.seq, hash: hash(line) });
            records += 1;
        }
    }
    Ok(records)
}
