//! How does the official SDK, `rmcp`, reach a server that asks for a token? By a backend of its Streamable HTTP client that
//! leads to the one server of a session. The SDK hears of no token, and its own ways of getting one are not used.

mod answer;
mod events;

use std::{collections::HashMap, sync::Arc};

use ::rmcp::{
    model::ClientJsonRpcMessage,
    transport::{
        StreamableHttpClientTransport,
        streamable_http_client::{
            SseError, StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError,
            StreamableHttpPostResponse,
        },
    },
};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use sse_stream::Sse;

use self::events::LARGEST;
use crate::{
    service::{ServiceFailed, ToServer},
    session::Session,
};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// What the transport says itself.
const OURS: [HeaderName; 4] = [ACCEPT, CONTENT_TYPE, SESSION, LAST_EVENT_ID];

type Failed = StreamableHttpError<ServiceFailed>;
type Events = BoxStream<'static, Result<Sse, SseError>>;

/// What carries the SDK's messages, to one server.
#[derive(Clone, Debug)]
pub struct Backend(ToServer);

/// What the SDK says of a request, whatever it is about.
struct Said {
    uri: Arc<str>,
    session: Option<Arc<str>>,
    /// A credential: the SDK was told one, or has one from elsewhere.
    credential: Option<String>,
    headers: HashMap<HeaderName, HeaderValue>,
}

impl Backend {
    /// A backend that leads to the session's server. It is for
    /// [`StreamableHttpClientTransport::with_client`], whose configuration must name that server.
    pub const fn by(session: Arc<Session>) -> Self {
        Self(ToServer::by(session))
    }

    /// A transport to the session's server, within a tokio runtime.
    pub fn transport(session: Arc<Session>) -> StreamableHttpClientTransport<Self> {
        let config = StreamableHttpClientTransportConfig::with_uri(session.server().as_str());
        StreamableHttpClientTransport::with_client(Self::by(session), config)
    }

    fn request(
        &self,
        method: Method,
        accept: &'static str,
        said: Said,
        body: Bytes,
    ) -> Result<Request<Bytes>, Failed> {
        if said.credential.is_some() {
            return Err(Failed::Client(ServiceFailed::Credential { name: AUTHORIZATION }));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in said.headers {
            if OURS.contains(&name) {
                return Err(Failed::ReservedHeaderConflict(name.to_string()));
            }
            headers.insert(name, value);
        }
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if let Some(session) = said.session {
            headers.insert(SESSION, secret(&session)?);
        }
        let elsewhere = |_| Failed::Client(self.0.elsewhere());
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = said.uri.parse().map_err(elsewhere)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// Whoever has it can speak in the session, or hear what was said in it.
fn secret(text: &str) -> Result<HeaderValue, Failed> {
    let unsendable = |_| Failed::UnexpectedServerResponse("an id that cannot stand in a header".into());
    let mut value = HeaderValue::from_str(text).map_err(unsendable)?;
    value.set_sensitive(true);
    Ok(value)
}

impl StreamableHttpClient for Backend {
    type Error = ServiceFailed;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let sent = self.post_message_with_max_sse_event_size(
            uri,
            message,
            session_id,
            auth_header,
            custom_headers,
            LARGEST,
        );
        sent.await
    }

    async fn post_message_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        max_sse_event_size: usize,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let in_session = session_id.is_some();
        let said = Said { uri, session: session_id, credential: auth_header, headers: custom_headers };
        let body = serde_json::to_vec(&message)?;
        let request = self.request(Method::POST, "application/json, text/event-stream", said, body.into())?;
        let answer = self.0.send(request).await.map_err(Failed::Client)?;
        answer::to_message(answer, &message, in_session, max_sse_event_size).await
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failed> {
        let said = Said { uri, session: Some(session_id), credential: auth_header, headers: custom_headers };
        let request = self.request(Method::DELETE, "application/json", said, Bytes::new())?;
        // Nobody is asked to log in so that something can end.
        let answer = self.0.send_unattended(request).await.map_err(Failed::Client)?;
        match answer.status() {
            // A server may have no such thing, and a session may have ended before.
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(answer::refused(&answer)),
        }
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<Events, Failed> {
        let opened = self.get_stream_with_max_sse_event_size(
            uri,
            session_id,
            last_event_id,
            auth_header,
            custom_headers,
            LARGEST,
        );
        opened.await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
        max_sse_event_size: usize,
    ) -> Result<Events, Failed> {
        let said = Said { uri, session: session_id, credential: auth_header, headers: custom_headers };
        let mut request = self.request(Method::GET, "text/event-stream", said, Bytes::new())?;
        if let Some(last) = last_event_id {
            request.headers_mut().insert(LAST_EVENT_ID, secret(&last)?);
        }
        // The SDK opens streams again and again by itself: a login would come out of nowhere.
        let answer = self.0.send_unattended(request).await.map_err(Failed::Client)?;
        answer::to_stream(answer, max_sse_event_size)
    }
}
