//! The clients whose configurations are known, as data.

use std::sync::LazyLock;

use serde::Deserialize;

/// A client of MCP servers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Product {
    pub(crate) name: String,
    pub(crate) format: Format,
    /// Where it keeps the configuration of a user, on every system.
    pub(crate) user: Vec<String>,
    #[serde(default)]
    pub(crate) linux: Vec<String>,
    #[serde(default)]
    pub(crate) macos: Vec<String>,
    #[serde(default)]
    pub(crate) windows: Vec<String>,
    /// Where it looks for the configuration of a project.
    pub(crate) project: Vec<String>,
    /// The ways to the servers, key by key; `*` is any key.
    pub(crate) servers: Vec<Vec<String>>,
    /// The keys of a server with its address.
    pub(crate) url: Vec<String>,
    /// The keys with the headers that are sent to it.
    pub(crate) headers: Vec<String>,
    /// The keys with the environment it is started in.
    pub(crate) env: Vec<String>,
    /// The keys with the command it is started by.
    #[serde(default = "command")]
    pub(crate) command: Vec<String>,
    /// The keys whose values are the names of variables.
    #[serde(default)]
    pub(crate) variables: Vec<String>,
    /// How a value names a variable, with `NAME` in its place.
    #[serde(default)]
    pub(crate) refer: Option<String>,
    /// In which parts of a server it may.
    #[serde(default)]
    pub(crate) refer_in: Vec<Part>,
    /// The key with the name of the variable that holds the bearer token.
    #[serde(default)]
    pub(crate) bearer_variable: Option<String>,
    /// The key with the headers whose values are the names of variables.
    #[serde(default)]
    pub(crate) header_variables: Option<String>,
    /// Where it keeps the tokens it was given.
    #[serde(default)]
    pub(crate) tokens: Vec<String>,
}

/// The syntax of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    Jsonc,
    Toml,
    Yaml,
}

/// A part of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    Headers,
    Env,
    Args,
    Url,
    /// Whatever else stands there.
    #[serde(skip)]
    Other,
}

impl Product {
    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn command() -> Vec<String> {
    vec!["command".to_owned()]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    product: Vec<Product>,
}

/// All that are known. The table is part of the program, and a test reads it.
static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    let document = toml::from_str(include_str!("../../configs/products.toml"));
    document.map(|Document { product }| product).unwrap_or_default()
});

/// The clients whose configurations are known.
pub fn products() -> &'static [Product] {
    &PRODUCTS
}
