//! What does a server list?

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::peer::{Peer, too_much};

/// Most pages that are read of one list: a page may be empty and name another one.
const MAX_PAGES: usize = 1_000;
/// Most entries of one list.
const MAX_ENTRIES: usize = 10_000;

/// Everything that a server lists, each once and in order.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Where it is.
    pub(super) place: String,
    /// What it calls itself.
    pub(super) server: String,
    pub(super) tools: BTreeMap<String, Tool>,
    /// By URI.
    pub(super) resources: BTreeMap<String, String>,
    /// By the template of URIs.
    pub(super) templates: BTreeMap<String, String>,
    pub(super) prompts: BTreeMap<String, String>,
}

/// What a server says of a tool. Nobody vouches for it.
#[derive(Debug, Default)]
pub(super) struct Tool {
    pub(super) description: String,
    pub(super) reads_only: Option<bool>,
    pub(super) destroys: Option<bool>,
    /// Its arguments, each with what is said of it.
    pub(super) arguments: Vec<(String, String)>,
}

impl Listed {
    pub(super) async fn of(peer: &mut Peer<'_>, place: &str) -> anyhow::Result<Self> {
        let about = &peer.about()["serverInfo"];
        let name = about["name"].as_str().unwrap_or_default();
        let server = format!("{name} {}", about["version"].as_str().unwrap_or_default());
        let mut listed = Self {
            place: place.to_owned(),
            server: peer.cleared(server.trim()).to_owned(),
            ..Self::default()
        };
        for entry in entries(peer, "tools", "tools/list").await? {
            if let Some(name) = text(peer, &entry["name"]) {
                listed.tools.insert(name, Tool::of(peer, &entry));
            }
        }
        listed.resources = described(peer, "resources", "resources/list", "resources", "uri").await?;
        listed.templates =
            described(peer, "resources", "resources/templates/list", "resourceTemplates", "uriTemplate")
                .await?;
        listed.prompts = described(peer, "prompts", "prompts/list", "prompts", "name").await?;
        Ok(listed)
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
        Self {
            description: said(&entry["description"]),
            reads_only: entry["annotations"]["readOnlyHint"].as_bool(),
            destroys: entry["annotations"]["destructiveHint"].as_bool(),
            arguments: schema["properties"].as_object().into_iter().flatten().map(argument).collect(),
        }
    }
}

fn text(peer: &Peer<'_>, value: &Value) -> Option<String> {
    value.as_str().map(|text| peer.cleared(text).to_owned())
}

/// A list whose entries are a name and a description.
async fn described(
    peer: &mut Peer<'_>,
    capability: &str,
    method: &str,
    member: &str,
    name: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    if peer.about()["capabilities"].get(capability).is_none() {
        return Ok(BTreeMap::new());
    }
    let entries = entries(peer, member, method).await?;
    let one = |entry: &Value| {
        let description = text(peer, &entry["description"]).unwrap_or_default();
        Some((text(peer, &entry[name])?, description))
    };
    Ok(entries.iter().filter_map(one).collect())
}

/// All pages of a list. A server that does not have it lists nothing.
async fn entries(peer: &mut Peer<'_>, member: &str, method: &str) -> anyhow::Result<Vec<Value>> {
    let mut entries = Vec::new();
    let mut params = json!({});
    for _ in 0..MAX_PAGES {
        let Some(mut page) = peer.ask(method, &params).await? else { return Ok(entries) };
        if let Some(listed) = page.get_mut(member).and_then(Value::as_array_mut) {
            entries.append(listed);
        }
        if entries.len() > MAX_ENTRIES {
            return too_much(member, MAX_ENTRIES);
        }
        match page.get("nextCursor").and_then(Value::as_str) {
            Some(cursor) => params = json!({ "cursor": cursor }),
            None => return Ok(entries),
        }
    }
    too_much(&format!("pages of {member}"), MAX_PAGES)
}
