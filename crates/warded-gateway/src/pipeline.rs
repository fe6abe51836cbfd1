//! The way of a permitted call to the server behind, and of the answer back: the list of its steps.
//!
//! The guard has let the call through; it made the [`Permitted`]. Each step takes what the one before it made.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, header};
use http_body_util::BodyExt as _;
use warded_core::{Fault, ResourceUri, Server};
use warded_guard::{Addressed, Body, Called, Permitted, Stop};

use crate::{
    credential::{Credential, Shown},
    egress,
    ending::Ending,
    headers::{self, Forwarded},
    resume::{self, Numbered, Numbering},
    session::{self, Owner, SESSION_ID, SessionSeal},
    shutdown::Stopping,
    upstream::{Answered, Upstream},
};

/// A server behind that speaks HTTP.
#[derive(Debug)]
pub struct Http {
    server: String,
    resource: ResourceUri,
    seal: Arc<SessionSeal>,
    credential: Credential,
    upstream: Upstream,
    forwarded: Forwarded,
}

/// The session that a request goes on with.
struct Resumed {
    sealed: HeaderValue,
    id: HeaderValue,
}

impl Http {
    /// What lies behind the guard of `server`, and how Warded shows itself there.
    pub fn new(server: &Server, upstream: Upstream, credential: Credential, seal: Arc<SessionSeal>) -> Self {
        let (name, resource) = (server.name().to_owned(), server.resource().clone());
        let forwarded = Forwarded::to(&resource);
        Self { server: name, resource, seal, credential, upstream, forwarded }
    }

    /// The life of a call behind the guard, top to bottom.
    pub(crate) async fn carry(&self, mut permitted: Permitted) -> Result<Response<Body>, Stop> {
        let unsent = permitted.unsent();
        let Permitted { parts: mut head, called, token, residue, .. } = permitted;
        let (method, message) = sent(called);
        let noted = std::mem::take(&mut head.extensions); // what was noted on the way in does not go on
        // Only of those who listen.
        let stopping = noted.get::<Stopping>().cloned();
        let peer = noted.get::<SocketAddr>().copied();
        let name = noted.get::<Addressed>().map_or(&self.resource, |Addressed(name)| name); // which name was called

        let owner = Owner::of(&token, &self.server); // whose session it must be
        let resumed = self.resumed(&mut head.headers, &owner)?; // the ids of the server behind for the sealed ones
        headers::onward(&mut head.headers, self.upstream.called(name)); // end to end only
        self.forwarded.tell(&mut head.headers, peer); // in our name
        let shown = self.credential.of(&token, &residue).await?; // for this server behind alone
        shown.attach(&mut head.headers); // our own credential
        self.upstream.address(&mut head, method);
        let outbound = egress::check(head, message, &residue)?; // and the caller's nowhere
        let answer = self.upstream.send(outbound, &self.server, &unsent).await;
        let mut answer = answer.inspect_err(|fault| shown.met(*fault))?;
        let session = self.sealed(&mut answer, &owner, resumed)?; // a session id that only this caller can use
        headers::back(answer.headers_mut());
        let numbering = || Numbering::of(&self.seal, &owner, session.as_ref()); // and ids of events
        Ok(Self::streamed(answer, &shown, numbering, stopping))
    }

    fn resumed(&self, headers: &mut HeaderMap, owner: &Owner<'_>) -> Result<Option<Resumed>, Stop> {
        let resumed = match session::one(headers)? {
            Some(mut found) => {
                let id = self.seal.open(found.get(), owner)?;
                Some(Resumed { sealed: found.insert(id.clone()), id })
            }
            None => None,
        };
        let session = resumed.as_ref().map(|resumed| &resumed.id);
        resume::resume(headers, || Numbering::of(&self.seal, owner, session))?;
        Ok(resumed)
    }

    /// Gives the session that the server behind knows.
    fn sealed(
        &self,
        answer: &mut Response<Answered>,
        owner: &Owner<'_>,
        resumed: Option<Resumed>,
    ) -> Result<Option<HeaderValue>, Stop> {
        // Two ids, or one that is none: whatever it means, the caller could not use it.
        let unusable = || {
            tracing::warn!(server = self.server, request = %warded_guard::request::current(), "the server behind gave no usable session id");
            Stop::from(Fault::UpstreamUnusable)
        };
        let Some(id) = session::take(answer.headers_mut()).map_err(|_| unusable())? else {
            return Ok(resumed.map(|resumed| resumed.id));
        };
        // Some servers repeat the id in every answer. Sealed anew, it would look like another session.
        let sealed = match resumed {
            Some(resumed) if resumed.id == id => resumed.sealed,
            _ => self.seal.seal(&id, owner).ok_or_else(unusable)?,
        };
        answer.headers_mut().insert(&SESSION_ID, sealed);
        Ok(Some(id))
    }

    fn streamed(
        answer: Response<Answered>,
        shown: &Shown,
        numbering: impl FnOnce() -> Numbering,
        ends_with: Option<Stopping>,
    ) -> Response<Body> {
        let (mut parts, body) = answer.into_parts();
        let mask = shown.mask();
        mask.clean(&mut parts.headers);
        // It was made for one caller's token; a cache would hand it to others.
        parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
        let is_stream = body.is_stream();
        let mask = if is_stream { shown.mask_of_stream() } else { mask };
        let body = mask.over(body).map_err(Into::into);
        if !is_stream {
            return Response::from_parts(parts, body.boxed_unsync());
        }
        // Some proxies in front would gather events until there are many.
        parts.headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        // Sealed ids are longer.
        parts.headers.remove(header::CONTENT_LENGTH);
        let body = Numbered::over(body, numbering());
        let body = match ends_with {
            Some(mut stopping) => Ending::at(async move { stopping.begun().await }, body).boxed_unsync(),
            None => body.boxed_unsync(),
        };
        Response::from_parts(parts, body)
    }
}

/// Judged is forwarded: the very bytes that were judged.
fn sent(called: Called) -> (Method, Bytes) {
    match called {
        Called::Post { message, .. } => (Method::POST, message),
        Called::Get => (Method::GET, Bytes::new()),
        Called::Delete => (Method::DELETE, Bytes::new()),
    }
}
