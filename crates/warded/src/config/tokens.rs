//! How the tokens are that built-in issuers issue for one server.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Algorithm, Lifetime, Located, located};

/// How tokens for one server are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// How long they live: `30s` to `24h`. Default: as the issuer's others.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub lifetime: Option<Located<Lifetime>>,
    /// What they are signed with: `EdDSA`, `ES256` or `RS256`. Default: as the issuer's others.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Algorithm>")]
    pub algorithm: Option<Located<Algorithm>>,
}
