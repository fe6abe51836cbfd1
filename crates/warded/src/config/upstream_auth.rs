//! With what does Warded show itself to a server behind? The keys of `upstream_auth`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{IntrospectionAuth, Located, located};

/// With what Warded shows itself to a server behind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamAuth {
    /// Which way.
    pub kind: Located<UpstreamAuthKind>,
    /// The name of the header, for `kind: header`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub name: Option<Located<String>>,
    /// Where the secret is, for `bearer` and `header`: `env:NAME`, or `file:PATH` seen from the folder of this file. It
    /// is read when `warded up` starts.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub value: Option<Located<String>>,
    /// The name of the issuer that gives tokens for the server behind, for `client_credentials` and `token_exchange`:
    /// one of `issuers`, whether servers trust it or not.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub issuer: Option<Located<String>>,
    /// The id of the client that Warded is at that issuer.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub client_id: Option<Located<String>>,
    /// How that client shows who it is. Default: `basic`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<IntrospectionAuth>")]
    pub auth: Option<Located<IntrospectionAuth>>,
    /// Where the client's secret is, for `basic` and `post`: `env:NAME`, or `file:PATH` seen from the folder of this file.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub secret: Option<Located<String>>,
    /// Where the client's private key is, for `private_key_jwt`: `env:NAME` or `file:PATH`. PKCS #8 in PEM.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub key: Option<Located<String>>,
    /// The identifier of the server behind, sent as `resource` (RFC 8707). The token's `aud` must be this and nothing
    /// else, where there is no `audience`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub resource: Option<Located<String>>,
    /// What the issuer calls the server behind, sent as `audience` (RFC 8693), for issuers that want that besides
    /// `resource` or in its place, such as a client id at Keycloak. The token's `aud` must be this and nothing else.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub audience: Option<Located<String>>,
    /// Exact values that may stand in `aud` beside it, because the issuer always adds them and no server accepts them.
    /// Default: none.
    #[serde(default)]
    pub companions: Vec<Located<String>>,
    /// The scopes that are asked for. Default: none, so that the issuer decides.
    #[serde(default)]
    pub scopes: Vec<Located<String>>,
    /// For `token_exchange`: the names of further issuers whose tokens are shown to `issuer` when their callers come, or
    /// `built-in`. A token goes to its own issuer only, unless that is written here. Default: none.
    #[serde(default)]
    pub subject_issuers: Vec<Located<String>>,
    /// Whether the issuer's tokens for the server behind are opaque, so that nobody here can see for whom they are; that
    /// is possible with `client_credentials` only. Default: `false`; of an issuer with `validation: introspection` it
    /// must be said.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<bool>")]
    pub opaque: Option<Located<bool>>,
}

/// Which way Warded shows itself to a server behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpstreamAuthKind {
    /// Not at all.
    None,
    /// `Authorization: Bearer VALUE`.
    Bearer,
    /// `NAME: VALUE`.
    Header,
    /// With a token that an issuer gives to Warded itself (RFC 6749 §4.4).
    ClientCredentials,
    /// With a token that an issuer gives in exchange for the caller's (RFC 8693).
    TokenExchange,
    /// Does not exist; people look for it, and are told why not.
    #[schemars(skip)]
    Passthrough,
}

/// By hand, so that what does not exist is not listed among what is possible.
impl<'de> Deserialize<'de> for UpstreamAuthKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const POSSIBLE: &[&str] = &["none", "bearer", "header", "client_credentials", "token_exchange"];
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "none" => Self::None,
            "bearer" => Self::Bearer,
            "header" => Self::Header,
            "client_credentials" => Self::ClientCredentials,
            "token_exchange" => Self::TokenExchange,
            "passthrough" | "pass_through" | "pass-through" | "forward" => Self::Passthrough,
            other => return Err(D::Error::unknown_variant(other, POSSIBLE)),
        })
    }
}
