//! A token is asked for without saying for which server.

use super::{Check, Found, REQUESTS, Seen, made, made::Brings};
use crate::{
    flow::{
        request::{Asks, Grant},
        value::Presence,
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    library::Call,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD101",
    name: "token-request-no-resource",
    title: "A token is asked for without saying for which server",
    severity: Severity::High,
    cwe: &[345],
    clauses: &["MCP authorization, \"Resource Parameter Implementation\" 1", "RFC 8707 §2.2"],
    why: "An authorization server that is not told for which server a token is gives one that opens several.",
    fix: "Send `resource` with the canonical URL of the MCP server in every token request.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    data[\"resource\"] = SERVER_URL\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        bad(
            TypeScript,
            "export async function redeem(code: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code });\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        good(
            TypeScript,
            "export async function redeem(code: string) {\n  const body = new URLSearchParams({ grant_type: 'authorization_code', code });\n  body.set('resource', SERVER_URL);\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        bad(
            JavaScript,
            "const axios = require('axios');\n\nexports.redeem = (code) => axios.post(TOKEN_URL, { grant_type: 'authorization_code', code });\n",
        ),
        good(
            JavaScript,
            "const axios = require('axios');\n\nexports.redeem = (code) =>\n  axios({ method: 'POST', url: TOKEN_URL, data: { grant_type: 'authorization_code', code, resource: SERVER_URL } });\n",
        ),
        bad(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(code string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
        good(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc redeem(code string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"authorization_code\"}, \"code\": {code}}\n\tform.Set(\"resource\", serverURL)\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
        bad(
            Rust,
            "async fn redeem(client: reqwest::Client, code: &str) -> reqwest::Result<reqwest::Response> {\n    let form = [(\"grant_type\", \"authorization_code\"), (\"code\", code)];\n    client.post(TOKEN_URL).form(&form).send().await\n}\n",
        ),
        good(
            Rust,
            "async fn redeem(client: reqwest::Client, code: &str) -> reqwest::Result<reqwest::Response> {\n    let form = [(\"grant_type\", \"authorization_code\"), (\"code\", code), (\"resource\", SERVER_URL)];\n    client.post(TOKEN_URL).form(&form).send().await\n}\n",
        ),
        bad(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody redeem(String code) {\n        return new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code).build();\n    }\n}\n",
        ),
        good(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody redeem(String code) {\n        return new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code).add(\"resource\", serverUrl).build();\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string code)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"authorization_code\", [\"code\"] = code };\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string code)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"authorization_code\", [\"code\"] = code };\n        form[\"resource\"] = serverUrl;\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let is_meant = |asks: &Asks| match asks {
        Asks::Token(grant) => !matches!(grant, Grant::Refresh | Grant::Assertion),
        Asks::Authorization => false,
    };
    let what = "this token request has no `resource`: the token may open other servers too";
    let mut all = without(seen, is_meant, what);
    let what = "what is made here asks for tokens without `resource`: they may open other servers too";
    all.extend(without_in_made(seen, made::asks_for_tokens, what));
    all
}

/// What is made for somebody else to use, and sends no `resource`.
pub(super) fn without_in_made(seen: &Seen<'_>, which: fn(&Call) -> bool, what: &str) -> Vec<Found> {
    let all = made::places(seen, which, |brings| brings == Brings::Never);
    all.into_iter().map(|at| made::found(at, Confidence::Medium, what)).collect()
}

/// Such requests that have no `resource` on any way.
pub(super) fn without(seen: &Seen<'_>, asks: impl Fn(&Asks) -> bool, what: &str) -> Vec<Found> {
    let all = seen.requests.iter();
    all.filter(|asked| asks(&asked.request.asks) && asked.resource == Presence::Never)
        .map(|asked| Found {
            at: asked.at.clone(),
            confidence: asked.confidence(),
            message: asked.told(what),
            steps: asked.steps.clone(),
        })
        .collect()
}
