//! What was mended, and what it changes.

use similar::TextDiff;
use warded_scan::fix::{Change, Left, Mended};

use crate::report::{escaped, tame};

/// `fixed 3, 2 left: 1 is left to --fix=unsafe, 1 has no fix`, and the files.
pub(crate) fn said(mended: &Mended, is_dry: bool) -> String {
    let (done, files) = if is_dry { ("would fix", "would change") } else { ("fixed", "changed") };
    let mut text = format!("{done} {}", mended.fixed);
    let left: usize = mended.left.values().sum();
    if left > 0 {
        let why = mended.left.iter().map(|(why, count)| format!("{count} {}", reason(*why)));
        text += &format!(", {left} left: {}", why.collect::<Vec<_>>().join(", "));
    }
    text.push('\n');
    for change in &mended.changed {
        text += &format!("{files}: {}\n", escaped(&change.path));
    }
    text
}

pub(super) const fn reason(why: Left) -> &'static str {
    match why {
        Left::Unsafe => "only with `--fix=unsafe`, to be looked at",
        Left::Apart => "whose fix does not hold together with the rest",
        _ => "without a fix",
    }
}

/// The word for programs.
pub(super) const fn word(why: Left) -> &'static str {
    match why {
        Left::Unsafe => "unsafe",
        Left::Apart => "apart",
        _ => "none",
    }
}

/// All changes as one diff that `git apply` and `patch -p1` take. A secret that goes is not shown in it.
pub(crate) fn diff(changes: &[Change]) -> String {
    changes.iter().map(one).collect()
}

fn one(change: &Change) -> String {
    // A path from the top of the file system would be none beneath `a`.
    let path = escaped(change.path.trim_start_matches('/'));
    let mut text = String::new();
    if let Some(mode) = change.mode {
        text += &format!("# {path}: mode {:o}\n", mode & 0o777);
    }
    let (before, after) = &change.shown;
    if before != after {
        let diff = TextDiff::from_lines(&**before, &**after);
        let (old, new) = (format!("a/{path}"), format!("b/{path}"));
        text += &diff.unified_diff().context_radius(3).header(&old, &new).to_string();
    }
    still(&text)
}

/// Nothing in it moves a terminal; lines may end as on Windows.
fn still(text: &str) -> String {
    let mut letters = text.chars().peekable();
    let mut still = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        let ends_line = letter == '\r' && letters.peek() == Some(&'\n');
        let is_wild = letter.is_control() && !matches!(letter, '\n' | '\t') && !ends_line;
        still.push(if is_wild || (!letter.is_ascii() && tame::is_wild(letter)) {
            '\u{fffd}'
        } else {
            letter
        });
    }
    still
}
