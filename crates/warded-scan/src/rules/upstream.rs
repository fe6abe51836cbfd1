//! Identity providers that many programs log in at.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::flow::value::{Shape, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    /// Their hosts.
    host: Vec<String>,
    /// What the addresses of some are called in libraries.
    path: Vec<String>,
}

static PROVIDERS: LazyLock<Providers> =
    LazyLock::new(|| toml::from_str(include_str!("../../libraries/upstream.toml")).unwrap_or_default());

/// The one that an address is of, where it is of one.
pub(super) fn host(url: &Value) -> Option<&'static str> {
    url.each().find_map(|one| match &one.shape {
        Shape::Text(text) => of_text(text),
        Shape::Template(parts) => parts.first().and_then(host),
        Shape::Foreign(path) => {
            PROVIDERS.path.iter().find(|known| path.starts_with(known.as_str())).map(String::as_str)
        }
        _ => None,
    })
}

fn of_text(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let is = |known: &&String| {
        host == known.as_str() || host.strip_suffix(known.as_str()).is_some_and(|sub| sub.ends_with('.'))
    };
    PROVIDERS.host.iter().find(is).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::{PROVIDERS, of_text};

    #[test]
    fn a_host_is_known_by_itself_and_beneath() {
        assert!(!PROVIDERS.host.is_empty());
        assert_eq!(of_text("https://github.com/login/oauth/access_token"), Some("github.com"));
        assert_eq!(of_text("https://eu.slack.com/api"), Some("slack.com"));
        assert_eq!(of_text("https://notgithub.com/token"), None);
        assert_eq!(of_text("https://github.com.evil.test/token"), None);
        assert_eq!(of_text("github.com"), None);
    }
}
