//! How must a client show who it is (RFC 7591 §2, `token_endpoint_auth_method`)? Whoever matches on a [`Proof`] looks at
//! each: a client that has keys cannot pass as one that needs to show nothing.

use std::sync::Arc;

use serde_json::Value;
use warded_client::fetch::Target;
use warded_core::{
    ResourceUri,
    jose::{KeyFlaw, KeySet},
};
use warded_store::Digest;

/// Most keys of one client.
const MAX_KEYS: usize = 20;

/// What a client shows at the token endpoint.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// Nothing: it is a public client (`none`).
    None,
    /// Its secret, in the header or in the body (`client_secret_basic`, `client_secret_post`).
    Secret(Digest),
    /// An assertion that it signed (`private_key_jwt`).
    Keys(PublicKeys),
}

/// Where the public keys of a client are.
#[derive(Clone, Debug)]
pub(crate) enum PublicKeys {
    /// In what is known of it (`jwks`).
    Here(Arc<KeySet>),
    /// At a place of its own (`jwks_uri`).
    At(Target),
}

/// Who named the place of a client's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// The operator, who may mean a private address.
    Operator,
    /// The client.
    Itself,
}

impl PublicKeys {
    /// Reads the two members, of which exactly one is there (RFC 7591 §2).
    pub(crate) fn read(jwks: Option<&Value>, jwks_uri: Option<&Value>, by: NamedBy) -> Option<Self> {
        match (jwks, jwks_uri) {
            (Some(jwks), None) => usable(jwks.to_string().as_bytes()).map(|keys| Self::Here(Arc::new(keys))),
            (None, Some(uri)) => place(uri.as_str()?, by).map(Self::At),
            _ => None,
        }
    }
}

/// A set in which something can be verified and nothing is secret: a private key that others can read is everybody's,
/// and so is what it signs.
pub(crate) fn usable(text: &[u8]) -> Option<KeySet> {
    let keys = KeySet::parse(text).ok()?;
    let is_secret = |flaw: KeyFlaw| matches!(flaw, KeyFlaw::Private | KeyFlaw::Symmetric);
    let is_fit = (1..=MAX_KEYS).contains(&keys.keys().len())
        && !keys.skipped().iter().any(|skipped| is_secret(skipped.flaw));
    is_fit.then_some(keys)
}

/// A place in the one spelling that all parsers agree on. Where it may lead is decided when it is asked.
fn place(uri: &str, by: NamedBy) -> Option<Target> {
    let url = ResourceUri::parse(uri).ok().filter(|url| url.as_str() == uri)?;
    match by {
        NamedBy::Operator => Target::configured(url.as_str()),
        NamedBy::Itself => Target::learned(url.as_str()),
    }
    .ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    fn here(jwks: &Value) -> Option<PublicKeys> {
        PublicKeys::read(Some(jwks), None, NamedBy::Itself)
    }

    fn there(jwks_uri: &Value) -> Option<PublicKeys> {
        PublicKeys::read(None, Some(jwks_uri), NamedBy::Itself)
    }

    #[test]
    fn a_client_has_keys_here_or_elsewhere_and_not_both() {
        let (set, place) = (json!({ "keys": [key()] }), json!("https://app.example.com/jwks"));
        assert!(matches!(here(&set), Some(PublicKeys::Here(keys)) if keys.knows(Some("1"))));
        assert!(matches!(there(&place), Some(PublicKeys::At(_))));
        assert!(PublicKeys::read(Some(&set), Some(&place), NamedBy::Itself).is_none());
        assert!(PublicKeys::read(None, None, NamedBy::Itself).is_none());
    }

    #[test]
    fn a_key_that_others_know_is_none() {
        let with = |member: &str, value: &str| {
            let mut key = key();
            key[member] = value.into();
            json!({ "keys": [self::key(), key] })
        };
        for unfit in [
            with("d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"),
            with("k", "c2VjcmV0"),
            json!({ "keys": [key(), { "kty": "oct", "k": "c2VjcmV0" }] }),
            json!({ "keys": [] }),
            json!({ "keys": [{ "kty": "unknown" }] }),
            json!({ "keys": vec![key(); MAX_KEYS + 1] }),
            json!([key()]),
            json!("x"),
            json!(null),
        ] {
            assert!(here(&unfit).is_none(), "{unfit}");
        }
    }

    #[test]
    fn keys_are_at_a_place_with_one_spelling() {
        for unfit in [
            "http://app.example.com/jwks",
            "https://APP.example.com/jwks",
            "https://app.example.com:443/jwks",
            "https://u@app.example.com/jwks",
            "https://app.example.com/jwks#x",
            "file:///etc/passwd",
            "data:application/json,{}",
            "",
        ] {
            assert!(there(&json!(unfit)).is_none(), "{unfit}");
        }
        assert!(there(&json!(["https://app.example.com/jwks"])).is_none());
    }
}
