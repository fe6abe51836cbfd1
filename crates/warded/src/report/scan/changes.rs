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
        Left::Late => "not worked on, as it would take too long",
        _ => "without a fix",
    }
}

/// The word for programs.
pub(super) const fn word(why: Left) -> &'static str {
    match why {
        Left::Unsafe => "unsafe",
        Left::Apart => "apart",
        Left::Late => "late",
        _ => "none",
    }
}

/// A change as a diff that `git apply` and `patch -p1` take where it names the file. Where a secret would stand in it, that is blanked, and
/// the diff says that it cannot be applied.
pub(crate) fn diff(change: &Change, path: &str) -> String {
    let mut text = String::new();
    if let Some(mode) = change.mode {
        text += &format!("# {}: mode {:o}\n", escaped(path), mode & 0o777);
    }
    let (before, after) = &change.shown;
    let shown = lines(before, after, path);
    if shown != lines(&change.before, &change.after, path) {
        text += &format!(
            "# {}: secrets are blanked, so this part is to be read, and does not apply\n",
            escaped(path)
        );
    }
    still(&(text + &shown))
}

fn lines(before: &str, after: &str, path: &str) -> String {
    if before == after {
        return String::new();
    }
    // Lines as git counts them: a lone `\r` ends none.
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<_>>();
    let (before, after) = (lines(before), lines(after));
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&before, &after);
    let (old, new) = (quoted(&format!("a/{path}")), quoted(&format!("b/{path}")));
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}

/// A path in a diff, as git quotes it where it is not plain.
fn quoted(path: &str) -> String {
    if !path.contains(tame::is_wild) {
        return path.to_owned();
    }
    let mut text = String::from("\"");
    for letter in path.chars() {
        if tame::is_wild(letter) {
            text.extend(letter.to_string().bytes().map(|byte| format!("\\{byte:03o}")));
        } else {
            text.extend(matches!(letter, '"' | '\\').then_some('\\'));
            text.push(letter);
        }
    }
    text + "\""
}

/// Nothing in it moves a terminal; lines may end as on Windows, and nobody sees the mark at the beginning of a text.
fn still(text: &str) -> String {
    let mut letters = text.chars().peekable();
    let mut still = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        let ends_line = letter == '\r' && letters.peek() == Some(&'\n');
        let is_wild = letter.is_control() && !matches!(letter, '\n' | '\t') && !ends_line;
        let is_mark = letter == '\u{feff}' && starts_line(&still);
        still.push(if !is_mark && (is_wild || (!letter.is_ascii() && tame::is_wild(letter))) {
            '\u{fffd}'
        } else {
            letter
        });
    }
    still
}

/// Whether what comes next is the first of a line of a file in a diff, behind its sign.
fn starts_line(diff: &str) -> bool {
    let line = diff.rsplit('\n').next().unwrap_or_default();
    matches!(line, " " | "-" | "+")
}
