//! Every client of others at every server of others, with Warded between them: each does there what it does without.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::{
    gateway::Gateway,
    servers::{Server, servers},
    visitor::{Visit, Visitor, visitors},
    wire::ask,
};

const SCOPE: &str = "mcp:use";
/// How many clients are at work at a time.
const AT_ONCE: usize = 2;

/// A server of others behind Warded, and how it is reached there.
struct Site {
    name: String,
    behind: usize,
    over: &'static str,
    url: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_does_at_every_server_through_warded_what_it_does_without() {
    let files = tempfile::tempdir().unwrap();
    let servers = servers(files.path()).await;
    let (visitors, is_everybody) = visitors();
    if servers.is_empty() || visitors.is_empty() {
        return;
    }
    let mut gateway = Gateway::prepared();
    let sites = in_front(&mut gateway, &servers).await;

    let page: Vec<_> = stream::iter(&visitors)
        .map(|visitor| visits_everything(visitor, &gateway, &servers, &sites))
        .buffered(AT_ONCE)
        .collect()
        .await;

    assert!(gateway.log().contains("audience-elsewhere"), "{}", gateway.log());
    gateway.stop().await;
    if is_everybody && servers.len() == 5 {
        compare(&written(&page, &servers, &sites));
    } else {
        eprintln!("SKIPPED: docs/servers.md names somebody who is not here, so it is not compared");
    }
}

/// Puts Warded in front of every server, and gets a token for each.
async fn in_front(gateway: &mut Gateway, servers: &[Server]) -> Vec<Site> {
    let mut text = "servers:\n".to_owned();
    let mut sites = Vec::new();
    for (behind, server) in servers.iter().enumerate() {
        let over_http = server.url.as_ref().map(|url| ("HTTP", format!("upstream: {url:?}")));
        let over_stdio = Some(("stdio", format!("stdio: {}", json!(server.command))));
        for (over, how) in [over_http, over_stdio].into_iter().flatten() {
            let name = format!("{}-{}", server.name, over.to_lowercase());
            writeln!(text, "  {name}:\n    {how}\n    scopes: {{ required: [{SCOPE}] }}").unwrap();
            let url = gateway.url(&format!("/{name}/mcp"));
            sites.push(Site { name, behind, over, url });
        }
    }
    gateway.configure(&text);
    gateway.start().await;
    sites
}

/// A token for each site, for a client of its own: what two programs do as one client, they share.
async fn tokens(gateway: &Gateway, sites: &[Site]) -> Vec<String> {
    let endpoint = gateway.url("/issuers/default/token");
    let mut tokens = Vec::new();
    for site in sites {
        let (id, secret) = gateway.add_machine("a client of others", &site.name).await;
        let answer = ask(&endpoint, (&id, &secret), &site.url, SCOPE).await;
        tokens.push(answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned());
    }
    tokens
}

/// Sends a client everywhere: to the servers themselves, to each through Warded, and to one with the token of another.
/// What it told at each site.
async fn visits_everything(
    visitor: &Visitor,
    gateway: &Gateway,
    servers: &[Server],
    sites: &[Site],
) -> Vec<Value> {
    let tokens = tokens(gateway, sites).await;
    let direct = servers.iter().filter_map(|server| {
        Some(Visit { url: server.url.clone()?, token: None, errand: errand(visitor, server) })
    });
    let through = sites.iter().zip(&tokens).map(|(site, token)| Visit {
        url: site.url.clone(),
        token: Some(token.clone()),
        errand: errand(visitor, &servers[site.behind]),
    });
    // What opens one of them opens no other; no errand at all is the shortest way to be turned away.
    let astray =
        Visit { url: sites[0].url.clone(), token: Some(tokens[1].clone()), errand: json!({ "calls": {} }) };
    let visits: Vec<_> = direct.chain(through).chain([astray]).collect();

    let mut told = visitor.makes(&visits).await;

    refused(&told.pop().unwrap(), &sites[0]);
    assert!(tokens.iter().all(|token| !gateway.keeps(token)), "a token stands in a file");
    let told_through = told.split_off(told.len() - sites.len());
    let mut told = told.into_iter();
    let by_itself: BTreeMap<usize, Value> = servers
        .iter()
        .enumerate()
        .filter(|(_, server)| server.url.is_some())
        .map(|(number, _)| (number, told.next().unwrap()))
        .collect();
    for (told, site) in told_through.iter().zip(sites) {
        let server = &servers[site.behind];
        succeeded(told, visitor, server, &site.name);
        if let Some(direct) = by_itself.get(&site.behind) {
            let mut direct = direct.clone();
            if site.over == "stdio" {
                // One and the same server may speak a newer revision there: the Go SDK's does.
                if let Some(revision) = direct.get_mut("revision") {
                    *revision = told["revision"].clone();
                }
            }
            assert_eq!(*told, direct, "{}", site.name);
        }
    }
    told_through
}

/// What a client is to do at a server.
fn errand(visitor: &Visitor, server: &Server) -> Value {
    let mut errand = server.errand.clone();
    if !visitor.hears_progress {
        errand.as_object_mut().unwrap().remove("progress");
    }
    errand
}

/// What must come of it, wherever it is done.
fn succeeded(told: &Value, visitor: &Visitor, server: &Server, name: &str) {
    let at = format!("{name}: {told}");
    let expected = server.outcome.as_object().unwrap();
    for (key, expected) in expected {
        match key.as_str() {
            "progress" if !visitor.hears_progress => {}
            "progress" => {
                let steps = |value: &Value| -> Vec<f64> {
                    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
                };
                assert_eq!(steps(&told["progress"]), steps(expected), "{at}");
            }
            "read" => {
                let read = told["read"].as_str().unwrap_or_default();
                assert!(read.starts_with(expected.as_str().unwrap()), "{at}");
            }
            _ => assert_eq!(&told[key], expected, "{at}"),
        }
    }
    let tools = told["tools"].as_array().unwrap();
    for tool in server.errand["calls"].as_object().unwrap().keys() {
        assert!(tools.contains(&json!(tool)), "{at}");
    }
}

/// Turned away, with a challenge that the client's own reader understands, where it has one.
fn refused(told: &Value, site: &Site) {
    if let Some(complaint) = told["complaint"].as_str() {
        assert!(complaint.contains("401") || complaint.contains("auth_required"), "{complaint}");
        return;
    }
    assert_eq!(told["status"], 401, "{told}");
    let path = format!("/.well-known/oauth-protected-resource/{}/mcp", site.name);
    let metadata = site.url.replace(&format!("/{}/mcp", site.name), &path);
    let challenge = json!({ "resource_metadata": metadata, "scope": SCOPE, "error": "invalid_token" });
    assert_eq!(told["challenge"], challenge, "{told}");
}

const INTRODUCTION: &str = "\
# Clients and servers of others, with Warded between them

<!-- Recorded by a test, which runs all of them: `cargo xtask docs` writes it anew. -->

Each of these clients went to each of these servers through one `warded up`, with a token for that server. It listed
the tools and called some, and where the server has them it heard of progress, read a resource and got a prompt; and it
told the same as at the server itself. With the token of another server it was turned away. The table says which
revision of MCP they agreed on; some clients do not tell.

";

fn written(page: &[Vec<Value>], servers: &[Server], sites: &[Site]) -> String {
    let mut text = INTRODUCTION.to_owned();
    let columns: Vec<_> =
        sites.iter().map(|site| format!("{}, {}", servers[site.behind].name, site.over)).collect();
    writeln!(text, "| client | {} |", columns.join(" | ")).unwrap();
    writeln!(text, "| --- |{}", " --- |".repeat(sites.len())).unwrap();
    for told in page {
        let cells: Vec<_> = told.iter().map(|told| told["revision"].as_str().unwrap_or("works")).collect();
        writeln!(text, "| {} | {} |", told[0]["client"].as_str().unwrap(), cells.join(" | ")).unwrap();
    }
    text += "\nThe servers:\n\n";
    for server in servers {
        let calls: Vec<_> =
            server.errand["calls"].as_object().unwrap().keys().map(|tool| format!("`{tool}`")).collect();
        let mut done = format!("calls {}", calls.join(", "));
        if let Some(progress) = server.errand.get("progress") {
            write!(done, "; progress of `{}`", progress["tool"].as_str().unwrap()).unwrap();
        }
        if let Some(uri) = server.errand.get("read") {
            write!(done, "; reads `{}`", uri.as_str().unwrap()).unwrap();
        }
        if let Some(prompt) = server.errand.get("prompt") {
            write!(done, "; gets the prompt `{}`", prompt["name"].as_str().unwrap()).unwrap();
        }
        writeln!(text, "- **{}**: {}; {done}", server.name, server.what).unwrap();
    }
    text
}

/// Compares with the page, or writes it.
fn compare(record: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/servers.md");
    #[expect(clippy::disallowed_methods, reason = "the task that writes pages says so")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&page, record).unwrap();
        return;
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(written, record, "docs/servers.md is stale: `cargo xtask docs` writes it anew");
}
