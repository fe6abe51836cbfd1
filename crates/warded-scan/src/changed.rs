//! Which lines of which files were changed, as a unified diff tells.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use crate::{
    finding::{Finding, Spot},
    scanned::Scanned,
};

/// What was changed.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// By where the file lies, from the top of the file system.
    files: BTreeMap<PathBuf, Lines>,
}

#[derive(Clone, Debug)]
enum Lines {
    /// The file is new.
    All,
    /// From 1, in order.
    Some(Vec<RangeInclusive<usize>>),
}

impl Changed {
    /// Notes what a diff without lines of context says (`git diff -U0`). The names in it begin with `b/`, and lie beneath `top`.
    pub fn read(&mut self, diff: &str, top: &Path) {
        let mut file = None;
        // How many lines of the file itself still follow: what stands in those is no header.
        let mut content = 0;
        for line in diff.lines() {
            if content > 0 {
                content -= usize::from(line.starts_with(['+', '-']));
            } else if let Some(name) = line.strip_prefix("+++ ") {
                file = new_name(name).map(|name| top.join(name));
            } else if let Some(hunk) = line.strip_prefix("@@ -").and_then(Hunk::read) {
                content = hunk.removed + hunk.added;
                let Some(file) = &file else { continue };
                if let Lines::Some(lines) =
                    self.files.entry(file.clone()).or_insert_with(|| Lines::Some(Vec::new()))
                {
                    lines.push(hunk.touched());
                }
            }
        }
    }

    /// Notes a file that is new as a whole.
    pub fn is_new(&mut self, path: PathBuf) {
        self.files.insert(path, Lines::All);
    }

    /// Leaves the findings that lie on changed lines, or to which a changed line leads. `place_of` tells where a file of a
    /// finding lies, from the top of the file system. The number of those that went.
    pub fn leave_touched<'p>(
        &self,
        scanned: &mut Scanned,
        place_of: impl Fn(&str) -> Option<&'p Path>,
    ) -> usize {
        let before = scanned.findings.len();
        let texts = &scanned.texts;
        let touches = |spot: &Spot| {
            let lines = place_of(&spot.path).and_then(|place| self.files.get(place));
            match (lines, texts.get(&spot.path)) {
                (Some(Lines::Some(lines)), Some(text)) => {
                    let (first, last) = (line(text, spot.span.start), line(text, last(spot)));
                    lines.iter().any(|changed| *changed.start() <= last && first <= *changed.end())
                }
                (Some(_), _) => true,
                (None, _) => false,
            }
        };
        let is_touched = |finding: &Finding| {
            touches(&finding.spot) || finding.steps.iter().any(|step| touches(&step.spot))
        };
        scanned.findings.retain(is_touched);
        before - scanned.findings.len()
    }
}

/// A place in a diff where something was changed.
struct Hunk {
    removed: usize,
    start: usize,
    added: usize,
}

impl Hunk {
    /// `12,2 +12,3 @@ …`, without what stands before it.
    fn read(header: &str) -> Option<Self> {
        let (old, rest) = header.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let pair = |text: &str| {
            let (start, count) = text.split_once(',').unwrap_or((text, "1"));
            Some((start.parse::<u32>().ok()? as usize, count.parse::<u32>().ok()? as usize))
        };
        let ((_, removed), (start, added)) = (pair(old)?, pair(new)?);
        Some(Self { removed, start, added })
    }

    /// Where lines only went, those on both sides have a new neighbour: a call from which an argument was taken, say.
    fn touched(&self) -> RangeInclusive<usize> {
        match self.added {
            0 => self.start..=self.start.saturating_add(1),
            count => self.start..=self.start.saturating_add(count - 1),
        }
    }
}

/// The name of the new file; nothing where there is none.
fn new_name(name: &str) -> Option<PathBuf> {
    // Behind a name with blanks in it git writes a tab.
    let name = name.strip_suffix('\t').unwrap_or(name);
    if name == "/dev/null" {
        return None;
    }
    let bytes = match name.strip_prefix('"') {
        Some(quoted) => unquoted(quoted.strip_suffix('"')?)?,
        None => name.as_bytes().to_vec(),
    };
    bytes.strip_prefix(b"b/").map(git_path)
}

/// A path, as git gives it: on Unix any bytes are one.
#[cfg(unix)]
pub fn git_path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}

/// A path, as git gives it: elsewhere it is text.
#[cfg(not(unix))]
pub fn git_path(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A name as git quotes it: as C does, with bytes in base 8.
fn unquoted(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            first @ b'0'..=b'3' => {
                let mut digit =
                    || rest.next().filter(|byte| (b'0'..=b'7').contains(byte)).map(|byte| byte - b'0');
                let (second, third) = (digit()?, digit()?);
                ((first - b'0') << 6) | (second << 3) | third
            }
            other => other,
        });
    }
    Some(bytes)
}

/// The last byte of a place, so that one which ends with a line does not reach into the next.
fn last(spot: &Spot) -> usize {
    spot.span.end.saturating_sub(1).max(spot.span.start)
}

/// The number of the line, from 1, on which a byte stands.
fn line(text: &str, at: usize) -> usize {
    let before = text.get(..text.floor_char_boundary(at)).unwrap_or(text);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{finding::Leads, rule::Confidence, rules};

    fn finding(path: &str, span: std::ops::Range<usize>, step: Option<(&str, usize)>) -> Finding {
        let rule = rules::rules().next().unwrap();
        let leads = |(path, at): (&str, usize)| Leads {
            spot: Spot { path: path.into(), span: at..at + 1 },
            says: String::new(),
        };
        Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::High,
            spot: Spot { path: path.into(), span },
            message: String::new(),
            steps: step.into_iter().map(leads).collect(),
            fix: None,
        }
    }

    /// The lines of `a.py` on which a finding is left. Each of its ten lines has two bytes.
    fn left(diff: &str) -> Vec<usize> {
        let mut changed = Changed::default();
        changed.read(diff, Path::new("/top"));
        let text: Arc<str> = "x\n".repeat(10).into();
        let findings = (0..10).map(|line| finding("a.py", line * 2..line * 2 + 2, None)).collect();
        let texts = BTreeMap::from([("a.py".into(), text)]);
        let mut scanned = Scanned { findings, texts, ..Scanned::default() };
        let gone = changed.leave_touched(&mut scanned, |_| Some(Path::new("/top/a.py")));
        assert_eq!(gone + scanned.findings.len(), 10);
        scanned.findings.iter().map(|finding| finding.spot.span.start / 2 + 1).collect()
    }

    #[test]
    fn only_what_lies_on_changed_lines_is_left() {
        let header = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n";
        let of = |hunks: &str| left(&format!("{header}{hunks}"));
        assert_eq!(of("@@ -3 +3 @@ def f\n-x\n+y\n"), [3]);
        assert_eq!(of("@@ -0,0 +1,2 @@\n+x\n+x\n@@ -5,0 +8,2 @@\n+x\n+x\n"), [1, 2, 8, 9]);
        // Lines went: those around them count.
        assert_eq!(of("@@ -4,2 +3,0 @@\n-x\n-x\n"), [3, 4]);
        assert_eq!(of("@@ -1 +0,0 @@\n-x\n"), [1]);
        // What stands in a file is no header.
        assert_eq!(
            of("@@ -2 +2,2 @@\n---- a/a.py\n+++ b/b.py\n+@@ -1 +9 @@\n@@ -7 +8 @@\n-x\n+x\n"),
            [2, 3, 8]
        );
        assert_eq!(
            of("\\ No newline at end of file\n@@ -9 +9 @@\n-x\n\\ No newline at end of file\n+x\n"),
            [9]
        );
        for broken in [
            "@@ -1",
            "@@ -1 +x @@\n",
            "@@ -1 +99999999999999999999 @@\n",
            "@@@ -1 -1 +1 @@@\n",
            "GIT binary patch",
        ] {
            assert_eq!(of(broken), [0; 0], "{broken}");
        }
        assert_eq!(of("@@ -1 +4294967295,4294967295 @@\n"), [0; 0]);
        assert_eq!(left("--- a/a.py\n+++ b/other.py\n@@ -1 +1 @@\n-x\n+x\n"), [0; 0]);
        assert_eq!(left("--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"), [0; 0]);
    }

    #[test]
    fn a_finding_to_which_a_changed_line_leads_is_left() {
        let mut changed = Changed::default();
        changed.read("+++ b/b.py\n@@ -2 +2 @@\n-x\n+x\n", Path::new("/top"));
        changed.is_new("/top/new.py".into());
        let text: Arc<str> = "x\n".repeat(10).into();
        let names = ["a.py", "b.py", "new.py"];
        let texts = names.map(|name| (Arc::from(name), Arc::clone(&text)));
        let findings = vec![
            finding("a.py", 0..1, Some(("b.py", 2))),
            finding("a.py", 2..3, Some(("b.py", 4))),
            finding("a.py", 4..5, None),
            finding("new.py", 6..7, None),
        ];
        let mut scanned = Scanned { findings, texts: texts.into(), ..Scanned::default() };
        let places: BTreeMap<_, _> = names.map(|name| (name, Path::new("/top").join(name))).into();
        let gone = changed.leave_touched(&mut scanned, |path| places.get(path).map(PathBuf::as_path));
        let left: Vec<_> = scanned.findings.iter().map(|finding| finding.spot.span.start).collect();
        assert_eq!((gone, left), (2, vec![0, 6]));
    }

    #[test]
    fn names_are_read_as_git_writes_them() {
        let name = |text| new_name(text);
        assert_eq!(name("b/a b.py\t"), Some("a b.py".into()));
        assert_eq!(name(r#""b/\303\244\t\"\\.py""#), Some("ä\t\"\\.py".into()));
        for broken in ["/dev/null", r#""b/\30""#, r#""b/\"#, r#""b/x"#, "x", "", r#""""#, r#""b/\38x""#] {
            assert_eq!(name(broken), None, "{broken}");
        }
    }
}
