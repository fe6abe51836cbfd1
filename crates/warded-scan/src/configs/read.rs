//! From the text of a configuration to what stands in it.

mod json;
mod toml;
mod yaml;

use super::{product::Format, tree::Read};

/// How deep lists and maps may stand in each other. No configuration needs ten.
const MOST_DEPTH: usize = 64;

/// Reads as much as can be read.
pub(super) fn read(source: &str, format: Format) -> Read {
    match format {
        Format::Jsonc => json::read(source),
        Format::Toml => toml::read(source),
        Format::Yaml => yaml::read(source),
    }
}
