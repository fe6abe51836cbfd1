//! One message to the server, and everything that comes back because of it.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::Value;
use warded_core::Shown;

use super::{
    Bridge,
    events::Decoder,
    lines::MAX_MESSAGE,
    message::{self, Call, Head},
};
use crate::{channel::Message, fetch::Streamed};

/// How often a stream that broke off is taken up again without anything new in it.
const RESUMES: u32 = 5;
/// How long to wait before that, where the server does not say.
const RESUME_AFTER: Duration = Duration::from_secs(1);
/// The longest that a server can make us wait.
const RESUME_WITHIN: Duration = Duration::from_mins(5);
/// As much of a refusal as is read.
const MAX_REFUSAL: usize = 64 * 1024;

const LAST_EVENT_ID: http::HeaderName = http::HeaderName::from_static("last-event-id");

/// The requests of a call that have no answer yet.
struct Open<'c> {
    call: &'c Call,
    ids: Vec<Value>,
}

impl Bridge {
    /// Carries one call. Every request in it gets an answer, if only one that says why there is none.
    pub(super) async fn exchange(&self, call: &Call) {
        let mut open = Open { call, ids: call.ids().to_vec() };
        if let Err(reason) = self.carry(&mut open).await {
            if call.ids().is_empty() {
                tracing::warn!(reason, "the server did not take a notification");
            }
            for id in open.ids {
                self.complain(&id, &reason).await;
            }
        }
    }

    async fn carry(&self, open: &mut Open<'_>) -> Result<(), String> {
        let call = open.call;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        let mut message = Message::new(Method::POST, headers, call.body());
        self.wire.dress_for(call, &mut message);
        self.tools.dress(call, &mut message)?;
        let answer = self.session.send(&message).await.map_err(|error| error.to_string())?;
        if answer.status.is_success() {
            if call.is_handshake() {
                self.wire.open(&answer.headers);
            }
            return self.receive(answer, open).await;
        }
        if answer.status == StatusCode::NOT_FOUND && self.wire.has_session() && !call.is_handshake() {
            // The specification has the client begin anew; only it can.
            self.wire.close();
            return Err("the server has ended the session; connect again".to_owned());
        }
        self.refusal(answer, open).await
    }

    async fn receive(&self, answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        if is_stream(&answer.headers) {
            return self.follow(answer, open).await;
        }
        if answer.is_json() {
            let body = answer.body.collect(MAX_MESSAGE).await.map_err(|error| error.to_string())?;
            if !body.trim_ascii().is_empty() {
                self.deliver(body, open).await?;
            }
        }
        if open.ids.is_empty() {
            Ok(())
        } else {
            Err("the server's answer holds no answer to this".to_owned())
        }
    }

    /// Reads events until everything is answered; a stream that ends before is taken up where it was.
    async fn follow(&self, mut answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        let mut decoder = Decoder::default();
        let mut idle = 0;
        loop {
            let (news, broken) = self.drain(answer, &mut decoder, open).await?;
            if open.ids.is_empty() {
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
            if open.ids.is_empty() && !open.call.ids().is_empty() {
                break;
            }
        }
        Ok((news, None))
    }

    /// Opens the stream of what the server says of its own accord, or takes up one that broke off; none where there is
    /// no such stream.
    pub(super) async fn stream_from(&self, last: Option<&[u8]>) -> Result<Option<Streamed>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(last) = last.and_then(|last| HeaderValue::from_bytes(last).ok()) {
            headers.insert(LAST_EVENT_ID, last);
        }
        let mut message = Message::new(Method::GET, headers, Bytes::new());
        self.wire.dress(&mut message);
        let answer = self.session.send(&message).await.map_err(|error| error.to_string())?;
        // What may be better in a moment is not a no.
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(format!("the server answered with status {}", answer.status.as_u16()));
        }
        Ok((answer.status == StatusCode::OK && is_stream(&answer.headers)).then_some(answer))
    }

    /// Hands a message to the client, and notes what it answers.
    async fn deliver(&self, message: Bytes, open: &mut Open<'_>) -> Result<(), String> {
        let heads = Head::all(&message).ok_or("the server sent something that is not JSON-RPC")?;
        let before = open.ids.len();
        for id in heads.iter().filter_map(Head::answers) {
            open.ids.retain(|open| open != id);
        }
        if open.ids.len() < before {
            self.note(open.call, &message);
        }
        self.say(message).await;
        Ok(())
    }

    /// What the bridge itself needs to know of an answer.
    fn note(&self, call: &Call, message: &[u8]) {
        let wanted = call.is_handshake() || call.method() == Some("tools/list");
        let result = || serde_json::from_slice::<Value>(message).ok()?.get("result").cloned();
        if let Some(result) = wanted.then(result).flatten() {
            if call.is_handshake()
                && let Some(revision) = result.get("protocolVersion").and_then(Value::as_str)
            {
                self.wire.settle(revision);
            } else {
                self.tools.learn(&result);
            }
        }
    }

    /// A status that is no success: the server's own words where it has any, under the id that was asked.
    async fn refusal(&self, answer: Streamed, open: &mut Open<'_>) -> Result<(), String> {
        let status = answer.status;
        let body = answer.body.collect(MAX_REFUSAL).await.unwrap_or_default();
        let document: Value = serde_json::from_slice(&body).unwrap_or_default();
        if let [id] = open.ids.as_slice()
            && let Some(error) = document.get("error").filter(|error| error.is_object())
        {
            let id = id.clone();
            open.ids.clear();
            if document.get("id") == Some(&id) {
                self.say(body).await;
            } else {
                self.say(message::error_for(&id, error)).await;
            }
            return Ok(());
        }
        let words =
            ["error_description", "message", "error"].iter().find_map(|name| document.get(name)?.as_str());
        let words = words.map(|words| format!(": {}", Shown::new(words))).unwrap_or_default();
        let hint = if status.is_redirection() { "; redirects are not followed" } else { "" };
        Err(format!("the server answered with status {}{words}{hint}", status.as_u16()))
    }
}

/// How long to wait before a stream is taken up again.
pub(super) fn pause(retry: Option<u32>) -> Duration {
    retry.map_or(RESUME_AFTER, |milliseconds| Duration::from_millis(milliseconds.into())).min(RESUME_WITHIN)
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}
