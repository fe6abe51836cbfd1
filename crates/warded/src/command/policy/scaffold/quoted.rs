//! How do words of a server get into a file that is read by others? As comments that end where they end, and as names in quotes.
//! A description with a line break in it would otherwise write rules.

use crate::report::is_invisible;

/// No more is shown of a description.
const MAX_SHOWN: usize = 400;
/// How wide a comment becomes.
const WIDTH: usize = 100;
/// Longer names stand in no key of YAML (1.2 §7.4.2: 1024 characters).
const MAX_NAME: usize = 512;

/// Lines of comments, each of which begins with `margin`, a hash and a blank.
pub(super) fn comment(margin: &str, words: &str) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for word in plain(words).split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && margin.len() + line.chars().count() + word.chars().count() + 3 > WIDTH {
            text += &format!("{margin}# {line}\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    if !line.is_empty() {
        text += &format!("{margin}# {line}\n");
    }
    text
}

/// In one line, without anything that a reader or a screen would obey, and not too long. What agents would read there and nobody
/// would see is written out.
fn plain(words: &str) -> String {
    let spaced = words.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let mut shown = spaced.filter(|c| !c.is_control());
    let seen = |c: char| if is_odd(c) { c.escape_unicode().to_string() } else { c.to_string() };
    let text: String = shown.by_ref().take(MAX_SHOWN).map(seen).collect();
    if shown.next().is_some() { format!("{}...", text.trim_end()) } else { text }
}

/// What YAML does not print, or a screen would obey.
fn is_odd(c: char) -> bool {
    c.is_control() || is_invisible(c) || u32::from(c) & 0xfffe == 0xfffe
}

/// A name as a key, in double quotes; or why it is none.
pub(super) fn name(name: &str) -> Result<String, &'static str> {
    if name.trim().is_empty() {
        return Err("its name is blank");
    }
    if name.chars().count() > MAX_NAME {
        return Err("its name is longer than 512 characters");
    }
    // Whoever reads the policy would not see what it allows.
    if name.chars().any(|c| is_odd(c) || (c.is_whitespace() && c != ' ')) {
        return Err("its name has characters that are not seen");
    }
    let mut text = String::from("\"");
    for c in name.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            c => text.push(c),
        }
    }
    text.push('"');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_ends_where_it_ends() {
        for attack in [
            "a\n  \"*\": {}",
            "a\r\ntools: {}",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{2029}b",
            "a\u{b}b",
            "a\u{feff}\0b\u{1b}[2J",
        ] {
            let comment = comment("  ", attack);
            assert!(comment.starts_with("  # a") && comment.ends_with('\n'), "{comment:?}");
            assert_eq!(comment.lines().count(), 1, "{comment:?}");
            assert!(comment.trim_end().chars().all(|c| !is_odd(c)), "{comment:?}");
        }
        let long = comment("", &"word ".repeat(1_000));
        assert!(long.lines().all(|line| line.starts_with("# ") && line.len() <= WIDTH), "{long}");
        assert!(long.len() < 600 && long.ends_with("...\n"), "{long}");
        assert_eq!(comment("", " \n "), "");
        assert_eq!(
            comment("", "Reads\u{e0049}\u{3164}\0."),
            "# Reads\\u{e0049}\\u{3164}.\n",
            "nothing is hidden"
        );
    }

    #[test]
    fn a_name_is_one_key_whatever_is_in_it() {
        for attack in [
            "a",
            "a\": {} \"b",
            "a\\",
            "a\\\"",
            "a # b",
            "é\u{1f600}",
            "- a",
            "a: b",
            "{a",
            "&a",
            "!a",
            "~",
            " a ",
        ] {
            let source = format!("version: \"1\"\ntools:\n  {}:\n    rules: []\n", name(attack).unwrap());
            let read = warded_policy::read(&source, warded_policy::Reading::Strict);
            let document = read.document.unwrap_or_else(|| panic!("{attack:?}: {:?}", read.findings));
            let [tool] = document.tools.as_slice() else { panic!("{attack:?}") };
            assert_eq!(tool.name.text(), attack);
        }
        for attack in [
            " \n",
            "",
            &"a".repeat(2_000),
            "a\": {}\n\"b",
            "a\u{2028}b",
            "a\tb",
            "a\u{a0}b",
            "a\u{85}",
            "a\u{200b}b",
            "a\u{202e}b",
            "\u{fffe}",
            "a\u{e0041}\u{fe0f}",
        ] {
            assert!(name(attack).is_err(), "{attack:?}");
        }
    }
}
