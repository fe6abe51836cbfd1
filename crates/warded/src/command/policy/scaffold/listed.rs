//! What does a server list?

mod pages;

use std::collections::{BTreeMap, btree_map::Entry};

use anyhow::Context as _;
use serde_json::Value;
use tokio::time::timeout;

pub(super) use self::pages::Bounds;
use self::pages::{NOTHING, Pages};
use super::peer::Peer;
use crate::report;

/// Most arguments of a tool that are shown.
const MAX_ARGUMENTS: usize = 50;

/// Everything that a server lists, each once and in order.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Where it is.
    pub(super) place: String,
    /// What it calls itself.
    pub(super) server: String,
    pub(super) tools: List<Tool>,
    /// By URI, each with what is said of it.
    pub(super) resources: List<String>,
    /// By the template of URIs.
    pub(super) templates: List<String>,
    pub(super) prompts: List<String>,
}

/// What stands in one list.
#[derive(Debug)]
pub(super) struct List<T> {
    /// By name.
    pub(super) entries: BTreeMap<String, T>,
    pub(super) odd: Vec<Odd>,
}

/// An entry that no policy is made of. It is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Odd {
    pub(super) name: String,
    pub(super) why: &'static str,
}

/// What a server says of a tool. Nobody vouches for it.
#[derive(Debug, Default)]
pub(super) struct Tool {
    pub(super) description: String,
    pub(super) reads_only: Option<bool>,
    pub(super) destroys: Option<bool>,
    /// Its arguments, each with what is said of it.
    pub(super) arguments: Vec<(String, String)>,
    /// How many more there are.
    pub(super) more: usize,
}

impl Listed {
    /// All of it, or nothing.
    pub(super) async fn of(peer: &mut Peer<'_>, place: &str, bounds: Bounds) -> anyhow::Result<Self> {
        let seconds = i64::try_from(bounds.time.as_secs()).unwrap_or(i64::MAX);
        let listed = timeout(bounds.time, Self::read(Pages::of(peer, bounds), place)).await;
        listed.with_context(|| {
            format!("the server takes longer than {} for its lists: {NOTHING}", report::span_of_time(seconds))
        })?
    }

    async fn read(mut pages: Pages<'_, '_>, place: &str) -> anyhow::Result<Self> {
        let about = &pages.peer.about()["serverInfo"];
        let name = about["name"].as_str().unwrap_or_default();
        let server = format!("{name} {}", about["version"].as_str().unwrap_or_default());
        let server = pages.peer.cleared(server.trim()).to_owned();
        let tools = pages.entries("tools/list", "tools").await?;
        let tools = List::of(pages.peer, &tools, "name", Tool::of);
        let pages = &mut pages;
        Ok(Self {
            place: place.to_owned(),
            server,
            tools,
            resources: described(pages, "resources", "resources/list", "resources", "uri").await?,
            templates: described(
                pages,
                "resources",
                "resources/templates/list",
                "resourceTemplates",
                "uriTemplate",
            )
            .await?,
            prompts: described(pages, "prompts", "prompts/list", "prompts", "name").await?,
        })
    }
}

impl<T> List<T> {
    /// Reads entries by what names them.
    fn of(peer: &Peer<'_>, entries: &[Value], key: &str, read: impl Fn(&Peer<'_>, &Value) -> T) -> Self {
        let mut list = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            let nameless = |why| Odd { name: format!("entry {}", at + 1), why };
            match entry.get(key) {
                Some(Value::String(name)) => {
                    match list.entries.entry(peer.cleared(name).to_owned()) {
                        Entry::Vacant(place) => {
                            place.insert(read(peer, entry));
                        }
                        // What is said of it the second time is read by nobody who has read the first.
                        Entry::Occupied(first) => {
                            let why = "it is listed once more, and the first one stands";
                            list.odd.push(Odd { name: first.key().clone(), why });
                        }
                    }
                }
                None | Some(Value::Null) => list.odd.push(nameless("it has no name")),
                Some(_) => list.odd.push(nameless("its name is no text")),
            }
        }
        list
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), odd: Vec::new() }
    }
}

impl Tool {
    fn of(peer: &Peer<'_>, entry: &Value) -> Self {
        let said = |value: &Value| text(peer, value).unwrap_or_default();
        let schema = &entry["inputSchema"];
        let required: Vec<_> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let argument = |(name, about): (&String, &Value)| {
            let kind = said(&about["type"]);
            let must = if required.contains(&name.as_str()) { "required" } else { "" };
            let facts = [kind.as_str(), must].into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>();
            let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
            (format!("{}{facts}", peer.cleared(name)), said(&about["description"]))
        };
        let properties = schema["properties"].as_object();
        Self {
            description: said(&entry["description"]),
            reads_only: entry["annotations"]["readOnlyHint"].as_bool(),
            destroys: entry["annotations"]["destructiveHint"].as_bool(),
            arguments: properties.into_iter().flatten().take(MAX_ARGUMENTS).map(argument).collect(),
            more: properties.map_or(0, |all| all.len().saturating_sub(MAX_ARGUMENTS)),
        }
    }
}

fn text(peer: &Peer<'_>, value: &Value) -> Option<String> {
    value.as_str().map(|text| peer.cleared(text).to_owned())
}

/// A list whose entries are a name and a description.
async fn described(
    pages: &mut Pages<'_, '_>,
    capability: &str,
    method: &str,
    member: &str,
    name: &str,
) -> anyhow::Result<List<String>> {
    if pages.peer.about()["capabilities"].get(capability).is_none() {
        return Ok(List::default());
    }
    let entries = pages.entries(method, member).await?;
    let about = |peer: &Peer<'_>, entry: &Value| text(peer, &entry["description"]).unwrap_or_default();
    Ok(List::of(pages.peer, &entries, name, about))
}
