//! Where does a part of a JSON text stand? Goes over a text that was found to be JSON, and copies nothing.

use std::ops::Range;

use serde::de::IgnoredAny;
use warded_guard::Id;

/// A value as it is written, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'m> {
    text: &'m str,
    at: usize,
}

impl<'m> Part<'m> {
    /// The one value that a text is; nothing where it is not JSON.
    pub(super) fn whole(text: &'m str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        let start = blank(text.as_bytes(), 0);
        let end = value_end(text.as_bytes(), start);
        Some(Self { text: text.get(start..end)?, at: start })
    }

    pub(super) fn text(self) -> &'m str {
        self.text
    }

    pub(super) fn place(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// Where it stands in a larger part.
    pub(super) fn place_in(self, outer: Part<'_>) -> Range<usize> {
        let start = self.at.saturating_sub(outer.at);
        start..start + self.text.len()
    }

    pub(super) fn is_null(self) -> bool {
        self.text == "null"
    }

    /// What a text says, whatever is escaped in it.
    pub(super) fn string(self) -> Option<String> {
        serde_json::from_str(self.text).ok()
    }

    /// An id as it is compared.
    pub(super) fn id(self) -> Option<Id> {
        match self.string() {
            Some(text) => Some(Id::Text(text.into())),
            None => serde_json::from_str::<i64>(self.text).ok().map(|number| Id::Number(number.into())),
        }
    }

    /// The members of an object.
    pub(super) fn members(self) -> impl Iterator<Item = (String, Part<'m>)> {
        let mut names = self.inside(b'{');
        std::iter::from_fn(move || {
            let name = names.next()?;
            Some((name.string()?, names.next()?))
        })
    }

    /// The member of that name.
    pub(super) fn member(self, name: &str) -> Option<Part<'m>> {
        self.members().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The elements of a list, one more than so many at most; nothing where it is none.
    pub(super) fn elements(self, most: usize) -> Option<Vec<Part<'m>>> {
        self.text.starts_with('[').then(|| self.inside(b'[').take(most + 1).collect())
    }

    /// Every value between the brackets of that kind, names among them.
    fn inside(self, bracket: u8) -> impl Iterator<Item = Part<'m>> {
        let bytes = self.text.as_bytes();
        let mut at = if bytes.first() == Some(&bracket) { 1 } else { bytes.len() };
        std::iter::from_fn(move || {
            while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')) {
                at += 1;
            }
            if matches!(bytes.get(at), None | Some(b'}' | b']')) {
                return None;
            }
            let start = at;
            at = value_end(bytes, start);
            Some(Part { text: self.text.get(start..at)?, at: self.at + start })
        })
    }
}

fn blank(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.iter().skip(from);
    from + rest.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

/// Where the value ends that begins there.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    let mut depth = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            // What comes after a number or a word.
            b'}' | b']' | b',' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Where the string ends whose first quote stands there.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// The text with other parts in some places. Nothing else is touched.
pub(super) fn with_parts(text: &str, mut parts: Vec<(Range<usize>, String)>) -> Vec<u8> {
    parts.sort_by_key(|(place, _)| place.start);
    let text = text.as_bytes();
    let mut out = Vec::with_capacity(text.len() + parts.iter().map(|(_, part)| part.len()).sum::<usize>());
    let mut from = 0;
    for (place, part) in parts {
        out.extend_from_slice(text.get(from..place.start).unwrap_or_default());
        out.extend_from_slice(part.as_bytes());
        from = place.end;
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    out
}

/// Newlines can stand between the tokens of JSON only, where blanks mean the same; where a message ends at a newline,
/// they would cut it in two, and the second half would never have been judged. Some readers also end lines at U+0085,
/// U+2028 and U+2029. These can stand inside of strings only, and no part of a string is a message: its quotes are escaped.
pub(super) fn unbroken(mut text: Vec<u8>) -> Vec<u8> {
    for byte in &mut text {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_part_is_what_another_reader_sees() {
        let text = " { \"a\\\"\" : [1, -2.5e3,true ,null,\"]}\\\\\" , {} ,[ ]] ,\n\"b\":{\"c\":\"\\u0061,\"} , \"\\u0064\":7}\t";
        let whole = Part::whole(text).unwrap();
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(whole.members().map(|(name, _)| name).collect::<Vec<_>>(), ["a\"", "b", "d"]);
        for (name, part) in whole.members() {
            assert_eq!(serde_json::from_str::<Value>(part.text()).unwrap(), value[&name]);
            assert_eq!(text.get(part.place()), Some(part.text()));
        }
        let list = whole.member("a\"").unwrap().elements(7).unwrap();
        let texts: Vec<_> = list.iter().map(|part| part.text()).collect();
        assert_eq!(texts, ["1", "-2.5e3", "true", "null", "\"]}\\\\\"", "{}", "[ ]"]);
        let inner = whole.member("b").unwrap().member("c").unwrap();
        assert_eq!((inner.string().as_deref(), text.get(inner.place())), (Some("a,"), Some(inner.text())));
        assert_eq!(Part::whole("7").unwrap().members().count(), 0);
        assert_eq!((Part::whole("7 8"), Part::whole(""), Part::whole("{")), (None, None, None));
    }

    #[test]
    fn ids_are_compared_as_what_they_say() {
        let id = |text| Part::whole(text).unwrap().id();
        assert_eq!(id("\"a\""), id("\"\\u0061\""));
        assert_ne!(id("\"1\""), id("1"));
        for none in ["null", "1.5", "true", "{}", "1e3"] {
            assert_eq!(id(none), None, "{none}");
        }
    }

    #[test]
    fn only_what_is_replaced_changes() {
        let text = "{ \"params\":{\"id\":1,\"x\":\"\\n\\u0069d\"},\r\n \"\\u0069d\"\t: \"a\\\"b\" ,\"method\":\"x\"}";
        let id = Part::whole(text).unwrap().member("id").unwrap();
        let out = unbroken(with_parts(text, vec![(id.place(), "7".to_owned())]));
        let expected = text.replace(['\n', '\r'], " ").replace("\"a\\\"b\"", "7");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[a-c\"\\\\{}\\[\\],: \n\u{e9}\u{2028}]{0,6}", Just("id".to_owned())];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|half| Value::from(f64::from(half) / 2.0)),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((text.clone(), inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn same(part: Part<'_>, value: &Value) {
        assert_eq!(&serde_json::from_str::<Value>(part.text()).unwrap(), value);
        match value {
            Value::Object(members) => {
                assert_eq!(part.members().count(), members.len());
                part.members().for_each(|(name, part)| same(part, &members[&name]));
            }
            Value::Array(items) => {
                let parts = part.elements(items.len()).unwrap();
                assert_eq!(parts.len(), items.len());
                parts.into_iter().zip(items).for_each(|(part, value)| same(part, value));
            }
            _ => assert!(part.members().next().is_none() && part.elements(1).is_none()),
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_however_is_taken_apart_as_others_do(value in value(), is_pretty in any::<bool>()) {
            let text = if is_pretty { format!("{value:#}") } else { value.to_string() };
            same(Part::whole(&text).unwrap(), &value);
        }

        #[test]
        fn another_id_is_all_that_changes(value in value(), id in value(), is_pretty in any::<bool>()) {
            let mut value = serde_json::json!({ "params": value, "id": id });
            let text = if is_pretty { format!("{value:#}") } else { value.to_string() };
            let place = Part::whole(&text).unwrap().member("id").unwrap().place();
            let out = unbroken(with_parts(&text, vec![(place, "7".to_owned())]));
            prop_assert!(!out.contains(&b'\n'));
            value["id"] = 7.into();
            prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), value);
        }
    }
}
