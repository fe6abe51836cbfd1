//! How is a stream of answers read to the end that matters, also when the connection does not last that long?

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};

use super::{Bridge, events::Decoder, exchange::Open, headers::Settled};
use crate::{channel::Message, fetch::Streamed};

/// How often a stream that broke off is taken up again without anything new in it.
const RESUMES: u32 = 5;
/// How long to wait before that, where the server does not say.
const RESUME_AFTER: Duration = Duration::from_secs(1);
/// The longest that a server can make us wait.
const RESUME_WITHIN: Duration = Duration::from_mins(5);
const LAST_EVENT_ID: http::HeaderName = http::HeaderName::from_static("last-event-id");

impl Bridge {
    /// Reads events until everything is answered; a stream that ends before is taken up where it was.
    pub(super) async fn follow(&self, mut answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        let mut decoder = Decoder::default();
        let mut idle = 0;
        loop {
            let (news, broken) = self.drain(answer, &mut decoder, open).await?;
            if open.is_done() {
                return Ok(());
            }
            idle = if news { 0 } else { idle + 1 };
            let ended = || "the server's stream ended before the answer".to_owned();
            if decoder.last_id.is_none() || idle > RESUMES {
                return Err(broken.unwrap_or_else(ended));
            }
            tokio::time::sleep(pause(decoder.retry)).await;
            decoder = decoder.again();
            answer = self.stream_from(decoder.last_id.as_deref()).await?.ok_or_else(ended)?;
        }
    }

    /// Reads one stream to its end; says whether there was anything in it, and how it broke.
    async fn drain(
        &self,
        mut answer: Streamed,
        decoder: &mut Decoder,
        open: &mut Open<'_>,
    ) -> Result<(bool, Option<String>), String> {
        let (mut news, mut events) = (false, Vec::new());
        while let Some(piece) = answer.body.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return Ok((news, Some(error.to_string()))),
            };
            decoder.take(&piece, &mut events).map_err(|_| "the server's message is too large".to_owned())?;
            for event in events.drain(..) {
                news = true;
                if event.is_message && !event.data.is_empty() {
                    self.deliver(event.data, open).await?;
                }
            }
            // A server need not close a stream that has nothing more to say.
            if open.is_done() && open.has_requests() {
                break;
            }
        }
        Ok((news, None))
    }

    /// Takes up a stream that broke off; none where the server has no such stream.
    async fn stream_from(&self, last: Option<&[u8]>) -> Result<Option<Streamed>, String> {
        let (answer, _) = self.get(last).await?;
        Ok((answer.status == StatusCode::OK && is_stream(&answer.headers)).then_some(answer))
    }

    /// Opens the stream of what the server says of its own accord; none where there is no such stream.
    pub(super) async fn own_accord_from(&self, last: Option<&[u8]>) -> Result<Option<Streamed>, String> {
        let (mut answer, settled) = self.get(last).await?;
        if answer.status == StatusCode::NOT_FOUND && settled.has_session() {
            self.open_again(&settled).await?;
            answer = self.get(None).await?.0;
        }
        Ok((answer.status == StatusCode::OK && is_stream(&answer.headers)).then_some(answer))
    }

    async fn get(&self, last: Option<&[u8]>) -> Result<(Streamed, Settled), String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(last) = last.and_then(|last| HeaderValue::from_bytes(last).ok()) {
            headers.insert(LAST_EVENT_ID, last);
        }
        let mut message = Message::new(Method::GET, headers, Bytes::new());
        let settled = self.wire.now();
        settled.dress(&mut message);
        let answer = self.session.send(&message).await.map_err(|error| error.to_string())?;
        // What may be better in a moment is not a no.
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(format!("the server answered with status {}", answer.status.as_u16()));
        }
        Ok((answer, settled))
    }
}

/// How long to wait before a stream is taken up again.
pub(super) fn pause(retry: Option<u32>) -> Duration {
    retry.map_or(RESUME_AFTER, |milliseconds| Duration::from_millis(milliseconds.into())).min(RESUME_WITHIN)
}

/// Whether an answer is a stream of events.
pub(super) fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}
