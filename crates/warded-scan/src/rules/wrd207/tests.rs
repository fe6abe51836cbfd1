use crate::rules::found::found;

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
