//! Where people log in, besides with a password of Warded's own.

use std::{borrow::Cow, sync::LazyLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error as _};
use warded_core::provider::{PRESETS, Preset, preset};

use super::{Located, located};

/// Who says who a person is. `resource` and the scopes of servers are never asked for there, and what is said there goes to
/// nobody.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The provider's issuer, byte for byte as its metadata says it. For `provider: github`, the URL of a GitHub Enterprise
    /// server; without it, `https://github.com`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub url: Option<Located<String>>,
    /// What kind of provider it is: `github`, or one whose issuer is known to look in a certain way. Default: any OpenID
    /// provider.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<LoginProvider>")]
    pub provider: Option<Located<LoginProvider>>,
    /// The id of the client that Warded is there.
    pub client_id: Located<String>,
    /// Where that client's secret is: `env:NAME`, or `file:PATH` seen from the folder of this file.
    pub client_secret: Located<String>,
    /// What stands on the button. Default: its name.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub title: Option<Located<String>>,
}

/// A kind of provider.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third kind")]
pub enum LoginProvider {
    /// GitHub, which speaks no OpenID Connect.
    GitHub,
    /// An OpenID provider that Warded knows.
    Known(&'static Preset),
}

const GITHUB: &str = "github";
static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| std::iter::once(GITHUB).chain(PRESETS.iter().map(|preset| preset.name)).collect());

impl<'de> Deserialize<'de> for LoginProvider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == GITHUB {
            return Ok(Self::GitHub);
        }
        preset(&name).map(Self::Known).ok_or_else(|| D::Error::unknown_variant(&name, &NAMES))
    }
}

impl JsonSchema for LoginProvider {
    fn schema_name() -> Cow<'static, str> {
        "LoginProvider".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": *NAMES })
    }
}
