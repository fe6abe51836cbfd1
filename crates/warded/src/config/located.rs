//! Values that know where they stand in the file, so that a message can point at them.

use std::{borrow::Cow, fmt, marker::PhantomData, ops::Range};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_saphyr::{Location, Spanned};

/// A place in the file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: usize,
    length: usize,
}

impl Span {
    /// The bytes, for slicing the source.
    pub fn range(self) -> Range<usize> {
        self.start..self.start + self.length
    }

    /// Where the parser's error is: scanning counts characters only.
    pub(super) fn of_error(location: Location, source: &str) -> Self {
        if location.span().byte_offset().is_some() {
            return Self::of(location);
        }
        let number = |count: u64| usize::try_from(count).unwrap_or_default().saturating_sub(1);
        let mut lines = source.split_inclusive('\n');
        let above: usize = lines.clone().take(number(location.line())).map(str::len).sum();
        let line = lines.nth(number(location.line())).unwrap_or_default();
        let before = line.chars().take(number(location.column()));
        let start = above + before.map(char::len_utf8).sum::<usize>();
        // One character, and none where the text ends too early.
        let found = source.get(start..).and_then(|rest| rest.chars().next());
        Self { start, length: found.map_or(0, char::len_utf8) }
    }

    pub(super) fn of(location: Location) -> Self {
        let span = location.span();
        let number =
            |bytes: Option<u64>| bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
        Self { start: number(span.byte_offset()), length: number(span.byte_len()) }
    }

    pub(crate) fn at(range: Range<usize>) -> Self {
        Self { start: range.start, length: range.len() }
    }
}

/// A key that is there has a value: `companions:` with nothing behind it is not the same as no `companions`.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, span: Span::of(spanned.referenced) })
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A mapping from names to values, in the order of the file.
#[derive(Clone, Debug)]
pub struct Named<T>(Vec<(Located<String>, T)>);

impl<T> Named<T> {
    /// The entries, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(Located<String>, T)> {
        self.0.iter()
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamedVisitor(PhantomData))
    }
}

struct NamedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping from names to their settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key()? {
            entries.push((name, map.next_value()?));
        }
        Ok(Named(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <std::collections::BTreeMap<String, T>>::json_schema(generator)
    }
}
