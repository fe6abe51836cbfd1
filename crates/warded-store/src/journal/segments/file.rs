//! Which file does a record go to? Files of one node, named by their first record; only their owner can read them.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use warded_core::UnixTime;

use super::{
    SegmentsFailed,
    line::{End, Link, hash},
    read::{self, last_line},
};

/// When a file is full.
pub(super) const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
const DAY: i64 = 24 * 60 * 60;

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
    pub(super) fn open(path: &Path, node: &str, segment_bytes: u64) -> Result<(Self, End), SegmentsFailed> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if node.is_empty() || node.len() > 64 || !node.bytes().all(is_name) {
            return Err(SegmentsFailed::Node);
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        // Two writers would fork the chain.
        let lock = private().create(true).truncate(false).open(path.join(format!("{node}.lock")))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SegmentsFailed::Taken,
            TryLockError::Error(error) => error.into(),
        })?;
        let mut folder =
            Self { path: path.to_owned(), node: node.into(), segment_bytes, current: None, _lock: lock };
        let end = folder.take_up()?;
        Ok((folder, end))
    }

    /// Finds the end of the chain, and goes on in the file that has it. Half a line, which a process that died or a
    /// full disk has left, is cut off.
    fn take_up(&mut self) -> Result<End, SegmentsFailed> {
        for segment in self.segments()?.into_iter().rev() {
            let mut file = private().open(&segment.path)?;
            let foreign = || SegmentsFailed::Foreign { file: segment.name() };
            let (length, last) = last_line(&mut file).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => foreign(),
                kind => SegmentsFailed::Folder(kind),
            })?;
            let Some(last) = last else {
                continue;
            };
            let link = Link::read(&last).ok_or_else(foreign)?;
            if file.metadata()?.len() != length {
                file.set_len(length)?;
            }
            let day = link.time.div_euclid(DAY);
            self.current = Some(Current { file: Arc::new(file), path: segment.path, length, day });
            return Ok(End { seq: link.seq, hash: hash(&last) });
        }
        Ok(End::default())
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

    /// Writes whole lines, the first of which has the number `first`. Where it fails, nothing of them counts as
    /// written.
    pub(super) fn write(&mut self, lines: &[u8], first: u64, now: UnixTime) -> io::Result<()> {
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.begin(first)?,
        };
        let written = current.append(lines);
        if written.is_ok() {
            current.day = now.seconds().div_euclid(DAY);
        }
        self.current = Some(current);
        written
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
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private().open(&path)?,
            made => made?,
        };
        // A file whose name is not on the disk is not there after a power cut.
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(Current { file: Arc::new(file), path, length: 0, day: 0 })
    }
}

impl Current {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        // What a failed attempt left behind is no line.
        if self.file.metadata()?.len() != self.length {
            self.file.set_len(self.length)?;
        }
        if let Err(error) = (&*self.file).write_all(lines) {
            // Whoever reads meanwhile should not see half of them; the next attempt would cut it off as well.
            let _cut = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
