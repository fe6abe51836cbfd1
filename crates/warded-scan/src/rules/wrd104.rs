//! A token is asked for something that is no server.

use super::{Check, Found, REQUESTS, Seen, requests};
use crate::{
    flow::value::{Mark, Presence, Value},
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD104",
    name: "resource-wrong-target",
    title: "`resource` names something else than the server",
    severity: Severity::High,
    cwe: &[345],
    clauses: &["MCP authorization, \"Resource Parameter Implementation\" 2: MUST identify the MCP server"],
    why: "A token for the authorization server, or for an address that is no server, is refused everywhere or opens all of them.",
    fix: "Send the canonical URL of the MCP server, or `resource` of its metadata where that fits the URL.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef redeem(config, code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code, \"resource\": config.token_url}\n    return requests.post(config.token_url, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(config, code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code, \"resource\": config.server_url}\n    return requests.post(config.token_url, data=data)\n",
        ),
        bad(
            TypeScript,
            "export function redeem(config: Config, code: string, serverUrl?: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code });\n  body.set('resource', new URL(serverUrl || config.tokenUrl).origin);\n  return fetch(config.tokenUrl, { method: 'POST', body });\n}\n",
        ),
        good(
            TypeScript,
            "export function redeem(config: Config, code: string, serverUrl?: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code });\n  body.set('resource', new URL(config.serverUrl).origin);\n  return fetch(config.tokenUrl, { method: 'POST', body });\n}\n",
        ),
        bad(
            JavaScript,
            "exports.redeem = (config, code) =>\n  fetch(config.tokenUrl, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, resource: config.issuer }) });\n",
        ),
        good(
            JavaScript,
            "exports.redeem = (config, code) =>\n  fetch(config.tokenUrl, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, resource: config.serverUrl }) });\n",
        ),
        bad(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(config Config, code string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}\n\tform.Set(\"resource\", config.RedirectURI)\n\treturn http.PostForm(config.TokenURL, form)\n}\n",
        ),
        good(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(config Config, code string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}\n\tform.Set(\"resource\", config.ServerURL)\n\treturn http.PostForm(config.TokenURL, form)\n}\n",
        ),
        bad(
            Rust,
            "async fn redeem(client: reqwest::Client, config: &Config, code: &str) -> reqwest::Result<reqwest::Response> {\n    let form = [(\"grant_type\", \"authorization_code\"), (\"code\", code), (\"resource\", &config.issuer)];\n    client.post(&config.token_url).form(&form).send().await\n}\n",
        ),
        good(
            Rust,
            "async fn redeem(client: reqwest::Client, config: &Config, code: &str) -> reqwest::Result<reqwest::Response> {\n    let form = [(\"grant_type\", \"authorization_code\"), (\"code\", code), (\"resource\", &config.server_url)];\n    client.post(&config.token_url).form(&form).send().await\n}\n",
        ),
        bad(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody redeem(Config config, String code) {\n        return new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code).add(\"resource\", config.tokenUrl).build();\n    }\n}\n",
        ),
        good(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody redeem(Config config, String code) {\n        return new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code).add(\"resource\", config.serverUrl).build();\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(Config config, string code)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"authorization_code\", [\"code\"] = code };\n        form[\"resource\"] = config.TokenEndpoint;\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(Config config, string code)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"authorization_code\", [\"code\"] = code };\n        form[\"resource\"] = config.ServerUrl;\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
        bad(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code, \"resource\": \"https://mcp.example.com/mcp#tools\"}\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(config, prm, code):\n    if prm.resource != config.server_url:\n        raise ValueError\n    data = {\"grant_type\": \"authorization_code\", \"code\": code, \"resource\": prm.resource}\n    return requests.post(config.token_url, data=data)\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for asked in seen.requests.iter().filter(|asked| asked.resource != Presence::Never) {
        let Some((value, at)) = &asked.request.value else { continue };
        let Some((confidence, message)) = wrong(value, requests::marks(&asked.request).has(Mark::Server))
        else {
            continue;
        };
        if all.iter().any(|known| known.at == *at) {
            continue;
        }
        let mut steps = asked.steps.clone();
        steps.retain(|(step, _)| step != at);
        steps.push((at.clone(), "`resource` is given here".to_owned()));
        all.push(Found { at: at.clone(), confidence, message, steps });
    }
    all
}

/// What is wrong with that as the name of a server.
fn wrong(value: &Value, is_server_too: bool) -> Option<(Confidence, String)> {
    if value.each().filter_map(Value::text).any(|text| text.contains("://") && text.contains('#')) {
        return Some((Confidence::High, "`resource` has a fragment, which no server's name has".to_owned()));
    }
    // What the server itself says is another rule's matter.
    if value.marks.has(Mark::MetadataResource) {
        return None;
    }
    let of = match () {
        () if value.marks.has(Mark::Issuer) => "the authorization server",
        () if value.marks.has(Mark::Redirect) => "the address to which the browser comes back",
        () => return None,
    };
    Some(if is_server_too {
        (Confidence::Low, format!("where no server is known `resource` is made of {of}"))
    } else {
        (Confidence::Medium, format!("`resource` is made of {of}, which is not the MCP server"))
    })
}
