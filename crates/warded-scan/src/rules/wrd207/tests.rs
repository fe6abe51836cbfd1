use crate::{look::look, rule::Severity, rules::found::found};

#[test]
fn a_client_that_is_made_with_the_credential_passes_it_on() {
    let python = r#"
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token
from github import Github

mcp = FastMCP("notes")

@mcp.tool
async def notes():
    return await NotesClient(url=NOTES, token=get_access_token().token).list()

@mcp.tool
async def repositories():
    return Github(get_access_token().token).get_user().login

@mcp.tool
async def exchanged():
    token = await TokenExchangeClient(ISSUER).exchange(get_access_token().token)
    return await NotesClient(url=NOTES, token=token).list()

@mcp.tool
async def asked():
    return await IntrospectionClient(get_access_token().token).active()

@mcp.tool
async def own():
    return Github(SERVER_TOKEN).get_user().login
"#;
    assert_eq!(found("a.py", python), ["WRD207 10", "WRD207 14"]);
    let script = r"
import { Octokit } from '@octokit/rest';
import { WebClient } from '@slack/web-api';

server.tool('repositories', {}, async (given, extra) => {
  const octokit = new Octokit({ auth: extra.authInfo?.token });
  return octokit.rest.repos.listForAuthenticatedUser();
});
server.tool('channels', {}, async (given, extra) => {
  const slack = new WebClient(process.env.SLACK_TOKEN);
  return slack.conversations.list();
});
server.tool('notes', {}, async (given, extra) => NotesClient.fromToken(NOTES, extra.authInfo.token).list());
";
    assert_eq!(found("a.ts", script), ["WRD207 6", "WRD207 13"]);
}

#[test]
fn what_frameworks_give_a_handler_is_the_credential() {
    let python = r#"
from typing import Annotated, Any
import requests
from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer, OAuth2PasswordBearer

scheme = OAuth2PasswordBearer(tokenUrl="token")
bearer = HTTPBearer()

def get_token(request: Request):
    return request.headers["authorization"].split(" ")[1]

def get_settings(request: Request):
    return load(request.url)

async def by_scheme(token: str = Depends(scheme)):
    return requests.get(NOTES, headers={"Authorization": f"Bearer {token}"}).json()

async def by_annotation(token: Annotated[str, Depends(scheme)]):
    return requests.get(NOTES, headers={"Authorization": f"Bearer {token}"}).json()

async def by_bearer(given=Depends(bearer)):
    return requests.get(NOTES, headers={"Authorization": f"Bearer {given.credentials}"}).json()

async def by_function(token: str = Depends(get_token)):
    return requests.get(NOTES, headers={"Authorization": f"Bearer {token}"}).json()

async def by_header(authorization: Annotated[str | None, Header()] = None):
    return requests.get(NOTES, headers={"Authorization": authorization}).json()

async def by_alias(auth: str = Header(alias="Authorization")):
    return requests.get(NOTES, headers={"Authorization": auth}).json()

async def another(key: str = Header(alias="X-Api-Key"), settings: Any = Depends(get_settings)):
    return requests.get(NOTES, headers={"Authorization": settings.token, "X-Api-Key": key}).json()

def django(request):
    return requests.get(NOTES, headers={"Authorization": request.META["HTTP_AUTHORIZATION"]}).json()

def address(request):
    return requests.get(NOTES, headers={"X-Forwarded-For": request.META["REMOTE_ADDR"]}).json()
"#;
    let lines = ["WRD207 17", "WRD207 20", "WRD207 23", "WRD207 26", "WRD207 29", "WRD207 32", "WRD207 38"];
    assert_eq!(found("a.py", python), lines);
    let script = r"
import { Controller, Get, Req } from '@nestjs/common';
@Controller()
export class Notes {
  constructor(private http: HttpService) {}
  @Get() all(@Req() req: any) { return this.http.get(NOTES, { headers: { Authorization: req.headers.authorization } }); }
  @Get() own(@Req() req: any) { return this.http.get(NOTES, { headers: { Authorization: TOKEN } }); }
}
";
    assert_eq!(found("a.ts", script), ["WRD207 6"]);
}

#[test]
fn dependencies_that_depend_on_each_other_come_to_an_end() {
    let python = r#"
from fastapi import Depends

def one(token=Depends(lambda: other)):
    return token

def first(token=Depends(second)):
    return token

def second(token=Depends(first)):
    return requests.get(NOTES, headers={"Authorization": token})
"#;
    assert_eq!(found("a.py", python), Vec::<String>::new());
}

#[test]
fn a_request_that_only_goes_on_is_none_to_another_server() {
    let script = r"
export const override = () => async (c) => {
  const headers = new Headers(c.req.raw.headers);
  headers.delete('x-method');
  return app.fetch(new Request(c.req.url, { headers, method: 'PUT' }));
};
export async function POST(request: Request) {
  const headers = new Headers(request.headers);
  return fetch('https://notes.example/all', { method: 'POST', headers });
}
";
    assert_eq!(found("a.ts", script), ["WRD207 9"]);
}

#[test]
fn what_a_client_of_the_project_does_with_it_is_told_once() {
    let python = r#"
import httpx

class NotesClient:
    def __init__(self, url, token):
        self.http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"})

async def notes(request):
    return NotesClient("https://notes.example", request.headers["Authorization"])
"#;
    assert_eq!(found("a.py", python), ["WRD207 6"]);
}

#[test]
fn what_is_kept_with_a_request_is_the_credential_still() {
    let python = r#"
import requests
from flask import g, request

def before():
    g.token = request.headers.get("Authorization")
    g.page_auth = request.args.get("page")

def notes():
    return requests.get(NOTES, headers={"Authorization": g.token})

def page():
    return requests.get(NOTES, headers={"X-Page": g.page_auth})

async def raw(scope, receive, send):
    headers = dict(scope["headers"])
    return requests.get(NOTES, headers={"Authorization": headers.get(b"authorization", b"").decode()})
"#;
    assert_eq!(found("a.py", python), ["WRD207 10", "WRD207 17"]);
    let state = r#"
import httpx
from starlette.middleware.base import BaseHTTPMiddleware

class Keeps(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        request.state.access_token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return await call_next(request)

async def notes(request):
    return httpx.get(NOTES, headers={"Authorization": f"Bearer {request.state.access_token}"})
"#;
    assert_eq!(found("b.py", state), ["WRD207 11"]);
}

#[test]
fn clients_of_others_are_made_with_the_credential_in_go() {
    let source = |made: &str| {
        format!(
            "package a

import (
	\"net/http\"
	\"strings\"

	\"github.com/google/go-github/v60/github\"
	\"golang.org/x/oauth2\"
	\"k8s.io/client-go/kubernetes\"
	\"k8s.io/client-go/rest\"
)

func client(r *http.Request) any {{
	token := strings.TrimPrefix(r.Header.Get(\"Authorization\"), \"Bearer \")
{made}
}}
"
        )
    };
    for (made, line) in [
        ("	return kubernetes.NewForConfig(&rest.Config{Host: host, BearerToken: token})", 15),
        (
            "	settings := rest.CopyConfig(base)\n	settings.BearerToken = token\n	return kubernetes.NewForConfig(settings)",
            17,
        ),
        (
            "	return oauth2.NewClient(r.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}))",
            15,
        ),
        ("	return github.NewClient(nil).WithAuthToken(token)", 15),
    ] {
        assert_eq!(found("a.go", &source(made)), [format!("WRD207 {line}")], "{made}");
    }
    for made in [
        "	return kubernetes.NewForConfig(&rest.Config{Host: host, BearerToken: exchanged(token)})",
        "	return kubernetes.NewForConfig(&rest.Config{Host: token})",
        "	return github.NewClient(nil).WithAuthToken(settings.token)",
    ] {
        assert_eq!(found("a.go", &source(made)), [""; 0], "{made}");
    }
}

#[test]
fn a_request_that_something_else_holds_came_in_all_the_same() {
    let python = |headers: &str| {
        format!(
            "import httpx

async def notes(ctx):
    client = httpx.AsyncClient()
    answer = await client.get(LOGIN)
    return await client.get(NOTES, headers={headers})
"
        )
    };
    assert_eq!(found("a.py", &python("ctx.request_context.request.headers")), ["WRD207 6"]);
    // It is ours that is asked again.
    assert_eq!(found("a.py", &python("answer.request.headers")), [""; 0]);
    assert_eq!(found("a.py", &python("answer.headers")), [""; 0]);
    let raw = "import httpx
from starlette.requests import Request

async def proxy(request: Request):
    client = httpx.AsyncClient()
    return await client.send(client.build_request('GET', NOTES, headers=request.headers.raw))
";
    assert_eq!(found("a.py", raw), ["WRD207 6"]);
}

#[test]
fn filters_of_clients_put_the_credential_into_what_goes_out() {
    let rest = r#"package a;
import jakarta.ws.rs.client.ClientRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import org.eclipse.microprofile.jwt.JsonWebToken;
import io.quarkus.security.credential.TokenCredential;
class Filter {
    @Inject JsonWebToken jwt;
    @Inject TokenCredential credential;
    void verified(ClientRequestContext context) {
        context.getHeaders().putSingle(HttpHeaders.AUTHORIZATION, "Bearer " + jwt.getRawToken());
    }
    void known(ClientRequestContext context) {
        context.getHeaders().add("Authorization", "Bearer " + credential.getToken());
    }
    void own(ClientRequestContext context) {
        context.getHeaders().add("Authorization", "Bearer " + tokens.getAccessToken());
    }
}
"#;
    assert_eq!(found("Filter.java", rest), ["WRD207 10", "WRD207 13"]);
    let spring = r#"package a;
import org.springframework.http.HttpRequest;
import jakarta.servlet.http.HttpServletRequest;
class Interceptor {
    private HttpServletRequest incoming;
    void came(HttpRequest request) {
        request.getHeaders().set("Authorization", incoming.getHeader("Authorization"));
    }
    void own(HttpRequest request) {
        request.getHeaders().setBearerAuth(tokens.get());
    }
}
"#;
    assert_eq!(found("Interceptor.java", spring), ["WRD207 7"]);
}

#[test]
fn a_request_for_handlers_of_ones_own_goes_nowhere() {
    let own = r"
export function adapted(req) {
  return new Request(`https://${req.headers.host}${req.url}`, { method: req.method, headers: req.headers });
}
";
    assert_eq!(found("a.js", own), [""; 0]);
    let sent = r"
export async function forward(req) {
  const request = new Request(API + req.path, { method: req.method, headers: req.headers });
  return fetch(request);
}
";
    assert_eq!(found("b.js", sent), ["WRD207 3"]);
}

/// What is told of a text: the line, and whether it is a note.
fn told(path: &str, text: &str) -> Vec<(usize, bool)> {
    let looked = look(vec![(path.into(), text.to_owned())]);
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let each = looked.findings.iter().filter(|found| found.rule.id == "WRD207");
    each.map(|found| (line(found.spot.span.start), found.severity == Severity::Note)).collect()
}

#[test]
fn headers_that_a_list_names_are_a_note() {
    let script = |list: &str| {
        format!(
            "const axios = require('axios');
module.exports = (options) => async (req, res) => {{
  const headers = {{}};
  for (const name of {list}) {{
    if (req.headers[name]) headers[name] = req.headers[name];
  }}
  const answer = await axios.get(options.target, {{ headers }});
  res.json(answer.data);
}};
"
        )
    };
    assert_eq!(told("a.js", &script("options.forwardHeaders")), [(5, true)]);
    assert_eq!(told("a.js", &script("['x-request-id', 'accept']")), []);
    assert_eq!(told("a.js", &script("['x-request-id', 'authorization']")), [(7, false)]);
    let python = |name: &str| {
        format!(
            "import httpx
from fastapi import Request

def build(request_headers, allowed):
    out = {{}}
    lowered = {{k.lower(): v for k, v in request_headers.items()}}
    for name in allowed:
        out[{name}] = lowered.get({name}.lower())
    return out

async def call(request: Request, tool):
    return httpx.get(tool.url, headers=build(dict(request.headers), tool.headers))
"
        )
    };
    assert_eq!(told("a.py", &python("name")), [(8, true)]);
    assert_eq!(told("a.py", &python("'accept'")), []);
    let go = "package a

import \"net/http\"

func picked(r *http.Request, names []string) map[string]string {
	headers := map[string]string{}
	for _, name := range names {
		if values, ok := r.Header[name]; ok {
			headers[name] = values[0]
		}
	}
	return headers
}

func (c *Config) serve(w http.ResponseWriter, r *http.Request) {
	out, _ := http.NewRequest(\"GET\", c.Upstream, nil)
	for _, name := range c.ForwardHeaders {
		out.Header.Set(name, r.Header.Get(name))
	}
	http.DefaultClient.Do(out)
}

func (c *Config) other(w http.ResponseWriter, r *http.Request) {
	out, _ := http.NewRequest(\"GET\", c.Upstream, nil)
	out.Header.Set(c.tenantHeader, r.Header.Get(c.tenantHeader))
	for _, name := range traced {
		out.Header.Set(name, r.Header.Get(name))
	}
	http.DefaultClient.Do(out)
}

var traced = []string{\"X-Request-Id\", \"Traceparent\"}

func (c *Config) taken(w http.ResponseWriter, r *http.Request) {
	out, _ := http.NewRequest(\"GET\", c.Upstream, nil)
	for name, value := range picked(r, c.ForwardHeaders) {
		out.Header.Set(name, value)
	}
	http.DefaultClient.Do(out)
}
";
    assert_eq!(told("a.go", go), [(18, true), (37, true)]);
}

#[test]
fn names_of_a_list_that_is_known_are_known_in_small_letters_too() {
    let python = |names: &str| {
        format!(
            "import httpx
from fastapi import Request

def forward(request: Request):
    headers = {{}}
    for name in {names}:
        headers[name] = request.headers.get(name.lower())
    return httpx.get(UPSTREAM, headers=headers)
"
        )
    };
    assert_eq!(told("a.py", &python("['X-Request-Id', 'Accept']")), []);
    assert_eq!(told("a.py", &python("settings.forwarded")), [(7, true)]);
}
