//! A token is refreshed without saying for which server.

use super::{Check, Found, REQUESTS, Seen, made, wrd101};
use crate::{
    flow::{
        request::{Asks, Grant},
        value::Presence,
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    rule::{Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD103",
    name: "refresh-no-resource",
    title: "A token is refreshed without saying for which server",
    severity: Severity::High,
    cwe: &[345],
    clauses: &["MCP authorization, \"Resource Parameter Implementation\" 1", "RFC 8707 §2.2"],
    why: "The token that comes back may open every server that the grant covers, whatever the first one was for.",
    fix: "Send `resource` with every refresh; where a library refreshes by itself and cannot send it, refresh yourself.",
    examples: &[
        bad(
            Python,
            "import requests\n\ndef refresh(token):\n    data = {\"grant_type\": \"refresh_token\", \"refresh_token\": token}\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        good(
            Python,
            "import requests\n\ndef refresh(token):\n    data = {\"grant_type\": \"refresh_token\", \"refresh_token\": token}\n    data[\"resource\"] = SERVER_URL\n    return requests.post(TOKEN_URL, data=data)\n",
        ),
        bad(
            TypeScript,
            "export async function refresh(token: string) {\n  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token });\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        good(
            TypeScript,
            "export async function refresh(token: string) {\n  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token });\n  body.set('resource', SERVER_URL);\n  return fetch(TOKEN_URL, { method: 'POST', body });\n}\n",
        ),
        bad(
            JavaScript,
            "const axios = require('axios');\n\nexports.refresh = (token) => axios.post(TOKEN_URL, { grant_type: 'refresh_token', refresh_token: token });\n",
        ),
        good(
            JavaScript,
            "const axios = require('axios');\n\nexports.refresh = (token) =>\n  axios({ method: 'POST', url: TOKEN_URL, data: { grant_type: 'refresh_token', refresh_token: token, resource: SERVER_URL } });\n",
        ),
        bad(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc refresh(token string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"refresh_token\"}, \"refresh_token\": {token}}\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
        good(
            Go,
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc refresh(token string) (*http.Response, error) {\n\tform := url.Values{\"grant_type\": {\"refresh_token\"}, \"refresh_token\": {token}}\n\tform.Set(\"resource\", serverURL)\n\treturn http.PostForm(tokenURL, form)\n}\n",
        ),
        bad(
            Rust,
            "async fn refresh(client: reqwest::Client, token: &str) -> reqwest::Result<reqwest::Response> {\n    let form = [(\"grant_type\", \"refresh_token\"), (\"refresh_token\", token)];\n    client.post(TOKEN_URL).form(&form).send().await\n}\n",
        ),
        good(
            Rust,
            "async fn refresh(client: reqwest::Client, token: &str) -> reqwest::Result<reqwest::Response> {\n    let form = [(\"grant_type\", \"refresh_token\"), (\"refresh_token\", token), (\"resource\", SERVER_URL)];\n    client.post(TOKEN_URL).form(&form).send().await\n}\n",
        ),
        bad(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody refresh(String token) {\n        return new FormBody.Builder().add(\"grant_type\", \"refresh_token\").add(\"refresh_token\", token).build();\n    }\n}\n",
        ),
        good(
            Java,
            "import okhttp3.FormBody;\n\nclass Tokens {\n    FormBody refresh(String token) {\n        return new FormBody.Builder().add(\"grant_type\", \"refresh_token\").add(\"refresh_token\", token).add(\"resource\", serverUrl).build();\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string token)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"refresh_token\", [\"refresh_token\"] = token };\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string token)\n    {\n        var form = new Dictionary<string, string> { [\"grant_type\"] = \"refresh_token\", [\"refresh_token\"] = token };\n        form[\"resource\"] = serverUrl;\n        return new FormUrlEncodedContent(form);\n    }\n}\n",
        ),
        bad(
            Go,
            "package a\n\nimport (\n\t\"context\"\n\n\t\"golang.org/x/oauth2\"\n)\n\nfunc source(ctx context.Context, config *oauth2.Config, token *oauth2.Token) oauth2.TokenSource {\n\treturn config.TokenSource(ctx, token)\n}\n",
        ),
        bad(
            Python,
            "from authlib.integrations.httpx_client import AsyncOAuth2Client\n\nasync def fresh(token):\n    client = AsyncOAuth2Client(client_id=CLIENT, token=token)\n    await client.ensure_active_token(token)\n    return client.token\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let all = seen.requests.iter().filter(|asked| asked.request.asks == Asks::Token(Grant::Refresh));
    let all = all.filter(|asked| asked.resource == Presence::Never);
    let asked = all.map(|asked| {
        let what = if asked.request.is_fixed {
            "what refreshes tokens here cannot send `resource`: the new token may open other servers too"
        } else {
            "this refresh has no `resource`: the new token may open other servers too"
        };
        Found {
            at: asked.at.clone(),
            confidence: asked.confidence(),
            message: asked.told(what),
            steps: asked.steps.clone(),
        }
    });
    let what = "what is made here refreshes tokens without `resource`: they may open other servers too";
    asked.chain(wrd101::without_in_made(seen, made::refreshes, what)).collect()
}
