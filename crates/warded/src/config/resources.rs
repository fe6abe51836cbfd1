//! MCP servers that others serve, and that built-in issuers issue tokens for.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Located, Named, Tokens, located};

/// An MCP server that somebody else serves.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its identifier: what a client sends as `resource` and what a token must name in `aud`. An https URL (http on
    /// loopback) without fragment.
    pub resource: Located<String>,
    /// Further identifiers of this same server.
    #[serde(default)]
    pub aliases: Vec<Located<String>>,
    /// What people call it: shown where they are asked for consent. Default: its name.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub title: Option<Located<String>>,
    /// How much it is trusted with, in a word of your own, as at `servers`. Default: `default`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub tier: Option<Located<String>>,
    /// The names of the issuers whose tokens it accepts, as at `servers`. Default: `[built-in]`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub issuers: Option<Vec<Located<String>>>,
    /// The scopes that it knows.
    #[serde(default)]
    pub scopes: ResourceScopes,
    /// How the tokens are that built-in issuers issue for it. Default: as the issuer's others.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Tokens")]
    pub tokens: Option<Tokens>,
    /// Where the secret is with which it asks a built-in issuer about tokens for itself (RFC 7662); its name is its client id:
    /// `env:NAME`, or `file:PATH` seen from the folder of this file. Default: it does not ask.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub secret: Option<Located<String>>,
}

/// The scopes of a server that somebody else serves.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceScopes {
    /// What a client gets that asks for no scope.
    #[serde(default)]
    pub required: Vec<Located<String>>,
    /// What a client may ask for besides.
    #[serde(default)]
    pub known: Vec<Located<String>>,
    /// What scopes mean, in the words that people read where they are asked for consent, by scope.
    #[serde(default)]
    pub words: Named<Located<String>>,
}
