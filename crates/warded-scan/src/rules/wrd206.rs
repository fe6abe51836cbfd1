//! What says whether a token is good does not ask for which server it is.

use std::collections::BTreeMap;

use super::{
    Check, Found, Seen, TOKENS,
    measured::measured,
    verified::{
        self, Lack, Outcome,
        answers::believed,
        asking::asked_by_name,
        settings::{compared_where_set, is_of_jwt},
    },
};
use crate::{
    flow::{
        bound::{Bound, bound, switched_off},
        event::Event,
    },
    language::Language::{CSharp, Go, Java, JavaScript, Python, Rust, TypeScript},
    library::{Call, Does},
    project::Place,
    rule::{Confidence, Rule, Severity, bad, good},
};

pub(super) const CHECK: Check = Check { rule: &RULE, heeds: TOKENS, find };

/// Where it asks only under a condition.
pub(super) const NOTE: Check = Check { rule: &RULE, heeds: TOKENS, find: sometimes };

const RULE: Rule = Rule {
    id: "WRD206",
    name: "verifier-without-resource-check",
    title: "What lets callers in does not ask for which server their token is",
    severity: Severity::High,
    cwe: &[287],
    clauses: &[
        "MCP authorization, \"Access Token Privilege Restriction\": MUST validate that tokens were issued specifically for them",
    ],
    why: "An issuer says that a token is good; whether it is good here only this server can say.",
    fix: "Compare the audience that the issuer tells with the canonical URL of this server, or have the SDK do it.",
    examples: &[
        bad(
            Python,
            "from fastmcp.server.auth.providers.jwt import JWTVerifier\n\nauth = JWTVerifier(jwks_uri=KEYS, issuer=ISSUER)\n",
        ),
        good(
            Python,
            "from fastmcp.server.auth.providers.jwt import JWTVerifier\n\nauth = JWTVerifier(jwks_uri=KEYS, issuer=ISSUER, audience=SERVER_URL)\n",
        ),
        bad(
            Python,
            "import requests\nfrom mcp.server.auth.provider import AccessToken, TokenVerifier\n\nclass Introspection(TokenVerifier):\n    async def verify_token(self, token):\n        said = requests.post(INTROSPECTION, data={\"token\": token}).json()\n        if not said.get(\"active\"):\n            return None\n        return AccessToken(token=token, client_id=said[\"client_id\"], scopes=[])\n",
        ),
        good(
            Python,
            "import requests\nfrom mcp.server.auth.provider import AccessToken, TokenVerifier\n\nclass Introspection(TokenVerifier):\n    async def verify_token(self, token):\n        said = requests.post(INTROSPECTION, data={\"token\": token}).json()\n        if not said.get(\"active\") or said.get(\"aud\") != SERVER_URL:\n            return None\n        return AccessToken(token=token, client_id=said[\"client_id\"], scopes=[])\n",
        ),
        bad(
            JavaScript,
            "export async function verifyAccessToken(token) {\n  const answer = await fetch(INTROSPECTION, { method: 'POST', body: new URLSearchParams({ token }) });\n  const said = await answer.json();\n  if (!said.active) throw new Error('inactive');\n  return { token, clientId: said.client_id, scopes: [] };\n}\n",
        ),
        good(
            JavaScript,
            "export async function verifyAccessToken(token) {\n  const answer = await fetch(INTROSPECTION, { method: 'POST', body: new URLSearchParams({ token }) });\n  const said = await answer.json();\n  if (!said.active || said.aud !== SERVER_URL) throw new Error('inactive');\n  return { token, clientId: said.client_id, scopes: [] };\n}\n",
        ),
        good(
            Python,
            "async def verify_token(self, token):\n    known = self.tokens.get(token)\n    if known is None or known.get(\"expired\"):\n        return None\n    return AccessToken(token=token, client_id=known.get(\"client_id\"), scopes=[])\n",
        ),
        bad(
            TypeScript,
            "import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js';\nimport type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';\n\nexport class Introspection implements OAuthTokenVerifier {\n  async verifyAccessToken(token: string): Promise<AuthInfo> {\n    const answer = await fetch(INTROSPECTION, { method: 'POST', body: new URLSearchParams({ token }) });\n    const said = await answer.json();\n    if (!said.active) throw new Error('inactive');\n    return { token, clientId: said.client_id, scopes: [] };\n  }\n}\n",
        ),
        good(
            TypeScript,
            "import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js';\nimport type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';\n\nexport class Introspection implements OAuthTokenVerifier {\n  async verifyAccessToken(token: string): Promise<AuthInfo> {\n    const answer = await fetch(INTROSPECTION, { method: 'POST', body: new URLSearchParams({ token }) });\n    const said = await answer.json();\n    if (!said.active || said.aud !== SERVER_URL) throw new Error('inactive');\n    return { token, clientId: said.client_id, scopes: [] };\n  }\n}\n",
        ),
        bad(
            Go,
            "package auth\n\nimport (\n\t\"context\"\n\t\"encoding/json\"\n\t\"net/http\"\n\t\"net/url\"\n\n\t\"github.com/modelcontextprotocol/go-sdk/auth\"\n)\n\nfunc verifyToken(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {\n\tanswer, err := http.PostForm(introspection, url.Values{\"token\": {token}})\n\tif err != nil {\n\t\treturn nil, err\n\t}\n\tdefer answer.Body.Close()\n\tvar said Introspected\n\tif err := json.NewDecoder(answer.Body).Decode(&said); err != nil {\n\t\treturn nil, err\n\t}\n\tif !said.Active {\n\t\treturn nil, auth.ErrInvalidToken\n\t}\n\treturn &auth.TokenInfo{Scopes: said.Scopes}, nil\n}\n",
        ),
        good(
            Go,
            "package auth\n\nimport (\n\t\"context\"\n\t\"encoding/json\"\n\t\"net/http\"\n\t\"net/url\"\n\n\t\"github.com/modelcontextprotocol/go-sdk/auth\"\n)\n\nfunc verifyToken(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {\n\tanswer, err := http.PostForm(introspection, url.Values{\"token\": {token}})\n\tif err != nil {\n\t\treturn nil, err\n\t}\n\tdefer answer.Body.Close()\n\tvar said Introspected\n\tif err := json.NewDecoder(answer.Body).Decode(&said); err != nil {\n\t\treturn nil, err\n\t}\n\tif !said.Active || said.Aud != serverURL {\n\t\treturn nil, auth.ErrInvalidToken\n\t}\n\treturn &auth.TokenInfo{Scopes: said.Scopes}, nil\n}\n",
        ),
        bad(
            Rust,
            "pub async fn verify_token(client: &reqwest::Client, token: &str) -> Result<User, Refused> {\n    let said: Introspected =\n        client.post(INTROSPECTION).form(&[(\"token\", token)]).send().await?.json().await?;\n    if !said.active {\n        return Err(Refused);\n    }\n    Ok(User { id: said.sub })\n}\n",
        ),
        good(
            Rust,
            "pub async fn verify_token(client: &reqwest::Client, token: &str) -> Result<User, Refused> {\n    let said: Introspected =\n        client.post(INTROSPECTION).form(&[(\"token\", token)]).send().await?.json().await?;\n    if !said.active || said.aud != SERVER_URL {\n        return Err(Refused);\n    }\n    Ok(User { id: said.sub })\n}\n",
        ),
        bad(
            Java,
            "import java.util.Map;\nimport org.springframework.http.HttpEntity;\nimport org.springframework.util.LinkedMultiValueMap;\nimport org.springframework.util.MultiValueMap;\nimport org.springframework.web.client.RestTemplate;\n\nclass Introspection {\n    private RestTemplate rest;\n\n    User verifyToken(String token) {\n        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();\n        form.add(\"token\", token);\n        Map<String, Object> said = rest.postForObject(INTROSPECTION, new HttpEntity<>(form), Map.class);\n        if (!Boolean.TRUE.equals(said.get(\"active\"))) {\n            throw new SecurityException();\n        }\n        return new User((String) said.get(\"sub\"));\n    }\n}\n",
        ),
        good(
            Java,
            "import java.util.Map;\nimport org.springframework.http.HttpEntity;\nimport org.springframework.util.LinkedMultiValueMap;\nimport org.springframework.util.MultiValueMap;\nimport org.springframework.web.client.RestTemplate;\n\nclass Introspection {\n    private RestTemplate rest;\n\n    User verifyToken(String token) {\n        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();\n        form.add(\"token\", token);\n        Map<String, Object> said = rest.postForObject(INTROSPECTION, new HttpEntity<>(form), Map.class);\n        if (!Boolean.TRUE.equals(said.get(\"active\")) || !SERVER_URL.equals(said.get(\"aud\"))) {\n            throw new SecurityException();\n        }\n        return new User((String) said.get(\"sub\"));\n    }\n}\n",
        ),
        bad(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\nusing System.Net.Http.Json;\n\nclass Introspection\n{\n    private readonly HttpClient client;\n\n    async Task<User> VerifyTokenAsync(string token)\n    {\n        var form = new FormUrlEncodedContent(new Dictionary<string, string> { [\"token\"] = token });\n        var answer = await client.PostAsync(IntrospectionUrl, form);\n        var said = await answer.Content.ReadFromJsonAsync<Introspected>();\n        if (!said.Active)\n        {\n            throw new UnauthorizedAccessException();\n        }\n        return new User(said.Sub);\n    }\n}\n",
        ),
        good(
            CSharp,
            "using System.Collections.Generic;\nusing System.Net.Http;\nusing System.Net.Http.Json;\n\nclass Introspection\n{\n    private readonly HttpClient client;\n\n    async Task<User> VerifyTokenAsync(string token)\n    {\n        var form = new FormUrlEncodedContent(new Dictionary<string, string> { [\"token\"] = token });\n        var answer = await client.PostAsync(IntrospectionUrl, form);\n        var said = await answer.Content.ReadFromJsonAsync<Introspected>();\n        if (!said.Active || said.Aud != ServerUrl)\n        {\n            throw new UnauthorizedAccessException();\n        }\n        return new User(said.Sub);\n    }\n}\n",
        ),
    ],
};

fn find(seen: &Seen<'_>) -> Vec<Found> {
    let asked = asked(seen, Outcome::Accepted(Lack::Nothing));
    let by_name = asked_by_name(seen).into_iter().map(|at| {
        let message = "somebody is asked whose token this is, and nobody asks for which server it is";
        found(&at, message.to_owned())
    });
    let mut all: Vec<_> = asked.into_iter().chain(guards(seen, Bound::No)).chain(by_name).collect();
    // Where what asks is called like it, that is told already, or is no fault.
    let judged: Vec<_> = verified::asked(seen).map(|one| seen.project.innermost(&one.at)).collect();
    for (asked, at) in believed(seen) {
        let functions = [&asked, &at].map(|place| seen.project.innermost(place));
        let is_told = all.iter().any(|found| functions.contains(&seen.project.innermost(&found.at)));
        if !is_told && !functions.iter().any(|function| judged.contains(function)) {
            let message = "the issuer is asked about this token, and nobody looks for which server it is";
            all.push(found(&at, message.to_owned()));
        }
    }
    all
}

fn sometimes(seen: &Seen<'_>) -> Vec<Found> {
    let asked = asked(seen, Outcome::Sometimes(Lack::Nothing));
    let set = compared_where_set(seen).into_iter().filter(|at| !is_of_jwt(seen, at)).map(|at| {
        let message = "the audience of a token is compared only where somebody has set with what".to_owned();
        let steps = vec![(at.clone(), "compared here".to_owned())];
        Found { at, confidence: Confidence::Medium, message, steps }
    });
    asked.into_iter().chain(guards(seen, Bound::Sometimes)).chain(set).collect()
}

/// Issuers that are asked about a token.
fn asked(seen: &Seen<'_>, outcome: Outcome) -> Vec<Found> {
    let all = verified::asked(seen).filter(|one| one.outcome == outcome);
    let message = "the issuer is asked whether this token is good, and nobody asks for which server it is";
    all.map(|one| found(&one.at, message.to_owned())).collect()
}

/// Verifiers of libraries. Where some are made with an audience and others without, whoever makes them decides.
fn guards(seen: &Seen<'_>, given: Bound) -> Vec<Found> {
    let mut all: BTreeMap<&Place, (&Call, Bound)> = BTreeMap::new();
    for event in seen.ran.iter().flat_map(|(_, ran)| &ran.events) {
        let Event::Called { known, at, .. } = event else { continue };
        if known.does != Does::Guard {
            continue;
        }
        let is_off = switched_off(event, &known.off);
        let is_given = if is_off == Bound::Yes { Bound::No } else { bound(event, &known.audience) };
        // Where somebody else may ask for it, that is worth knowing and no more.
        let is_given = if known.lenient && is_given == Bound::No { Bound::Sometimes } else { is_given };
        let whole = all.entry(at).or_insert((known, is_given));
        if whole.1 != is_given {
            whole.1 = Bound::Sometimes;
        }
    }
    let meant = all.into_iter().filter(|(_, (_, is_given))| *is_given == given);
    let found = meant.map(|(at, (known, _))| {
        let measured = measured(seen, known, at);
        found(at, format!("this lets callers in without asking for which server their token is{measured}"))
    });
    found.collect()
}

fn found(at: &Place, message: String) -> Found {
    let steps = vec![(at.clone(), "here".to_owned())];
    Found { at: at.clone(), confidence: Confidence::Medium, message, steps }
}
