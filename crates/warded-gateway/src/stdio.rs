//! How does a request get to a server behind that speaks over standard input and output? Warded is the HTTP server that
//! the process is not: it knows the sessions, tells requests apart, and sends what the process says where it belongs.

mod answer;
mod child;
mod definition;
mod desk;
mod headcount;
mod held;
mod home;
mod inbox;
#[cfg(unix)]
pub mod keeper;
mod line;
mod lines;
mod own_accord;
mod part;
mod pool;
mod process;
mod quota;
mod repeated;
mod supervise;
#[cfg(all(test, unix))]
mod tests;
mod unread;
mod wire;

use std::{future::Future, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Response, header, request};
use tokio::time::{Instant, timeout_at};
use warded_core::{Fault, Refusal, Server};
use warded_guard::{Body, Call, Called, Kind, Message, Permitted, Revision, Stop, Unsent};

pub use definition::Definition;
pub use headcount::Headcount;
pub use pool::Pool;

use self::{
    answer::Asked,
    child::{Child, Exchange, OwnerDigest, Whose, gone},
    desk::Terms,
    home::Home,
    part::Part,
};
use crate::{
    egress::{self, Sayable},
    resume,
    session::{self, Owner, SESSION_ID, SessionSeal},
    shutdown::Stopping,
};

/// How long a process may take to answer `initialize`, where it may not take less for everything. The first start of a
/// command may have to download it.
const FIRST_WORD: Duration = Duration::from_mins(1);

/// Nobody waits longer, whatever may be written.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// A server behind that speaks over standard input and output.
#[derive(Debug)]
pub struct Stdio {
    server: String,
    seal: Arc<SessionSeal>,
    home: Arc<Home>,
    timeout: Duration,
}

impl Stdio {
    /// What lies behind the guard of `server`: processes of one definition, which may take as long as `timeout` to begin
    /// an answer.
    pub fn new(
        server: &Server,
        definition: Definition,
        pool: &Pool,
        seal: Arc<SessionSeal>,
        timeout: Duration,
    ) -> Self {
        Self { server: server.name().to_owned(), seal, home: pool.home(definition), timeout }
    }

    /// The life of a call behind the guard.
    pub(crate) async fn carry(&self, mut permitted: Permitted) -> Result<Response<Body>, Stop> {
        let unsent = permitted.unsent();
        let Permitted { mut parts, called, token, residue, .. } = permitted;
        let owner = Owner::of(&token, &self.server); // whose process it must be
        let person = || Owner::person(&token, &self.server).digest(); // and among whose it counts
        let session = session::take(&mut parts.headers)?;
        resume::nothing(&parts.headers)?; // a process numbers no events
        match called {
            Called::Post { message, call } => {
                let message = egress::message(message, &residue)?; // the caller's token stays here
                let conversation = Conversation::of(&parts, &message, &call, &unsent, self.timeout);
                self.post(conversation, &owner, person, session).await
            }
            Called::Get | Called::Delete if is_without_sessions(&parts.headers) => Ok(answer::only_post()),
            Called::Get => {
                let child = self.resumed(session, &owner)?;
                let listener = child.listen().ok_or(Refusal::SessionUnknown)?;
                Ok(answer::listening(listener, stopping(&parts)))
            }
            Called::Delete => {
                self.resumed(session, &owner)?.end();
                Ok(answer::ended())
            }
        }
    }

    async fn post(
        &self,
        mut conversation: Conversation<'_>,
        owner: &Owner<'_>,
        person: impl Fn() -> OwnerDigest,
        session: Option<HeaderValue>,
    ) -> Result<Response<Body>, Stop> {
        let whose = || Whose { owner: owner.digest(), person: person() };
        if conversation.call.revision() >= Revision::V2026_07_28 {
            // One that ends in this very moment took nothing; the next one may.
            for _ in 0..2 {
                let child = conversation.in_time(self.home.shared(whose())).await?;
                if let Some(answer) = conversation.with(&child).await? {
                    return Ok(answer.response);
                }
            }
            return Err(gone());
        }
        if session.is_none() && conversation.begins() {
            conversation.opens_session = true;
            return self.begin(conversation, owner, whose()).await;
        }
        let child = self.resumed(session, owner)?;
        let answer = conversation.with(&child).await?;
        answer.map(|answer| answer.response).ok_or_else(|| Refusal::SessionUnknown.into())
    }

    /// The process of the session that a request goes on with.
    fn resumed(&self, session: Option<HeaderValue>, owner: &Owner<'_>) -> Result<Arc<Child>, Refusal> {
        let sealed = session.ok_or(Refusal::SessionMissing)?;
        let id = self.seal.open(&sealed, owner)?;
        self.home.session(id.to_str().unwrap_or_default())
    }

    /// A new session. It ends where nobody learns its id.
    async fn begin(
        &self,
        conversation: Conversation<'_>,
        owner: &Owner<'_>,
        whose: Whose,
    ) -> Result<Response<Body>, Stop> {
        let begun = conversation.in_time(self.home.begin(whose)).await?;
        let child = begun.child();
        let id = child.session.as_deref().and_then(|id| HeaderValue::from_str(id).ok());
        let sealed = id.and_then(|id| self.seal.seal(&id, owner)).ok_or_else(gone)?;
        let mut answer = conversation.with(child).await?.ok_or_else(gone)?;
        if !answer.is_error {
            answer.response.headers_mut().insert(&SESSION_ID, sealed);
            drop(begun.stays());
        }
        Ok(answer.response)
    }
}

/// One POST.
struct Conversation<'c> {
    parts: &'c request::Parts,
    message: &'c Sayable,
    call: &'c Call,
    unsent: &'c Unsent,
    /// Until when its answer has to have begun.
    deadline: Instant,
    /// Whether a session begins with it.
    opens_session: bool,
}

impl<'c> Conversation<'c> {
    fn of(
        parts: &'c request::Parts,
        message: &'c Sayable,
        call: &'c Call,
        unsent: &'c Unsent,
        timeout: Duration,
    ) -> Self {
        let patience = if begins(call) { timeout.min(FIRST_WORD) } else { timeout.min(FOR_EVER) };
        Self { parts, message, call, unsent, deadline: Instant::now() + patience, opens_session: false }
    }

    fn begins(&self) -> bool {
        begins(self.call)
    }

    /// What comes while there is time.
    async fn in_time<T>(&self, wanted: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
        timeout_at(self.deadline, wanted).await.map_err(|_| Fault::UpstreamTimeout)?
    }

    /// The answer; none where the process had gone before it took anything.
    async fn with(&self, child: &Arc<Child>) -> Result<Option<answer::Answer>, Stop> {
        if self.call.revision() >= Revision::V2026_07_28 {
            self.agrees(child)?;
        }
        let has_requests = self.call.messages().iter().any(|message| message.kind() == Kind::Request);
        let Some(mut exchange) = self.in_time(self.said(child)).await? else {
            return Ok(None);
        };
        if self.opens_session {
            exchange.opens_session();
        }
        if !has_requests {
            return Ok(Some(answer::Answer { response: answer::accepted(), is_error: false }));
        }
        let listens = |message: &Message| message.method() == Some("subscriptions/listen");
        let ends_with = stopping(self.parts).filter(|_| self.call.messages().iter().any(listens));
        let asked = Asked {
            revision: self.call.revision(),
            deadline: self.deadline,
            is_batch: self.call.is_batch(),
            is_bare: self.is_bare(),
            ends_with,
        };
        answer::of(exchange, asked).await.map(Some)
    }

    /// The process sees no headers, so here they are compared with what it sees.
    fn agrees(&self, child: &Child) -> Result<(), Refusal> {
        for tool in self.call.messages().iter().filter_map(Message::tool) {
            if let Some(repeated_of) = child.repeats(tool) {
                let text = std::str::from_utf8(self.message.bytes()).ok();
                let call =
                    text.and_then(Part::whole).ok_or(Refusal::CallMalformed { why: "it is no message" })?;
                repeated::agree(&repeated_of, &self.parts.headers, call)?;
            }
        }
        Ok(())
    }

    /// Whether a request does not say for itself what 2026-07-28 wants said.
    fn is_bare(&self) -> bool {
        let text = std::str::from_utf8(self.message.bytes()).ok();
        let heads = text.and_then(wire::read).into_iter().flat_map(|messages| messages.all);
        self.call.revision() >= Revision::V2026_07_28
            && heads.filter(|head| head.kind == Kind::Request).any(|head| !head.is_self_contained())
    }

    async fn said(&self, child: &Arc<Child>) -> Result<Option<Exchange>, Stop> {
        let revision = self.call.revision();
        let terms = Terms {
            streams: self.call.is_batch() || takes_events(&self.parts.headers),
            batches: revision == Revision::V2025_03_26,
        };
        let hangs_up = revision >= Revision::V2026_07_28;
        let exchange = child.say(self.message, terms, hangs_up).await?;
        // It waits for room before it says anything and for nothing after, so nobody can hang up in between.
        if exchange.is_some() {
            self.unsent.is_sent();
        }
        Ok(exchange)
    }
}

fn begins(call: &Call) -> bool {
    call.messages().iter().any(|message| message.method() == Some("initialize"))
}

fn stopping(parts: &request::Parts) -> Option<Stopping> {
    parts.extensions.get::<Stopping>().cloned()
}

/// The guard has read the header already; without one it is 2025-03-26.
fn is_without_sessions(headers: &HeaderMap) -> bool {
    let named = headers.get("mcp-protocol-version").and_then(|name| name.to_str().ok());
    named
        .and_then(|name| Revision::named(name.trim()))
        .is_some_and(|revision| revision >= Revision::V2026_07_28)
}

/// MCP: a client takes both JSON and events. One that says otherwise gets the answer alone.
fn takes_events(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
    accepted.peek().is_none()
        || accepted.any(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            ["text/event-stream", "text/*", "*/*"].iter().any(|media| text.contains(media))
        })
}
