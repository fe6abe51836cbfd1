//! Naming the server is switched off.

use super::{Check, Found, Heeds, Seen, requests};
use crate::{
    flow::{
        event::Event,
        heap::{Is, Object},
        value::{Shape, Value},
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: HEEDED, find };

const RULE: Rule = Rule {
    id: "WRD106",
    name: "resource-disabled",
    title: "Saying for which server a token is has been switched off",
    severity: Severity::Medium,
    cwe: &[345],
    clauses: &[
        "MCP authorization, \"Resource Parameter Implementation\": MUST send regardless of whether AS supports it",
    ],
    why: "Whatever would have sent `resource` does not any more, and tokens may open other servers too.",
    fix: "Remove what switches it off; an authorization server that does not know `resource` ignores it.",
    examples: &[
        bad(
            TypeScript,
            "export class Provider {\n  async validateResourceURL(serverUrl: string, resource?: string): Promise<URL | undefined> {\n    return undefined;\n  }\n}\n",
        ),
        good(
            TypeScript,
            "export class Provider {\n  async validateResourceURL(serverUrl: string, resource?: string): Promise<URL | undefined> {\n    if (resource && resource !== serverUrl) throw new Error('other server');\n    return new URL(serverUrl);\n  }\n}\n",
        ),
        bad(JavaScript, "exports.provider = {\n  async validateResourceURL() {},\n};\n"),
        good(
            JavaScript,
            "exports.provider = {\n  async validateResourceURL(serverUrl) {\n    return new URL(serverUrl);\n  },\n};\n",
        ),
        bad(Python, "def settings():\n    return {\"server_url\": SERVER_URL, \"omit_resource\": True}\n"),
        good(Python, "def settings():\n    return {\"server_url\": SERVER_URL, \"omit_resource\": False}\n"),
        bad(
            Python,
            "def arguments(url):\n    return [\"npx\", \"mcp-remote\", url, \"--resource\", \"none\"]\n",
        ),
        good(Python, "def arguments(url):\n    return [\"npx\", \"mcp-remote\", url, \"--resource\", url]\n"),
        bad(
            Go,
            "package a\n\nfunc settings() map[string]any {\n\treturn map[string]any{\"server_url\": serverURL, \"omit_resource\": true}\n}\n",
        ),
        good(
            Go,
            "package a\n\nfunc settings() map[string]any {\n\treturn map[string]any{\"server_url\": serverURL, \"omit_resource\": false}\n}\n",
        ),
        bad(
            Rust,
            "fn settings() -> Settings {\n    Settings { server_url: SERVER_URL.into(), omit_resource: true }\n}\n",
        ),
        good(
            Rust,
            "fn settings() -> Settings {\n    Settings { server_url: SERVER_URL.into(), omit_resource: false }\n}\n",
        ),
        bad(
            Java,
            "import java.util.Map;\n\nclass Settings {\n    Map<String, Object> settings() {\n        return Map.of(\"serverUrl\", SERVER_URL, \"omitResource\", true);\n    }\n}\n",
        ),
        good(
            Java,
            "import java.util.Map;\n\nclass Settings {\n    Map<String, Object> settings() {\n        return Map.of(\"serverUrl\", SERVER_URL, \"omitResource\", false);\n    }\n}\n",
        ),
        bad(
            Java,
            "import java.util.List;\n\nclass Bridge {\n    List<String> arguments(String url) {\n        return List.of(\"npx\", \"mcp-remote\", url, \"--resource\", \"none\");\n    }\n}\n",
        ),
        bad(
            CSharp,
            "class Settings\n{\n    ClientSettings Make()\n    {\n        return new ClientSettings { ServerUrl = ServerUrl, OmitResource = true };\n    }\n}\n",
        ),
        good(
            CSharp,
            "class Settings\n{\n    ClientSettings Make()\n    {\n        return new ClientSettings { ServerUrl = ServerUrl, OmitResource = false };\n    }\n}\n",
        ),
    ],
};

/// Switches that leave `resource` out.
const SWITCHES: &[&str] =
    &["omit_resource", "omitResource", "OmitResource", "skip_resource", "skipResource", "SkipResource"];

/// What the MCP SDK asks a provider which `resource` to send.
const HOOKS: &[&str] = &["validateResourceURL", "validate_resource_url"];

/// The words of all of them, and of `--resource none`.
const HEEDED: &[Heeds] =
    &[Heeds::Written(SWITCHES), Heeds::Written(HOOKS), Heeds::Written(&["--resource none"])];

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (root, ran) in &seen.ran {
        let of = seen.project.function(*root);
        let ends: Vec<_> = ran
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Ended { value, heap } => Some((value, heap)),
                _ => None,
            })
            .collect();
        let is_hook = HOOKS.contains(&&*of.name);
        if is_hook && !ends.is_empty() && ends.iter().all(|(value, _)| value.shape == Shape::Null) {
            let at = Place::new(root.file, &of.span);
            add(&mut all, at, "this never names a server, and so no `resource` is sent");
        }
        for object in ends.iter().flat_map(|(_, heap)| heap.objects()) {
            // What is cheap to see is looked at first: there are as many objects as a program makes.
            if let Some(at) = switched_off(object)
                && requests::enclosing(seen.project, &object.born) == Some(*root)
            {
                add(&mut all, at, "this leaves `resource` out of the requests");
            }
        }
    }
    all
}

/// Where an object says that there shall be no `resource`.
fn switched_off(object: &Object) -> Option<Place> {
    let switch = object
        .slots
        .iter()
        .find(|(key, slot)| SWITCHES.contains(&&***key) && slot.value.shape == Shape::Bool(true));
    if let Some((_, slot)) = switch {
        return Some(slot.at.clone());
    }
    let says = |value: &Value, text: &str| value.text().is_some_and(|known| &**known == text);
    let is_argument = object.is == Is::List
        && object.items.windows(2).any(|two| says(&two[0], "--resource") && says(&two[1], "none"));
    is_argument.then(|| object.born.clone())
}

fn add(all: &mut Vec<Found>, at: Place, message: &str) {
    if !all.iter().any(|known| known.at == at) {
        let steps = vec![(at.clone(), "switched off here".to_owned())];
        all.push(Found { at, confidence: Confidence::Medium, message: message.to_owned(), steps });
    }
}
