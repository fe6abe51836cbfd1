//! What may be done at a server, by whom: policy files that the operator names, one or a list.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::Located;

/// A policy file, or a list of them.
#[derive(Debug)]
pub struct PolicyFiles(Vec<Located<String>>);

impl PolicyFiles {
    /// The files, in the order in which they are asked.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Located<String>> {
        self.0.iter()
    }
}

/// What stands there.
enum Written {
    File(String),
    List(Vec<Located<String>>),
}

impl<'de> Deserialize<'de> for PolicyFiles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Located::<Written>::deserialize(deserializer)?;
        match written.value {
            Written::File(value) => Ok(Self(vec![Located { value, span: written.span }])),
            // Somebody expects that something is denied here.
            Written::List(list) if list.is_empty() => Err(D::Error::custom(
                "a list of no policies permits everything; Remove `policy`, or name a file.",
            )),
            Written::List(list) => Ok(Self(list)),
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy file, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
        Ok(Written::File(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Written, A::Error> {
        let mut files = Vec::new();
        while let Some(file) = list.next_element()? {
            files.push(file);
        }
        Ok(Written::List(files))
    }
}

impl JsonSchema for PolicyFiles {
    fn schema_name() -> Cow<'static, str> {
        "PolicyFiles".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "minItems": 1, "items": { "type": "string" } }
            ]
        })
    }
}
