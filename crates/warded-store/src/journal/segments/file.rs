//! Which file does a record go to? Files of one node, named by their first record; only their owner can read them.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    SegmentsFailed,
    line::{End, Link, hash},
};

/// When a file is full.
pub(super) const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// The folder of a journal, and this node's place in it.
pub(super) struct Folder {
    path: PathBuf,
    pub(super) node: Box<str>,
    segment_bytes: u64,
    current: Option<Segment>,
    /// Held as long as this journal is open.
    _lock: File,
}

struct Segment {
    file: File,
    /// What is known to be whole.
    length: u64,
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
        let end = end(path, node)?;
        let path = path.to_owned();
        Ok((Self { path, node: node.into(), segment_bytes, current: None, _lock: lock }, end))
    }

    /// Writes whole lines, the first of which has the number `first`. Where it fails, nothing of them counts as
    /// written.
    pub(super) fn write(&mut self, lines: &[u8], first: u64) -> io::Result<()> {
        if self.current.as_ref().is_some_and(|segment| segment.length >= self.segment_bytes) {
            self.sync()?;
            self.current = None;
        }
        let mut segment = match self.current.take() {
            Some(segment) => segment,
            None => Segment { file: self.begin(first)?, length: 0 },
        };
        let written = segment.append(lines);
        self.current = Some(segment);
        written
    }

    /// Brings everything to the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.current.as_ref().map_or(Ok(()), |segment| segment.file.sync_data())
    }

    fn begin(&self, first: u64) -> io::Result<File> {
        let path = self.path.join(format!("{}.{first:020}.jsonl", self.node));
        match private().create_new(true).open(&path) {
            // An attempt that got no further than to make the file, or a file that was cut off in its first line.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => private().open(&path),
            made => made,
        }
    }
}

impl Segment {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        // What a failed attempt left behind is no line.
        if self.file.metadata()?.len() != self.length {
            self.file.set_len(self.length)?;
        }
        self.file.write_all(lines)?;
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

/// This node's files, the oldest first.
pub(super) fn segments(path: &Path, node: &str) -> io::Result<Vec<PathBuf>> {
    let is_ours = |name: &str| {
        let number = name.strip_prefix(node).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".jsonl"));
        number.is_some_and(|number| number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_ours) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The lines of a file that are whole. A process that died may have left half a line at the end.
pub(super) fn whole_lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"))
}

fn end(path: &Path, node: &str) -> Result<End, SegmentsFailed> {
    for file in segments(path, node)?.into_iter().rev() {
        let text = std::fs::read(&file)?;
        let Some(last) = whole_lines(&text).next_back() else {
            continue;
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let link: Link = serde_json::from_slice(last).map_err(|_| SegmentsFailed::Foreign { file: name })?;
        return Ok(End { seq: link.seq, hash: hash(last) });
    }
    Ok(End::default())
}
