//! What `\n` and its like stand for, in languages that took them from C.

/// What an escape says; the escape itself where nobody knows.
pub(super) fn resolved(escape: &str) -> String {
    let Some(rest) = escape.strip_prefix('\\') else { return escape.to_owned() };
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).map(String::from)
    };
    let known = match rest.chars().next() {
        Some('a') => Some("\u{7}".to_owned()),
        Some('b') => Some("\u{8}".to_owned()),
        Some('f') => Some("\u{c}".to_owned()),
        Some('v') => Some("\u{b}".to_owned()),
        Some('n') => Some("\n".to_owned()),
        Some('t') => Some("\t".to_owned()),
        Some('r') => Some("\r".to_owned()),
        // Rust: the end of the line and the blanks at the beginning of the next one are not there.
        Some('\n' | '\r') => Some(String::new()),
        Some('x' | 'u' | 'U') => {
            let digits = rest.get(1..).unwrap_or_default();
            number(&digits.trim_matches(['{', '}']).replace('_', ""), 16)
        }
        Some('0'..='7') => number(rest, 8),
        Some('\\' | '\'' | '"') => Some(rest.to_owned()),
        _ => None,
    };
    known.unwrap_or_else(|| escape.to_owned())
}
