//! What does a caller see of a list? Cuts out what its token could not use, and leaves every other byte.
//!
//! Lists are recognised by their shape, since a resumed stream no longer knows which request it answers. The text is
//! another server's, so nothing is assumed of it: members may stand twice, be escaped, or differ in case.

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem::Finder;

use crate::{authorize::Sight, call::folds_to};

mod hints;

use hints::{CONTENTS, Hints};

/// What a list is of.
#[derive(Clone, Copy)]
enum Kind {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Tools, Self::Prompts, Self::Resources, Self::Templates];

    /// The member of a result that holds such a list.
    fn list(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// The member by which an item is known.
    fn name(self) -> &'static str {
        match self {
            Self::Tools | Self::Prompts => "name",
            Self::Resources => "uri",
            Self::Templates => "uriTemplate",
        }
    }

    fn is_shown(self, sight: &Sight, name: &str) -> bool {
        match self {
            Self::Tools => sight.shows_tool(name),
            Self::Prompts => sight.shows_prompt(name),
            Self::Resources => sight.shows_resource(name),
            Self::Templates => sight.shows_template(name),
        }
    }
}

/// Whether this is one JSON text and nothing else (RFC 8259 §2): of anything more or less, some readers read what the
/// scan does not, such as a second text, what stands behind a record separator, or a list that is cut off.
pub(super) fn is_readable(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii().is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// The text without what is out of sight, and without a word that others may be shown it; none where there is nothing
/// to take out.
pub(super) fn within(sight: &Sight, text: &[u8]) -> Option<Vec<u8>> {
    if !may_depend(text) {
        return None;
    }
    let mut edits = Vec::new();
    // RFC 8259 §8.1: a reader may pass over a byte order mark, and many do.
    let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut scan = Scan { text, at };
    scan.blank();
    match scan.next()? {
        b'[' => scan.items(|message| in_message(sight, text, message, &mut edits))?,
        b'{' => in_message(sight, text, Span { from: scan.at, to: text.len() }, &mut edits),
        _ => return None,
    }
    if edits.is_empty() { None } else { Some(rewritten(text, edits)) }
}

/// Whether there may be a member that depends on who asks. In plain text such a member is written as it is called, in
/// small letters or capitals, and each of them ends alike; most answers to calls have none.
fn may_depend(text: &[u8]) -> bool {
    // To some readers a text ends at its first NUL.
    if !text.is_ascii() || memchr::memchr2(b'\\', 0, text).is_some() {
        return true;
    }
    ends_like_one(text)
        && ENDS.iter().flat_map(|end| end.find_iter(text)).any(|last| {
            let before = text.get(..=last).unwrap_or_default();
            Kind::ALL.map(Kind::list).into_iter().chain([CONTENTS]).any(|name| {
                let name = name.as_bytes();
                let at = before.len().checked_sub(name.len());
                at.and_then(|at| before.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(name))
            })
        })
}

/// Whether a quote stands behind the two letters with which one of them ends. All of the text is looked at, in whole words
/// of it at once.
fn ends_like_one(text: &[u8]) -> bool {
    let [one, two] = [1, 2].map(|from| text.get(from..).unwrap_or_default());
    let letters = text.iter().zip(one).zip(two);
    let seen = letters.fold(0, |seen, ((before, last), quote)| {
        let is_before = u8::from(matches!(before | 0x20, b'l' | b't' | b'e'));
        seen | (is_before & u8::from((last | 0x20) == b's') & u8::from(*quote == b'"'))
    });
    seen != 0
}

/// How each of those members ends, with the quote behind it.
static ENDS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [b"s\"", b"S\""].map(Finder::new));

fn in_message(sight: &Sight, text: &[u8], message: Span, edits: &mut Vec<Edit>) {
    each_member(text, message, |name, result| {
        if folds_to(name, "result") {
            let mut hints = Hints::in_result(result);
            each_member(text, result, |name, value| {
                hints.see(name, value, text);
                for kind in Kind::ALL.into_iter().filter(|kind| folds_to(name, kind.list())) {
                    hints.depends_on_caller();
                    edits.extend(in_list(sight, kind, text, value));
                }
            });
            edits.extend(hints.made_private());
        }
    });
}

fn in_list(sight: &Sight, kind: Kind, text: &[u8], list: Span) -> Option<Edit> {
    let mut kept = Vec::new();
    let mut is_cut = false;
    let mut scan = Scan { text, at: list.from };
    if scan.next()? != b'[' {
        return None;
    }
    scan.items(|item| {
        let mut is_hidden = false;
        each_member(text, item, |name, value| {
            if folds_to(name, kind.name()) && value.of(text).starts_with(b"\"") {
                // What cannot be decoded could be any name.
                is_hidden |= !decoded(value.of(text)).is_some_and(|name| kind.is_shown(sight, &name));
            }
        });
        if is_hidden {
            is_cut = true;
        } else {
            kept.push(item);
        }
    })?;
    is_cut.then_some(Edit { span: Span { from: list.from, to: scan.at }, by: By::Items(kept) })
}

/// A part of a text, and what stands there instead.
struct Edit {
    span: Span,
    by: By,
}

enum By {
    /// A list of what stays of it.
    Items(Vec<Span>),
    Text(&'static [u8]),
}

fn rewritten(text: &[u8], mut edits: Vec<Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| edit.span.from);
    let mut shown = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        shown.extend_from_slice(Span { from: at, to: edit.span.from }.of(text));
        match edit.by {
            By::Text(text) => shown.extend_from_slice(text),
            By::Items(kept) => {
                shown.push(b'[');
                for (index, item) in kept.iter().enumerate() {
                    shown.extend_from_slice(if index == 0 { b"" } else { b"," });
                    shown.extend_from_slice(item.of(text));
                }
                shown.push(b']');
            }
        }
        at = edit.span.to;
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

/// Calls `look` with the name and the value of each member, where the span is an object.
fn each_member(text: &[u8], object: Span, mut look: impl FnMut(&str, Span)) {
    let mut scan = Scan { text: text.get(..object.to).unwrap_or(text), at: object.from };
    if scan.next() == Some(b'{') {
        // What ends early has been looked at as far as it goes.
        let _ended = scan.members(|name, value| {
            if let Some(name) = decoded(name.of(text)) {
                look(&name, value);
            }
        });
    }
}

/// The text that a JSON string stands for, as a lenient reader would decode it.
fn decoded(string: &[u8]) -> Option<Cow<'_, str>> {
    // Most names stand for themselves.
    let inside = string.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'\\' && *byte != b'"';
    if let Some(plain) = inside.filter(|inside| inside.iter().all(is_plain)) {
        return std::str::from_utf8(plain).ok().map(Cow::from);
    }
    let text = String::from_utf8_lossy(string);
    serde_json::from_str(&text).ok().map(Cow::Owned)
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
            // An end that never comes is behind all there is.
            let found = self.text.get(self.at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest));
            let Some(found) = found else {
                self.at = self.at.max(self.text.len());
                return None;
            };
            self.at += found;
            if self.next()? == b'"' {
                self.at += 1;
                return Some(());
            }
            self.at += 2;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use warded_core::Scopes;

    use super::*;
    use crate::{ScopeRules, authorize::Needs};

    fn rules(names: &[&str]) -> BTreeMap<Box<str>, Scopes> {
        names.iter().map(|name| ((*name).into(), Scopes::parse("more").unwrap())).collect()
    }

    /// What somebody sees who holds nothing.
    pub(in crate::settle) fn sight() -> Sight {
        let needs = Needs::of(&ScopeRules {
            tools: rules(&["delete_note", "wipe", "admin_*"]),
            prompts: rules(&["secret"]),
            resources: rules(&["note://private/*"]),
            ..ScopeRules::default()
        });
        Arc::new(needs).sight(&Scopes::default()).unwrap()
    }

    fn cut(text: &str) -> Option<String> {
        within(&sight(), text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn every_member_that_may_be_cut_ends_like_one() {
        for name in Kind::ALL.map(Kind::list).into_iter().chain([CONTENTS]) {
            for name in [name.to_owned(), name.to_uppercase()] {
                assert!(ends_like_one(format!("{{\"{name}\":[]}}").as_bytes()), "{name}");
            }
        }
        for text in ["{\"ids\":[\"s\"]}", "ts", "s\"", ""] {
            assert!(!ends_like_one(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_passed_over_at_a_glance_has_no_list_in_any_spelling() {
        for name in
            ["tools", "Tools", "TOOLS", "prompts", "resources", "resourceTemplates", "RESOURCETEMPLATES"]
        {
            assert!(may_depend(format!(r#"{{"result":{{"{name}":[]}}}}"#).as_bytes()), "{name}");
        }
        // Escaped, and letters that some readers take for others.
        for text in [
            r#"{"result":{"too\u006cs":[]}}"#,
            "{\"result\":{\"tool\u{17f}\":[]}}",
            r#""\\""#,
            "{\"result\":{\"tools\0x\":[]}}",
        ] {
            assert!(may_depend(text.as_bytes()), "{text}");
        }
        for text in
            ["", "\"", "s\"", r#"{"result":{"ids":["tool"],"tools ":1}}"#, r#"{"content":[{"text":"tools"#]
        {
            assert!(!may_depend(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_kind_of_list_loses_what_its_reader_could_not_use() {
        for (whole, shown) in [
            (
                r#"{"result":{"tools":[{"name":"admin_x"},{"name":"administer"},{"name":"admin_"}]}}"#,
                r#"{"result":{"tools":[{"name":"administer"}]}}"#,
            ),
            (
                r#"{"result":{"prompts":[{"name":"a"},{"name":"secret"},{"name":"wipe"}]}}"#,
                r#"{"result":{"prompts":[{"name":"a"},{"name":"wipe"}]}}"#,
            ),
            (
                r#"{"result":{"resources":[{"uri":"note://a","name":"wipe"},{"uri":"note://private/1","name":"b"}]}}"#,
                r#"{"result":{"resources":[{"uri":"note://a","name":"wipe"}]}}"#,
            ),
            (
                r#"{"result":{"resources":[{"uri":"note://x/../private/1"},{"uri":"note://%70rivate/1"},{"uri":"note://private"}]}}"#,
                r#"{"result":{"resources":[]}}"#,
            ),
            (
                r#"{"result":{"resourceTemplates":[{"uriTemplate":"note://{id}"},{"uriTemplate":"note://private/{id}"}],"x":1}}"#,
                r#"{"result":{"resourceTemplates":[{"uriTemplate":"note://{id}"}],"x":1}}"#,
            ),
            (
                r#"{"result":{"prompts":[{"name":"secret"}],"tools":[{"name":"wipe"},1],"resources":[]}}"#,
                r#"{"result":{"prompts":[],"tools":[1],"resources":[]}}"#,
            ),
        ] {
            assert_eq!(cut(whole).as_deref(), Some(shown));
            assert_eq!(cut(shown), None, "{shown}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_decoded_could_be_any() {
        let text = r#"{"result":{"tools":[{"name":"admin_\ud800"},{"name":"\x"},{"name":"read"}]}}"#;
        assert_eq!(cut(text).as_deref(), Some(r#"{"result":{"tools":[{"name":"read"}]}}"#));
    }

    #[test]
    fn a_method_that_cannot_be_called_shows_nothing_to_call() {
        let needs = Needs::of(&ScopeRules { methods: rules(&["prompts/*"]), ..ScopeRules::default() });
        let sight = Arc::new(needs).sight(&Scopes::default()).unwrap();
        let text = r#"{"result":{"prompts":[{"name":"a"}],"tools":[{"name":"a"}]}}"#;
        let shown = within(&sight, text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(shown).unwrap(), r#"{"result":{"prompts":[],"tools":[{"name":"a"}]}}"#);
    }

    #[test]
    fn hidden_tools_are_cut_out_and_every_other_byte_stays() {
        let text = r#"{"jsonrpc":"2.0", "id":1.0,"result":{"cacheScope":"private","ttlMs":12345678901234567890,"tools":[{"name":"read_note","x":{"name":"wipe"}}, {"name":"delete_note"}],"nextCursor":"a","_meta":{"b":1e3}}}"#;
        let shown = r#"{"jsonrpc":"2.0", "id":1.0,"result":{"cacheScope":"private","ttlMs":12345678901234567890,"tools":[{"name":"read_note","x":{"name":"wipe"}}],"nextCursor":"a","_meta":{"b":1e3}}}"#;
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
    fn one_json_text_can_be_read_and_nothing_else() {
        for text in ["", " \n", "{}", "[{}]", "\u{feff}{\"a\":[1,\"\\ud800\"]} \n"] {
            assert!(is_readable(text.as_bytes()), "{text}");
        }
        let hidden = r#"{"result":{"tools":[{"name":"wipe"}]}}"#;
        for text in [
            format!("\u{1e}{hidden}\n"),
            format!("{{}}{hidden}"),
            format!("{{}}\n{hidden}"),
            format!("//\n{hidden}"),
            format!("{hidden},"),
            hidden.trim_end_matches('}').to_owned(),
            hidden.trim_end_matches("}]}}").to_owned(),
            hidden.replace("result", "\\x"),
            hidden.replace('"', "'"),
            hidden.replace("}]", "]]"),
        ] {
            assert!(!is_readable(text.as_bytes()), "{text}");
        }
        assert!(is_readable(hidden.as_bytes()));
    }

    #[test]
    fn a_text_without_end_is_passed_without_end() {
        for text in ["[".repeat(1_000_000), r#"{"result":"#.repeat(200_000), r#"[{"a":"#.repeat(200_000)] {
            assert_eq!(cut(&text), None);
        }
    }
}
