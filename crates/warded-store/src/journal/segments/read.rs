//! Which lines stand in a journal? Reads them one by one, however large the files are.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// No record is as long as that: whatever claims to be one is not read into memory.
const MAX_LINE: u64 = 1024 * 1024;
/// How much is read at once from the end of a file.
const BLOCK: u64 = 64 * 1024;

/// One file of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment {
    /// The node whose records it holds.
    pub node: String,
    /// The number of its first record.
    pub first: u64,
    /// Where it is.
    pub path: PathBuf,
}

impl Segment {
    /// What a file of that name is, if it is one of a journal.
    fn named(path: PathBuf) -> Option<Self> {
        let (node, number) = path.file_name()?.to_str()?.strip_suffix(".jsonl")?.split_once('.')?;
        let is_number = number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit());
        let (node, first) = (node.to_owned(), number.parse().ok().filter(|_| is_number)?);
        Some(Self { node, first, path })
    }

    /// Its file's name.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Its lines, from this byte on.
    pub fn lines(&self, from: u64) -> io::Result<Lines> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(from))?;
        Ok(Lines { reader: BufReader::with_capacity(256 * 1024, file), line: Vec::new(), offset: from })
    }

    /// Its last whole line, and how many bytes of whole lines there are.
    pub fn last_line(&self) -> io::Result<(u64, Option<Vec<u8>>)> {
        last_line(File::open(&self.path)?)
    }
}

/// The files in a folder, the oldest of each node first.
pub fn segments(folder: &Path) -> io::Result<BTreeMap<String, Vec<Segment>>> {
    let mut nodes = BTreeMap::<String, Vec<Segment>>::new();
    for entry in std::fs::read_dir(folder)? {
        if let Some(segment) = Segment::named(entry?.path()) {
            nodes.entry(segment.node.clone()).or_default().push(segment);
        }
    }
    for segments in nodes.values_mut() {
        segments.sort_by_key(|segment| segment.first);
    }
    Ok(nodes)
}

/// The whole lines of a file. A process that died, or one that is writing now, may have left half a line at the end.
#[derive(Debug)]
pub struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
    offset: u64,
}

impl Lines {
    /// The next line without its line feed; none where there is none that is whole. A journal that grows may have one
    /// later.
    pub fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        let before = self.line.last().is_some_and(|last| *last != b'\n');
        if !before {
            self.line.clear();
        }
        let room = MAX_LINE.saturating_sub(self.line.len() as u64);
        self.reader.by_ref().take(room).read_until(b'\n', &mut self.line)?;
        if let Some(line) = self.line.strip_suffix(b"\n") {
            self.offset += self.line.len() as u64;
            return Ok(Some(line));
        }
        if self.line.len() as u64 >= MAX_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than any record"));
        }
        Ok(None)
    }

    /// How many bytes of the file the lines take that were read.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// Reads from the end, a block at a time.
pub(super) fn last_line(mut file: impl Read + Seek) -> io::Result<(u64, Option<Vec<u8>>)> {
    let mut start = file.seek(SeekFrom::End(0))?;
    let mut text = Vec::new();
    loop {
        if let Some(end) = text.iter().rposition(|byte| *byte == b'\n') {
            let lines = text.get(..end).unwrap_or_default();
            let begin = lines.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
            if let Some(begin) = begin.or((start == 0).then_some(0)) {
                let whole = start + end as u64 + 1;
                return Ok((whole, lines.get(begin..).map(<[u8]>::to_vec)));
            }
        }
        if start == 0 {
            return Ok((0, None));
        }
        if text.len() as u64 > 2 * MAX_LINE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than any record"));
        }
        let block = BLOCK.min(start);
        start -= block;
        file.seek(SeekFrom::Start(start))?;
        let mut before = Vec::new();
        file.by_ref().take(block).read_to_end(&mut before)?;
        before.append(&mut text);
        text = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_line_is_found_from_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let last = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let (whole, line) = last_line(File::open(&path).unwrap()).unwrap();
            (whole, line.map(|line| String::from_utf8(line).unwrap()))
        };
        assert_eq!(last(""), (0, None));
        assert_eq!(last("half"), (0, None));
        assert_eq!(last("one\n"), (4, Some("one".to_owned())));
        assert_eq!(last("one\ntwo\nhal"), (8, Some("two".to_owned())));
        let long = "x".repeat(200_000);
        assert_eq!(last(&format!("one\n{long}\nhalf")), (200_005, Some(long.clone())));
        assert_eq!(last(&long), (0, None));
        assert_eq!(last(&format!("one\n{long}")), (4, Some("one".to_owned())));
    }

    #[test]
    fn lines_come_as_they_are_written() {
        use std::io::Write as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.00000000000000000001.jsonl");
        std::fs::write(&path, "one\ntw").unwrap();
        let segment = segments(folder.path()).unwrap().remove("a").unwrap().remove(0);
        let mut lines = segment.lines(0).unwrap();
        assert_eq!(lines.next_line().unwrap(), Some(&b"one"[..]));
        assert_eq!(lines.next_line().unwrap(), None);
        assert_eq!(lines.offset(), 4);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"o\nthree\n").unwrap();
        assert_eq!(lines.next_line().unwrap(), Some(&b"two"[..]));
        assert_eq!(lines.next_line().unwrap(), Some(&b"three"[..]));
        assert_eq!(lines.next_line().unwrap(), None);
        assert_eq!(lines.offset(), 14);
    }

    #[test]
    fn what_is_no_line_is_not_read_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.00000000000000000001.jsonl"), vec![b'x'; 3 * 1024 * 1024])
            .unwrap();
        let segment = segments(folder.path()).unwrap().remove("a").unwrap().remove(0);
        assert!(segment.lines(0).unwrap().next_line().is_err());
        assert!(segment.last_line().is_err());
    }
}
