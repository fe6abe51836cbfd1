//! What of a text in Python is code.

use std::ops::Range;

const HEADS: [&str; 3] = ["def ", "async def ", "class "];

/// What of a text is neither a comment nor what says at its beginning what a module, a class or a function is for. Where it
/// cannot be told what is a string, all that follows is code.
pub(super) fn code_of(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut code = Vec::new();
    let (mut from, mut at) = (0, 0);
    let mut line = Line { from: None, last: b' ', depth: 0, may_document: true };
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        let mut hidden: Option<Range<usize>> = None;
        match byte {
            b'\n' => line.ends(text),
            b' ' | b'\t' | b'\r' | 0x0c => {}
            b'#' => {
                line.has(start, b'#');
                let length = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n'));
                at = length.map_or(bytes.len(), |length| at + length);
                let before = start.checked_sub(1).and_then(|before| bytes.get(before));
                // The line ends with it.
                let end = (at + 1).min(bytes.len());
                hidden = before.is_none_or(u8::is_ascii_whitespace).then_some(start..end);
            }
            byte if is_part(*byte) || matches!(byte, b'"' | b'\'') => {
                let length = bytes.get(start..).and_then(|rest| rest.iter().position(|byte| !is_part(*byte)));
                at = length.map_or(bytes.len(), |length| start + length);
                let may_document = line.may_document();
                line.has(start, *byte);
                if matches!(bytes.get(at), Some(b'"' | b'\'')) {
                    let prefix = text.get(start..at).unwrap_or_default();
                    let Some((end, is_long)) = end_of_string(bytes, at, prefix) else {
                        break;
                    };
                    at = end;
                    let documents = may_document && is_long && matches!(prefix, "" | "r" | "R" | "u" | "U");
                    hidden = (documents && is_all(bytes, end)).then_some(start..end);
                }
            }
            byte => line.has(start, *byte),
        }
        if let Some(hidden) = hidden {
            code.extend(text.get(from..hidden.start).map(|code| (from, code)));
            from = hidden.end;
        }
    }
    code.extend(text.get(from..).map(|code| (from, code)));
    code
}

/// A line, with all that belongs to it.
struct Line {
    /// Where it begins, where anything is in it yet.
    from: Option<usize>,
    /// What stands last in it, or begins the word or the string that does.
    last: u8,
    /// How many brackets are open.
    depth: usize,
    /// Whether the one before it is the head of a function or a class, or there is none.
    may_document: bool,
}

impl Line {
    fn may_document(&self) -> bool {
        self.may_document && self.from.is_none()
    }

    fn has(&mut self, at: usize, byte: u8) {
        self.from = self.from.or(Some(at));
        self.last = byte;
        match byte {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    fn ends(&mut self, text: &str) {
        if self.depth > 0 || self.last == b'\\' {
            return;
        }
        if let Some(line) = self.from.take().and_then(|from| text.get(from..)) {
            self.may_document = self.last == b':' && HEADS.iter().any(|head| line.starts_with(head));
        }
    }
}

/// Where the string ends whose quotes begin there, and whether they are three. None where that is in doubt: it may be one
/// with others of the same quotes in its braces.
fn end_of_string(bytes: &[u8], at: usize, prefix: &str) -> Option<(usize, bool)> {
    let quote = *bytes.get(at)?;
    let three = [quote; 3];
    let is_long = bytes.get(at..)?.starts_with(&three);
    let is_filled = prefix.contains(['f', 'F', 't', 'T']);
    let mut end = at + if is_long { 3 } else { 1 };
    let mut braces = 0_usize;
    loop {
        match bytes.get(end)? {
            b'\\' => end += 1,
            b'\n' if !is_long => return None,
            b'{' if is_filled => braces += 1,
            b'}' if is_filled => braces = braces.saturating_sub(1),
            byte if *byte == quote && braces > 0 && (!is_long || bytes.get(end..)?.starts_with(&three)) => {
                return None;
            }
            byte if *byte == quote && !is_long => return Some((end + 1, false)),
            byte if *byte == quote && bytes.get(end..)?.starts_with(&three) => return Some((end + 3, true)),
            _ => {}
        }
        end += 1;
    }
}

/// Whether nothing is made of what ends there.
fn is_all(bytes: &[u8], end: usize) -> bool {
    let mut rest = bytes.get(end..).unwrap_or_default().iter();
    let next = rest.find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    matches!(next, None | Some(b'\n' | b'#' | b';'))
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::code_of;

    /// What is hidden of a text.
    fn hidden(text: &str) -> Vec<&str> {
        let code = code_of(text);
        let ends = code.iter().map(|(from, code)| from + code.len());
        let begins = code.iter().skip(1).map(|(from, _)| *from);
        ends.zip(begins).filter_map(|(end, begin)| text.get(end..begin)).collect()
    }

    #[test]
    fn what_documents_is_hidden() {
        for (text, expected) in [
            ("\"\"\"a\"\"\"\nb", &["\"\"\"a\"\"\""][..]),
            ("\n'''a\"\"\"\n\\'''b'''\n", &["'''a\"\"\"\n\\'''b'''"]),
            ("def f(\n  a, b='#', # it's\n) -> c:\n\n  r'''d'''\n  e", &["# it's\n", "r'''d'''"]),
            ("async def f():\r\n  \"\"\"a\"\"\" # b\r\n  c", &["\"\"\"a\"\"\"", "# b\r\n"]),
            ("a = \"\"\"# b\"\"\"\nclass C:\n  '''d'''", &["'''d'''"]),
            ("a = '\\'' # b", &["# b"]),
            ("a = f'{b} {{c}}' # d", &["# d"]),
        ] {
            assert_eq!(hidden(text), expected, "{text}");
        }
    }

    #[test]
    fn where_it_is_in_doubt_nothing_is_hidden() {
        for text in [
            // What ends a text is not what begins another.
            "a = \"\"\"\nclass C:\n\"\"\"\nb\n\"\"\"c\"\"\"\n",
            "a = '''\n\"\"\"\ndef f():\n\"\"\"\n'''\n",
            "class C:\n  a = 1\n  '''b'''\n",
            "if a:\n  '''b'''\n",
            "a = [b[c:\n'''d''']]\n",
            "class C: \\\n  '''d'''\n",
            "def f():\n  '''a''' + b()\n",
            "def f():\n  f'''{a()}'''\n",
            "def f():\n  '''a\n  # b\n",
            "def f():\n  'a\n  # b\n",
            "a = \" # b\"\n",
            "a = f\"{b[\" # c\"]}\" # d\n",
            "a#b\n",
            "\u{feff}'''a'''",
            "",
        ] {
            assert_eq!(hidden(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn much_that_begins_and_ends_is_gone_through_once() {
        let head = "def f():\n \"\"\"";
        let many = head.repeat(10_000);
        assert_eq!(hidden(&many), [""; 0]);
        let code = many.clone() + "\ngrant_type\n";
        assert!(code_of(&code).iter().any(|(_, code)| code.contains("\ngrant_type\n")));
        let odd = head.to_owned() + &code;
        assert_eq!(code_of(&odd), [(0, odd.as_str())]);
    }
}
