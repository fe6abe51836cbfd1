//! What is asked? Reads the message once, by the rules of its revision, and keeps the very bytes that were judged.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
    request,
};
use serde::{Serialize, Serializer};
use warded_core::{Refusal, Residue, VerifiedToken};

use crate::{
    BoxError,
    answer::{Asked, Stop},
    arrivals::Arrivals,
    sender::Claimed,
    settle::Awaits,
    verify::Verified,
};
use envelope::Envelope;

mod arrival;
#[cfg(test)]
mod differential;
mod envelope;
mod header;
mod lookalike;
mod message;
mod named;
mod params;
mod pieces;
mod revision;
mod strict;
mod target;

pub use header::repeated;
pub(crate) use lookalike::folds_to;
pub use message::{Kind, Message};
pub use revision::Revision;
pub use target::Target;

/// What is asked of a server.
///
/// ```
/// use warded_guard::Called;
///
/// fn bytes(called: &Called) -> usize {
///     match called {
///         Called::Post { message, .. } => message.len(),
///         Called::Get | Called::Delete => 0,
///     }
/// }
/// assert_eq!(bytes(&Called::Get), 0);
/// ```
#[derive(Clone)]
#[expect(clippy::exhaustive_enums, reason = "MCP has three methods, and whoever forwards must know each")]
pub enum Called {
    /// A message.
    Post {
        /// What was judged, byte for byte: this, and nothing else, may be sent on.
        message: Bytes,
        /// What was read in it.
        call: Call,
    },
    /// A stream of what the server has to say.
    Get,
    /// The end of a session.
    Delete,
}

/// Says how much was asked, never what: a message may have its caller's token in it.
impl fmt::Debug for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Post { message, call } => {
                f.debug_struct("Post").field("bytes", &message.len()).field("call", call).finish()
            }
            Self::Get => f.write_str("Get"),
            Self::Delete => f.write_str("Delete"),
        }
    }
}

impl Called {
    /// What its caller reads the answer as.
    pub(crate) fn awaits(&self) -> Awaits {
        let asks = |message: &Message| message.method().is_some_and(|method| method.ends_with("/list"));
        match self {
            Self::Post { call, .. } if call.messages().iter().any(asks) => Awaits::List,
            Self::Get => Awaits::Messages,
            Self::Post { .. } if self.is_hinted() => Awaits::Hinted,
            Self::Post { .. } | Self::Delete => Awaits::Answer,
        }
    }

    /// Whether the answer says itself who else may be shown it (2026-07-28, Caching).
    pub(crate) fn is_hinted(&self) -> bool {
        let asks = |message: &Message| {
            message.method().is_some_and(|method| method.ends_with("/list") || method == "resources/read")
        };
        match self {
            Self::Post { call, .. } => {
                call.revision() >= Revision::V2026_07_28 && call.messages().iter().any(asks)
            }
            Self::Get | Self::Delete => false,
        }
    }

    /// Whether it is there to hear what the server has to say, for as long as somebody listens (2025-03-26 by GET,
    /// 2026-07-28 by a request).
    pub(crate) fn listens(&self) -> bool {
        let listens = |message: &Message| message.method() == Some("subscriptions/listen");
        match self {
            Self::Get => true,
            Self::Post { call, .. } => call.messages().iter().any(listens),
            Self::Delete => false,
        }
    }
}

/// What a POST asks: one message, or several where the revision has batches.
///
/// ```
/// use warded_guard::Call;
///
/// fn tools(call: &Call) -> Vec<&str> {
///     call.messages().iter().filter_map(|message| message.tool()).collect()
/// }
/// # let _ = tools;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    revision: Revision,
    messages: Vec<Message>,
    is_batch: bool,
    mentions_token: bool,
}

impl Call {
    /// Reads a message as the guard does, by the revision that the headers of its request name. What the guard knows
    /// and a message does not say is not in it: [`Self::mentions_token`] is false.
    ///
    /// ```
    /// use http::HeaderMap;
    /// use warded_guard::Call;
    ///
    /// let message = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}"#;
    /// let call = Call::read(message, &HeaderMap::new())?;
    /// assert_eq!(call.messages()[0].tool(), Some("read"));
    ///
    /// let twice = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"wipe"}}"#;
    /// assert_eq!(Call::read(twice, &HeaderMap::new()).unwrap_err().code(), "call-duplicate-member");
    /// # Ok::<(), warded_core::Refusal>(())
    /// ```
    pub fn read(message: &[u8], headers: &HeaderMap) -> Result<Self, Refusal> {
        Self::of(envelope::read(message)?, headers)
    }

    fn of(envelope: Envelope, headers: &HeaderMap) -> Result<Self, Refusal> {
        let revision = header::revision_of(headers, &envelope)?;
        revision.permits(&envelope)?;
        header::agree(headers, revision, &envelope)?;
        let Envelope { messages, is_batch } = envelope;
        Ok(Self { revision, messages, is_batch, mentions_token: false })
    }

    /// The revision by whose rules it was read.
    ///
    /// ```
    /// fn told(call: &warded_guard::Call) -> warded_guard::Revision {
    ///     call.revision()
    /// }
    /// # let _ = told;
    /// ```
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The messages; one, unless it is a batch.
    ///
    /// ```
    /// fn told(call: &warded_guard::Call) -> usize {
    ///     call.messages().len()
    /// }
    /// # let _ = told;
    /// ```
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Whether the messages came as a list.
    ///
    /// ```
    /// fn told(call: &warded_guard::Call) -> bool {
    ///     call.is_batch()
    /// }
    /// # let _ = told;
    /// ```
    pub fn is_batch(&self) -> bool {
        self.is_batch
    }

    /// Whether the caller's own token stands in it. That is no crime here: an agent may have been talked into it, and
    /// what must not happen is that it goes any further.
    ///
    /// ```
    /// fn told(call: &warded_guard::Call) -> bool {
    ///     call.mentions_token()
    /// }
    /// # let _ = told;
    /// ```
    pub fn mentions_token(&self) -> bool {
        self.mentions_token
    }
}

/// The `id` of a JSON-RPC request.
///
/// ```
/// use warded_guard::Id;
///
/// assert_eq!(serde_json::to_string(&[Id::Text("a".into()), Id::Number(7)])?, r#"["a",7]"#);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "MCP, Base Protocol: a text or an integer")]
pub enum Id {
    /// A text.
    Text(Box<str>),
    /// An integer.
    Number(i128),
}

/// Callers choose ids, and one may choose its own token.
impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Id")
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => serializer.serialize_i64(number),
                (_, Ok(number)) => serializer.serialize_u64(number),
                _ => serializer.serialize_unit(),
            },
        }
    }
}

/// Headers by which some servers and proxies take a request for another one than it is.
const REWRITING: [HeaderName; 5] = [
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-method-override"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
];

/// How much of a message is read, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: usize,
    pub(crate) patience: Duration,
}

/// A request that is understood. Only [`read`] makes one.
pub(crate) struct Read {
    pub(crate) parts: Box<request::Parts>,
    pub(crate) called: Called,
    pub(crate) token: Arc<VerifiedToken>,
    pub(crate) residue: Residue,
    pub(crate) claimed: Claimed,
}

/// Reads what is asked.
pub(crate) async fn read<B>(
    verified: Verified<B>,
    bounds: Bounds,
    arrivals: &Arc<Arrivals>,
    asked: &mut Asked,
) -> Result<Read, Stop>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let Verified { mut parts, body, token, residue, claimed, .. } = verified;
    let called = match parts.method {
        Method::POST => {
            let from = parts.extensions.get::<SocketAddr>().map(SocketAddr::ip);
            let place = || arrivals.enter(&token, from);
            let message = arrival::message(&parts.headers, body, bounds, place).await?;
            let call = understand(&message, &parts.headers, &residue, asked)?;
            Called::Post { message, call }
        }
        Method::GET | Method::DELETE => {
            header::revision(&parts.headers)?;
            if parts.method == Method::GET { Called::Get } else { Called::Delete }
        }
        _ => return Err(Refusal::MethodRefused.into()),
    };
    frame(&mut parts.headers, &called);
    Ok(Read { parts, called, token, residue, claimed })
}

fn understand(
    message: &Bytes,
    headers: &HeaderMap,
    residue: &Residue,
    asked: &mut Asked,
) -> Result<Call, Refusal> {
    let envelope = envelope::read(message)?;
    // A batch is answered with a list (JSON-RPC 2.0 §6), also one of one: its sender looks for no `id` in an object.
    if let ([only], false) = (&*envelope.messages, envelope.is_batch) {
        asked.id = only.id().cloned();
    }
    Ok(Call { mentions_token: residue.occurs_in(message), ..Call::of(envelope, headers)? })
}

/// The body is whole now, and its length known: what is said about it must be true for whoever reads it next.
fn frame(headers: &mut HeaderMap, called: &Called) {
    headers.remove(TRANSFER_ENCODING);
    // Each of them begins with an x, and few headers do.
    if headers.keys().any(|name| name.as_str().starts_with('x')) {
        for name in REWRITING {
            headers.remove(name);
        }
    }
    match called {
        Called::Post { message, .. } if says_length(headers, message.len()) => {}
        Called::Post { message, .. } => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(message.len()));
        }
        Called::Get | Called::Delete => {
            headers.remove(CONTENT_LENGTH);
        }
    }
}

/// Whether the length is there already, once and in the one way in which it is written.
fn says_length(headers: &HeaderMap, length: usize) -> bool {
    let mut said = headers.get_all(CONTENT_LENGTH).iter().map(HeaderValue::as_bytes);
    let (Some(digits), None) = (said.next(), said.next()) else {
        return false;
    };
    // `+5` and `05` are numbers to some.
    let is_number = !matches!(digits, [] | [b'0', _, ..]) && digits.iter().all(u8::is_ascii_digit);
    is_number && str::from_utf8(digits).is_ok_and(|digits| digits.parse() == Ok(length))
}
