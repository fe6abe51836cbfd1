//! Where people log in, besides with a password of Warded's own.

use std::{borrow::Cow, fmt, sync::LazyLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};
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
    /// What kind of provider it is: `github`, `google`, or one whose issuer is known to look in a certain way. At `entra` people
    /// are known by `oid`, elsewhere by `sub`. Default: any OpenID provider.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<LoginProvider>")]
    pub provider: Option<Located<LoginProvider>>,
    /// The id of the client that Warded is there.
    pub client_id: Located<String>,
    /// Where that client's secret is: `env:NAME`, or `file:PATH` seen from the folder of this file.
    pub client_secret: Located<String>,
    /// Who may come in of those whom the provider lets log in: `known`, whom the operator has added (`warded admin users add`);
    /// `anyone`; or a mapping that says of whom the provider must say what. Default: `known`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "AdmitWho")]
    pub admit: Option<AdmitWho>,
    /// What stands on the button. Default: its name.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub title: Option<Located<String>>,
}

/// Those of whom a provider says one of these, at each login anew.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmitThose {
    /// The provider's own names for people: `sub`, `oid` at Entra, the number of the account at GitHub.
    #[serde(default)]
    pub subjects: Vec<Located<String>>,
    /// The domains of an organisation at Google (`hd`); elsewhere those of addresses that the provider has verified.
    #[serde(default)]
    pub domains: Vec<Located<String>>,
    /// Organisations at GitHub of which the person is an active member.
    #[serde(default)]
    pub organizations: Vec<Located<String>>,
}

/// Who may come in.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum AdmitWho {
    /// Whom the operator has added.
    Known,
    /// Everybody whom the provider lets log in.
    Anyone,
    /// Those of whom the provider says something.
    Those(AdmitThose),
}

const WHO: &[&str] = &["known", "anyone"];

impl<'de> Deserialize<'de> for AdmitWho {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = AdmitWho;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`known`, `anyone`, or a mapping with `subjects`, `domains` and `organizations`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "known" => Ok(AdmitWho::Known),
            "anyone" => Ok(AdmitWho::Anyone),
            other => Err(E::unknown_variant(other, WHO)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        AdmitThose::deserialize(MapAccessDeserializer::new(map)).map(AdmitWho::Those)
    }
}

impl JsonSchema for AdmitWho {
    fn schema_name() -> Cow<'static, str> {
        "AdmitWho".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let those = generator.subschema_for::<AdmitThose>();
        json_schema!({ "anyOf": [those, { "type": "string", "enum": WHO }] })
    }
}

/// A kind of provider.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth kind")]
pub enum LoginProvider {
    /// GitHub, which speaks no OpenID Connect.
    GitHub,
    /// Google, whose people may belong to organisations.
    Google,
    /// An OpenID provider that Warded knows.
    Known(&'static Preset),
}

const GITHUB: &str = "github";
const GOOGLE: &str = "google";
static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| [GITHUB, GOOGLE].into_iter().chain(PRESETS.iter().map(|preset| preset.name)).collect());

impl<'de> Deserialize<'de> for LoginProvider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match name.as_str() {
            GITHUB => Ok(Self::GitHub),
            GOOGLE => Ok(Self::Google),
            known => preset(known).map(Self::Known).ok_or_else(|| D::Error::unknown_variant(known, &NAMES)),
        }
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
