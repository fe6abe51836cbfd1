//! Nobody asks whether what a server says about itself is about that server.

use std::collections::BTreeSet;

use super::{Check, Found, Heeds, Seen};
use crate::{
    flow::{event::Event, metadata},
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: &[Heeds::Written(metadata::SERVERS)], find };

const RULE: Rule = Rule {
    id: "WRD107",
    name: "prm-resource-not-checked",
    title: "The metadata of a server is believed whichever server it is about",
    severity: Severity::High,
    cwe: &[346],
    clauses: &["RFC 9728 §3.3", "RFC 9728 §7.3"],
    why: "A rogue server that names another one as its `resource` gets a token for that one sent to itself.",
    fix: "Compare `resource` of the metadata with the URL that was asked for, and refuse where they differ.",
    examples: &[
        bad(
            Python,
            "import httpx\n\ndef discover(server_url):\n    metadata = httpx.get(server_url + \"/.well-known/oauth-protected-resource\").json()\n    return metadata[\"authorization_servers\"][0]\n",
        ),
        good(
            Python,
            "import httpx\n\ndef discover(server_url):\n    metadata = httpx.get(server_url + \"/.well-known/oauth-protected-resource\").json()\n    if metadata[\"resource\"] != server_url:\n        raise ValueError(\"other server\")\n    return metadata[\"authorization_servers\"][0]\n",
        ),
        bad(
            TypeScript,
            "export async function discover(serverUrl: string) {\n  const response = await fetch(new URL('/.well-known/oauth-protected-resource', serverUrl));\n  const metadata = await response.json();\n  return metadata.authorization_servers[0];\n}\n",
        ),
        good(
            TypeScript,
            "export async function discover(serverUrl: string) {\n  const response = await fetch(new URL('/.well-known/oauth-protected-resource', serverUrl));\n  const metadata = await response.json();\n  if (metadata.resource !== serverUrl) throw new Error('other server');\n  return metadata.authorization_servers[0];\n}\n",
        ),
        bad(
            JavaScript,
            "async function discover(serverUrl) {\n  const response = await fetch(new URL('/.well-known/oauth-protected-resource', serverUrl));\n  const metadata = await response.json();\n  return metadata.authorization_servers[0];\n}\n",
        ),
        good(
            JavaScript,
            "async function discover(serverUrl) {\n  const response = await fetch(new URL('/.well-known/oauth-protected-resource', serverUrl));\n  const metadata = await response.json();\n  if (!fits(serverUrl, metadata.resource)) throw new Error('other server');\n  return metadata.authorization_servers[0];\n}\nfunction fits(url, resource) {\n  return new URL(url).href === new URL(resource).href;\n}\n",
        ),
        bad(
            Go,
            "package a\n\nfunc discover(serverURL string, metadata *ProtectedResourceMetadata) (string, error) {\n\treturn metadata.AuthorizationServers[0], nil\n}\n",
        ),
        good(
            Go,
            "package a\n\nfunc discover(serverURL string, metadata *ProtectedResourceMetadata) (string, error) {\n\tif metadata.Resource != serverURL {\n\t\treturn \"\", errOther\n\t}\n\treturn metadata.AuthorizationServers[0], nil\n}\n",
        ),
        bad(
            Rust,
            "async fn discover(server_url: &str) -> Result<String, Error> {\n    let metadata: ProtectedResourceMetadata = fetch_metadata(server_url).await?;\n    Ok(metadata.authorization_servers[0].clone())\n}\n",
        ),
        good(
            Rust,
            "async fn discover(server_url: &str) -> Result<String, Error> {\n    let metadata: ProtectedResourceMetadata = fetch_metadata(server_url).await?;\n    if metadata.resource != server_url {\n        return Err(Error::OtherServer);\n    }\n    Ok(metadata.authorization_servers[0].clone())\n}\n",
        ),
        bad(
            Java,
            "class Discovery {\n    String discover(String serverUrl, ProtectedResourceMetadata metadata) {\n        return metadata.getAuthorizationServers().get(0);\n    }\n}\n",
        ),
        good(
            Java,
            "class Discovery {\n    String discover(String serverUrl, ProtectedResourceMetadata metadata) {\n        if (!serverUrl.equals(metadata.getResource())) {\n            throw new SecurityException();\n        }\n        return metadata.getAuthorizationServers().get(0);\n    }\n}\n",
        ),
        bad(
            CSharp,
            "class Discovery\n{\n    string Discover(string serverUrl, ProtectedResourceMetadata metadata)\n    {\n        return metadata.AuthorizationServers[0];\n    }\n}\n",
        ),
        good(
            CSharp,
            "class Discovery\n{\n    string Discover(string serverUrl, ProtectedResourceMetadata metadata)\n    {\n        if (metadata.Resource != serverUrl)\n        {\n            throw new InvalidOperationException();\n        }\n        return metadata.AuthorizationServers[0];\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let (mut used, mut fine): (BTreeSet<&Place>, BTreeSet<&Place>) = (BTreeSet::new(), BTreeSet::new());
    for (_, ran) in &seen.ran {
        let compares = ran.events.iter().any(|event| matches!(event, Event::MetadataCompared));
        let places = ran.events.iter().filter_map(|event| match event {
            Event::MetadataUsed { at } => Some(at),
            _ => None,
        });
        // Somebody who calls it may compare.
        if compares { fine.extend(places) } else { used.extend(places) }
    }
    let mut all: Vec<Found> = Vec::new();
    for at in used.difference(&fine) {
        let function = super::requests::enclosing(seen.project, at);
        let is_known = |known: &Found| super::requests::enclosing(seen.project, &known.at) == function;
        if !all.iter().any(is_known) {
            all.push(Found {
                at: (*at).clone(),
                confidence: Confidence::Medium,
                message:
                    "this metadata is believed, and nobody asks whether it is about the server that was asked"
                        .to_owned(),
                steps: vec![((*at).clone(), "its authorization servers are taken here".to_owned())],
            });
        }
    }
    all
}
