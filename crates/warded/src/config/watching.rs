//! How a running Warded is looked after: where it is watched from, who is told of attacks, how it stops.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Lifetime, Located, located};

/// Who is told of attacks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// The URL that alerts are posted to, as JSON.
    pub url: Located<String>,
    /// Where the secret is that alerts are signed with (`Warded-Signature`, HMAC-SHA256): `env:NAME`, or `file:PATH` seen
    /// from the folder of this file. Without it they are not signed.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<String>")]
    pub secret: Option<Located<String>>,
    /// The codes of the refusals that are told, as in `warded explain`. Default: those that only an attack or a broken
    /// client causes: a genuine token at the wrong server, a token on its way to a server behind, a token that was taken
    /// back, a proof that was used before.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Vec<Located<String>>")]
    pub codes: Option<Vec<Located<String>>>,
    /// How many alerts are sent in a minute, 1 to 600; what is beyond is told as a number. Default: `10`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<u32>")]
    pub at_most: Option<Located<u32>>,
    /// How long one may take, at most `60s`. Default: `10s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub timeout: Option<Located<Lifetime>>,
}

/// How it stops.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    /// For how long `/readyz` says that it stops while requests are still taken: whoever balances load needs as long to
    /// notice. At most `5m`. Default: `0s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub drain: Option<Located<Lifetime>>,
    /// How long calls that run may go on from then on, at most `1h`. Default: `10s`.
    #[serde(default, deserialize_with = "located::present")]
    #[schemars(with = "Located<Lifetime>")]
    pub grace: Option<Located<Lifetime>>,
}
