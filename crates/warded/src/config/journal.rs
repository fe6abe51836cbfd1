//! What the operator asks of the journal: the name of its folder, or more than that.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Lifetime, Located, located};

/// The journal: where it is, and how it is kept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Its folder, seen from the folder of this file. Default: `warded-journal`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub folder: Option<Located<String>>,
    /// The name of this process in it: letters, digits, `_` and `-`. Processes that share a store need one each. Default:
    /// `node`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub node: Option<Located<String>>,
    /// What happens to calls while nothing can be recorded, as on a full disk. Default: `refuse`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<WhenFull>")]
    pub when_full: Option<Located<WhenFull>>,
    /// How long records are kept: at least `1d`, such as `90d`. Files leave whole, once all of their records are older;
    /// the journal says which. Default: for ever.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub keep: Option<Located<Lifetime>>,
}

/// What happens to calls while nothing can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WhenFull {
    /// They are refused.
    Refuse,
    /// They go on. How many left no record is recorded as soon as the disk takes it.
    Count,
}

/// The folder alone, or a mapping.
#[derive(Debug, Default)]
pub struct JournalOrFolder(Journal);

impl JournalOrFolder {
    /// What is asked.
    pub const fn journal(&self) -> &Journal {
        &self.0
    }
}

impl<'de> Deserialize<'de> for JournalOrFolder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = JournalOrFolder;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a folder, or a mapping with `folder`, `node`, `when_full` and `keep`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let folder = Some(Located { value: text.to_owned(), span: super::Span::default() });
        Ok(JournalOrFolder(Journal { folder, ..Journal::default() }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Journal::deserialize(MapAccessDeserializer::new(map)).map(JournalOrFolder)
    }
}

impl JsonSchema for JournalOrFolder {
    fn schema_name() -> Cow<'static, str> {
        "JournalOrFolder".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let journal = generator.subschema_for::<Journal>();
        json_schema!({ "anyOf": [{ "type": "string" }, journal] })
    }
}
