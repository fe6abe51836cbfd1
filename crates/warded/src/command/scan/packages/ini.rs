//! Settings that other programs keep in files: `[section]`, and `key = value`.

use std::{fs, io::Read as _, path::Path};

/// How large such a file may be.
const LARGEST: u64 = 1 << 20;

/// A line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    pub(super) section: &'t str,
    pub(super) key: &'t str,
    pub(super) value: &'t str,
}

/// The text of a file of settings; nothing where there is none that can be read: its own program would go on, too.
pub(super) fn text(path: &Path) -> Option<String> {
    // To open a pipe would be to wait for whoever writes it.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
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
    fn what_is_no_file_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(text(folder.path()), None);
        assert_eq!(text(&folder.path().join("none")), None);
        fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
        assert_eq!(text(&folder.path().join("binary")), None);
    }
}
