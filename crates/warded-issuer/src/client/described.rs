//! What has a client said about itself, and is it still the same? A person agreed to what was shown; another description
//! is another question.

use serde_json::{Map, Value, json};
use warded_core::ResourceUri;
use warded_store::{Client, Digest, GrantType};

/// The members that lead people somewhere (RFC 7591 §2), in our words. They are shown as text: a link of a stranger's on
/// our page looks like ours. A `logo_uri` is neither fetched nor shown: a picture can look like anybody's.
const PAGES: [(&str, &str); 3] = [
    ("client_uri", "Its web page, it says"),
    ("policy_uri", "Its privacy policy, it says"),
    ("tos_uri", "Its terms, it says"),
];

/// RFC 9449 §5.2: whether a client always proves a key.
pub(crate) const DPOP_BOUND: &str = "dpop_bound_access_tokens";

/// Longest of them.
const MAX_BYTES: usize = 200;

/// Everything that trust in a client rests on (client id metadata documents, *Changes in Client Metadata*).
pub(super) struct Description<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) redirects: Vec<&'a str>,
    pub(super) grants: &'a [GrantType],
    pub(super) method: &'a str,
    /// The text of the key set.
    pub(super) jwks: Option<String>,
    pub(super) jwks_uri: Option<&'a str>,
    pub(super) pages: &'a [(&'static str, String)],
    pub(super) dpop_bound: bool,
}

impl<'a> Description<'a> {
    /// What a client said that registered itself, and may say otherwise (RFC 7592).
    pub(super) fn registered(client: &'a Client) -> Self {
        Self {
            name: client.name.as_deref(),
            redirects: client.redirect_uris.iter().map(String::as_str).collect(),
            grants: &client.grants,
            method: client.method.name(),
            jwks: client.jwks.clone(),
            jwks_uri: client.jwks_uri.as_deref(),
            pages: &[],
            dpop_bound: client.dpop_bound,
        }
    }

    /// Of it all, each part in its place. What is not read is not in it: it says nothing to anybody.
    pub(super) fn digest(&self) -> Digest {
        let grants: Vec<_> = self.grants.iter().map(|grant| grant.name()).collect();
        let mut all =
            json!([self.name, self.redirects, grants, self.method, self.jwks, self.jwks_uri, self.pages]);
        // Only where it is said, so that nobody is asked again about a client that says nothing of it.
        if let Some(all) = all.as_array_mut().filter(|_| self.dpop_bound) {
            all.push(DPOP_BOUND.into());
        }
        Digest::of(all.to_string().as_bytes())
    }
}

/// The pages of a client, each with what people are told that it is. What is no URL of the web is left out: `javascript:` and `data:` are no places.
pub(super) fn pages(document: &Map<String, Value>) -> Vec<(&'static str, String)> {
    let page = |(member, words): &(&'static str, &'static str)| {
        let url = document.get(*member)?.as_str().filter(|url| url.len() <= MAX_BYTES)?;
        // A part of a page is no page, and a URL that parsers read in two ways is two.
        let url = ResourceUri::parse(url.split('#').next()?).ok()?;
        Some((*words, url.as_str().to_owned()))
    };
    PAGES.iter().filter_map(page).collect()
}

/// A member that is a list of texts, or is not there; none where it is something else.
#[expect(clippy::option_option, reason = "absent and malformed are two things")]
pub(super) fn texts<'a>(document: &'a Map<String, Value>, name: &str) -> Option<Option<Vec<&'a str>>> {
    let Some(value) = document.get(name) else { return Some(None) };
    value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_proves_no_key_any_more_is_another() {
        let of = |dpop_bound| {
            let (redirects, grants) = (vec!["https://a.example/cb"], &[GrantType::AuthorizationCode]);
            let (jwks, jwks_uri, pages) = (None, None, &[]);
            let name = Some("A");
            Description { name, redirects, grants, method: "none", jwks, jwks_uri, pages, dpop_bound }
                .digest()
        };
        assert_ne!(of(true), of(false));
    }

    #[test]
    fn a_page_is_a_url_of_the_web_or_left_out() {
        let document = json!({
            "client_uri": "https://app.example.com/about#us",
            "policy_uri": "javascript:alert(1)",
            "tos_uri": "data:text/html,x",
            "logo_uri": "https://tracker.example/pixel",
            "other_uri": "https://app.example.com",
        });
        let pages = pages(document.as_object().unwrap());
        assert_eq!(pages, [("Its web page, it says", "https://app.example.com/about".to_owned())]);
        let long = json!({ "client_uri": format!("https://a.example/{}", "x".repeat(MAX_BYTES)) });
        assert_eq!(super::pages(long.as_object().unwrap()), []);
        let plain = json!({ "client_uri": "http://app.example.com/" });
        assert_eq!(super::pages(plain.as_object().unwrap()), []);
    }
}
