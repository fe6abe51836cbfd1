//! How does what a process says become an HTTP answer? One message as JSON, several as a stream of events.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::time::{Instant, timeout, timeout_at};
use warded_core::Fault;
use warded_guard::{Body, Lost, Revision, Stop};

use super::{
    child::{Exchange, Listener},
    desk::Event,
};
use crate::{answer::full, ending::Ending, shutdown::Stopping};

/// How often a silent stream says that it is there: proxies close what is silent, and so it shows who has gone.
const ALIVE: Duration = Duration::from_secs(15);
/// A message that is longer is not copied into its event: it takes room until it is written, and a copy would take none.
const LONG: usize = 64 * 1024;

/// What goes out together.
type Pieces = [Bytes; 3];

/// What is known of a request when it is answered.
pub(super) struct Asked {
    pub(super) revision: Revision,
    /// Until when the answer has to have begun.
    pub(super) deadline: Instant,
    pub(super) is_batch: bool,
    /// Whether it lacks what every request of its revision says for itself.
    pub(super) is_bare: bool,
    /// Whether it listens for as long as it can, and ends when we stop.
    pub(super) ends_with: Option<Stopping>,
}

/// The answer, and whether it is an error.
pub(super) struct Answer {
    pub(super) response: Response<Body>,
    pub(super) is_error: bool,
}

/// Waits for the first thing that is said, and answers.
pub(super) async fn of(mut exchange: Exchange, asked: Asked) -> Result<Answer, Stop> {
    let Ok(first) = timeout_at(asked.deadline, exchange.next()).await else {
        exchange.give_up();
        return Err(Fault::UpstreamTimeout.into());
    };
    // It was sent; what came of it nobody can say.
    let first = first.ok_or(Fault::UpstreamBroke)?;
    match first {
        Event::Answered { message, error, .. } if !asked.is_batch => {
            let mut response = dressed(Response::new(full(message)), "application/json");
            *response.status_mut() = status(&asked, error);
            Ok(Answer { response, is_error: error.is_some() })
        }
        first => {
            let own_words = Lost::default();
            let events = events(exchange, first, own_words.clone());
            let body = match asked.ends_with {
                Some(mut stopping) => {
                    Ending::at(async move { stopping.begun().await }, events).boxed_unsync()
                }
                None => events,
            };
            let mut response = streamed(body);
            response.extensions_mut().insert(own_words);
            Ok(Answer { response, is_error: false })
        }
    }
}

/// The stream of what a process says of its own accord.
pub(super) fn listening(listener: Listener, stopping: Option<Stopping>) -> Response<Body> {
    let news = stream::unfold(listener, async |mut listener| {
        let chunk = match timeout(ALIVE, listener.next()).await {
            Ok(Some(message)) => event(message),
            Ok(None) => return None,
            Err(_) => alone(alive()),
        };
        Some((chunk, listener))
    });
    let body = body(news);
    streamed(match stopping {
        Some(mut stopping) => Ending::at(async move { stopping.begun().await }, body).boxed_unsync(),
        None => body,
    })
}

/// What was taken, and needs no answer.
pub(super) fn accepted() -> Response<Body> {
    empty(StatusCode::ACCEPTED)
}

/// The session is over.
pub(super) fn ended() -> Response<Body> {
    empty(StatusCode::NO_CONTENT)
}

/// 2026-07-28 has neither sessions nor a stream for them.
pub(super) fn only_post() -> Response<Body> {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 2026-07-28, Streamable HTTP: an error of the protocol shows in the status. Before, every answer is 200.
fn status(asked: &Asked, error: Option<i64>) -> StatusCode {
    match error {
        Some(-32602) if asked.is_bare => StatusCode::BAD_REQUEST,
        Some(-32022..=-32020) if asked.revision >= Revision::V2026_07_28 => StatusCode::BAD_REQUEST,
        Some(-32601) if asked.revision >= Revision::V2026_07_28 => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}

/// What comes until the last request is answered.
fn events(exchange: Exchange, first: Event, own_words: Lost) -> Body {
    let said = stream::unfold((Some((exchange, own_words)), Some(first)), async |(heard, first)| {
        let (mut exchange, own_words) = heard?;
        let next = match first {
            Some(first) => Ok(Some(first)),
            None if exchange.open().len() == 0 => return None,
            None => timeout(ALIVE, exchange.next()).await,
        };
        let chunk = match next {
            Ok(Some(Event::Said(message) | Event::Answered { message, .. })) => event(message),
            Ok(Some(Event::Ended { .. })) => alone(Bytes::new()),
            Ok(None) => {
                own_words.tell();
                return Some((alone(lost(&exchange)), (None, None)));
            }
            Err(_) => alone(alive()),
        };
        Some((chunk, (Some((exchange, own_words)), None)))
    });
    body(said)
}

fn body(chunks: impl futures_util::Stream<Item = Pieces> + Send + 'static) -> Body {
    use futures_util::StreamExt as _;

    let frames = chunks
        .flat_map(stream::iter)
        .filter(|chunk| std::future::ready(!chunk.is_empty()))
        .map(|chunk| Ok::<_, Infallible>(Frame::data(chunk)));
    StreamBody::new(frames).map_err(|never| match never {}).boxed_unsync()
}

/// One event. A message has no line ends.
fn event(message: Bytes) -> Pieces {
    let (before, behind) = (b"event: message\ndata: ", b"\n\n");
    if message.len() > LONG {
        return [Bytes::from_static(before), message, Bytes::from_static(behind)];
    }
    alone([&before[..], &message, behind].concat().into())
}

fn alone(piece: Bytes) -> Pieces {
    [piece, Bytes::new(), Bytes::new()]
}

fn alive() -> Bytes {
    Bytes::from_static(b": alive\n\n")
}

/// The process has gone with requests before it: each is told so, since the status has been sent.
fn lost(exchange: &Exchange) -> Bytes {
    let entry = Fault::UpstreamBroke.entry();
    let error =
        serde_json::json!({ "code": -32603, "message": entry.public, "data": { "code": entry.code } });
    let told = exchange
        .open()
        .flat_map(|id| event(format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).into()));
    told.collect::<Vec<_>>().concat().into()
}

fn streamed(body: Body) -> Response<Body> {
    let mut response = dressed(Response::new(body), "text/event-stream");
    // Some proxies in front would gather events until there are many.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn dressed(mut response: Response<Body>, media: &'static str) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    // It was made for one caller's token; a cache would hand it to others.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    response
}
