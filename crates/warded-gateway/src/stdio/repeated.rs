//! Do the headers of a call say what its arguments say? (MCP 2026-07-28, Streamable HTTP, `x-mcp-header`)
//!
//! Whoever routes or limits by the header and the process, which sees the body only, would see two calls. The HTTP server
//! has to compare, and here that is Warded: by the schema with which the process has listed the tool. Where it has not
//! listed it, nobody knows which arguments those are.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use http::{HeaderMap, HeaderName};
use warded_core::Refusal;
use warded_guard::repeated;

use super::part::Part;

const PARAM: &str = "Mcp-Param-*";
/// Most tools of one process that are known, and most arguments of one that are repeated, and how deep they may lie.
const MAX_TOOLS: usize = 4096;
const MAX_ARGUMENTS: usize = 64;
const MAX_DEPTH: usize = 16;
/// Longest name of a tool or a header, and most bytes in the names that lead to an argument.
const MAX_NAME: usize = 1024;
/// Most bytes that are kept of one process.
const MAX_BYTES: usize = 1024 * 1024;

/// The tools of one process whose arguments are repeated.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    tools: HashMap<Box<str>, Arc<[Argument]>>,
    /// How much of it there is.
    bytes: usize,
}

/// An argument, and the header that repeats it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Argument {
    header: HeaderName,
    /// The names from the arguments down to it.
    path: Vec<String>,
}

fn disagrees() -> Refusal {
    Refusal::HeaderDisagrees { header: PARAM }
}

impl Repeated {
    /// Learns from the answer to `tools/list`.
    pub(super) fn learn(&mut self, result: Part<'_>) {
        let tools = result.member("tools").and_then(|tools| tools.elements(MAX_TOOLS));
        for tool in tools.unwrap_or_default() {
            let Some(name) = tool.member("name").and_then(Part::string) else { continue };
            if let Some(before) = self.tools.remove(name.as_str()) {
                self.bytes = self.bytes.saturating_sub(weight(&name, &before));
            }
            if name.len() > MAX_NAME {
                continue;
            }
            let arguments = tool.member("inputSchema").and_then(arguments).unwrap_or_default();
            let bytes = self.bytes.saturating_add(weight(&name, &arguments));
            if !arguments.is_empty() && self.tools.len() < MAX_TOOLS && bytes <= MAX_BYTES {
                self.bytes = bytes;
                self.tools.insert(name.into(), arguments.into());
            }
        }
    }

    /// What is repeated of a tool's arguments; none where nothing is, or nothing is known of it.
    pub(super) fn of(&self, tool: &str) -> Option<Arc<[Argument]>> {
        self.tools.get(tool).cloned()
    }
}

/// About how much memory a tool takes.
fn weight(name: &str, arguments: &[Argument]) -> usize {
    let of = |argument: &Argument| {
        let names = argument.path.iter().map(|name| size_of::<String>() + name.len());
        size_of::<Argument>() + argument.header.as_str().len() + names.sum::<usize>()
    };
    name.len() + arguments.iter().map(of).sum::<usize>()
}

/// The annotated arguments of a schema; none where an annotation is not what it may be, since clients leave such a tool out.
fn arguments(schema: Part<'_>) -> Option<Vec<Argument>> {
    let mut found = Vec::new();
    collect(schema, &mut Vec::new(), &mut found)?;
    let mut headers = HashSet::new();
    let are_distinct = found.iter().all(|argument| headers.insert(&argument.header));
    are_distinct.then_some(found)
}

fn collect(schema: Part<'_>, path: &mut Vec<String>, found: &mut Vec<Argument>) -> Option<()> {
    if path.len() > MAX_DEPTH {
        return None;
    }
    let Some(properties) = schema.member("properties") else { return Some(()) };
    for (name, property) in properties.members() {
        path.push(name);
        if let Some(annotation) = property.member("x-mcp-header") {
            // Before anything is kept: every argument has a copy of the names that lead to it.
            if found.len() == MAX_ARGUMENTS || path.iter().map(String::len).sum::<usize>() > MAX_NAME {
                return None;
            }
            let is_name = |name: &String| (1..=MAX_NAME).contains(&name.len());
            let header = format!("mcp-param-{}", annotation.string().filter(is_name)?);
            let header = HeaderName::from_bytes(header.as_bytes()).ok()?;
            found.push(Argument { header, path: path.clone() });
        }
        collect(property, path, found)?;
        path.pop();
    }
    Some(())
}

/// Compares a call with its headers.
pub(super) fn agree(repeated_of: &[Argument], headers: &HeaderMap, call: Part<'_>) -> Result<(), Refusal> {
    let given = call.member("params").and_then(|params| params.member("arguments"));
    for argument in repeated_of {
        let in_body = given.map(|given| argument.value(given)).transpose()?.flatten();
        let in_header = repeated(headers, &argument.header)?;
        if in_header.as_deref() != in_body.as_deref() {
            return Err(disagrees());
        }
    }
    Ok(())
}

impl Argument {
    /// Its value as a header says it; none where it is not there, or null. What is there twice has two values: the
    /// process would take the one, and whoever reads the header the other.
    fn value(&self, given: Part<'_>) -> Result<Option<String>, Refusal> {
        let mut part = given;
        for name in &self.path {
            let mut found = part.members().filter(|(member, _)| member == name);
            match (found.next(), found.next()) {
                (Some((_, value)), None) => part = value,
                (None, _) => return Ok(None),
                (Some(_), Some(_)) => return Err(disagrees()),
            }
        }
        match part.text().as_bytes().first() {
            Some(b'"') => Ok(part.string()),
            // No header can repeat these.
            Some(b'{' | b'[') => Ok(None),
            _ => Ok((!part.is_null()).then(|| part.text().to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = r#"{"tools":[
        {"name":"where","inputSchema":{"type":"object","properties":{
            "region":{"type":"string","x-mcp-header":"Region"},
            "free":{"type":"string"},
            "deep":{"type":"object","properties":{"count":{"type":"integer","x-mcp-header":"Count"}}}}}},
        {"name":"plain","inputSchema":{"type":"object","properties":{"region":{"type":"string"}}}},
        {"name":"twice","inputSchema":{"type":"object","properties":{
            "a":{"type":"string","x-mcp-header":"Region"},"b":{"type":"string","x-mcp-header":"region"}}}},
        {"name":"bad","inputSchema":{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"a b"}}}}]}"#;

    fn known(listed: &[&str]) -> Repeated {
        let mut known = Repeated::default();
        for listed in listed {
            known.learn(Part::whole(listed).unwrap());
        }
        known
    }

    fn judged(headers: &[(&'static str, &str)], arguments: &str) -> bool {
        let known = known(&[LISTED]).of("where").unwrap();
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
        });
        let call = format!(r#"{{"params":{{"name":"where","arguments":{arguments}}}}}"#);
        match agree(&known, &headers.collect(), Part::whole(&call).unwrap()) {
            Ok(()) => true,
            Err(refusal) => {
                assert_eq!(refusal, disagrees());
                false
            }
        }
    }

    #[test]
    fn a_call_whose_headers_say_what_its_arguments_say_goes_on() {
        assert!(judged(&[], "{}"));
        assert!(judged(&[], r#"{"free":"text","region":null}"#));
        assert!(judged(&[("mcp-param-region", "eu")], r#"{"region":"eu"}"#));
        assert!(judged(&[("mcp-param-region", "=?base64?ZXU=?=")], r#"{"region":"e\u0075"}"#));
        assert!(judged(&[("mcp-param-count", "7")], r#"{"deep":{"count":7}}"#));
    }

    #[test]
    fn a_call_of_which_two_readers_would_see_two_is_refused() {
        for (headers, arguments) in [
            (&[("mcp-param-region", "eu")][..], r#"{"region":"us"}"#),
            (&[], r#"{"region":"eu"}"#),
            (&[("mcp-param-region", "eu")], "{}"),
            (&[("mcp-param-region", "null")], r#"{"region":null}"#),
            (&[("mcp-param-region", "eu")], r#"{"region":"eu","region":"us"}"#),
            (&[("mcp-param-region", "us")], r#"{"region":"eu","region":"us"}"#),
            (&[("mcp-param-region", "eu"), ("mcp-param-region", "eu")], r#"{"region":"eu"}"#),
            (&[("mcp-param-region", "=?base64?ZXU?=")], r#"{"region":"eu"}"#),
            (&[("mcp-param-region", "{}")], r#"{"region":{}}"#),
            (&[("mcp-param-count", "7")], r#"{"deep":{"count":8}}"#),
        ] {
            assert!(!judged(headers, arguments), "{headers:?} {arguments}");
        }
    }

    #[test]
    fn a_tool_that_repeats_nothing_or_wrongly_is_not_compared() {
        let known = known(&[LISTED]);
        assert!(["plain", "twice", "bad", "unknown"].iter().all(|tool| known.of(tool).is_none()));
        assert_eq!(known.of("where").unwrap().len(), 2);
    }

    /// A list of tools, each with so many annotated arguments below one property.
    fn listed(tools: usize, arguments: usize, parent: &str) -> String {
        let below =
            (0..arguments).map(|n| format!(r#""a{n}":{{"x-mcp-header":"A{n}"}}"#)).collect::<Vec<_>>();
        let schema = format!(r#"{{"properties":{{"{parent}":{{"properties":{{{}}}}}}}}}"#, below.join(","));
        let tools = (0..tools).map(|n| format!(r#"{{"name":"t{n}","inputSchema":{schema}}}"#));
        format!(r#"{{"tools":[{}]}}"#, tools.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn what_a_process_lists_takes_bounded_memory() {
        let mut known = known(&[&listed(1, 64, "p")]);
        assert_eq!(known.of("t0").unwrap().len(), 64);
        for too_much in
            [listed(1, 65, "p"), listed(1, 2, &"p".repeat(1024)), listed(1, 100, &"p".repeat(1 << 20))]
        {
            known.learn(Part::whole(&too_much).unwrap());
            assert!(known.of("t0").is_none() && known.bytes == 0);
        }
        let long = format!(r#"{{"tools":[{{"name":"{}","inputSchema":{{}}}}]}}"#, "n".repeat(1025));
        known
            .learn(Part::whole(&long.replace("{}", r#"{"properties":{"a":{"x-mcp-header":"A"}}}"#)).unwrap());
        assert!(known.tools.is_empty());
        // Many that are small.
        for _ in 0..2 {
            known.learn(Part::whole(&listed(4096, 8, &"p".repeat(64))).unwrap());
            assert!(known.bytes <= MAX_BYTES && known.tools.len() > 500, "{}", known.bytes);
            let kept = known.tools.iter().map(|(name, arguments)| weight(name, arguments)).sum::<usize>();
            assert_eq!(kept, known.bytes);
        }
    }

    #[test]
    fn the_last_list_counts() {
        let later = r#"{"tools":[{"name":"where","inputSchema":{"type":"object"}}]}"#;
        assert!(known(&[LISTED, later]).of("where").is_none());
        for nothing in ["{}", "7", r#"{"tools":7}"#, r#"{"tools":[7,{}]}"#] {
            assert!(known(&[LISTED, nothing]).of("where").is_some(), "{nothing}");
        }
    }
}
