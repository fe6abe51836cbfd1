//! How is a stream of answers read to the end that matters, also when the connection does not last that long?

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};

use super::{Bridge, away::Twice, events::Decoder, exchange::Open, headers::Settled};
use crate::{channel::Message, fetch::Streamed, login::Notice};

/// How often a stream that broke off is taken up again without anything new in it.
const RESUMES: u32 = 5;
/// How often it is taken up without a message, though something comes each time: servers that let clients ask again and
/// again send an event without data to say where they are.
const RESUMES_WITHOUT_MESSAGE: u32 = 3600;
/// The shortest pause, whatever the server says.
const RESUME_AT_LEAST: Duration = Duration::from_millis(100);
/// How long to wait before that, where the server does not say.
const RESUME_AFTER: Duration = Duration::from_secs(1);
/// The longest that a server can make us wait.
const RESUME_WITHIN: Duration = Duration::from_mins(5);
const LAST_EVENT_ID: http::HeaderName = http::HeaderName::from_static("last-event-id");

/// What came on a stream before it ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    Nothing,
    /// An event without a message.
    Sign,
    Message,
}

/// On whose behalf a request is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Behalf {
    /// The client's, whose user may be asked to log in.
    Client,
    /// The bridge's own: nobody waits for it, and a login would come out of nowhere.
    Bridge,
}

impl Bridge {
    /// Reads events until everything is answered; a stream that ends before is taken up where it was.
    pub(super) async fn follow(&self, mut answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        let mut decoder = Decoder::default();
        let (mut idle, mut without_message) = (0, 0);
        loop {
            let (heard, broken) = self.drain(answer, &mut decoder, open).await?;
            if open.is_done() {
                return Ok(());
            }
            idle = if heard == Heard::Nothing { idle + 1 } else { 0 };
            without_message = if heard == Heard::Message { 0 } else { without_message + 1 };
            let ended = || "the server's stream ended before the answer".to_owned();
            if decoder.last_id.is_none() || idle > RESUMES || without_message > RESUMES_WITHOUT_MESSAGE {
                return Err(broken.unwrap_or_else(ended));
            }
            tokio::time::sleep(pause(decoder.retry)).await;
            decoder = decoder.again();
            let again = self.stream_from(decoder.last_id.as_deref(), open.behalf()).await?;
            answer = again.ok_or_else(ended)?;
            self.session.tell(Notice::Resumed);
        }
    }

    /// Reads one stream to its end; says whether there was anything in it, and how it broke.
    async fn drain(
        &self,
        mut answer: Streamed,
        decoder: &mut Decoder,
        open: &mut Open<'_>,
    ) -> Result<(Heard, Option<String>), String> {
        let (mut heard, mut events) = (Heard::Nothing, Vec::new());
        while let Some(piece) = answer.body.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => return Ok((heard, Some(error.to_string()))),
            };
            decoder.take(&piece, &mut events).map_err(|_| "the server's message is too large".to_owned())?;
            for event in events.drain(..) {
                heard = heard.max(Heard::Sign);
                if event.is_message && !event.data.is_empty() {
                    heard = Heard::Message;
                    self.deliver(event.data, open).await?;
                }
            }
            // A server need not close a stream that has nothing more to say.
            if open.is_done() && open.has_requests() {
                answer.body.let_go();
                break;
            }
        }
        Ok((heard, None))
    }

    /// Takes up a stream that broke off; none where the server has no such stream.
    async fn stream_from(&self, last: Option<&[u8]>, behalf: Behalf) -> Result<Option<Streamed>, String> {
        let (answer, _) = self.get(last, behalf).await?;
        Ok((answer.status == StatusCode::OK && is_stream(&answer.headers)).then_some(answer))
    }

    /// Opens the stream of what the server says of its own accord; none where there is no such stream.
    pub(super) async fn own_accord_from(&self, last: Option<&[u8]>) -> Result<Option<Streamed>, String> {
        let (mut answer, settled) = self.get(last, Behalf::Bridge).await?;
        if answer.status == StatusCode::NOT_FOUND && settled.has_session() {
            self.open_again(&settled, Behalf::Bridge).await?;
            answer = self.get(None, Behalf::Bridge).await?.0;
        }
        Ok((answer.status == StatusCode::OK && is_stream(&answer.headers)).then_some(answer))
    }

    async fn get(&self, last: Option<&[u8]>, behalf: Behalf) -> Result<(Streamed, Settled), String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(last) = last.and_then(|last| HeaderValue::from_bytes(last).ok()) {
            headers.insert(LAST_EVENT_ID, last);
        }
        let mut message = Message::new(Method::GET, headers, Bytes::new());
        let settled = self.wire.now();
        settled.dress(&mut message);
        let answer = self.send(&message, behalf, Twice::Harmless).await?;
        // What may be better in a moment is not a no.
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(format!("the server answered with status {}", answer.status.as_u16()));
        }
        Ok((answer, settled))
    }
}

/// How long to wait before a stream is taken up again.
pub(super) fn pause(retry: Option<u32>) -> Duration {
    let pause = retry.map_or(RESUME_AFTER, |milliseconds| Duration::from_millis(milliseconds.into()));
    pause.clamp(RESUME_AT_LEAST, RESUME_WITHIN)
}

/// Whether an answer is a stream of events.
pub(super) fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_decides_how_long_to_wait_within_limits() {
        assert_eq!(pause(None), RESUME_AFTER);
        assert_eq!((pause(Some(0)), pause(Some(99))), (RESUME_AT_LEAST, RESUME_AT_LEAST));
        assert_eq!(pause(Some(2_000)), Duration::from_secs(2));
        assert_eq!(pause(Some(u32::MAX)), RESUME_WITHIN);
    }
}
