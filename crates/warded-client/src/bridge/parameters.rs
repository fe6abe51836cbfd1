//! Which arguments of a tool does its server want to see in headers? Those that the tool's schema marks with
//! `x-mcp-header` (MCP 2026-07-28, Custom Headers from Tool Parameters).

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use http::HeaderName;
use serde_json::Value;

use super::{headers, message::Call};
use crate::channel::Message;

const MARK: &str = "x-mcp-header";
/// Deepest property that is looked at.
const MAX_DEPTH: usize = 16;
/// Most tools that are remembered.
const MAX_TOOLS: usize = 10_000;

/// The marked arguments of the tools that were listed; none for a tool that marks them in a way that is forbidden.
#[derive(Debug, Default)]
pub(super) struct Tools(Mutex<HashMap<String, Option<Vec<Marked>>>>);

/// A tool's marks say nothing that could be sent: two of one name, an argument that is no primitive, a name that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Forbidden;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Marked {
    path: Vec<String>,
    header: HeaderName,
}

impl Tools {
    /// Reads a list of tools on its way to the client.
    pub(super) fn learn(&self, result: &Value) {
        let Some(tools) = result.get("tools").and_then(Value::as_array) else {
            return;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for tool in tools {
            let Some(name) = tool.get("name").and_then(Value::as_str) else {
                continue;
            };
            let marked = tool.get("inputSchema").map_or(Ok(Vec::new()), marks).ok();
            if marked.as_ref().is_some_and(Vec::is_empty) {
                known.remove(name);
            } else if known.len() < MAX_TOOLS {
                known.insert(name.to_owned(), marked);
            }
        }
    }

    /// Sets the headers of a call. A tool whose marks are forbidden must not be called: what the server reads in its
    /// headers, and what a middlebox decides by them, would be anyone's guess.
    pub(super) fn dress(&self, call: &Call, message: &mut Message) -> Result<(), String> {
        if call.method() != Some("tools/call") || call.revision().is_none() {
            return Ok(());
        }
        let Some(name) = call.name() else {
            return Ok(());
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let marked =
            known.unwrap_or(Some(Vec::new())).ok_or("the tool's x-mcp-header marks are not allowed")?;
        let Some(arguments) = call.params().get("arguments") else {
            return Ok(());
        };
        for Marked { path, header } in marked {
            let value = path.iter().try_fold(arguments, |value, member| value.get(member));
            if let Some(value) = value.and_then(text).and_then(|text| headers::value(&text)) {
                message.set(header, value);
            }
        }
        Ok(())
    }
}

fn marks(schema: &Value) -> Result<Vec<Marked>, Forbidden> {
    let mut marked = Vec::new();
    collect(schema, &mut Vec::new(), &mut marked)?;
    let mut headers = HashSet::new();
    if marked.iter().all(|marked| headers.insert(&marked.header)) { Ok(marked) } else { Err(Forbidden) }
}

fn collect(schema: &Value, path: &mut Vec<String>, marked: &mut Vec<Marked>) -> Result<(), Forbidden> {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Ok(());
    };
    for (name, property) in properties {
        path.push(name.clone());
        if let Some(mark) = property.get(MARK) {
            let header = mark.as_str().filter(|header| !header.is_empty()).ok_or(Forbidden)?;
            let header = format!("mcp-param-{header}").parse::<HeaderName>().map_err(|_| Forbidden)?;
            if !is_primitive(property) {
                return Err(Forbidden);
            }
            marked.push(Marked { path: path.clone(), header });
        }
        if path.len() < MAX_DEPTH {
            collect(property, path, marked)?;
        }
        path.pop();
    }
    Ok(())
}

/// Numbers with a fraction have more than one spelling, so they are none; a property that names no type may be one.
fn is_primitive(property: &Value) -> bool {
    let is_one = |kind: &Value| matches!(kind.as_str(), Some("string" | "integer" | "boolean"));
    match property.get("type") {
        None => true,
        Some(Value::Array(kinds)) => {
            kinds.iter().any(is_one) && kinds.iter().all(|kind| is_one(kind) || kind == "null")
        }
        Some(kind) => is_one(kind),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marked_properties_are_found_at_any_depth() {
        let schema = json!({ "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "where": { "properties": { "shard": { "type": ["integer", "null"], "x-mcp-header": "Shard" } } },
            "plain": { "type": "object" },
        } });
        let marked = marks(&schema).unwrap();
        let found: Vec<_> =
            marked.iter().map(|marked| (marked.path.join("."), marked.header.as_str())).collect();
        assert_eq!(
            found,
            [("region".to_owned(), "mcp-param-region"), ("where.shard".to_owned(), "mcp-param-shard")]
        );
    }

    #[test]
    fn a_tool_with_one_forbidden_mark_is_forbidden() {
        let one = |property: Value| json!({ "properties": { "one": property } });
        let twice = json!({ "properties": {
            "one": { "type": "string", "x-mcp-header": "Region" },
            "two": { "type": "string", "x-mcp-header": "region" },
        } });
        for schema in [
            one(json!({ "type": "string", "x-mcp-header": "" })),
            one(json!({ "type": "string", "x-mcp-header": "a b" })),
            one(json!({ "type": "string", "x-mcp-header": "a:b" })),
            one(json!({ "type": "string", "x-mcp-header": "Région" })),
            one(json!({ "type": "string", "x-mcp-header": "a\r\nAuthorization: x" })),
            one(json!({ "type": "string", "x-mcp-header": 7 })),
            one(json!({ "type": "number", "x-mcp-header": "Score" })),
            one(json!({ "type": "object", "x-mcp-header": "Data" })),
            one(json!({ "type": "array", "x-mcp-header": "Items" })),
            one(json!({ "type": "null", "x-mcp-header": "Nil" })),
            one(json!({ "type": ["null"], "x-mcp-header": "Nil" })),
            twice,
        ] {
            assert_eq!(marks(&schema), Err(Forbidden), "{schema}");
        }
    }
}
