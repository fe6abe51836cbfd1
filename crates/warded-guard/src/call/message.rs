//! Which JSON-RPC message is it? (JSON-RPC 2.0 §4, MCP Base Protocol)

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use super::{
    Id,
    params::Params,
    strict::Seen,
    target::{Target, Targets},
};

/// What kind of message it is.
///
/// ```
/// use warded_guard::{Kind, Message};
///
/// fn waits(message: &Message) -> bool {
///     message.kind() == Kind::Request
/// }
/// # let _ = waits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON-RPC 2.0 has these three")]
pub enum Kind {
    /// Asks, and waits for an answer.
    Request,
    /// Tells.
    Notification,
    /// Answers what a server asked.
    Response,
}

/// One JSON-RPC message: what it calls, not what it calls it with.
///
/// ```
/// use warded_guard::Message;
///
/// fn told(message: &Message) -> String {
///     format!("{:?} of {:?}", message.method(), message.name())
/// }
/// # let _ = told;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    kind: Kind,
    id: Option<Id>,
    method: Option<Cow<'static, str>>,
    /// What `Mcp-Name` may repeat.
    names: [Option<Arc<str>>; 3],
    /// Whether the first of them is what the method is about.
    is_named: bool,
    targets: Targets,
    /// Where its arguments stand in the body.
    arguments: Option<Range<usize>>,
    params: Option<Range<usize>>,
    revision: Option<Box<str>>,
    initial_revision: Option<Box<str>>,
}

/// Callers choose names, too, and one may choose its own token.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .field("targets", &self.targets())
            .finish_non_exhaustive()
    }
}

impl Message {
    /// What kind of message it is.
    ///
    /// ```
    /// fn is_so(message: &warded_guard::Message) -> bool {
    ///     message.kind() == warded_guard::Kind::Request
    /// }
    /// # let _ = is_so;
    /// ```
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its `id`.
    ///
    /// ```
    /// fn is_so(message: &warded_guard::Message) -> bool {
    ///     message.id().is_some()
    /// }
    /// # let _ = is_so;
    /// ```
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// Its method; none in a response.
    ///
    /// ```
    /// fn is_so(message: &warded_guard::Message) -> bool {
    ///     message.method() == Some("tools/call")
    /// }
    /// # let _ = is_so;
    /// ```
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// The tool, prompt or resource that it names, where its method names one.
    ///
    /// ```
    /// fn is_so(message: &warded_guard::Message) -> bool {
    ///     message.name() == Some("delete_note")
    /// }
    /// # let _ = is_so;
    /// ```
    pub fn name(&self) -> Option<&str> {
        if self.is_named { self.names().next() } else { None }
    }

    /// The tool that this message calls, whether it waits for the answer or not.
    ///
    /// ```
    /// fn is_so(message: &warded_guard::Message) -> bool {
    ///     message.tool() == Some("delete_note")
    /// }
    /// # let _ = is_so;
    /// ```
    pub fn tool(&self) -> Option<&str> {
        self.targets().iter().find_map(|target| match target {
            Target::Tool(name) => Some(&**name),
            _ => None,
        })
    }

    /// Everything that it reaches for, however it names it.
    ///
    /// ```
    /// fn is_so(message: &warded_guard::Message) -> bool {
    ///     message.targets().is_empty()
    /// }
    /// # let _ = is_so;
    /// ```
    pub fn targets(&self) -> &[Target] {
        self.targets.as_slice()
    }

    /// Its arguments, as they stand in the body that it was read from: an object that every reader reads alike.
    pub(crate) fn arguments<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        str::from_utf8(body.get(self.arguments.clone()?)?).ok()
    }

    /// All of its parameters, as they stand in the body that it was read from.
    pub(crate) fn params<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        str::from_utf8(body.get(self.params.clone()?)?).ok()
    }

    /// Its method, for whoever keeps it.
    pub(crate) fn kept_method(&self) -> Cow<'static, str> {
        self.method.clone().unwrap_or(Cow::Borrowed("response"))
    }

    /// What it names, for whoever keeps it.
    pub(crate) fn kept_name(&self) -> Option<Arc<str>> {
        if self.is_named { self.names.iter().flatten().next().cloned() } else { None }
    }

    /// The texts one of which `Mcp-Name` may repeat.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().map(AsRef::as_ref)
    }

    /// The revision in `_meta`.
    pub(super) fn meta_revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The revision that `initialize` proposes.
    pub(super) fn initial_revision(&self) -> Option<&str> {
        self.initial_revision.as_deref()
    }
}

/// The members of a message, before it is one.
#[derive(Default)]
pub(super) struct Draft<'t> {
    pub(super) jsonrpc: Seen<'t>,
    pub(super) id: Seen<'t>,
    pub(super) method: Seen<'t>,
    pub(super) params: Params<'t>,
    pub(super) result: Seen<'t>,
    pub(super) error: Seen<'t>,
}

/// Methods that have a text already. Every other one takes one of its own.
const KNOWN: &[&str] = &["tools/call", "tools/list", "ping", "initialize", "resources/read", "prompts/get"];

impl Draft<'_> {
    pub(super) fn message(self) -> Result<Message, &'static str> {
        if !matches!(&self.jsonrpc, Seen::Text(version) if version == "2.0") {
            return Err("`jsonrpc` is not \"2.0\"");
        }
        let id = match self.id {
            Seen::Absent => None,
            Seen::Text(text) => Some(Id::Text(text.into())),
            Seen::Integer(number) => Some(Id::Number(number.into())),
            Seen::Huge => return Err("`id` is too large a number to be the same to every reader"),
            // MCP, Base Protocol: never null. An answer that could not read its request's id may say so.
            Seen::Null if !self.method.is_there() => None,
            _ => return Err("`id` is neither a text nor an integer"),
        };
        let has_result = self.result.is_there();
        let answers = usize::from(has_result) + usize::from(self.error.is_there());
        let method = match self.method {
            Seen::Text(method) => method,
            Seen::Absent => {
                return match (answers, id.is_some() || !has_result) {
                    (1, true) => Ok(Message::bare(Kind::Response, id)),
                    (1, false) => Err("a result has no `id`"),
                    (0, _) => Err("it has neither a method nor an answer"),
                    _ => Err("it has a result and an error"),
                };
            }
            _ => return Err("`method` is not a text"),
        };
        // What is a request to one reader and a response to another is neither.
        if answers > 0 {
            return Err("it has a method and an answer");
        }
        let kind = if id.is_some() { Kind::Request } else { Kind::Notification };
        let asked = self.params.asked(&method)?;
        let known = KNOWN.iter().find(|known| **known == method);
        Ok(Message {
            method: Some(
                known.map_or_else(|| Cow::Owned(method.into_owned()), |known| Cow::Borrowed(*known)),
            ),
            names: asked.names,
            is_named: asked.is_named,
            targets: asked.targets,
            arguments: asked.arguments,
            params: asked.params,
            revision: asked.revision,
            initial_revision: asked.initial_revision,
            ..Message::bare(kind, id)
        })
    }
}

impl Message {
    fn bare(kind: Kind, id: Option<Id>) -> Self {
        Self {
            kind,
            id,
            method: None,
            names: [None, None, None],
            is_named: false,
            targets: Targets::None,
            arguments: None,
            params: None,
            revision: None,
            initial_revision: None,
        }
    }
}
