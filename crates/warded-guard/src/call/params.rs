//! What do the parameters of a message name? (MCP 2025-03-26 to 2026-07-28, Server Features)
//!
//! What is named is judged wherever it stands: in `name` and `uri`, in the `ref` of a completion, and among the
//! resources of a subscription. A rule for a resource that could be read but not watched would be half a rule.

use serde::de::MapAccess;

use super::{
    named::{Filter, Reference, Watched},
    strict::{Any, Members, Names, Object, Place, Seen},
    target::Target,
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
pub(super) struct Params {
    name: Option<Seen>,
    uri: Option<Seen>,
    task: Option<Seen>,
    arguments: Option<Seen>,
    protocol_version: Option<Seen>,
    revision: Option<Seen>,
    reference: Option<Reference>,
    filter: Option<Filter>,
}

/// What a message asks, by its method and its parameters.
pub(super) struct Asked {
    pub(super) names: Vec<Box<str>>,
    pub(super) is_named: bool,
    pub(super) targets: Vec<Target>,
    pub(super) revision: Option<Box<str>>,
    pub(super) initial_revision: Option<Box<str>>,
}

impl Params {
    pub(super) fn asked(self, method: &str) -> Result<Asked, &'static str> {
        self.is_complete(method)?;
        let revision = match self.revision {
            None => None,
            Some(Seen::Text(revision)) => Some(revision),
            Some(_) => return Err("the revision in `_meta` is not a text"),
        };
        let initial_revision = if method == "initialize" { text(self.protocol_version) } else { None };
        let (name, uri, task) = (text(self.name), text(self.uri), text(self.task));
        let mut targets = Vec::new();
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
        if let Some(Filter { watched: Watched::Resources(uris) }) = self.filter {
            targets.extend(uris.into_iter().map(Target::Resource));
        }
        let (names, is_named) = match method {
            "tools/call" | "prompts/get" => (name.into_iter().collect(), true),
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => {
                (uri.into_iter().collect(), true)
            }
            _ => ([name, uri, task].into_iter().flatten().collect::<Vec<_>>(), false),
        };
        let written = names.iter().map(AsRef::as_ref).chain(targets.iter().map(Target::name));
        if written.chain([method]).any(|name| name.contains('\0')) {
            return Err(NUL_IN_NAME);
        }
        Ok(Asked { names, is_named, targets, revision, initial_revision })
    }

    /// A call of something without a name, or with another thing than a name, is read as anything.
    fn is_complete(&self, method: &str) -> Result<(), &'static str> {
        let is_missing = |seen: &Option<Seen>| !matches!(seen, Some(Seen::Text(_)));
        let is_other = |seen: &Option<Seen>| seen.is_some() && is_missing(seen);
        match method {
            "tools/call" if is_missing(&self.name) => return Err("the tool has no name"),
            "prompts/get" if is_missing(&self.name) => return Err("the prompt has no name"),
            "resources/read" if is_missing(&self.uri) => return Err("the resource has no URI"),
            // A subscription to nothing is none: it goes on, so that 2026-07-28, which has no such method, is told so.
            "resources/subscribe" | "resources/unsubscribe" if is_other(&self.uri) => {
                return Err("the resource has no URI");
            }
            "completion/complete" => match &self.reference {
                Some(Reference { name, uri }) if is_other(name) || is_other(uri) => {
                    return Err("what is completed has no name");
                }
                Some(Reference { name: None, uri: None }) | None => return Err("nothing is completed"),
                Some(_) => {}
            },
            _ => {}
        }
        if !matches!(self.arguments, None | Some(Seen::Object | Seen::Null)) {
            return Err("`arguments` is not an object");
        }
        match &self.filter {
            Some(Filter { watched: Watched::Other }) => Err("`resourceSubscriptions` is not a list of URIs"),
            Some(Filter { watched: Watched::TooMany }) => Err("`resourceSubscriptions` is too long"),
            _ => Ok(()),
        }
    }
}

fn text(seen: Option<Seen>) -> Option<Box<str>> {
    match seen {
        Some(Seen::Text(text)) => Some(text),
        _ => None,
    }
}

impl<'de> Members<'de> for Params {
    fn read<A: MapAccess<'de>>(mut members: A, place: Place<'_, 'de>) -> Result<Self, A::Error> {
        let mut params = Self::default();
        let mut names = Names::of(place);
        while let Some(name) = names.next(&mut members, PARAMS)? {
            let field = match &*name {
                "_meta" => {
                    let Some(Meta { revision }) = members.next_value_seed(Object::at(place))? else {
                        return Err(place.malformed("`_meta` is not an object"));
                    };
                    params.revision = revision;
                    continue;
                }
                "ref" => {
                    params.reference = members.next_value_seed(Object::at(place))?;
                    continue;
                }
                "notifications" => {
                    params.filter = members.next_value_seed(Object::at(place))?;
                    continue;
                }
                "name" => &mut params.name,
                "uri" => &mut params.uri,
                "taskId" => &mut params.task,
                "arguments" => &mut params.arguments,
                "protocolVersion" => &mut params.protocol_version,
                _ => {
                    members.next_value_seed(Any::passed(place))?;
                    continue;
                }
            };
            *field = Some(members.next_value_seed(Any::kept(place))?);
        }
        Ok(params)
    }
}

/// What is read of `_meta`.
struct Meta {
    revision: Option<Seen>,
}

impl<'de> Members<'de> for Meta {
    fn read<A: MapAccess<'de>>(mut members: A, place: Place<'_, 'de>) -> Result<Self, A::Error> {
        let mut revision = None;
        let mut names = Names::of(place);
        while let Some(name) = names.next(&mut members, META)? {
            if name == META_REVISION {
                revision = Some(members.next_value_seed(Any::kept(place))?);
            } else {
                members.next_value_seed(Any::passed(place))?;
            }
        }
        Ok(Self { revision })
    }
}
