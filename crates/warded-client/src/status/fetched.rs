//! Where does a list come from, and how long is it good?

use http::{HeaderMap, HeaderValue, Method, header};
use warded_core::{
    IssuerSpec, ResourceUri, UnixTime,
    jose::KeySet,
    status::{SignedList, StatusList},
};

use super::{Means, StatusFailed};
use crate::fetch::{Fetch, FetchFailed, Outgoing, Target};

const MEDIA_TYPE: &str = "application/statuslist+jwt";

/// Fetches the list of an issuer at a place, and verifies that it is that.
pub(super) async fn fetch(means: &Means, issuer: &IssuerSpec, uri: &str) -> Result<StatusList, StatusFailed> {
    // The operator wrote the issuer down, so its origin may be private; a place elsewhere is only its word.
    let configured = ResourceUri::parse(issuer.url.as_str())?;
    let text = text(&means.fetch, &Target::beside(uri, &configured)?).await?;
    let signed = SignedList::parse(&text)?;
    let wanted = signed.wants(&issuer.url);
    let ring = means.keys.ring_for(&wanted).await;
    let keys = ring.keyring.of(&issuer.url).ok_or(StatusFailed::KeysMissing)?;
    Ok(signed.verify(uri, &issuer.url, &issuer.rules, keys, means.clock.now())?)
}

/// Fetches a list once and verifies it with these keys, for whoever looks at one token and keeps nothing. The target is
/// where `uri`, as the token spells it, may lead.
pub async fn look_up(
    fetch: &Fetch,
    target: &Target,
    uri: &str,
    issuer: &IssuerSpec,
    keys: &KeySet,
    now: UnixTime,
) -> Result<StatusList, StatusFailed> {
    let text = text(fetch, target).await?;
    Ok(SignedList::parse(&text)?.verify(uri, &issuer.url, &issuer.rules, keys, now)?)
}

/// What stands at the place of a list.
async fn text(fetch: &Fetch, target: &Target) -> Result<String, StatusFailed> {
    let outgoing = Outgoing::nothing().header(header::ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
    let fetched = fetch.send(Method::GET, target, outgoing).await?;
    if !fetched.status.is_success() {
        let (host, status) = (target.host().into(), fetched.status.as_u16());
        return Err(FetchFailed::Status { host, status }.into());
    }
    if !is_status_list(&fetched.headers) {
        return Err(StatusFailed::ContentType);
    }
    let text = std::str::from_utf8(&fetched.body).map_err(|_| StatusFailed::ContentType)?;
    Ok(text.to_owned())
}

fn is_status_list(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let kind = value.to_str().ok().and_then(|text| text.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}
