//! Which file does a record go to? Files of one node, named by their first record; only their owner can read them.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use warded_core::UnixTime;

use super::{
    SegmentsFailed,
    line::{End, Link, hash},
    place::{self, private},
    read::{self, last_line},
    verify::{self, Flaw, Trust},
};

/// When a file is full.
pub(super) const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
const DAY: i64 = 24 * 60 * 60;
/// No journal has as many records. Whoever can write the folder could write a number behind which there is none.
const MAX_SEQ: u64 = 1 << 62;
/// Nobody recorded as many behind what the store knows. So whoever writes numbers into the folder again and again does not
/// come to the last one, either.
const MAX_AHEAD: u64 = 1 << 32;

/// What a folder holds.
pub(super) struct Found {
    /// Behind which record the chain goes on.
    pub(super) end: End,
    /// How many of the last records nobody vouches for.
    pub(super) unvouched: u64,
    /// Why it does not follow from what is there.
    pub(super) broken: Option<Flaw>,
}

/// The folder of a journal, and this node's place in it.
pub(super) struct Folder {
    path: PathBuf,
    pub(super) node: Box<str>,
    segment_bytes: u64,
    current: Option<Current>,
    /// Held as long as this journal is open.
    _lock: File,
}

struct Current {
    file: Arc<File>,
    path: PathBuf,
    /// What is known to be whole.
    length: u64,
    /// The day on which its last record was made.
    day: i64,
}

impl Folder {
    /// Opens the folder, and says where the chain ends.
    pub(super) fn open(
        path: &Path,
        node: &str,
        segment_bytes: u64,
        trust: &Trust,
    ) -> Result<(Self, Found), SegmentsFailed> {
        make(path, node)?;
        // Two writers would fork the chain.
        let lock = place::open(private().create(true), &path.join(format!("{node}.lock")))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SegmentsFailed::Taken,
            TryLockError::Error(error) => error.into(),
        })?;
        let mut folder =
            Self { path: path.to_owned(), node: node.into(), segment_bytes, current: None, _lock: lock };
        let found = folder.take_up(trust, true)?;
        Ok((folder, found))
    }

    /// Finds the end of the chain, and goes on in the file that has it, where that is the chain which the store knows, or,
    /// where the store knows of none, one that its key vouches for. Where it is not, whoever can write the folder has
    /// written it anew, or the store is another one: signed, it would pass for ours. So another file begins behind it, which
    /// does not follow from it. To refuse to start would let them stop the service. A disk that does not answer is no attack.
    fn take_up(&mut self, trust: &Trust, may_cut: bool) -> Result<Found, SegmentsFailed> {
        let bound = trust.last.as_ref().map_or(MAX_SEQ, |last| last.seq.saturating_add(MAX_AHEAD));
        let going_on = |end, unvouched| Ok(Found { end, unvouched, broken: None });
        let flaw = match (self.last_record(bound), &trust.last) {
            (Ok(end), None) if end.seq == 0 || trust.keys.is_empty() => return going_on(end, end.seq),
            // The store knows of more than this folder has: another folder, or one from which something was taken.
            (Ok(end), Some(last)) if last.seq > end.seq => match self.greatest(bound, last.seq)? {
                greatest if greatest <= last.seq => return going_on(end, end.seq),
                greatest => Flaw::Repeated { seq: end.seq, expected: greatest.saturating_add(1) },
            },
            (Ok(end), _) => match verify::resumes(&self.segments()?, &self.node, trust) {
                Ok(unvouched) => return going_on(end, unvouched),
                // Its checkpoint was torn off when the power failed; so nothing was removed yet. That leaves one: whoever
                // writes thousands would have the folder read as often.
                Err(Flaw::Unvouched { seq }) if seq == end.seq && may_cut => {
                    tracing::warn!(
                        seq,
                        "the last record of the journal says that others were removed, and its checkpoint is not there: it is \
                         cut off, and nothing is removed"
                    );
                    self.cut_last()?;
                    return self.take_up(trust, false);
                }
                Err(Flaw::Unreadable(kind)) if kind != io::ErrorKind::InvalidData => {
                    return Err(SegmentsFailed::Folder(kind));
                }
                Err(flaw) => flaw,
            },
            (Err(SegmentsFailed::Foreign { .. }), Some(_)) => Flaw::NoRecord,
            (Err(failed), _) => return Err(failed),
        };
        self.current = None;
        let (known, hash) = trust.last.as_ref().map(|last| (last.seq, last.hash)).unwrap_or_default();
        // Behind all of it, so that no number is given twice.
        let seq = self.greatest(bound, known)?.max(known);
        Ok(Found { end: End { seq, hash }, unvouched: 0, broken: Some(flaw) })
    }

    /// The greatest number in the files that may have one behind this, whatever else stands there. One beyond the bound was
    /// made up.
    fn greatest(&self, bound: u64, known: u64) -> io::Result<u64> {
        let segments = self.segments()?;
        let from = segments.iter().rposition(|segment| segment.first <= known).unwrap_or(0);
        let mut greatest = 0;
        for segment in segments.iter().skip(from) {
            let mut lines = segment.lines(0)?;
            loop {
                let line = match lines.next_line() {
                    Ok(Some(line)) => line,
                    Ok(None) => break,
                    // What is too long for a line ends it as well. Behind what a disk does not give, there may be more.
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => break,
                    Err(error) => return Err(error),
                };
                let seq = Link::read(line).map_or(0, |link| link.seq);
                greatest =
                    [seq, segment.first].into_iter().filter(|it| *it <= bound).fold(greatest, u64::max);
            }
        }
        Ok(greatest)
    }

    /// Finds the last record. Half a line, which a process that died or a full disk has left, is cut off.
    fn last_record(&mut self, bound: u64) -> Result<End, SegmentsFailed> {
        for segment in self.segments()?.into_iter().rev() {
            let file = place::open(&private(), &segment.path)?;
            let foreign = || SegmentsFailed::Foreign { file: segment.name() };
            let (length, last) = last_line(&file).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => foreign(),
                kind => SegmentsFailed::Folder(kind),
            })?;
            let Some(last) = last else {
                continue;
            };
            let link = Link::read(&last).filter(|link| link.seq <= bound).ok_or_else(foreign)?;
            if file.metadata()?.len() != length {
                file.set_len(length)?;
            }
            let day = link.time.div_euclid(DAY);
            let end = End { seq: link.seq, hash: hash(&last) };
            self.current = Some(Current { file: Arc::new(file), path: segment.path, length, day });
            return Ok(end);
        }
        Ok(End::default())
    }

    /// Cuts off the last record.
    fn cut_last(&mut self) -> io::Result<()> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let (length, last) = last_line(&*current.file)?;
        current.file.set_len(length.saturating_sub(last.map_or(0, |last| last.len() as u64 + 1)))?;
        current.file.sync_data()
    }

    /// This node's files, the oldest first.
    pub(super) fn segments(&self) -> io::Result<Vec<read::Segment>> {
        Ok(read::segments(&self.path)?.remove(&*self.node).unwrap_or_default())
    }

    /// Whether this file is full, or another day has begun.
    pub(super) fn is_done(&self, now: UnixTime) -> bool {
        let is_other_day = |current: &Current| current.day != now.seconds().div_euclid(DAY);
        let is_full = |current: &Current| current.length >= self.segment_bytes;
        self.current.as_ref().is_some_and(|current| is_full(current) || is_other_day(current))
    }

    /// What follows goes to another file.
    pub(super) fn turn(&mut self) {
        self.current = None;
    }

    /// Writes whole lines, the first of which has the number `first`, and where it is asked for, brings them to the disk.
    /// Where it fails, nothing of them counts as written.
    pub(super) fn write(&mut self, lines: &[u8], first: u64, now: UnixTime, to_disk: bool) -> io::Result<()> {
        self.let_go_of_what_is_gone();
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.begin(first)?,
        };
        let written = current.append(lines, to_disk);
        if written.is_ok() {
            current.day = now.seconds().div_euclid(DAY);
        }
        self.current = Some(current);
        written
    }

    /// A file that was removed or moved away is not written any more: the chain goes on in another one, and shows what is
    /// missing.
    fn let_go_of_what_is_gone(&mut self) {
        let Some(current) = &self.current else { return };
        if !place::is_there(&current.file, &current.path).unwrap_or(false) {
            let path = current.path.display();
            tracing::error!(%path, "the journal's file was removed or moved while it was written");
            self.current = None;
        }
    }

    /// The file that is written now.
    pub(super) fn file(&self) -> Option<Arc<File>> {
        self.current.as_ref().map(|current| Arc::clone(&current.file))
    }

    /// The files, from the oldest on, whose last record was made before this moment, and where the chain stood then.
    pub(super) fn older_than(&self, moment: UnixTime) -> io::Result<Vec<(PathBuf, End)>> {
        let mut older = Vec::new();
        for segment in self.segments()? {
            if self.current.as_ref().is_some_and(|current| current.path == segment.path) {
                break;
            }
            let (_, last) = segment.last_line()?;
            let Some(last) = last else { continue };
            match Link::read(&last) {
                Some(link) if link.time < moment.seconds() => {
                    older.push((segment.path, End { seq: link.seq, hash: hash(&last) }));
                }
                _ => break,
            }
        }
        Ok(older)
    }

    fn begin(&self, first: u64) -> io::Result<Current> {
        let path = self.path.join(format!("{}.{first:020}.jsonl", self.node));
        let file = match private().create_new(true).open(&path) {
            // An attempt that got no further than to make the file, or a file that was cut off in its first line.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let left = place::open(&private(), &path).map_err(|_| io::ErrorKind::AlreadyExists)?;
                // Whatever has a line in it was written by somebody, and is not cut off.
                if last_line(&left)?.1.is_some() {
                    return Err(error);
                }
                left
            }
            made => made?,
        };
        // A file whose name is not on the disk is not there after a power cut.
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(Current { file: Arc::new(file), path, length: 0, day: 0 })
    }
}

/// Makes the folder where there is none, for its owner alone.
pub(super) fn make(path: &Path, node: &str) -> Result<(), SegmentsFailed> {
    if !is_node(node) {
        return Err(SegmentsFailed::Node);
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(path)?)
}

/// Whether a node may have this name: it is part of its files' names.
pub fn is_node(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_part)
}

impl Current {
    fn append(&mut self, lines: &[u8], to_disk: bool) -> io::Result<()> {
        // What a failed attempt left behind is no line.
        if self.file.metadata()?.len() != self.length {
            self.file.set_len(self.length)?;
        }
        let written = (&*self.file).write_all(lines);
        if let Err(error) = written.and_then(|()| if to_disk { self.file.sync_data() } else { Ok(()) }) {
            // Whoever reads meanwhile should not see half of them; the next attempt would cut it off as well.
            let _cut = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}
