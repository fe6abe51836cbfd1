//! Which records does a journal say that the disk did not keep? A file that begins with such a word is believed only in what
//! follows from the record that it names.

use std::collections::VecDeque;

use super::super::{
    line::{End, Link, unhex},
    read::Segment,
};

/// A file that begins by saying that what is before it may not have reached the disk.
pub(super) struct Doubt {
    /// The number of the record that says so.
    pub(super) seq: u64,
    /// Behind which one.
    pub(super) behind: End,
}

impl Doubt {
    fn of(link: &Link<'_>) -> Option<Self> {
        let behind = End { seq: link.after?, hash: link.hash.and_then(unhex)? };
        (link.event == "lost").then_some(Self { seq: link.seq, behind })
    }
}

/// What these files say of those before them.
pub(super) fn doubts(segments: &[Segment]) -> VecDeque<Doubt> {
    let first = |segment: &Segment| {
        // What cannot be read is said where it is read.
        let mut lines = segment.lines(0).ok()?;
        Doubt::of(&Link::read(lines.next_line().ok()??)?)
    };
    segments.iter().filter_map(first).collect()
}
