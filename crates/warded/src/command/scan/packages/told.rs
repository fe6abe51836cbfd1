//! What a registry says is a stranger's word: of it as much is shown as somebody reads.

/// The longest reason that is shown.
const LONGEST: usize = 200;

/// The first line of a text that has something in it, and no more of that than fits.
pub(super) fn line(text: &str) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match first.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", first.get(..end).unwrap_or_default()),
        None => first.to_owned(),
    }
}

/// Why an answer cannot be read, without a word of it: a list may be as large as any, and one word of it, too.
pub(super) fn unread(error: &serde_json::Error) -> anyhow::Error {
    let what = if error.is_data() { "is JSON of another kind" } else { "is no JSON" };
    match (error.line(), error.column()) {
        (0, _) => anyhow::anyhow!("what it sent {what}"),
        (line, column) => anyhow::anyhow!("what it sent {what}, in line {line}, column {column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(line("\r\n  use another \nbecause\u{2028}"), "use another");
        assert_eq!(line(" \n"), "");
        let long = line(&"é".repeat(1 << 20));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with("é…"));
        assert_eq!(line(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }

    #[test]
    fn of_what_cannot_be_read_no_word_is_shown() {
        let secret = "s3cret".repeat(1 << 16);
        for (text, expected) in [
            (format!("{{\"a\": \"{secret}\"}}"), "is JSON of another kind, in line 1, column"),
            (format!("{{\"{secret}\": 1}} {secret}"), "is JSON of another kind"),
            (secret.clone(), "is no JSON, in line 1, column 1"),
            (String::new(), "is no JSON, in line 1, column 0"),
        ] {
            let error =
                serde_json::from_str::<std::collections::BTreeMap<String, Vec<u8>>>(&text).unwrap_err();
            let error = unread(&error).to_string();
            assert!(error.contains(expected) && error.len() < 100, "{error}");
        }
        let error = serde_json::from_value::<u8>("s3cret".into()).unwrap_err();
        assert_eq!(unread(&error).to_string(), "what it sent is JSON of another kind");
    }
}
