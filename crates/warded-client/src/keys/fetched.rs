//! Where does a key set come from, and how long is it good? The issuer's metadata names its place (`jwks_uri`), its
//! `Cache-Control` its age.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method,
    header::{AGE, CACHE_CONTROL},
};
use warded_core::{Issuer, ResourceUri, jose::KeySet};

use super::KeysFailed;
use crate::{
    discover::{DiscoverFailed, issuer_metadata},
    fetch::{Fetch, Outgoing, Target},
};

/// How old keys become that come without an age.
const USUAL_AGE: Duration = Duration::from_mins(15);
/// What an issuer may ask for: less would be a load, more would keep a withdrawn key in use.
const LEAST_AGE: u64 = 60;
const GREATEST_AGE: u64 = 24 * 60 * 60;

/// An issuer's keys, and after how long they should be fetched again.
pub(super) struct Fresh {
    pub(super) keys: KeySet,
    pub(super) text: Bytes,
    pub(super) good_for: Duration,
    /// For how many seconds it had lain in somebody's cache.
    pub(super) age: u32,
}

pub(super) async fn fetch(fetch: &Fetch, issuer: &Issuer) -> Result<Fresh, KeysFailed> {
    let silent = || DiscoverFailed::IssuerSilent { issuer: issuer.clone() };
    // The operator wrote the issuer down, so its origin may be private; a `jwks_uri` elsewhere is only its word.
    let configured = ResourceUri::parse(issuer.as_str()).map_err(|_| silent())?;
    let metadata = issuer_metadata(fetch, issuer, Some(&configured)).await?.ok_or_else(silent)?;
    let jwks_uri = metadata.jwks_uri.ok_or(KeysFailed::NoKeySet)?;
    let target = Target::beside(&jwks_uri, &configured).map_err(|_| KeysFailed::NoKeySet)?;
    // RFC 9111 §5.2.1.4: a copy in between says nothing about a key that is younger than it.
    let outgoing = Outgoing::nothing().header(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let fetched = fetch.send(Method::GET, &target, outgoing).await?;
    let text = fetched.json()?.clone();
    let (good_for, age) = (good_for(&fetched.headers), spent(&fetched.headers));
    Ok(Fresh { keys: KeySet::parse(&text)?, text, good_for, age: u32::try_from(age).unwrap_or(u32::MAX) })
}

/// RFC 9111 §5.2.2: what must not be stored is fetched as often as anything is.
fn good_for(headers: &HeaderMap) -> Duration {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let asked = values.flat_map(|value| value.split(',')).filter_map(seconds).min();
    let spent = spent(headers);
    asked.map_or(USUAL_AGE, |seconds| {
        Duration::from_secs(seconds.saturating_sub(spent).clamp(LEAST_AGE, GREATEST_AGE))
    })
}

/// RFC 9111 §4.2.3, §5.1: for so long it has lain in somebody's cache.
fn spent(headers: &HeaderMap) -> u64 {
    headers.get(AGE).and_then(|age| age.to_str().ok()?.parse().ok()).unwrap_or(0)
}

fn seconds(directive: &str) -> Option<u64> {
    let directive = directive.trim().to_ascii_lowercase();
    if directive == "no-store" || directive == "no-cache" {
        return Some(0);
    }
    let digits = directive.strip_prefix("max-age=")?.trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // RFC 9111 §1.2.2: what is too large to hold is merely large.
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn keys_are_good_for_as_long_as_their_issuer_says_within_reason() {
        for (values, seconds) in [
            (vec![], 900),
            (vec!["public"], 900),
            (vec!["max-age=3600"], 3600),
            (vec!["public, Max-Age=3600, must-revalidate"], 3600),
            (vec!["max-age=\"120\""], 120),
            (vec!["max-age=0"], 60),
            (vec!["no-store"], 60),
            (vec!["max-age=3600", "no-cache"], 60),
            (vec!["max-age=99999999999999999999999"], 86400),
            (vec!["max-age=-1"], 900),
            (vec!["max-age="], 900),
            (vec!["s-maxage=5"], 900),
        ] {
            let headers =
                values.iter().map(|value| (CACHE_CONTROL, HeaderValue::from_static(value))).collect();
            assert_eq!(good_for(&headers), Duration::from_secs(seconds), "{values:?}");
        }
    }

    #[test]
    fn keys_that_lay_in_a_cache_are_as_old_as_it_says() {
        for (spent, seconds) in [("0", 900), ("600", 300), ("899", 60), ("9999", 60), ("x", 900), ("-1", 900)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=900"));
            headers.insert(AGE, HeaderValue::from_static(spent));
            assert_eq!(good_for(&headers), Duration::from_secs(seconds), "{spent}");
        }
    }
}
