//! An authorization is asked for without saying for which server.

use super::{Check, Found, REQUESTS, Seen, made, wrd101};
use crate::{
    flow::request::Asks,
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    rule::{Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: REQUESTS, find };

const RULE: Rule = Rule {
    id: "WRD102",
    name: "authorize-request-no-resource",
    title: "An authorization is asked for without saying for which server",
    severity: Severity::High,
    cwe: &[345],
    clauses: &["MCP authorization, \"Resource Parameter Implementation\" 1", "RFC 8707 §2.1"],
    why: "The person is asked to open one server, and the grant that comes of it covers every server of the issuer.",
    fix: "Send `resource` with the canonical URL of the MCP server in every authorization request.",
    examples: &[
        bad(
            Python,
            "from urllib.parse import urlencode\n\ndef login(state):\n    params = {\"response_type\": \"code\", \"client_id\": CLIENT, \"state\": state}\n    return f\"{AUTHORIZE_URL}?{urlencode(params)}\"\n",
        ),
        good(
            Python,
            "from urllib.parse import urlencode\n\ndef login(state):\n    params = {\"response_type\": \"code\", \"client_id\": CLIENT, \"state\": state}\n    params[\"resource\"] = SERVER_URL\n    return f\"{AUTHORIZE_URL}?{urlencode(params)}\"\n",
        ),
        bad(
            Python,
            "from requests_oauthlib import OAuth2Session\n\ndef login():\n    session = OAuth2Session(CLIENT)\n    return session.authorization_url(AUTHORIZE_URL)\n",
        ),
        good(
            Python,
            "from requests_oauthlib import OAuth2Session\n\ndef login():\n    session = OAuth2Session(CLIENT)\n    return session.authorization_url(AUTHORIZE_URL, resource=SERVER_URL)\n",
        ),
        bad(
            TypeScript,
            "export function login(state: string) {\n  const url = new URL(AUTHORIZE_URL);\n  url.searchParams.set('response_type', 'code');\n  url.searchParams.set('client_id', CLIENT);\n  url.searchParams.set('state', state);\n  location.href = url.toString();\n}\n",
        ),
        good(
            TypeScript,
            "export function login(state: string) {\n  const url = new URL(AUTHORIZE_URL);\n  url.searchParams.set('response_type', 'code');\n  url.searchParams.set('client_id', CLIENT);\n  url.searchParams.set('state', state);\n  url.searchParams.set('resource', SERVER_URL);\n  location.href = url.toString();\n}\n",
        ),
        bad(
            JavaScript,
            "exports.login = (req, res) => {\n  const params = new URLSearchParams({ response_type: 'code', client_id: CLIENT });\n  res.redirect(`${AUTHORIZE_URL}?${params}`);\n};\n",
        ),
        good(
            JavaScript,
            "exports.login = (req, res) => {\n  const params = new URLSearchParams({ response_type: 'code', client_id: CLIENT, resource: SERVER_URL });\n  res.redirect(`${AUTHORIZE_URL}?${params}`);\n};\n",
        ),
        bad(
            Go,
            "package a\n\nimport \"golang.org/x/oauth2\"\n\nfunc login(config *oauth2.Config, state string) string {\n\treturn config.AuthCodeURL(state)\n}\n",
        ),
        good(
            Go,
            "package a\n\nimport \"golang.org/x/oauth2\"\n\nfunc login(config *oauth2.Config, state string) string {\n\treturn config.AuthCodeURL(state, oauth2.SetAuthURLParam(\"resource\", serverURL))\n}\n",
        ),
        bad(
            Rust,
            "fn login(client: oauth2::basic::BasicClient) -> (url::Url, oauth2::CsrfToken) {\n    client.authorize_url(oauth2::CsrfToken::new_random).url()\n}\n",
        ),
        good(
            Rust,
            "fn login(client: oauth2::basic::BasicClient) -> (url::Url, oauth2::CsrfToken) {\n    client.authorize_url(oauth2::CsrfToken::new_random).add_extra_param(\"resource\", SERVER_URL).url()\n}\n",
        ),
        bad(
            Java,
            "import org.springframework.web.util.UriComponentsBuilder;\n\nclass Login {\n    String url(String state) {\n        return UriComponentsBuilder.fromUriString(AUTHORIZE_URL).queryParam(\"response_type\", \"code\").queryParam(\"client_id\", CLIENT).toUriString();\n    }\n}\n",
        ),
        good(
            Java,
            "import org.springframework.web.util.UriComponentsBuilder;\n\nclass Login {\n    String url(String state) {\n        return UriComponentsBuilder.fromUriString(AUTHORIZE_URL).queryParam(\"response_type\", \"code\").queryParam(\"client_id\", CLIENT).queryParam(\"resource\", SERVER_URL).toUriString();\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.Collections.Generic;\nusing Microsoft.AspNetCore.WebUtilities;\n\nclass Login\n{\n    string Url(string state)\n    {\n        var query = new Dictionary<string, string> { [\"response_type\"] = \"code\", [\"client_id\"] = client };\n        return QueryHelpers.AddQueryString(authorizeUrl, query);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.Collections.Generic;\nusing Microsoft.AspNetCore.WebUtilities;\n\nclass Login\n{\n    string Url(string state)\n    {\n        var query = new Dictionary<string, string> { [\"response_type\"] = \"code\", [\"client_id\"] = client };\n        query[\"resource\"] = serverUrl;\n        return QueryHelpers.AddQueryString(authorizeUrl, query);\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let what = "this authorization request has no `resource`: the grant covers other servers too";
    let mut all = wrd101::without(seen, |asks| *asks == Asks::Authorization, what);
    let what =
        "the authorization requests of what is made here have no `resource`: grants cover other servers too";
    all.extend(wrd101::without_in_made(seen, made::asks_for_authorization, what));
    all
}
