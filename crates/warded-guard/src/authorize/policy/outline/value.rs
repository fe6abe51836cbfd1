//! Which value is it, however it is spelled? It is read once from the front to the back, however deep it is nested, and written once.

use std::borrow::Cow;

/// Deeper than any message that is read.
const MOST_NESTED: usize = 128;

/// A value, its members in order.
pub(super) enum Value<'a> {
    /// A text in its one spelling, or anything else that has nothing in it, as it was written: there are servers to which `1.0`
    /// is not `1`, and 2^53 + 1 is not 2^53.
    Plain(Cow<'a, str>),
    List(Vec<Self>),
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Value<'a> {
    /// The one that a text is that was found to be JSON before.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        Reader::of(text).whole()
    }

    /// In the manner of RFC 8785: without blanks, members in order, texts in one spelling.
    pub(super) fn write(&self, text: &mut String) -> Option<()> {
        match self {
            Self::Plain(written) => text.push_str(written),
            Self::List(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    item.write(text)?;
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        text.push(',');
                    }
                    text.push_str(&serde_json::to_string(name).ok()?);
                    text.push(':');
                    value.write(text)?;
                }
                text.push('}');
            }
        }
        Some(())
    }
}

/// Where one stands in a text that was found to be JSON before.
struct Reader<'a> {
    rest: &'a str,
    /// How many bytes were looked at, those twice that were looked at twice.
    looked: usize,
}

impl<'a> Reader<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text, looked: 0 }
    }

    /// The one value that the text is.
    fn whole(&mut self) -> Option<Value<'a>> {
        let value = self.value(0)?;
        self.skip();
        self.rest.is_empty().then_some(value)
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        if depth > MOST_NESTED {
            return None;
        }
        self.skip();
        match self.rest.as_bytes().first()? {
            b'{' => self.members(depth),
            b'[' => self.items(depth),
            b'"' => self.text(),
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
                self.take(end).filter(|plain| !plain.is_empty()).map(|plain| Value::Plain(plain.into()))
            }
        }
    }

    fn items(&mut self, depth: usize) -> Option<Value<'a>> {
        self.take(1)?;
        let mut items = Vec::new();
        if !self.meets(b']') {
            loop {
                items.push(self.value(depth + 1)?);
                if self.meets(b']') {
                    break;
                }
                self.meets(b',').then_some(())?;
            }
        }
        Some(Value::List(items))
    }

    fn members(&mut self, depth: usize) -> Option<Value<'a>> {
        self.take(1)?;
        let mut members = Vec::new();
        if !self.meets(b'}') {
            loop {
                self.skip();
                let name = self.string()?;
                self.meets(b':').then_some(())?;
                members.push((name, self.value(depth + 1)?));
                if self.meets(b'}') {
                    break;
                }
                self.meets(b',').then_some(())?;
            }
        }
        // None stands there twice; if one did, both would stay and none would be lost.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        Some(Value::Object(members))
    }

    fn text(&mut self) -> Option<Value<'a>> {
        let all = self.rest;
        Some(Value::Plain(match self.string()? {
            // What has nothing to undo is spelled like that already.
            Cow::Borrowed(_) => all.get(..all.len().checked_sub(self.rest.len())?)?.into(),
            Cow::Owned(text) => serde_json::to_string(&text).ok()?.into(),
        }))
    }

    /// A text with its escapes undone; as it stands there where it has none.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let mut bytes = self.rest.bytes().enumerate();
        bytes.next().filter(|(_, quote)| *quote == b'"')?;
        let mut is_escaped = false;
        let end = loop {
            match bytes.next()? {
                (at, b'"') => break at,
                (_, b'\\') => {
                    is_escaped = true;
                    bytes.next()?;
                }
                _ => {}
            }
        };
        let quoted = self.take(end + 1)?;
        if is_escaped {
            return serde_json::from_str::<String>(quoted).ok().map(Cow::Owned);
        }
        quoted.get(1..end).map(Cow::Borrowed)
    }

    /// Goes past this, if it is what comes next.
    fn meets(&mut self, wanted: u8) -> bool {
        self.skip();
        self.rest.as_bytes().first() == Some(&wanted) && self.take(1).is_some()
    }

    fn skip(&mut self) {
        let rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.looked += self.rest.len() - rest.len() + 1;
        self.rest = rest;
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.looked += length;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> String {
        let mut text = String::new();
        Reader::of(json).whole().unwrap().write(&mut text).unwrap();
        text
    }

    #[test]
    fn one_value_has_one_text_and_two_have_two() {
        for same in [
            r#"{"a":1,"b":[true,null,"é/x"]}"#,
            r#" { "b" : [ true , null , "\u00e9\/x" ] , "\u0061" : 1 } "#,
        ] {
            assert_eq!(written(same), r#"{"a":1,"b":[true,null,"é/x"]}"#);
        }
        let texts = [
            "1",
            "1.0",
            "9007199254740993",
            "9007199254740992",
            "\"1\"",
            r#""\"""#,
            r#""\\""#,
            "[1]",
            "{}",
            "[]",
            "[{}]",
            "[[],[]]",
            "[[[]]]",
            "null",
            "{\"a\":null}",
            r#"{"\"":1}"#,
        ];
        for (at, one) in texts.iter().enumerate() {
            assert_eq!(written(one), *one);
            assert!(texts.iter().skip(at + 1).all(|other| written(one) != written(other)), "{one}");
        }
    }

    #[test]
    fn members_are_in_the_order_of_their_names_and_none_is_lost() {
        assert_eq!(
            written(r#"{"b":1,"\u0061":2,"aa":3,"A":4,"é":5}"#),
            r#"{"A":4,"a":2,"aa":3,"b":1,"é":5}"#
        );
        assert_eq!(written(r#"{"a":2,"\u0061":1}"#), r#"{"a":2,"a":1}"#);
    }

    #[test]
    fn what_is_no_json_has_no_outline() {
        for broken in
            ["", "[", "{", "{\"a\"}", "{\"a\":}", "[1,]", "[,1]", "\"a", "\"\\", "{} {}", "\"\\ud800\""]
        {
            assert!(Reader::of(broken).whole().is_none(), "{broken}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Reader::of(&deep).whole().is_none());
    }

    #[test]
    fn however_deep_it_is_nested_every_byte_is_looked_at_a_few_times() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), (" [ ", " ] ")] {
            let words = "\"word\",".repeat(20_000);
            let deep = format!("{}[{words}0]{}", open.repeat(60), close.repeat(60));
            let mut reader = Reader::of(&deep);
            let mut text = String::new();
            reader.whole().unwrap().write(&mut text).unwrap();
            assert!(reader.looked <= 3 * deep.len(), "{} of {}", reader.looked, deep.len());
            assert!(text.len() <= deep.len());
        }
    }
}
