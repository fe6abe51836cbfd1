//! What does a client call itself, as far as people can be shown it?

/// A name without characters that turn text around or hide, short, and empty where nothing can be read.
pub(crate) fn shown(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control() && !hides(*c)).take(80).collect();
    // What has no letter and no digit looks like a page's own sign, or like nothing.
    if plain.chars().any(char::is_alphanumeric) { plain.trim().to_owned() } else { String::new() }
}

/// The characters that show nothing or turn others around: `Default_Ignorable_Code_Point` of Unicode (UAX #44), the
/// separators of lines, interlinear annotation, and the blank of Braille.
fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_cannot_turn_the_page_around() {
        assert_eq!(shown("  Editor \u{202e}rotide\u{200b}\n "), "Editor rotide");
        assert_eq!(shown("<b>Notes</b>"), "<b>Notes</b>", "escaping is the page's affair");
        for nothing in [
            "\u{3164}",
            "\u{115f}\u{1160}",
            "\u{2800}\u{2800}",
            "\u{34f}",
            "\u{fe0f}\u{e0100}",
            " ",
            "✓",
            "—",
        ] {
            assert_eq!(shown(nothing), "", "{nothing:?}");
        }
        assert_eq!(shown("E\u{34f}d\u{fe0f}i\u{3164}t\u{2800}or 9"), "Editor 9");
        assert_eq!(shown("編集者"), "編集者");
        assert_eq!(shown(&"x".repeat(500)).len(), 80);
    }
}
