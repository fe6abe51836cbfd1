//! Text from tokens and files may hold what a terminal would obey or not show: escape sequences, marks that turn a
//! line around, characters without width. None of it is shown as it is.

use serde_json::Value;

/// Whether a character would do something to the screen rather than stand on it.
pub(crate) fn is_wild(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// Characters without width, and marks that turn a line around.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
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
    text.chars()
        .map(|c| if is_tame(&c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
        .collect()
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
        let value = json!({ "a\u{202e}": "x\u{9b}\u{1b}\u{ad}é\n", "b": [1, null] });
        let text = document(&value);
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\u{1b}', '\u{ad}']) && text.contains('é'));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
