//! What does a call wait for, where several rules ask for approval?

use aws_lc_rs::digest::{SHA256, digest};

use crate::Hold;

/// One approval for all of them: of the first in name, of every one in its hash, and for as long as the shortest. None where
/// nothing asks.
pub(super) fn together(holds: &[Hold]) -> Option<Hold> {
    let (first, others) = holds.split_first()?;
    let mut hold = first.clone();
    if others.is_empty() {
        return Some(hold);
    }
    let hashes: Vec<u8> = holds.iter().flat_map(|hold| hold.hash).collect();
    hold.hash.copy_from_slice(digest(&SHA256, &hashes).as_ref());
    for other in others {
        hold.timeout = hold.timeout.min(other.timeout);
    }
    Some(hold)
}
