//! Where does a list come from, and how long is it good?

use http::{HeaderMap, HeaderValue, Method, header};
use warded_core::{
    IssuerSpec, ResourceUri,
    status::{SignedList, StatusList},
};

use super::{Means, StatusFailed};
use crate::fetch::{FetchFailed, Outgoing, Target};

const MEDIA_TYPE: &str = "application/statuslist+jwt";

/// Fetches the list of an issuer at a place, and verifies that it is that.
pub(super) async fn fetch(means: &Means, issuer: &IssuerSpec, uri: &str) -> Result<StatusList, StatusFailed> {
    // The operator wrote the issuer down, so its origin may be private; a place elsewhere is only its word.
    let configured = ResourceUri::parse(issuer.url.as_str())?;
    let target = Target::beside(uri, &configured)?;
    let outgoing = Outgoing::nothing().header(header::ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
    let fetched = means.fetch.send(Method::GET, &target, outgoing).await?;
    if !fetched.status.is_success() {
        let (host, status) = (target.host().into(), fetched.status.as_u16());
        return Err(FetchFailed::Status { host, status }.into());
    }
    if !is_status_list(&fetched.headers) {
        return Err(StatusFailed::ContentType);
    }
    let text = std::str::from_utf8(&fetched.body).map_err(|_| StatusFailed::ContentType)?;
    let signed = SignedList::parse(text)?;
    let wanted = signed.wants(&issuer.url);
    let ring = means.keys.ring_for(&wanted).await;
    let keys = ring.keyring.of(&issuer.url).ok_or(StatusFailed::KeysMissing)?;
    Ok(signed.verify(uri, &issuer.url, &issuer.rules, keys, means.clock.now())?)
}

fn is_status_list(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let kind = value.to_str().ok().and_then(|text| text.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}
