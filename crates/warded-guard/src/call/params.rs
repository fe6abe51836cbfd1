//! What do the parameters of a message name? (MCP 2025-03-26 to 2026-07-28, Server Features)
//!
//! What is named is judged wherever it stands: in `name` and `uri`, in the `ref` of a completion, and among the
//! resources of a subscription. A rule for a resource that could be read but not watched would be half a rule.

use std::{ops::Range, sync::Arc};

use super::{
    named::{Reference, Watched},
    strict::{Outcome, Reader, Seen, malformed},
    target::{Target, Targets},
};

/// Members of `params` by which somebody decides what a call is.
pub(super) const PARAMS: &[&str] = &[
    "_meta",
    "argument",
    "arguments",
    "capabilities",
    "clientInfo",
    "cursor",
    "inputResponses",
    "level",
    "name",
    "notifications",
    "protocolVersion",
    "ref",
    "requestId",
    "requestState",
    "task",
    "taskId",
    "uri",
];
/// Members of `_meta` by which somebody decides.
pub(super) const META: &[&str] = &[META_REVISION, "progressToken"];
const META_REVISION: &str = "io.modelcontextprotocol/protocolVersion";
/// `delete\0x` is `delete` to a reader whose texts end there, and a rule for `delete` would not have been asked.
const NUL_IN_NAME: &str = "a name has a NUL in it";

/// What is read of `params`.
#[derive(Default)]
pub(super) struct Params<'t> {
    name: Seen<'t>,
    uri: Seen<'t>,
    task: Seen<'t>,
    arguments: Seen<'t>,
    arguments_at: Range<usize>,
    /// Where all of it stands.
    at: Option<Range<usize>>,
    protocol_version: Seen<'t>,
    revision: Seen<'t>,
    reference: Option<Reference<'t>>,
    watched: Watched,
}

/// What a message asks, by its method and its parameters.
pub(super) struct Asked {
    /// The first of them is what the method is about, where it names something.
    pub(super) names: [Option<Arc<str>>; 3],
    pub(super) is_named: bool,
    pub(super) targets: Targets,
    /// Where the arguments stand, where they are an object.
    pub(super) arguments: Option<Range<usize>>,
    /// Where all parameters stand.
    pub(super) params: Option<Range<usize>>,
    pub(super) revision: Option<Box<str>>,
    pub(super) initial_revision: Option<Box<str>>,
}

impl Params<'_> {
    pub(super) fn asked(self, method: &str) -> Result<Asked, &'static str> {
        self.is_complete(method)?;
        let revision = match self.revision {
            Seen::Absent => None,
            Seen::Text(revision) => Some(revision.into()),
            _ => return Err("the revision in `_meta` is not a text"),
        };
        let initial_revision = if method == "initialize" { text(self.protocol_version) } else { None };
        let (name, uri, task) = (text(self.name), text(self.uri), text(self.task));
        let mut targets = Targets::default();
        // Of all methods of a kind, also of those that a later revision or an extension brings.
        if method.starts_with("tools/") {
            targets.extend(name.clone().map(Target::Tool));
        } else if method.starts_with("prompts/") {
            targets.extend(name.clone().map(Target::Prompt));
        }
        targets.extend(uri.clone().map(Target::Resource));
        if let Some(Reference { name, uri }) = self.reference {
            targets.extend(text(name).map(Target::Prompt));
            targets.extend(text(uri).map(Target::Template));
        }
        if let Watched::Resources(uris) = self.watched {
            targets.extend(uris.into_iter().map(Target::Resource));
        }
        let arguments = (self.arguments == Seen::Object).then_some(self.arguments_at);
        let (names, is_named) = match method {
            "tools/call" | "prompts/get" => ([name, None, None], true),
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => ([uri, None, None], true),
            _ => ([name, uri, task], false),
        };
        let has_nul = |name: &str| name.as_bytes().contains(&0);
        let is_cut = names.iter().flatten().any(|name| has_nul(name))
            || targets.as_slice().iter().any(|target| has_nul(target.name()));
        if is_cut || has_nul(method) {
            return Err(NUL_IN_NAME);
        }
        Ok(Asked { names, is_named, targets, arguments, params: self.at, revision, initial_revision })
    }

    /// A call of something without a name, or with another thing than a name, is read as anything.
    fn is_complete(&self, method: &str) -> Result<(), &'static str> {
        let is_other = |seen: &Seen<'_>| seen.is_there() && !seen.is_text();
        match method {
            "tools/call" if !self.name.is_text() => return Err("the tool has no name"),
            "prompts/get" if !self.name.is_text() => return Err("the prompt has no name"),
            "resources/read" if !self.uri.is_text() => return Err("the resource has no URI"),
            // A subscription to nothing is none: it goes on, so that 2026-07-28, which has no such method, is told so.
            "resources/subscribe" | "resources/unsubscribe" if is_other(&self.uri) => {
                return Err("the resource has no URI");
            }
            "completion/complete" => match &self.reference {
                Some(Reference { name, uri }) if is_other(name) || is_other(uri) => {
                    return Err("what is completed has no name");
                }
                Some(Reference { name: Seen::Absent, uri: Seen::Absent }) | None => {
                    return Err("nothing is completed");
                }
                Some(_) => {}
            },
            _ => {}
        }
        if !matches!(self.arguments, Seen::Absent | Seen::Object | Seen::Null) {
            return Err("`arguments` is not an object");
        }
        match &self.watched {
            Watched::Other => Err("`resourceSubscriptions` is not a list of URIs"),
            Watched::TooMany => Err("`resourceSubscriptions` is too long"),
            Watched::Nothing | Watched::Resources(_) => Ok(()),
        }
    }
}

fn text<T: for<'t> From<&'t str>>(seen: Seen<'_>) -> Option<T> {
    match seen {
        Seen::Text(text) => Some(T::from(&*text)),
        _ => None,
    }
}

impl<'t> Params<'t> {
    /// Reads the value of the member.
    pub(super) fn read(&mut self, reader: &mut Reader<'t>) -> Outcome<()> {
        let first = reader.value()?;
        if first != b'{' {
            reader.pass(first)?;
            return Err(malformed("`params` is not an object"));
        }
        let from = reader.at().saturating_sub(1);
        reader.object(|reader, name| {
            let field = match name {
                b"_meta" => {
                    self.revision = meta(reader)?;
                    return Ok(());
                }
                b"ref" => {
                    self.reference = Reference::read(reader)?;
                    return Ok(());
                }
                b"notifications" => {
                    self.watched = Watched::of_filter(reader)?;
                    return Ok(());
                }
                b"name" => &mut self.name,
                b"uri" => &mut self.uri,
                b"taskId" => &mut self.task,
                b"arguments" => {
                    (self.arguments, self.arguments_at) = reader.placed()?;
                    return Ok(());
                }
                b"protocolVersion" => &mut self.protocol_version,
                _ => return reader.other(name, PARAMS),
            };
            *field = reader.member()?;
            Ok(())
        })?;
        self.at = Some(from..reader.at());
        Ok(())
    }
}

/// The revision in `_meta`.
fn meta<'t>(reader: &mut Reader<'t>) -> Outcome<Seen<'t>> {
    let first = reader.value()?;
    if first != b'{' {
        reader.pass(first)?;
        return Err(malformed("`_meta` is not an object"));
    }
    let mut revision = Seen::Absent;
    reader.object(|reader, name| {
        if name != META_REVISION.as_bytes() {
            return reader.other(name, META);
        }
        revision = reader.member()?;
        Ok(())
    })?;
    Ok(revision)
}
