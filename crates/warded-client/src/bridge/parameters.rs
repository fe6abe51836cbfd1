//! Which arguments of a tool does its server want to see in headers? Those that the tool's schema marks with
//! `x-mcp-header` (MCP 2026-07-28, Custom Headers from Tool Parameters).

use std::{
    collections::HashMap,
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

/// The marked arguments of the tools that were listed.
#[derive(Debug, Default)]
pub(super) struct Tools(Mutex<HashMap<String, Vec<Marked>>>);

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
            let mut marked = Vec::new();
            if let Some(schema) = tool.get("inputSchema") {
                collect(schema, &mut Vec::new(), &mut marked);
            }
            if marked.is_empty() {
                known.remove(name);
            } else if known.len() < MAX_TOOLS {
                known.insert(name.to_owned(), marked);
            }
        }
    }

    /// Sets the headers of a call.
    pub(super) fn dress(&self, call: &Call, message: &mut Message) {
        if call.method() != Some("tools/call") || call.revision().is_none() {
            return;
        }
        let (Some(name), Some(arguments)) = (call.name(), call.params().get("arguments")) else {
            return;
        };
        let marked = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        for Marked { path, header } in marked.unwrap_or_default() {
            let value = path.iter().try_fold(arguments, |value, member| value.get(member));
            if let Some(value) = value.and_then(text).and_then(|text| headers::value(&text)) {
                message.set(header, value);
            }
        }
    }
}

fn collect(schema: &Value, path: &mut Vec<String>, marked: &mut Vec<Marked>) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    for (name, property) in properties {
        path.push(name.clone());
        let header = property.get(MARK).and_then(Value::as_str).filter(|header| !header.is_empty());
        let header = header.and_then(|header| format!("mcp-param-{header}").parse::<HeaderName>().ok());
        if let Some(header) = header {
            marked.push(Marked { path: path.clone(), header });
        }
        if path.len() < MAX_DEPTH {
            collect(property, path, marked);
        }
        path.pop();
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
    fn marked_properties_are_found_at_any_depth_and_bad_names_are_not() {
        let schema = json!({ "properties": {
            "region": { "type": "string", "x-mcp-header": "Region" },
            "where": { "properties": { "shard": { "type": "integer", "x-mcp-header": "Shard" } } },
            "bad": { "x-mcp-header": "a b" },
            "worse": { "x-mcp-header": "a\r\nAuthorization: x" },
            "none": { "x-mcp-header": "" },
        } });
        let mut marked = Vec::new();
        collect(&schema, &mut Vec::new(), &mut marked);
        let found: Vec<_> =
            marked.iter().map(|marked| (marked.path.join("."), marked.header.as_str())).collect();
        assert_eq!(
            found,
            [("region".to_owned(), "mcp-param-region"), ("where.shard".to_owned(), "mcp-param-shard")]
        );
    }
}
