//! Clients of libraries that ask for tokens.

use super::one;

#[test]
fn clients_of_openid_connect() {
    let script = r"
import * as client from 'openid-client';
import * as oauth from 'oauth4webapi';
export async function run(config, as, me, auth) {
  await client.buildAuthorizationUrlWithPAR(config, { scope: 'a' });
  await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', { subject_token: 'x' });
  await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion: 'x' });
  await oauth.genericTokenEndpointRequest(as, me, auth, 'refresh_token', { refresh_token: 'x' });
  await oauth.pushedAuthorizationRequest(as, me, auth, { scope: 'a' });
  await oauth.pushedAuthorizationRequest(as, me, auth, { scope: 'a', resource: SERVER });
}
";
    assert_eq!(one("a.ts", script), ["WRD102 5", "WRD101 6", "WRD103 8", "WRD102 9"]);
}

#[test]
fn clients_of_oauth() {
    let script = r"
const ClientOAuth2 = require('client-oauth2');
const { OAuth2 } = require('oauth');
const simple = require('simple-oauth2');
const client = new ClientOAuth2({ clientId: CLIENT });
exports.uri = () => client.code.getUri();
exports.redeem = (url) => client.code.getToken(url);
exports.bound = (url) => client.code.getToken(url, { body: { resource: SERVER } });
exports.itself = () => client.credentials.getToken();
const other = new OAuth2(CLIENT, SECRET, BASE);
exports.old = (code, done) => other.getOAuthAccessToken(code, { redirect_uri: CALLBACK }, done);
exports.renew = (token, done) => other.getOAuthAccessToken(token, { grant_type: 'refresh_token', resource: SERVER }, done);
const oauth2 = simple.create(CREDENTIALS);
exports.simple = (code) => oauth2.authorizationCode.getToken({ code });
";
    let expected = ["WRD102 6", "WRD101 7", "WRD101 9", "WRD101 11", "WRD101 14"];
    assert_eq!(one("a.js", script), expected);
    let python = r#"
from oauthlib.oauth2 import WebApplicationClient
from httpx_oauth.oauth2 import OAuth2

def old(code):
    client = WebApplicationClient(CLIENT)
    client.prepare_request_uri(AUTHORIZE, resource=SERVER)
    return client.prepare_token_request(TOKEN, code=code)

async def new(code):
    client = OAuth2(CLIENT, SECRET, AUTHORIZE, TOKEN)
    await client.get_authorization_url(CALLBACK, extras_params={"resource": SERVER})
    return await client.get_access_token(code, CALLBACK)
"#;
    assert_eq!(one("a.py", python), ["WRD101 8", "WRD101 13"]);
}

#[test]
fn strategies_of_passport() {
    let script = r"
const OAuth2Strategy = require('passport-oauth2');
const util = require('util');
function Strategy(options, verify) {
  OAuth2Strategy.call(this, options, verify);
}
util.inherits(Strategy, OAuth2Strategy);
";
    assert_eq!(one("a.js", script), ["WRD101 5"]);
    let class = r"
import OAuth2Strategy from 'passport-oauth2';
export class Login extends OAuth2Strategy {
  constructor(options, verify) { super({ ...options, tokenURL: TOKEN_URL }, verify); }
}
";
    assert_eq!(one("a.ts", class), ["WRD101 4"]);
    let bound = format!("{script}Strategy.prototype.tokenParams = () => ({{ resource: SERVER }});\n");
    assert_eq!(one("a.js", &bound), Vec::<String>::new());
}

#[test]
fn clients_of_http() {
    let script = r"
const request = require('request');
const https = require('https');
const qs = require('querystring');
const needle = require('needle');
exports.one = (code, done) => request.post({ url: TOKEN_URL, form: { grant_type: 'authorization_code', code } }, done);
exports.two = (code) => {
  const sent = https.request(TOKEN_URL, { method: 'POST' });
  sent.write(qs.stringify({ grant_type: 'authorization_code', code }));
  sent.end();
};
exports.three = (code) => needle('post', TOKEN_URL, { grant_type: 'authorization_code', code });
exports.four = (code) => $.ajax({ url: TOKEN_URL, data: { grant_type: 'authorization_code', code, resource: SERVER } });
exports.five = (code, done) => request.post({ url: PAGE_URL, form: { code } }, done);
";
    assert_eq!(one("a.js", script), ["WRD101 6", "WRD101 9", "WRD101 12"]);
    let python = r#"import requests

def redeem(code):
    return requests.request("POST", TOKEN_URL, data={"grant_type": "authorization_code", "code": code})

def prepared(session, token):
    asked = requests.Request("POST", TOKEN_URL, data={"grant_type": "refresh_token", "refresh_token": token, "resource": SERVER})
    return session.send(asked.prepare())
"#;
    assert_eq!(one("a.py", python), ["WRD101 4"]);
}

#[test]
fn clients_of_apps_and_schemes_of_http_clients() {
    let script = r"
import { TokenRequest, AuthorizationRequest } from '@openid/appauth';
import { OAuth2Client } from '@badgateway/oauth2-client';
import { authorize, refresh } from 'react-native-app-auth';
import { AuthRequest } from 'expo-auth-session';
export const one = (code) => new TokenRequest({ client_id: ID, grant_type: 'authorization_code', code, extras: {} });
export const two = (code) => new TokenRequest({ grant_type: 'authorization_code', code, extras: { resource: SERVER } });
const client = new OAuth2Client({ server: ISSUER, clientId: ID });
export const three = () => client.clientCredentials({ scope: ['read'] });
export const four = () => client.clientCredentials({ resource: SERVER });
export const five = (address) => client.authorizationCode.getTokenFromCodeRedirect(address, { redirectUri: BACK });
export const six = () => authorize({ issuer: ISSUER, clientId: ID, scopes: [] });
export const seven = (token) => refresh({ issuer: ISSUER, additionalParameters: { resource: SERVER } }, { refreshToken: token });
export const eight = new AuthRequest({ clientId: ID, extraParams: { prompt: 'login' } });
";
    assert_eq!(one("a.ts", script), ["WRD101 6", "WRD101 9", "WRD101 11", "WRD102 12", "WRD102 14"]);
    let python = r#"import httpx
from httpx_auth import OAuth2ClientCredentials
from requests_oauthlib import OAuth2Session

def client(config):
    return httpx.Client(auth=OAuth2ClientCredentials(config.token_url, client_id="a", client_secret=SECRET))

def bound(config):
    return httpx.Client(auth=OAuth2ClientCredentials(config.token_url, client_id="a", resource=config.server))

def refreshing(config, token):
    return OAuth2Session(config.id, token=token, auto_refresh_url=config.token_url, auto_refresh_kwargs={"client_id": "a"})

def plain(config, token):
    return OAuth2Session(config.id, token=token)
"#;
    assert_eq!(one("a.py", python), ["WRD101 6", "WRD103 12"]);
}
