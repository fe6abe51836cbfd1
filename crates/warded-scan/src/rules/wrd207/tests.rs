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
