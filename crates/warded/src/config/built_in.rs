//! What the operator asks of an issuer that Warded is itself.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Algorithm, Lifetime, Located, located};

/// An issuer that Warded is itself.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuiltInIssuer {
    /// The tiers whose servers get this issuer where they name none. More than one needs `across_tiers`. Default: none.
    #[serde(default)]
    pub tiers: Vec<Located<String>>,
    /// Its identifier, under which it is also reached. Default: `PUBLIC_URL/issuers/NAME`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub url: Option<Located<String>>,
    /// What it signs tokens with: `EdDSA`, `ES256` or `RS256`. Default: `EdDSA`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Algorithm>")]
    pub algorithm: Option<Located<Algorithm>>,
    /// How long an access token lives: `30s` to `24h`. Default: `10m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub access_token: Option<Located<Lifetime>>,
    /// How long an authorization code is good: `10s` to `10m`. Default: `1m`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub code: Option<Located<Lifetime>>,
    /// How long a refresh token lives that nobody uses: at most `366d`. Default: `30d`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub refresh_token: Option<Located<Lifetime>>,
    /// How long what a person allowed lasts, however often it is refreshed: at most `3660d`. Default: `90d`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub grant: Option<Located<Lifetime>>,
    /// How long a browser stays logged in: at most `366d`. Default: `12h`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub session: Option<Located<Lifetime>>,
    /// For how long a client that lost the answer to a refresh gets the very same one again, at most `60s`. With `0s` a refresh
    /// token that comes twice ends what it stands for. Default: `0s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub retry: Option<Located<Lifetime>>,
    /// Whether applications may register themselves (RFC 7591). Default: `open`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Registration>")]
    pub registration: Option<Located<Registration>>,
    /// Where the initial access token is, for `registration: token`: `env:NAME`, or `file:PATH` seen from the folder of this
    /// file. It is read when `warded up` starts.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub registration_token: Option<Located<String>>,
    /// Whether an application may be called by the https URL of its own description (client id metadata document): `true`,
    /// `false`, or a mapping that says from which hosts. Default: `true`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<ClientDocuments>")]
    pub client_documents: Option<Located<ClientDocuments>>,
    /// URL schemes of applications (RFC 8252 §7.1) that answers may be sent to, such as `cursor`. Any application on a person's
    /// device can claim them. Those of applications that the operator adds need not stand here. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub app_schemes: Option<Vec<Located<String>>>,
    /// Where people log in: names of `logins`, and `local` for users of Warded's own with a password. Default: all.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub logins: Option<Vec<Located<String>>>,
    /// Whether its tokens are bound to a key of their client (DPoP). Default: `optional`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<IssuerDpop>")]
    pub dpop: Option<Located<IssuerDpop>>,
    /// How long a signing key signs before the next one does: `1d` to `366d`. Default: `30d`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub rotate_keys: Option<Located<Lifetime>>,
    /// Who may exchange a token for one server for a token for another (RFC 8693). Default: nobody.
    #[serde(default)]
    pub exchange: Vec<Exchange>,
}

/// Whether applications may register themselves (RFC 7591).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Registration {
    /// Anybody's may, within bounds. Those that nobody uses are forgotten.
    Open,
    /// Those may that present the initial access token in `registration_token`.
    Token,
    /// None may: the operator adds them.
    Off,
}

/// Whether tokens of a built-in issuer are bound to a key of their client (RFC 9449).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IssuerDpop {
    /// They are not, whatever a client sends. What was bound before stays bound, and is refreshed with its key.
    Off,
    /// Those of a client that sends a proof are. One that has said that it always does (`dpop_bound_access_tokens`) must.
    Optional,
    /// All are: without a proof there is no token.
    Required,
}

/// One exchange that is allowed: this client, holding a token for `from`, gets one for `to`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Who asks, by `client_id`.
    pub client: Located<String>,
    /// The server or resource that the token is for which it holds, by name.
    pub from: Located<String>,
    /// The server or resource that it gets a token for, by name.
    pub to: Located<String>,
    /// The scopes that it may get there at most.
    pub scopes: Vec<Located<String>>,
    /// Whether the token says who acts (`act`), and not only for whom. Default: `true`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<bool>")]
    pub act: Option<Located<bool>>,
}

/// Which hosts' descriptions are read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowOrDeny {
    /// The hosts whose applications may come, such as `example.com`, or `*.example.org` for all below a name. Default: all.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub allow: Option<Vec<Located<String>>>,
    /// The hosts whose applications may not, whatever `allow` says. Default: none.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub deny: Option<Vec<Located<String>>>,
}

/// Whether descriptions are read, and from which hosts.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum ClientDocuments {
    /// From all, or from none.
    All(bool),
    /// From some.
    Some(AllowOrDeny),
}

impl<'de> Deserialize<'de> for ClientDocuments {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = ClientDocuments;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false`, or a mapping with `allow` and `deny`")
    }

    fn visit_bool<E: de::Error>(self, are_read: bool) -> Result<Self::Value, E> {
        Ok(ClientDocuments::All(are_read))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        AllowOrDeny::deserialize(MapAccessDeserializer::new(map)).map(ClientDocuments::Some)
    }
}

impl JsonSchema for ClientDocuments {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ClientDocuments".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let hosts = generator.subschema_for::<AllowOrDeny>();
        json_schema!({ "anyOf": [hosts, { "type": "boolean" }] })
    }
}
