//! Names of things that the core has a list of: the list is the schema, and there is no second one to keep in step.

use std::{borrow::Cow, sync::LazyLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use warded_core::{
    jose,
    provider::{PRESETS, Preset, preset},
};

static PROVIDERS: LazyLock<Vec<&str>> = LazyLock::new(|| PRESETS.iter().map(|preset| preset.name).collect());
static ALGORITHMS: LazyLock<Vec<&str>> =
    LazyLock::new(|| jose::Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect());

/// An identity provider that Warded knows.
#[derive(Clone, Copy, Debug)]
pub struct Provider(&'static Preset);

impl Provider {
    /// What is known of it.
    pub const fn preset(self) -> &'static Preset {
        self.0
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        preset(&name).map(Self).ok_or_else(|| D::Error::unknown_variant(&name, &PROVIDERS))
    }
}

impl JsonSchema for Provider {
    fn schema_name() -> Cow<'static, str> {
        "Provider".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": *PROVIDERS })
    }
}

/// A signature algorithm that Warded knows.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm(jose::Algorithm);

impl From<Algorithm> for jose::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.0
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if let Some(algorithm) = jose::Algorithm::named(&name) {
            return Ok(Self(algorithm));
        }
        // `ES256` is what it looks like, and not what is meant.
        Err(if name.starts_with("HS") {
            D::Error::custom(format!(
                "`{}` signs with a shared secret: whoever can verify can also sign; Let the issuer sign with one of {}.",
                name.escape_debug(),
                ALGORITHMS.join(", ")
            ))
        } else {
            D::Error::unknown_variant(&name, &ALGORITHMS)
        })
    }
}

impl JsonSchema for Algorithm {
    fn schema_name() -> Cow<'static, str> {
        "Algorithm".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": *ALGORITHMS })
    }
}
