//! Did a message arrive, whole and in a form that can be read?

use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, LengthLimitError};
use warded_core::{Fault, Refusal};

use super::{Bounds, pieces::Pieces};
use crate::{BoxError, answer::Stop, arrivals::Arriving};

/// What a body says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Json,
    Form,
}

/// The bytes of a message, read once. `place` is asked for the right to wait for one that is not there.
pub(super) async fn message<B>(
    headers: &HeaderMap,
    body: B,
    bounds: Bounds,
    place: impl FnOnce() -> Option<Arriving>,
) -> Result<Bytes, Stop>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let media = media(headers)?;
    let message = whole(headers, body, bounds, place).await?;
    match media {
        Media::Json => Ok(message),
        // RFC 6750 §2.2 lets a form carry a token; MCP does not.
        Media::Form if form_has_token(&message) => Err(Refusal::TokenInBody.into()),
        Media::Form => Err(Refusal::MediaType.into()),
    }
}

/// What is not plain JSON cannot be judged: a compressed body would be read by the server and not by us.
fn media(headers: &HeaderMap) -> Result<Media, Refusal> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return Err(Refusal::MediaType);
    };
    if headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(Refusal::MediaType);
    }
    // Nearly everybody writes it so.
    if only.as_bytes() == b"application/json" {
        return Ok(Media::Json);
    }
    let text = only.to_str().map_err(|_| Refusal::MediaType)?;
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let essence = essence.trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(Media::Form);
    }
    // RFC 8259 §8.1: JSON is UTF-8; under another name it would be read as something else.
    let says_utf8 = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("charset") && value.eq_ignore_ascii_case("utf-8")
    };
    let mut parameters = parameters.split(';').map(str::trim).filter(|parameter| !parameter.is_empty());
    if essence.eq_ignore_ascii_case("application/json") && parameters.all(says_utf8) {
        return Ok(Media::Json);
    }
    Err(Refusal::MediaType)
}

async fn whole<B>(
    headers: &HeaderMap,
    body: B,
    bounds: Bounds,
    place: impl FnOnce() -> Option<Arriving>,
) -> Result<Bytes, Stop>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > bounds.bytes)) {
        return Err(Refusal::BodyTooLarge { limit: bounds.bytes }.into());
    }
    let mut reading = pin!(gathered(body, bounds.bytes));
    // Most messages came with their head, and need no timer and no place.
    let read = if let Some(read) = reading.as_mut().now_or_never() {
        Ok(read)
    } else {
        // Whoever sends a byte a minute would hold a connection for ever, and all that there is room for with many.
        let _arriving = place().ok_or(Stop::Later(Fault::Busy, 1))?;
        tokio::time::timeout(bounds.patience, reading).await
    };
    Ok(read.unwrap_or(Err(Refusal::BodyUnreadable))?)
}

/// All of it.
async fn gathered<B>(body: B, limit: usize) -> Result<Bytes, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    // Whoever hands the body over may have a bound of its own.
    let unread = |error: BoxError| {
        if error.is::<LengthLimitError>() { Refusal::BodyTooLarge { limit } } else { Refusal::BodyUnreadable }
    };
    let mut body = pin!(body);
    let mut pieces = Pieces::default();
    while let Some(frame) = body.frame().await {
        // Trailers say nothing of a message.
        let Ok(data) = frame.map_err(|error| unread(error.into()))?.into_data() else { continue };
        if data.len() > limit.saturating_sub(pieces.length()) {
            return Err(Refusal::BodyTooLarge { limit });
        }
        pieces.add(data);
    }
    Ok(pieces.whole())
}

fn form_has_token(form: &[u8]) -> bool {
    std::str::from_utf8(form).is_ok_and(crate::intake::query_has_token)
}
