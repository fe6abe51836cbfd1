//! What may be seen of the answer, and how did it end? Wraps the body of the answer, and settles exactly once.
//!
//! Nothing is held back but where a caller must not see every tool, prompt or resource: then a JSON answer is read
//! whole, and a stream event by event, as far as there is [`room`].

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG},
};
use http_body_util::BodyExt as _;
use warded_core::{Fault, VerifiedToken};

use crate::{
    Body,
    answer::{Stop, text},
    authorize::{End, Reservation, Sight},
    ledger::CallingOff,
    record::Record,
};

mod events;
mod filtered;
mod list;
mod lost;
mod outcome;
mod room;
mod settling;
mod vigil;
mod watched;

use events::Events;
pub use lost::Lost;
use room::{NoRoom, Taken};
pub(crate) use vigil::Vigil;

/// The longest JSON answer that is read for what it must not show.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;

/// What a caller waits for, and so reads an answer as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// A list of what it may use.
    List,
    /// Whatever the server has to say, or had to say on a stream that broke: that may be a list.
    Messages,
    /// The answer to its call, which says itself who else may be shown it (2026-07-28, Caching).
    Hinted,
    /// The answer to its call.
    Answer,
}

impl Awaits {
    /// Whether some reader may take for a list what cannot be read.
    fn may_be_list(self) -> bool {
        matches!(self, Self::List | Self::Messages)
    }

    /// Whether nothing of it may pass that was not looked at.
    fn is_looked_at(self) -> bool {
        self != Self::Answer
    }
}

/// What is left to do when the answer comes.
#[derive(Debug)]
pub(crate) struct Settlement {
    record: Record,
    sight: Option<(Sight, Taken)>,
    awaits: Awaits,
    vigil: Vigil,
    /// What was taken for the call, where it is counted.
    reserved: Option<Reservation>,
    /// What it calls off itself, until it was answered.
    calling_off: Option<CallingOff>,
}

impl Settlement {
    /// Will close `record`, show no more than is in sight of whoever has this token, and end an answer whose token no
    /// longer stands.
    pub(crate) fn of(
        record: Record,
        token: &VerifiedToken,
        sight: Option<Sight>,
        awaits: Awaits,
        vigil: Vigil,
        reserved: Option<Reservation>,
        calling_off: Option<CallingOff>,
    ) -> Self {
        let sight = sight.map(|sight| (sight, Taken::by(token)));
        // Whoever hangs up from here on does so after the call was made, for all that anybody knows.
        if let Some(reserved) = &reserved {
            reserved.sending().says(true);
        }
        Self { record, sight, awaits, vigil, reserved, calling_off }
    }

    /// There was no answer.
    pub(crate) async fn stops(self, stop: &Stop) {
        let Self { record, reserved, calling_off: _open, .. } = self;
        if let Some(reserved) = reserved {
            let is_made = reserved.sending().is_sent() && was_sent(stop);
            reserved.settled(if is_made { End::Committed } else { End::RolledBack }).await;
        }
        record.stops(stop);
    }

    /// Takes over an answer.
    pub(crate) async fn takes(self, response: Response<Body>) -> Result<Response<Body>, Stop> {
        let Self { record, sight, awaits, vigil, reserved, calling_off } = self;
        if let Some(reserved) = &reserved {
            // Whoever forgot to say so has sent it nevertheless.
            reserved.sending().says(true);
        }
        let shown = match sight {
            Some((sight, taken)) => show(response, sight, taken, awaits).await,
            None => Ok(response),
        };
        match shown {
            Ok(response) => {
                let status = response.status();
                let response = match reserved {
                    Some(reserved) => settling::as_answered(response, reserved).await,
                    None => response,
                };
                Ok(response.map(|body| watched::until_its_end(body, status, record, vigil, calling_off)))
            }
            Err(stop) => {
                record.stops(&stop);
                Err(stop)
            }
        }
    }
}

/// Whether the server behind may have seen a call to which there is no answer. Where nobody can tell, it has.
const fn was_sent(stop: &Stop) -> bool {
    match stop {
        // What goes no further for its own fault is stopped on the way.
        Stop::Refused(_) => false,
        Stop::Failed(fault) | Stop::Later(fault, _) => !matches!(
            fault,
            Fault::UpstreamUnreachable
                | Fault::UpstreamUnproven
                | Fault::UpstreamFull
                | Fault::UpstreamCredentialUnavailable
                | Fault::UpstreamCredentialRefused
                | Fault::UpstreamCredentialMisdirected
                | Fault::Busy
                | Fault::ServerBusy
                | Fault::ShuttingDown
        ),
    }
}

async fn show(
    response: Response<Body>,
    sight: Sight,
    mut taken: Taken,
    awaits: Awaits,
) -> Result<Response<Body>, Stop> {
    let (mut parts, body) = response.into_parts();
    never_kept(&mut parts.headers);
    let media = media(&parts.headers);
    let is_stream = media.eq_ignore_ascii_case("text/event-stream");
    if !is_stream && !media.eq_ignore_ascii_case("application/json") && awaits != Awaits::List {
        return Ok(Response::from_parts(parts, body));
    }
    // We did not say that we could read it; a list that we cannot read is not shown.
    if parts.headers.contains_key(CONTENT_ENCODING) {
        return Err(Fault::UpstreamUnusable.into());
    }
    if is_stream {
        parts.headers.remove(CONTENT_LENGTH);
        let events = Events::within(sight, awaits);
        return Ok(Response::from_parts(parts, filtered::events(body, events, taken)));
    }
    let body = match filtered::gather(body, MAX_LIST_BYTES, &mut taken).await? {
        // UTF-8 that is JSON has no such byte, and UTF-16 and UTF-32 cannot do without: some readers take those, too.
        filtered::Gathered::Whole(whole) if memchr::memchr(0, &whole).is_some() => {
            return Err(Fault::UpstreamUnusable.into());
        }
        // Of another call the answer is not read as a list; of a list nobody could say what some reader sees in it.
        filtered::Gathered::Whole(whole) if awaits.may_be_list() && !list::is_readable(&whole) => {
            if parts.status.is_success() {
                return Err(Fault::UpstreamUnusable.into());
            }
            // A session that is gone says so by its status (MCP, Session Management), in whatever words.
            parts.headers.remove(CONTENT_LENGTH);
            parts.headers.remove(ETAG);
            text(Bytes::new())
        }
        filtered::Gathered::Whole(whole) => {
            let (shown, counted) = within(&sight, whole, &mut parts.headers, &mut taken);
            if awaits.is_looked_at() {
                counted.map_err(Fault::from)?;
            }
            text(taken.keep(shown))
        }
        // Nobody lists so much; the answer to a call may be as long as it likes, and its caller reads it as what it
        // asked for, which is no list. Where it may say that everybody gets the same, it would be believed. Where there
        // is no room, the call was made nevertheless: refused, it would be made once more.
        filtered::Gathered::Longer(_, fault) if awaits.is_looked_at() => return Err(fault.into()),
        filtered::Gathered::Longer(longer, _) => longer.boxed_unsync(),
    };
    Ok(Response::from_parts(parts, body))
}

/// What may be seen of it, and whether there is room for that.
fn within(
    sight: &Sight,
    whole: Bytes,
    headers: &mut HeaderMap,
    taken: &mut Taken,
) -> (Bytes, Result<(), NoRoom>) {
    let Some(shown) = list::within(sight, &whole) else {
        return (whole, Ok(()));
    };
    let counted = taken.holds(shown.capacity());
    // What was said of the other body is not true of this one.
    headers.remove(CONTENT_LENGTH);
    headers.remove(ETAG);
    (shown.into(), counted)
}

/// What is shown of a list is for one caller; a cache in between would show it to others (RFC 9111 §5.2.2.5).
fn never_kept(headers: &mut HeaderMap) {
    let is_kept = |value: &HeaderValue| !value.to_str().is_ok_and(|text| text.contains("no-store"));
    if headers.get(CACHE_CONTROL).is_none_or(is_kept) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn media(headers: &HeaderMap) -> &str {
    let text = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let end = text.bytes().position(|byte| byte == b';').unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim()
}
