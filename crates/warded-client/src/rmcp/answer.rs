//! What does the SDK make of an answer? Statuses and bodies in its own words. Nothing of a body stands in an error.

use ::rmcp::{
    model::{ClientJsonRpcMessage, ClientRequest, ErrorData, JsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_client::{HttpStatusError, StreamableHttpPostResponse},
};
use http::{
    HeaderMap, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use tokio::time::Duration;

use super::{Events, Failed, SESSION, events::events};
use crate::{fetch::Streaming, service::ServiceFailed};

/// Largest message that is read whole.
const MAX_MESSAGE: usize = 32 * 1024 * 1024;
/// How long one may take to come once it has begun: the SDK has no time limit of its own, and few places for what it sends.
const MESSAGE: Duration = Duration::from_mins(5);
/// As much of a refusal as is read.
const MAX_REFUSAL: usize = 64 * 1024;
/// How long it may take to come. What matters is the status, which is there.
const REFUSAL: Duration = Duration::from_secs(10);

/// The answer to a message.
pub(super) async fn to_message(
    answer: Response<Streaming>,
    message: &ClientJsonRpcMessage,
    in_session: bool,
    largest: usize,
) -> Result<StreamableHttpPostResponse, Failed> {
    let status = answer.status();
    if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
        return Ok(StreamableHttpPostResponse::Accepted);
    }
    // The server does not know the session, so it has not looked at the message: the SDK opens another.
    if status == StatusCode::NOT_FOUND && in_session {
        return Err(Failed::SessionExpired);
    }
    if !status.is_success() {
        return to_refused(answer, message, in_session).await;
    }
    let session = session_of(answer.headers());
    if is_kind(answer.headers(), "text/event-stream") {
        return Ok(StreamableHttpPostResponse::Sse(events(answer.into_body(), largest), session));
    }
    // What needs no answer may get anything.
    let is_waited_for = matches!(message, ClientJsonRpcMessage::Request(_));
    if !is_kind(answer.headers(), "application/json") {
        let kind = kind_of(answer.headers()).map(str::to_owned);
        return if is_waited_for {
            Err(Failed::UnexpectedContentType(kind))
        } else {
            Ok(StreamableHttpPostResponse::Accepted)
        };
    }
    let body = answer.into_body().collect_within(MAX_MESSAGE, MESSAGE).await;
    let body = body.map_err(|error| Failed::Client(ServiceFailed::Fetch(error)))?;
    match serde_json::from_slice(&body) {
        Ok(message) => Ok(StreamableHttpPostResponse::Json(message, session)),
        Err(_) if !is_waited_for => Ok(StreamableHttpPostResponse::Accepted),
        Err(_) => Err(Failed::UnexpectedServerResponse("the server's answer is no message of MCP".into())),
    }
}

/// A stream that was asked for.
pub(super) fn to_stream(answer: Response<Streaming>, largest: usize) -> Result<Events, Failed> {
    match answer.status() {
        StatusCode::METHOD_NOT_ALLOWED => Err(Failed::ServerDoesNotSupportSse),
        status if !status.is_success() => Err(refused(&answer)),
        _ if !is_kind(answer.headers(), "text/event-stream") => {
            Err(Failed::UnexpectedContentType(kind_of(answer.headers()).map(str::to_owned)))
        }
        _ => Ok(events(answer.into_body(), largest)),
    }
}

/// A status that is no success, and says all that there is to say.
pub(super) fn refused(answer: &Response<Streaming>) -> Failed {
    let status = answer.status();
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let after = answer.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok());
        return HttpStatusError::new(status.as_u16(), after.map(str::to_owned)).into();
    }
    let hint = if status.is_redirection() { "; redirects are not followed" } else { "" };
    let status = status.as_u16();
    Failed::UnexpectedServerResponse(format!("the server answered with status {status}{hint}").into())
}

/// The same for a message, which may have an answer in spite of the status.
async fn to_refused(
    answer: Response<Streaming>,
    message: &ClientJsonRpcMessage,
    in_session: bool,
) -> Result<StreamableHttpPostResponse, Failed> {
    let (status, session, failed) = (answer.status(), session_of(answer.headers()), refused(&answer));
    // A refusal of the token is the session's matter, and one of too many requests is no answer.
    let is_final =
        [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    if is_final {
        return Err(failed);
    }
    let is_json = is_kind(answer.headers(), "application/json");
    let body = answer.into_body().collect_within(MAX_REFUSAL, REFUSAL).await.unwrap_or_default();
    let error = match serde_json::from_slice::<ServerJsonRpcMessage>(&body) {
        Ok(JsonRpcMessage::Error(error)) if is_json => Some(error),
        _ => None,
    };
    // A server of an older revision refuses this question, often under no id or another's. The SDK learns from the
    // refusal what to do, if it comes as the answer to its question.
    if let ClientJsonRpcMessage::Request(asked) = message
        && matches!(asked.request, ClientRequest::DiscoverRequest(_))
        && status.is_client_error()
        && !in_session
    {
        let reason = || ErrorData::invalid_request(format!("refused with status {}", status.as_u16()), None);
        let error = error.map_or_else(reason, |error| error.error);
        let answer = ServerJsonRpcMessage::error(error, Some(asked.id.clone()));
        return Ok(StreamableHttpPostResponse::Json(answer, None));
    }
    match error {
        Some(error) => Ok(StreamableHttpPostResponse::Json(JsonRpcMessage::Error(error), session)),
        None => Err(failed),
    }
}

fn session_of(headers: &HeaderMap) -> Option<String> {
    headers.get(SESSION)?.to_str().ok().map(str::to_owned)
}

fn kind_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next().map(str::trim)
}

fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    kind_of(headers).is_some_and(|named| named.eq_ignore_ascii_case(kind))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };

    use http::Method;
    use serde_json::json;
    use tokio::time::{pause, timeout};

    use super::*;
    use crate::fetch::{Fetch, FetchFailed, Outgoing, Reach, Target};

    /// What the SDK makes of an answer that begins with this status and does not end.
    async fn of_unfinished(status: &'static str) -> Result<StreamableHttpPostResponse, Failed> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let (done, is_done) = std::sync::mpsc::channel::<()>();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert_ne!(stream.read(&mut [0; 4096]).unwrap(), 0);
            let head = "content-type: application/json\r\ncontent-length: 100";
            write!(stream, "HTTP/1.1 {status}\r\n{head}\r\n\r\n{{").unwrap();
            is_done.recv().unwrap_err();
        });
        let fetch = Fetch::new(Reach::public()).unwrap();
        let target = Target::configured(&url).unwrap();
        let streamed = fetch.stream(Method::POST, &target, Outgoing::nothing()).await.unwrap();
        let mut answer = Response::new(streamed.body);
        (*answer.status_mut(), *answer.headers_mut()) = (streamed.status, streamed.headers);
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "t" } });
        let call = serde_json::from_value(call).unwrap();
        // From here on the clock goes to whatever ends first.
        pause();
        let made = timeout(Duration::from_hours(1), to_message(answer, &call, true, 1024)).await.unwrap();
        drop(done);
        server.join().unwrap();
        made
    }

    #[tokio::test]
    async fn a_message_that_does_not_end_is_none() {
        let late = FetchFailed::Timeout { host: "127.0.0.1".into() };
        match of_unfinished("200 OK").await {
            Err(Failed::Client(failed)) => assert_eq!(failed, late.into()),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_refusal_whose_words_do_not_end_says_its_status() {
        let failed = of_unfinished("500 Internal Server Error").await.unwrap_err();
        assert!(failed.to_string().contains("500"), "{failed}");
    }
}
