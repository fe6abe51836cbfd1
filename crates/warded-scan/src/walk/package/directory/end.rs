//! The record at the end of a zip, which says where its directory is.

use memchr::memmem;

use super::number;

/// How it begins.
const END: &[u8] = b"PK\x05\x06";
/// How long it is without the comment behind it.
const END_LENGTH: u64 = 22;
/// How another record begins, for numbers that are too large for the one at the end.
const LARGE: &[u8] = b"PK\x06\x06";
const LARGE_LENGTH: usize = 56;
/// What stands between the two, and says where that one is.
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: usize = 20;

/// What the end says, and the directory there.
pub(super) struct End<'a> {
    pub(super) start: u64,
    pub(super) files: u64,
    pub(super) headers: &'a [u8],
}

/// Nothing where anybody could read it otherwise.
pub(super) fn read(archive: &[u8]) -> Option<End<'_>> {
    let at = memmem::rfind(archive, END)?;
    let (before, record) = archive.split_at_checked(at)?;
    let is_last = record.len() as u64 == END_LENGTH + number(record, 20, 2)?;
    if !is_last || number(record, 4, 4)? != 0 || number(record, 8, 2)? != number(record, 10, 2)? {
        return None;
    }
    let said = Said::read(record, 10, [2, 4, 4])?;
    let (said, end) = match last(before, LOCATOR_LENGTH).filter(|(_, last)| last.starts_with(LOCATOR)) {
        Some((before, locator)) => {
            let (before, record) = last(before, LARGE_LENGTH)?;
            (said.large(record, locator, before.len())?, before.len())
        }
        None => (said, at),
    };
    // It ends where the record begins, and is where it says that it is: with something before the archive some look elsewhere.
    if said.start.checked_add(said.size)? != end as u64 {
        return None;
    }
    let start = usize::try_from(said.start).ok()?;
    // In a file there may be a whole archive, but here is no file.
    if memmem::find(archive.get(start..at)?, END).is_some() {
        return None;
    }
    Some(End { start: said.start, files: said.files, headers: archive.get(start..end)? })
}

fn last(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.len().checked_sub(length)?)
}

/// What a record says of the directory.
#[derive(Clone, Copy)]
struct Said {
    files: u64,
    size: u64,
    start: u64,
}

impl Said {
    fn read(record: &[u8], from: usize, [files, size, start]: [usize; 3]) -> Option<Self> {
        Some(Self {
            files: number(record, from, files)?,
            size: number(record, from + files, size)?,
            start: number(record, from + files + size, start)?,
        })
    }

    /// What the larger record there says. Some read it always, and others only where a number of the last one is full.
    fn large(self, record: &[u8], locator: &[u8], at: usize) -> Option<Self> {
        let is_located = number(locator, 4, 4)? == 0
            && number(locator, 8, 8)? == at as u64
            && number(locator, 16, 4)? <= 1;
        // Its length, without what says so; disks; files on this one.
        let is_whole = record.starts_with(LARGE)
            && number(record, 4, 8)? == LARGE_LENGTH as u64 - 12
            && number(record, 16, 8)? == 0
            && number(record, 24, 8)? == number(record, 32, 8)?;
        let large = Self::read(record, 32, [8, 8, 8])?;
        let (few, many) = (u64::from(u16::MAX), u64::from(u32::MAX));
        let pairs =
            [(self.files, large.files, few), (self.size, large.size, many), (self.start, large.start, many)];
        let is_wanted = pairs.iter().any(|(small, _, full)| small == full);
        let agrees = pairs.iter().all(|(small, large, full)| small == full || small == large);
        (is_located && is_whole && is_wanted && agrees).then_some(large)
    }
}
