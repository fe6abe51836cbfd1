//! A store, and records to keep in it.

use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};
use zeroize::Zeroizing;

use super::{Keeping, Place, Record, Terms, TokenStore};
use crate::obtain::{AccessToken, Bound, Obtained, RefreshToken, Source};

pub(super) const A: &str = "https://a.example/mcp";
pub(super) const B: &str = "https://b.example/mcp";

pub(super) fn store() -> (tempfile::TempDir, TokenStore) {
    let parent = tempfile::tempdir().unwrap();
    let store = TokenStore::open(parent.path().join("store"), &Keeping::Files).unwrap();
    (parent, store)
}

pub(super) fn place(server: &str) -> Place {
    let issuer = Issuer::parse("https://login.example.com").unwrap();
    let source = Source::remembered(issuer, "https://login.example.com/token".to_owned(), server.to_owned());
    Place::new(ResourceUri::parse(server).unwrap(), source, None)
}

/// A record whose tokens are called so.
pub(super) fn record(server: &str, scopes: &str, token: &str) -> Record {
    record_at(place(server), scopes, token)
}

pub(super) fn record_at(place: Place, scopes: &str, token: &str) -> Record {
    let text = |kind: &str| Zeroizing::new(format!("{kind}-{token}"));
    let obtained = Obtained {
        access_token: AccessToken::new(text("ACCESS")).unwrap(),
        refresh_token: RefreshToken::new(text("REFRESH")),
        expires_in: Some(3600),
        scopes: None,
        bound: Bound::Audience,
    };
    let asked = Scopes::parse(scopes).unwrap();
    Record::new(place, Terms::new("me", asked), obtained, None, UnixTime::from_seconds(1_000))
}
