//! Text from tokens and files may hold what a terminal would obey or not show: escape sequences, marks that turn a
//! line around, characters without width. None of it is shown as it is.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// Whether a character would do something to the screen rather than stand on it.
pub(crate) fn is_wild(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// By the properties that Unicode gives to characters (UAX #44): those that format, are private or not assigned, end a line or a
/// paragraph, or are to be ignored where nobody knows them, such as tags, selectors of variants and fillers of Hangul. And the
/// blank of Braille, which is a picture of nothing.
static INVISIBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]").ok()
});

/// Characters in which nobody sees anything, or everybody something else, and marks that turn a line around.
pub(crate) fn is_invisible(c: char) -> bool {
    // Were there no such expression, nothing but ASCII would be shown.
    let is_one = |one: &Regex| one.is_match(c.encode_utf8(&mut [0; 4]));
    !c.is_ascii() && INVISIBLE.as_ref().is_none_or(is_one)
}

/// Writes wild characters as `\u{…}`.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().map(|c| if is_wild(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// Replaces wild characters in what is already rendered: its own colours and line breaks are ASCII.
pub(super) fn replaced(rendered: &str) -> String {
    rendered.replace(|c: char| !c.is_ascii() && is_wild(c), "\u{fffd}")
}

/// A JSON document. Its own escapes stop at ASCII; these go on.
pub(crate) fn document(value: &Value) -> String {
    tamed(&format!("{value:#}\n"))
}

/// A JSON document in one line.
pub(crate) fn line(value: &Value) -> String {
    tamed(&format!("{value}\n"))
}

fn tamed(text: &str) -> String {
    let is_tame = |c: &char| c.is_ascii() || !is_wild(*c);
    text.chars().map(|c| if is_tame(&c) { c.to_string() } else { in_json(c) }).collect()
}

/// RFC 8259 §7: what has no room in four digits is written as two halves.
fn in_json(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |text, half| text + &format!("\\u{half:04x}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(
            escaped("a\u{61c}\u{1b}[31m\u{202e}\u{9b}é\n"),
            "a\\u{61c}\\u{1b}[31m\\u{202e}\\u{9b}é\\u{a}"
        );
        assert_eq!(
            replaced("\u{1b}[1ma\u{9b}\u{200b}é\u{1b}[0m\n"),
            "\u{1b}[1ma\u{fffd}\u{fffd}é\u{1b}[0m\n"
        );
    }

    #[test]
    fn a_document_stays_what_it_is() {
        let value = json!({ "a\u{202e}": "x\u{9b}\u{1b}\u{ad}\u{e0041}é😀\n", "b": [1, null] });
        let text = document(&value);
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\u{1b}', '\u{ad}', '\u{e0041}']));
        assert!(text.contains("é😀"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn nobody_is_shown_what_nobody_sees() {
        for (hidden, from, to) in [
            ("tags", '\u{e0000}', '\u{e007f}'),
            ("selectors of variants", '\u{fe00}', '\u{fe0f}'),
            ("more of them", '\u{e0100}', '\u{e01ef}'),
            ("Mongolian ones", '\u{180b}', '\u{180f}'),
            ("fillers of Hangul", '\u{115f}', '\u{1160}'),
            ("another one", '\u{3164}', '\u{3164}'),
            ("a narrow one", '\u{ffa0}', '\u{ffa0}'),
            ("vowels of Khmer", '\u{17b4}', '\u{17b5}'),
            ("a joiner of graphemes", '\u{34f}', '\u{34f}'),
            ("what has no width", '\u{200b}', '\u{200f}'),
            ("ends of lines, and what turns them around", '\u{2028}', '\u{202e}'),
            ("what formats", '\u{2060}', '\u{206f}'),
            ("a mark of order", '\u{feff}', '\u{feff}'),
            ("annotations", '\u{fff9}', '\u{fffb}'),
            ("shorthand", '\u{1bca0}', '\u{1bca3}'),
            ("music", '\u{1d173}', '\u{1d17a}'),
            ("private ones", '\u{e000}', '\u{f8ff}'),
            ("what is no character", '\u{fffe}', '\u{ffff}'),
            ("a blank of Braille", '\u{2800}', '\u{2800}'),
        ] {
            assert!((from..=to).all(is_invisible), "{hidden}");
        }
        assert_eq!(escaped("rm\u{e0020}\u{3164}"), "rm\\u{e0020}\\u{3164}");
        for seen in "a~ é編集者हिन्दी한글עברית العربية\u{a0}\u{3000}\u{301}√😀⣿".chars()
        {
            assert!(!is_invisible(seen), "{seen:?}");
        }
    }
}
