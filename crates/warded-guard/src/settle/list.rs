//! Which tools does a caller see? Cuts the tools that a token cannot call out of a list, and leaves every other byte.
//!
//! The list is recognised by its shape, since a resumed stream no longer knows which request it answers. The text is
//! another server's, so nothing is assumed of it: members may stand twice, be escaped, or differ in case.

use crate::call::folds_to;

/// The tools that are not shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden(Vec<Box<str>>);

impl Hidden {
    pub(super) fn of(tools: Vec<Box<str>>) -> Self {
        Self(tools)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without the hidden tools; none where it shows no such tool.
    pub(super) fn cut_from(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut cuts = Vec::new();
        // RFC 8259 §8.1: a reader may pass over a byte order mark, and many do.
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut scan = Scan { text, at };
        scan.blank();
        match scan.next()? {
            b'[' => scan.items(|message| self.in_message(text, message, &mut cuts))?,
            b'{' => self.in_message(text, Span { from: scan.at, to: text.len() }, &mut cuts),
            _ => return None,
        }
        if cuts.is_empty() { None } else { Some(rewritten(text, &cuts)) }
    }

    fn in_message(&self, text: &[u8], message: Span, cuts: &mut Vec<Cut>) {
        each_member(text, message, "result", |result| {
            each_member(text, result, "tools", |tools| cuts.extend(self.in_tools(text, tools)));
        });
    }

    fn in_tools(&self, text: &[u8], tools: Span) -> Option<Cut> {
        let mut kept = Vec::new();
        let mut is_cut = false;
        let mut scan = Scan { text, at: tools.from };
        if scan.next()? != b'[' {
            return None;
        }
        scan.items(|tool| {
            let mut is_hidden = false;
            each_member(text, tool, "name", |name| is_hidden |= self.names(name.of(text)));
            if is_hidden {
                is_cut = true;
            } else {
                kept.push(tool);
            }
        })?;
        is_cut.then_some(Cut { list: Span { from: tools.from, to: scan.at }, kept })
    }

    fn names(&self, name: &[u8]) -> bool {
        let name = decoded(name);
        self.0.iter().any(|hidden| name.as_deref() == Some(hidden))
    }
}

/// A list, and what stays in it.
struct Cut {
    list: Span,
    kept: Vec<Span>,
}

fn rewritten(text: &[u8], cuts: &[Cut]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        shown.extend_from_slice(Span { from: at, to: cut.list.from }.of(text));
        shown.push(b'[');
        for (index, tool) in cut.kept.iter().enumerate() {
            shown.extend_from_slice(if index == 0 { b"" } else { b"," });
            shown.extend_from_slice(tool.of(text));
        }
        shown.push(b']');
        at = cut.list.to;
    }
    shown.extend_from_slice(Span { from: at, to: text.len() }.of(text));
    shown
}

/// A part of a text.
#[derive(Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
}

impl Span {
    fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.from..self.to).unwrap_or_default()
    }
}

/// Calls `look` with the value of each member of that name, where the span is an object.
fn each_member(text: &[u8], object: Span, wanted: &str, mut look: impl FnMut(Span)) {
    let mut scan = Scan { text: text.get(..object.to).unwrap_or(text), at: object.from };
    if scan.next() == Some(b'{') {
        // What ends early has been looked at as far as it goes.
        let _ended = scan.members(|name, value| {
            if decoded(name.of(text)).is_some_and(|name| folds_to(&name, wanted)) {
                look(value);
            }
        });
    }
}

/// The text that a JSON string stands for, as a lenient reader would decode it.
fn decoded(string: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(string);
    serde_json::from_str(&text).ok()
}

/// Goes through JSON without building anything, and without a stack that a deep text could exhaust.
struct Scan<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    fn next(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while self.next().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Every item of the list that begins here.
    fn items(&mut self, mut look: impl FnMut(Span)) -> Option<()> {
        self.parts(b']', |scan| {
            let item = scan.value()?;
            look(item);
            Some(())
        })
    }

    /// Every member of the object that begins here.
    fn members(&mut self, mut look: impl FnMut(Span, Span)) -> Option<()> {
        self.parts(b'}', |scan| {
            let name = scan.value()?;
            scan.blank();
            if scan.next()? != b':' {
                return None;
            }
            scan.at += 1;
            let value = scan.value()?;
            look(name, value);
            Some(())
        })
    }

    fn parts(&mut self, end: u8, mut part: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        loop {
            self.blank();
            match self.next()? {
                byte if byte == end => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                _ => part(self)?,
            }
        }
    }

    /// Passes one value.
    fn value(&mut self) -> Option<Span> {
        self.blank();
        let from = self.at;
        match self.next()? {
            b'"' => self.string()?,
            b'{' | b'[' => self.nested()?,
            _ => {
                while self.next().is_some_and(|byte| !b",:]}".contains(&byte) && !byte.is_ascii_whitespace())
                {
                    self.at += 1;
                }
                // A closing bracket where a value should be: whoever reads it stops here, too.
                if self.at == from {
                    return None;
                }
            }
        }
        Some(Span { from, to: self.at })
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.next()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Option<String> {
        let hidden = Hidden::of(vec!["delete_note".into(), "wipe".into()]);
        hidden.cut_from(text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn hidden_tools_are_cut_out_and_every_other_byte_stays() {
        let text = r#"{"jsonrpc":"2.0", "id":1.0,"result":{"ttlMs":12345678901234567890,"tools":[{"name":"read_note","x":{"name":"wipe"}}, {"name":"delete_note"}],"nextCursor":"a","_meta":{"b":1e3}}}"#;
        let shown = r#"{"jsonrpc":"2.0", "id":1.0,"result":{"ttlMs":12345678901234567890,"tools":[{"name":"read_note","x":{"name":"wipe"}}],"nextCursor":"a","_meta":{"b":1e3}}}"#;
        assert_eq!(cut(text).as_deref(), Some(shown));
        assert_eq!(cut(shown), None);
    }

    #[test]
    fn a_list_may_become_empty() {
        let text = r#"{"result":{"tools":[ {"name":"wipe"} , {"name":"delete_note"} ]}}"#;
        assert_eq!(cut(text).as_deref(), Some(r#"{"result":{"tools":[]}}"#));
    }

    #[test]
    fn no_spelling_shows_a_hidden_tool() {
        for text in [
            r#"{"result":{"tools":[{"name":"wi\u0070e"}]}}"#,
            r#"{"result":{"tools":[{"n\u0061me":"wipe"}]}}"#,
            r#"{"r\u0065sult":{"too\u006cs":[{"name":"wipe"}]}}"#,
            r#"{"Result":{"TOOLS":[{"Name":"wipe"}]}}"#,
            "{\"re\u{17f}ult\":{\"tool\u{17f}\":[{\"name\":\"wipe\"}]}}",
            r#"{"result":{"tools":[]},"result":{"tools":[{"name":"wipe"}]}}"#,
            r#"{"result":{"tools":[{"name":"wipe"}],"tools":[]}}"#,
            r#"{"result":{"tools":[{"name":"wipe","name":"read_note"}]}}"#,
            r#"[{"result":{}},{"result":{"tools":[{"name":"wipe"}]}}]"#,
            "\n\t {\"result\" : { \"tools\" :\n[ {\"a\":\"\\\"]}\", \"name\" :\"wipe\"}]}}",
            r#"{"result":{"tools":[1,"wipe",null,[],{"name":"wipe"}]}}"#,
            "\u{feff}{\"result\":{\"tools\":[{\"name\":\"wipe\"}]}}",
            r#"{"result\u0000":{"tools":[{"name\u0000x":"wipe"}]}}"#,
        ] {
            let shown = cut(text).unwrap_or_else(|| panic!("{text}"));
            assert!(!shown.contains(r#""wipe"}"#) && !shown.contains("wi\\u0070e"), "{text} became {shown}");
        }
    }

    #[test]
    fn names_elsewhere_are_no_tools() {
        for text in [
            "",
            "{",
            "[",
            "null",
            r#"{"result":{"tools":["#,
            r#"{"result":{"tools":[}]}"#,
            r#"{"result":{"content":[{"name":"wipe"}]}}"#,
            r#"{"params":{"tools":[{"name":"wipe"}]}}"#,
            r#"{"result":{"tools":{"name":"wipe"}}}"#,
            r#"{"result":{"tools":[{"title":"wipe"},{"name":"Wipe"},{"name":["wipe"]}]}}"#,
            r#"{"result":{"x":{"tools":[{"name":"wipe"}]}}}"#,
        ] {
            assert_eq!(cut(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_without_end_is_passed_without_end() {
        for text in ["[".repeat(1_000_000), r#"{"result":"#.repeat(200_000), r#"[{"a":"#.repeat(200_000)] {
            assert_eq!(cut(&text), None);
        }
    }
}
