//! A token is asked for without saying for which server, on some ways.

use super::{Check, Found, REQUESTS, Seen, made, made::Brings, requests::Asked};
use crate::{
    flow::{
        request::{Asks, By, Grant},
        value::Presence,
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, Tsx, TypeScript},
    library::{Call, Later},
    project::FunctionRef,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD105",
    name: "resource-conditional",
    title: "Only sometimes is it said for which server a token is",
    severity: Severity::Note,
    cwe: &[345],
    clauses: &[
        "MCP authorization, \"Resource Parameter Implementation\": MUST send regardless of whether AS supports it",
    ],
    why: "Where the condition does not hold, the token may open other servers too.",
    fix: "Send `resource` always; where nothing is configured, the URL of the server that is called.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef renew(token, resource=None):\n    form = {\"grant_type\": \"refresh_token\", \"refresh_token\": token, \"resource\": resource}\n    return requests.post(TOKEN_URL, data=form)\n",
        ),
        good(
            Python,
            "import requests\n\ndef renew(token, resource=None):\n    form = {\"grant_type\": \"refresh_token\", \"refresh_token\": token, \"resource\": resource or SERVER_URL}\n    return requests.post(TOKEN_URL, data=form)\n",
        ),
        bad(
            Python,
            "import requests\n\ndef redeem(code, resource=None):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    if resource:\n        data[\"resource\"] = resource\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(code, resource=None):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    data[\"resource\"] = resource or SERVER_URL\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        bad(
            TypeScript,
            "export function redeem(code: string, resource?: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code, ...(resource ? { resource } : {}) });\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        good(
            TypeScript,
            "export function redeem(code: string, resource?: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code, resource: resource ?? SERVER_URL });\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        bad(
            JavaScript,
            "exports.redeem = (code, resource) => {\n  const body = { grant_type: 'authorization_code', code };\n  if (resource) body.resource = resource;\n  return fetch(TOKEN_URL, { method: 'POST', body: JSON.stringify(body) });\n};\n",
        ),
        good(
            JavaScript,
            "exports.redeem = (code, resource) => {\n  const body = { grant_type: 'authorization_code', code };\n  body.resource = resource || SERVER_URL;\n  return fetch(TOKEN_URL, { method: 'POST', body: JSON.stringify(body) });\n};\n",
        ),
        bad(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(code, resource string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}\n\tif resource != \"\" {\n\t\tform.Set(\"resource\", resource)\n\t}\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
        good(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(code, resource string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}\n\tform.Set(\"resource\", serverURL)\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
        bad(
            Rust,
            "async fn redeem(client: reqwest::Client, code: &str, resource: Option<&str>) -> reqwest::Result<reqwest::Response> {\n    let mut form = vec![(\"grant_type\", \"authorization_code\"), (\"code\", code)];\n    if let Some(resource) = resource {\n        form.push((\"resource\", resource));\n    }\n    client.post(TOKEN_URL).form(&form).send().await\n}\n",
        ),
        good(
            Rust,
            "async fn redeem(client: reqwest::Client, code: &str, resource: Option<&str>) -> reqwest::Result<reqwest::Response> {\n    let mut form = vec![(\"grant_type\", \"authorization_code\"), (\"code\", code)];\n    form.push((\"resource\", SERVER_URL));\n    client.post(TOKEN_URL).form(&form).send().await\n}\n",
        ),
        bad(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody redeem(String code, String resource) {\n        FormBody.Builder form = new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code);\n        if (resource != null) {\n            form.add(\"resource\", resource);\n        }\n        return form.build();\n    }\n}\n",
        ),
        good(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody redeem(String code, String resource) {\n        FormBody.Builder form = new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code);\n        form.add(\"resource\", SERVER_URL);\n        return form.build();\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string code, string resource)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"authorization_code\", [\"code\"] = code };\n        if (resource != null) form[\"resource\"] = resource;\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string code, string resource)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"authorization_code\", [\"code\"] = code };\n        form[\"resource\"] = serverUrl;\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let is_meant = |asks: &Asks| !matches!(asks, Asks::Token(Grant::Assertion));
    let all = seen.requests.iter();
    let is_sometimes = |asked: &&Asked| asked.resource == Presence::Maybe && !is_left_open(seen, asked);
    all.filter(|asked| is_meant(&asked.request.asks))
        .filter(is_sometimes)
        .map(|asked| {
            let mut steps = asked.steps.clone();
            let message = match (&asked.request.value, &asked.request.open) {
                (Some((_, written)), _) => {
                    steps.insert(0, (written.clone(), "`resource` is given here, on some ways".to_owned()));
                    "`resource` is in this request only under a condition"
                }
                (None, Some(_)) => "`resource` is in this request only where it is among what others add",
                (None, None) => "`resource` is in this request only on some ways",
            };
            Found {
                at: asked.at.clone(),
                confidence: asked.confidence(),
                message: asked.told(message),
                steps,
            }
        })
        .chain(in_made(seen))
        .collect()
}

/// Whether a function only passes on what whoever calls has put together. In these languages whatever is called takes a bag
/// of options and merges it: that says nothing of `resource`. Whoever writes the grant and adds that bag leaves `resource` to
/// it.
fn is_left_open(seen: &Seen<'_>, asked: &Asked) -> bool {
    let language = seen.project.file(asked.at.file).language;
    let request = &asked.request;
    let is_open = request.value.is_none() && request.open.is_some();
    let is_written_here = || {
        let function = seen.project.innermost(&asked.at);
        let is_born_here = request.born.as_ref().is_some_and(|born| seen.project.innermost(born) == function);
        request.by == By::Library && request.born.is_none()
            || is_born_here && function.is_some_and(|function| speaks_of_requests(seen, function))
    };
    is_open && matches!(language, JavaScript | TypeScript | Tsx) && !is_written_here()
}

/// Whether a function names what stands in requests for tokens: a copy of what somebody else wrote does not.
fn speaks_of_requests(seen: &Seen<'_>, function: FunctionRef) -> bool {
    let text = &seen.project.file(function.file).text;
    let text = text.get(seen.project.function(function).span.clone()).unwrap_or_default();
    ["grant_type", "response_type", "client_id"].iter().any(|word| text.contains(word))
}

/// What is made for somebody else to use, and sends `resource` on some ways, or where others add it.
fn in_made<'s>(seen: &'s Seen<'_>) -> impl Iterator<Item = Found> + 's {
    let asks = |call: &Call| call.later.is_some_and(|later| later != Later::Verifies);
    let all = made::places(seen, asks, |brings| matches!(brings, Brings::Sometimes | Brings::Unknown));
    let what = "what is made here sends `resource` only where it is among what others add";
    all.into_iter().map(move |at| made::found(at, Confidence::Medium, what))
}
