//! How did a counted call end? Watches its answer go by, and settles what was taken for it before the caller hears the end: whoever
//! hears of an error may try again at once, and finds its counters as if nothing had happened.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_ENCODING};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::task::JoinHandle;

use super::{
    Lost, media,
    outcome::{Outcome, Outcomes},
};
use crate::{
    Body, BoxError,
    authorize::{End, Reservation},
};

/// By these a server says that it takes no such message (MCP, Streamable HTTP). Whatever else goes wrong tells nothing of what was
/// done by then; nor does any of them of the single messages of a list.
const REFUSED: [StatusCode; 6] = [
    StatusCode::BAD_REQUEST,
    StatusCode::NOT_FOUND,
    StatusCode::METHOD_NOT_ALLOWED,
    StatusCode::NOT_ACCEPTABLE,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
];

/// Settles a call as its answer says.
pub(super) async fn as_answered(mut response: Response<Body>, reserved: Reservation) -> Response<Body> {
    let lost = response.extensions_mut().remove::<Lost>();
    let headers = response.headers();
    let of = media(headers);
    let form = if of.eq_ignore_ascii_case("text/event-stream") {
        Some(Form::Events(Lines::default()))
    } else if of.eq_ignore_ascii_case("application/json") {
        Some(Form::Json)
    } else {
        None
    };
    let status = response.status();
    let is_refused = REFUSED.contains(&status) && !reserved.is_batch();
    let form =
        form.filter(|_| (status.is_success() || is_refused) && !headers.contains_key(CONTENT_ENCODING));
    let (Some(form), Some(awaited)) = (form, reserved.awaited()) else {
        // No error can be in it that anybody could read.
        reserved.settled(End::Committed).await;
        return response;
    };
    // MCP, Streamable HTTP: a server that does not accept a message answers with a status of its own, and an error without id.
    let takes_nameless = matches!(form, Form::Json) && is_refused;
    let outcomes = Outcomes::of(awaited, takes_nameless);
    response.map(|inner| {
        Settling { inner, form, outcomes, lost, reserved, waiting: None, held: None }.boxed_unsync()
    })
}

/// What an answer is written in.
#[derive(Debug)]
enum Form {
    Json,
    Events(Lines),
}

struct Settling {
    inner: Body,
    form: Form,
    outcomes: Outcomes,
    lost: Option<Lost>,
    /// Dropped without an end, it stays taken.
    reserved: Reservation,
    waiting: Option<JoinHandle<()>>,
    /// What the caller hears once that is settled.
    held: Option<Frame<Bytes>>,
}

impl http_body::Body for Settling {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                // Whatever came of it, it is settled, or told as uncertain.
                let _settled = std::task::ready!(Pin::new(waiting).poll(context));
                self.waiting = None;
            }
            if let Some(held) = self.held.take() {
                return Poll::Ready(Some(Ok(held)));
            }
            let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(context));
            let Some(Ok(frame)) = frame else { return Poll::Ready(frame) };
            let Self { form, outcomes, lost, reserved, .. } = &mut *self;
            let outcome = frame.data_ref().and_then(|data| match form {
                Form::Json => outcomes.reads(data),
                Form::Events(lines) => lines.read(data, outcomes),
            });
            let waiting = outcome.and_then(|outcome| {
                let is_lost = lost.as_ref().is_some_and(Lost::is_told);
                if let Outcome::Asks { state } = &outcome {
                    reserved.goes_on(state.as_deref());
                }
                reserved.ends(match outcome {
                    Outcome::Errors if !is_lost => End::RolledBack,
                    Outcome::Errors | Outcome::Results | Outcome::Asks { .. } => End::Committed,
                })
            });
            if waiting.is_none() {
                return Poll::Ready(Some(Ok(frame)));
            }
            (self.waiting, self.held) = (waiting, Some(frame));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.inner.size_hint();
        match self.held.as_ref().and_then(Frame::data_ref) {
            None => hint,
            Some(held) => {
                let held = u64::try_from(held.len()).unwrap_or(u64::MAX);
                let mut more = SizeHint::new();
                more.set_lower(hint.lower().saturating_add(held));
                if let Some(upper) = hint.upper() {
                    more.set_upper(upper.saturating_add(held));
                }
                more
            }
        }
    }
}

/// The lines of a stream of events (HTML standard, Server-sent events, §9.2.5), of which only data is read.
#[derive(Debug, Default)]
struct Lines {
    /// How the line begins, up to the end of the field's name.
    begun: Vec<u8>,
    part: Part,
    /// Whether a line feed that comes next belongs to the line before.
    after_return: bool,
    is_later: bool,
}

/// Where in a line one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Name,
    /// Behind the colon, where one blank is not of the value.
    Blank,
    Data,
    /// A line of something else.
    Other,
}

impl Lines {
    fn read(&mut self, chunk: &[u8], outcomes: &mut Outcomes) -> Option<Outcome> {
        for byte in chunk {
            let completes_return = std::mem::take(&mut self.after_return) && *byte == b'\n';
            if completes_return {
                continue;
            }
            if matches!(byte, b'\n' | b'\r') {
                self.after_return = *byte == b'\r';
                if self.part == Part::Name && self.begun.is_empty() {
                    outcomes.ends_text();
                }
                // What stands between two lines of data is a blank to JSON, where it may stand at all.
                self.ends_line();
                continue;
            }
            match self.part {
                Part::Name if *byte == b':' => {
                    self.part = if self.begun == b"data" { Part::Blank } else { Part::Other };
                }
                // No name that is read is longer.
                Part::Name if self.begun.len() > b"\xef\xbb\xbfdata".len() => self.part = Part::Other,
                Part::Name => {
                    self.begun.push(*byte);
                    // A byte order mark before the first line is none of it.
                    if !self.is_later && self.begun == b"\xef\xbb\xbf" {
                        self.begun.clear();
                    }
                }
                Part::Blank if *byte == b' ' => self.part = Part::Data,
                Part::Blank | Part::Data => {
                    self.part = Part::Data;
                    let outcome = outcomes.reads(std::slice::from_ref(byte));
                    if outcome.is_some() {
                        return outcome;
                    }
                }
                Part::Other => {}
            }
        }
        None
    }

    fn ends_line(&mut self) {
        self.begun.clear();
        (self.part, self.is_later) = (Part::Name, true);
    }
}
