//! Where does a key set come from, and how long is it good? The issuer's metadata names its place (`jwks_uri`), its
//! `Cache-Control` its age.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, header::CACHE_CONTROL};
use warded_core::{Issuer, ResourceUri, jose::KeySet};

use super::{KeysFailed, Means};
use crate::{
    discover::{DiscoverFailed, issuer_metadata, provider_metadata},
    fetch::{Freshness, Outgoing, Target, age},
};

/// How old keys become that come without an age, and what an issuer may ask for: less would be a load, more would keep a
/// withdrawn key in use.
const FRESHNESS: Freshness = Freshness::new(15 * 60, 60, 24 * 60 * 60);

/// An issuer's keys, and after how long they should be fetched again.
pub(super) struct Fresh {
    pub(super) keys: KeySet,
    pub(super) text: Bytes,
    pub(super) good_for: Duration,
    /// For how many seconds it had lain in somebody's cache.
    pub(super) age: u32,
}

pub(super) async fn fetch(means: &Means, issuer: &Issuer) -> Result<Fresh, KeysFailed> {
    let fetch = &means.fetch;
    let silent = || DiscoverFailed::IssuerSilent { issuer: issuer.clone() };
    // The operator wrote the issuer down, so its origin may be private; a `jwks_uri` elsewhere is only its word.
    let configured = ResourceUri::parse(issuer.as_str()).map_err(|_| silent())?;
    let metadata = if means.are_providers {
        provider_metadata(fetch, issuer, Some(&configured)).await?
    } else {
        issuer_metadata(fetch, issuer, Some(&configured)).await?
    };
    let metadata = metadata.ok_or_else(silent)?;
    let jwks_uri = metadata.jwks_uri.ok_or(KeysFailed::NoKeySet)?;
    let target = Target::beside(&jwks_uri, &configured).map_err(|_| KeysFailed::NoKeySet)?;
    // RFC 9111 §5.2.1.4: a copy in between says nothing about a key that is younger than it.
    let outgoing = Outgoing::nothing().header(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let fetched = fetch.send(Method::GET, &target, outgoing).await?;
    let text = fetched.json()?.clone();
    let good_for = Duration::from_secs(FRESHNESS.of(&fetched.headers).into());
    let age = age(&fetched.headers);
    Ok(Fresh { keys: KeySet::parse(&text)?, text, good_for, age: u32::try_from(age).unwrap_or(u32::MAX) })
}
