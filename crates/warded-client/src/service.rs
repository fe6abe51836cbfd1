//! How does a program send requests of its own to the one server of a session? By a tower service that leads there and
//! nowhere else: a request for another place, or with a credential of its own, is an error before anything is sent.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, header::CONTENT_TYPE};
use tower_service::Service;
use warded_core::ResourceUri;

use crate::{
    channel::{CREDENTIALS, Message},
    fetch::{FetchFailed, Streamed, Streaming},
    session::{Session, SessionFailed},
};

/// The way to one server, with the token that it needs. Copies lead there, too, with the same login.
#[derive(Clone, Debug)]
pub struct ToServer(Arc<Session>);

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceFailed {
    /// Whoever follows a redirect, or mixes up two servers, would carry one's token to the other.
    #[error("this way leads to {server} only: a request for another place is not sent")]
    Elsewhere {
        /// Where it leads, without a query: a query may hold a key, and this ends up in logs.
        server: Box<str>,
    },
    /// MCP has no other.
    #[error("POST, GET and DELETE are sent, and {method} is not")]
    Method {
        /// Which.
        method: Method,
    },
    /// Which of two credentials counts would be the server's guess, and one of them may be for somebody else.
    #[error("`{name}` is for the session to say: a request that has one is not sent")]
    Credential {
        /// Which header.
        name: HeaderName,
    },
    /// No answer, or no token.
    #[error(transparent)]
    Session(#[from] SessionFailed),
    /// The answer broke off.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
}

impl ToServer {
    /// The way to the session's server.
    pub const fn by(session: Arc<Session>) -> Self {
        Self(session)
    }

    /// The server.
    pub fn server(&self) -> &ResourceUri {
        self.0.server()
    }

    /// Sends a request to the server, and a person logs in where that takes one. The body of the answer is still to come.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Streaming>, ServiceFailed> {
        Ok(response(self.0.send(&self.message(request)?).await?))
    }

    /// The same for a request that no person has asked for: with the token at hand or a new one, and no login.
    pub async fn send_unattended(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Streaming>, ServiceFailed> {
        Ok(response(self.0.send_unattended(&self.message(request)?).await?))
    }

    /// What a request for another place is told.
    pub(crate) fn elsewhere(&self) -> ServiceFailed {
        let path = self.server().path_and_query().split('?').next().unwrap_or_default();
        ServiceFailed::Elsewhere { server: format!("{}{path}", self.server().origin()).into() }
    }

    fn message(&self, request: Request<Bytes>) -> Result<Message, ServiceFailed> {
        let (mut head, body) = request.into_parts();
        if !ResourceUri::parse(&head.uri.to_string()).is_ok_and(|url| url == *self.server()) {
            return Err(self.elsewhere());
        }
        if ![Method::POST, Method::GET, Method::DELETE].contains(&head.method) {
            return Err(ServiceFailed::Method { method: head.method });
        }
        if let Some(name) = CREDENTIALS.into_iter().find(|name| head.headers.contains_key(name)) {
            return Err(ServiceFailed::Credential { name });
        }
        // A body of no kind would not be sent.
        if !body.is_empty() {
            head.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        }
        Ok(Message::new(head.method, head.headers, body))
    }
}

fn response(answer: Streamed) -> Response<Streaming> {
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

impl Service<Request<Bytes>> for ToServer {
    type Response = Response<Streaming>;
    type Error = ServiceFailed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ServiceFailed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ServiceFailed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let way = self.clone();
        Box::pin(async move { way.send(request).await })
    }
}
