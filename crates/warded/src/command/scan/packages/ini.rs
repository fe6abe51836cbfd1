//! Settings that other programs keep in files: `[section]`, and `key = value`.

use std::{fs, io::Read as _, path::Path};

use anyhow::ensure;

use crate::report::escaped;

/// How large such a file may be.
const LARGEST: u64 = 1 << 20;

/// A line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    pub(super) section: &'t str,
    pub(super) key: &'t str,
    pub(super) value: &'t str,
}

/// The text of a file of settings; nothing where there is none that can be read: its own program would go on, too. One that is
/// there and makes no sense is an error: it may name another registry, and nobody knows.
pub(super) fn text(path: &Path) -> anyhow::Result<Option<String>> {
    let Some(bytes) = bytes(path) else { return Ok(None) };
    let name = || escaped(&path.display().to_string());
    ensure!(bytes.len() as u64 <= LARGEST, "{}: it is too large for a file of settings", name());
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        // Its words stay unsaid: a password may be among them.
        Err(_) => {
            anyhow::bail!("{}: it is no text in UTF-8, so nobody knows which registry it names", name())
        }
    }
}

fn bytes(path: &Path) -> Option<Vec<u8>> {
    // To open a pipe would be to wait for whoever writes it.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// What stands in it. A line that goes on with another one counts by its own words alone.
pub(super) fn entries<'t>(text: &'t str, separators: &'static [char]) -> impl Iterator<Item = Entry<'t>> {
    let mut section = "";
    text.trim_start_matches('\u{feff}').lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            return None;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.trim();
            return None;
        }
        let (key, value) = line.split_once(separators)?;
        Some(Entry { section, key: key.trim(), value: unquoted(value.trim()) })
    })
}

fn unquoted(value: &str) -> &str {
    let within = |quote| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_their_programs_read_them() {
        let text = "\u{feff}a = 1\n# b = 2\n;c=3\n[ x ]\nd: 4=5\ne=\"6\"\n[y\nf\n=";
        let read = |separators| {
            let all = entries(text, separators).map(|entry| (entry.section, entry.key, entry.value));
            all.collect::<Vec<_>>()
        };
        assert_eq!(read(&['=', ':']), [("", "a", "1"), ("x", "d", "4=5"), ("x", "e", "6"), ("x", "", "")]);
        assert_eq!(read(&['=']), [("", "a", "1"), ("x", "d: 4", "5"), ("x", "e", "6"), ("x", "", "")]);
    }

    #[test]
    fn what_is_no_file_says_nothing_and_what_cannot_be_understood_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(text(folder.path()).unwrap(), None);
        assert_eq!(text(&folder.path().join("none")).unwrap(), None);
        let file = folder.path().join("pip.conf");
        // As some editors save it: UTF-16, and Latin-1.
        for bytes in [&b"\xff\xfes\x003\x00"[..], b"# \xe9\nindex-url = https://me:s3cret@a.example"] {
            fs::write(&file, bytes).unwrap();
            let error = text(&file).unwrap_err().to_string();
            assert!(error.contains("pip.conf: it is no text in UTF-8") && !error.contains("s3"), "{error}");
        }
        fs::write(&file, vec![b'#'; 1 << 20]).unwrap();
        assert_eq!(text(&file).unwrap().unwrap().len(), 1 << 20);
        fs::write(&file, vec![b'#'; (1 << 20) + 1]).unwrap();
        assert!(text(&file).unwrap_err().to_string().contains("too large"));
    }
}
