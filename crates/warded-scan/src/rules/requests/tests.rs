//! What real code does with requests, in each language in which it does that.

mod clients;
mod csharp;
mod go;
mod helped;
mod rust;
mod texts;

use crate::look::look;

mod java;

/// The rules that find something, each with the line where.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let looked = look(files.iter().map(|(path, text)| ((*path).into(), (*text).to_owned())).collect());
    let about = looked.findings.iter().filter(|finding| finding.rule.id.starts_with("WRD10"));
    about
        .map(|finding| {
            let text = files.iter().find(|(path, _)| **path == *finding.spot.path).map(|(_, text)| *text);
            let before = text.and_then(|text| text.get(..finding.spot.span.start)).unwrap_or_default();
            format!("{} {}", finding.rule.id, before.matches('\n').count().saturating_add(1))
        })
        .collect()
}

fn one(path: &str, text: &str) -> Vec<String> {
    found(&[(path, text)])
}

#[test]
fn whoever_puts_parameters_together_is_told() {
    let python = r#"import requests

def send(data):
    return requests.post(TOKEN_URL, data=data)

def redeem(code):
    return send({"grant_type": "authorization_code", "code": code})

def bound(code):
    return send({"grant_type": "authorization_code", "code": code, "resource": SERVER_URL})
"#;
    assert_eq!(one("a.py", python), ["WRD101 7"]);
    let script = r"
class Base {
  send(body) { return fetch(this.url, { method: 'POST', body }); }
}
export class Client extends Base {
  redeem(code) { return this.send(new URLSearchParams({ grant_type: 'authorization_code', code })); }
  refresh(token) {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token });
    body.set('resource', SERVER_URL);
    return this.send(body);
  }
}
";
    assert_eq!(one("a.js", script), ["WRD101 6"]);
    let go = r#"package a

import (
	"net/http"
	"net/url"
)

func send(form url.Values) (*http.Response, error) {
	return http.PostForm(tokenURL, form)
}

func refresh(token string) (*http.Response, error) {
	return send(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}
"#;
    assert_eq!(one("a.go", go), ["WRD103 13"]);
}

#[test]
fn one_request_is_one_finding() {
    let go = r#"package a

import (
	"net/http"
	"net/url"
	"strings"
)

func redeem(code string) (*http.Request, error) {
	form := url.Values{}
	form.Set("grant_type", "authorization_code")
	form.Set("code", code)
	body := form.Encode()
	return http.NewRequest("POST", tokenURL, strings.NewReader(body))
}
"#;
    assert_eq!(one("a.go", go), ["WRD101 14"]);
    let python = r#"import requests
from urllib.parse import urlencode

def redeem(code):
    data = {"grant_type": "authorization_code", "code": code}
    return requests.post(TOKEN_URL, data=urlencode(data))
"#;
    assert_eq!(one("a.py", python), ["WRD101 6"]);
}

#[test]
fn what_nobody_knows_sends_what_it_is_given() {
    let python = r#"
class Client:
    def redeem(self, code):
        payload = {"grant_type": "authorization_code", "code": code}
        log(payload)
        return self.connection.raw_post(TOKEN_URL, data=payload)
"#;
    assert_eq!(one("a.py", python), ["WRD101 6"]);
    let script = r"
export const redeem = (transport, code) => {
  const body = { grant_type: 'authorization_code', code };
  check(body);
  return transport.sendRequest({ url: TOKEN_URL, body });
};
";
    assert_eq!(one("a.ts", script), ["WRD101 5"]);
    let quiet = r#"
def show(code):
    payload = {"grant_type": "authorization_code", "code": code}
    log(payload)
"#;
    assert_eq!(one("a.py", quiet), Vec::<String>::new());
}

#[test]
fn entries_are_added_in_all_ways() {
    for more in ["data.update(resource=SERVER_URL)", "data |= {\"resource\": SERVER_URL}", "add(data)"] {
        let python = format!(
            "import requests\n\ndef add(data):\n    data[\"resource\"] = SERVER_URL\n\ndef redeem(code):\n    data = {{\"grant_type\": \"authorization_code\", \"code\": code}}\n    {more}\n    return requests.post(TOKEN_URL, data=data)\n"
        );
        assert_eq!(one("a.py", &python), Vec::<String>::new(), "{more}");
    }
    let tuples = r#"import requests

def redeem(code, resource=None):
    data = [("grant_type", "authorization_code"), ("code", code)]
    if resource:
        data.append(("resource", resource))
    return requests.post(TOKEN_URL, data=data)
"#;
    assert_eq!(one("a.py", tuples), ["WRD105 7"]);
    let options = r#"package a

import (
	"context"

	"golang.org/x/oauth2"
)

func redeem(ctx context.Context, config *oauth2.Config, code, resource string) (*oauth2.Token, error) {
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption("v")}
	if resource != "" {
		options = append(options, oauth2.SetAuthURLParam("resource", resource))
	}
	return config.Exchange(ctx, code, options...)
}
"#;
    assert_eq!(one("a.go", options), ["WRD105 14"]);
    let none = options.replace("\"resource\", resource)", "\"nonce\", resource)");
    assert_eq!(one("a.go", &none), ["WRD101 14"]);
}

#[test]
fn what_the_sdk_completes_is_not_found() {
    let python = r#"
from mcp.client.auth import OAuthClientProvider

class Provider(OAuthClientProvider):
    async def _token(self, code):
        data = {"grant_type": "authorization_code", "code": code}
        return httpx.Request("POST", self.url, data=data)
"#;
    assert_eq!(one("a.py", &format!("import httpx\n{python}")), Vec::<String>::new());
    let alone = python.replace("(OAuthClientProvider)", "");
    assert_eq!(one("a.py", &format!("import httpx\n{alone}")), ["WRD101 8"]);
    let script = r"
export class Provider implements OAuthClientProvider {
  prepareTokenRequest(scope?: string) {
    return fill(new URLSearchParams({ grant_type: 'client_credentials' }).toString());
  }
}
";
    assert_eq!(one("a.ts", script), Vec::<String>::new());
}

#[test]
fn the_functions_of_the_sdk_take_what_they_are_given() {
    let script = r"
import { exchangeAuthorization, refreshAuthorization, startAuthorization } from '@modelcontextprotocol/sdk/client/auth.js';

export async function all(server: URL, code: string) {
  await startAuthorization(server, { clientInformation, redirectUrl });
  await exchangeAuthorization(server, { clientInformation, authorizationCode: code });
  await refreshAuthorization(server, { clientInformation, refreshToken });
  await refreshAuthorization(server, { clientInformation, refreshToken, resource: server });
}
";
    assert_eq!(one("a.ts", script), ["WRD102 5", "WRD101 6", "WRD103 7"]);
}

#[test]
fn libraries_whose_scopes_name_the_server_are_not_found() {
    let python = r#"
import msal
from google.auth.transport.requests import Request

def token(app, credentials):
    credentials.refresh(Request())
    return app.acquire_token_for_client(scopes=["api://x/.default"])
"#;
    assert_eq!(one("a.py", python), Vec::<String>::new());
    let script = r"
import { OAuth2Client } from 'google-auth-library';

export const redeem = async (code: string) => new OAuth2Client().getToken(code);
";
    assert_eq!(one("a.ts", script), Vec::<String>::new());
}

#[test]
fn a_statement_names_its_server_in_itself() {
    let python = r#"import requests

def trade(assertion):
    data = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return requests.post(TOKEN_URL, data=data)

def exchange(token):
    data = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token, "audience": SERVER}
    return requests.post(TOKEN_URL, data=data)
"#;
    assert_eq!(one("a.py", python), Vec::<String>::new());
}

#[test]
fn logins_at_known_providers_are_told_as_such() {
    let python = r#"import requests

def login(code):
    data = {"grant_type": "authorization_code", "code": code}
    return requests.post("https://oauth2.googleapis.com/token", data=data)
"#;
    let looked = look(vec![("a.py".into(), python.to_owned())]);
    let [finding] = looked.findings.as_slice() else { panic!("{:?}", looked.findings) };
    assert_eq!(finding.confidence, crate::rule::Confidence::Low);
    assert!(finding.message.contains("oauth2.googleapis.com"), "{}", finding.message);
}

#[test]
fn devices_ask_for_authorizations_too() {
    let script = r"
export const ask = () =>
  fetch(`https://${TENANT}/oauth/device/code`, { method: 'POST', body: new URLSearchParams({ client_id: CLIENT, scope }) });
";
    assert_eq!(one("a.ts", script), ["WRD102 3"]);
}

#[test]
fn parameters_of_whoever_calls_are_a_note() {
    let python = r#"import requests

def redeem(code, **extra):
    data = {"grant_type": "authorization_code", "code": code, **extra}
    return requests.post(TOKEN_URL, data=data)
"#;
    assert_eq!(one("a.py", python), ["WRD105 5"]);
}

#[test]
fn who_only_sends_what_came_leaves_nothing_open() {
    let script = r"
export async function send(options) {
  const given = { ...options };
  given.body = new URLSearchParams({ ...options.form });
  return fetch(given.url, given);
}
export const redeem = (form) => send({ url: TOKEN_URL, form });
";
    assert_eq!(found(&[("a.js", script)]), [""; 0]);
}

#[test]
fn a_helper_that_copies_parameters_is_not_who_put_them_together() {
    let helper = r"
export function token(url, options) {
  const body = new URLSearchParams(options.body || options.params || {});
  return fetch(url, { method: 'POST', body });
}
export function whole({ url, body }, options) {
  return { url, body: { ...body, ...options.body } };
}
";
    let one = r"
import { token } from './helper.js';
export const redeem = (code) => token(TOKEN_URL, { body: { grant_type: 'authorization_code', code } });
";
    let two = r"
import { token, whole } from './helper.js';
export const renew = (refresh_token) => token(TOKEN_URL, { body: { grant_type: 'refresh_token', refresh_token } });
export function copied(code, options, client) {
  return client.request(whole({ url: TOKEN_URL, body: { grant_type: 'authorization_code', code } }, options));
}
export function again(refresh_token, options, client) {
  return client.request(whole({ url: TOKEN_URL, body: { grant_type: 'refresh_token', refresh_token } }, options));
}
";
    let files = [("helper.js", helper), ("one.js", one), ("two.js", two)];
    assert_eq!(found(&files), ["WRD101 3", "WRD103 3", "WRD105 5", "WRD105 8"]);
}

#[test]
fn clients_that_nothing_can_be_added_to() {
    let script = r"
import { OAuth2Client } from 'arctic';
export class Login {
  constructor(options) { this.client = new OAuth2Client(options.id, options.secret, null); }
  redeem(code, verifier) { return this.client.validateAuthorizationCode(TOKEN_URL, code, verifier); }
  renew(token) { return this.client.refreshAccessToken(TOKEN_URL, token, []); }
}
";
    assert_eq!(one("a.js", script), ["WRD101 5", "WRD103 6"]);
}

#[test]
fn whatever_takes_entries_holds_parameters() {
    let java = r#"package a;
import java.util.*;
import org.apache.http.NameValuePair;
import org.apache.http.client.entity.UrlEncodedFormEntity;
import org.apache.http.message.BasicNameValuePair;
import org.eclipse.jetty.util.Fields;

class Client {
    void pairs(HttpPost post, String refresh) {
        List<NameValuePair> pairs = new ArrayList<>();
        pairs.add(new BasicNameValuePair("grant_type", "refresh_token"));
        pairs.add(new BasicNameValuePair("refresh_token", refresh));
        post.setEntity(new UrlEncodedFormEntity(pairs));
    }
    void bound(HttpPost post, String refresh) {
        List<NameValuePair> pairs = new ArrayList<>();
        pairs.add(new BasicNameValuePair("grant_type", "refresh_token"));
        pairs.add(new BasicNameValuePair("refresh_token", refresh));
        pairs.add(new BasicNameValuePair("resource", SERVER));
        post.setEntity(new UrlEncodedFormEntity(pairs));
    }
    void fields(String code) {
        Fields fields = new Fields();
        fields.add("grant_type", "authorization_code");
        fields.add("code", code);
        client.POST(fields);
    }
    void sometimes(String code) {
        Fields fields = new Fields();
        fields.add("grant_type", "authorization_code");
        fields.add("code", code);
        if (resource != null) fields.add("resource", resource);
        client.POST(fields);
    }
}
"#;
    assert_eq!(one("a.java", java), ["WRD103 13", "WRD101 23", "WRD105 29"]);
}

#[test]
fn a_text_that_is_put_together_holds_parameters() {
    let java = r#"package a;

class Client {
    Token login(String scope) {
        StringBuilder body = new StringBuilder("grant_type=" + encode("client_credentials"));
        if (scope != null) {
            body.append("&scope=").append(encode(scope));
        }
        return post(body.toString());
    }
    Token bound(String scope) {
        StringBuilder body = new StringBuilder("grant_type=client_credentials");
        body.append("&resource=").append(encode(SERVER));
        return post(body.toString());
    }
    private Token post(String body) {
        return retried(() -> Wire.go(body));
    }
    private String encode(String text) {
        return known.get(text);
    }
}
"#;
    assert_eq!(one("a.java", java), ["WRD101 9"]);
}

#[test]
fn what_a_library_gives_back_is_told_where_it_is_put_together() {
    let java = r#"package a;

class Service {
    protected Asked made(String refresh) {
        Asked asked = new Asked(endpoint());
        asked.addParameter("refresh_token", refresh);
        asked.addParameter("grant_type", "refresh_token");
        return asked;
    }
    Token refresh(String refresh) { return run(made(refresh)); }
    Token run(Asked asked) { return wire.go(asked.bytes()); }
}

class Asked {
    private final List<Part> parts = new ArrayList<>();
    void addParameter(String key, String value) { parts.add(new Part(key, value)); }
    byte[] bytes() { return parts.toString().getBytes(); }
}
"#;
    assert_eq!(one("a.java", java), ["WRD103 5"]);
}

#[test]
fn an_address_with_all_of_its_parameters_is_a_request() {
    let python = r#"def plain(client_id):
    return f"{AUTH_URL}?response_type=code&client_id={client_id}&redirect_uri={CALLBACK}"

def bound(client_id, server):
    return AUTH_URL + "?response_type=code&client_id=" + client_id + "&resource=" + server

def later(client_id, server):
    url = f"{AUTH_URL}?response_type=code&client_id={client_id}"
    url += f"&resource={server}"
    return url

def says(client_id):
    print(f"no response_type=code for client_id={client_id}")
"#;
    assert_eq!(one("a.py", python), ["WRD102 2"]);
    let script = "const plain = (id) => `${AUTH}?client_id=${id}&response_type=code`;
const bound = (id, server) => `${AUTH}?client_id=${id}&response_type=code&resource=${server}`;
";
    assert_eq!(one("a.js", script), ["WRD102 1"]);
    let go = "package a

import \"fmt\"

func plain(id string) string { return fmt.Sprintf(\"%s?response_type=code&client_id=%s\", authURL, id) }
";
    assert_eq!(one("a.go", go), ["WRD102 5"]);
}

#[test]
fn an_address_that_is_given_back_is_whole_unless_somebody_adds_to_it() {
    let script = r"
export class Client {
  address(endpoint, state) {
    const url = new URL(endpoint);
    url.searchParams.set('response_type', 'code');
    url.searchParams.set('client_id', this.id);
    return url;
  }
  begun(endpoint) {
    const url = new URL(endpoint);
    url.searchParams.set('response_type', 'code');
    url.searchParams.set('client_id', this.id);
    return url;
  }
}
export function login(client, endpoint) {
  const url = new Client().begun(endpoint);
  url.searchParams.set('resource', SERVER_URL);
  return url.toString();
}
";
    assert_eq!(one("a.js", script), ["WRD102 4"]);
}

#[test]
fn what_a_constructor_puts_together_is_told_where_its_class_sends_it() {
    let sender = r"
import axios from 'axios';
export class Sender {
  async send(options) { return axios.request({ ...options, method: 'POST' }); }
}
";
    let client = r"
import { Sender } from './sender.js';
export class Client {
  constructor(config) {
    this.sender = new Sender();
    this.options = { url: config.tokenEndpoint, data: new URLSearchParams({ grant_type: 'client_credentials' }) };
  }
  async token() {
    const options = { ...this.options, timeout: 5 };
    return this.sender.send(options);
  }
}
";
    assert_eq!(found(&[("sender.js", sender), ("client.js", client)]), ["WRD101 10"]);
}

#[test]
fn whoever_gives_parameters_by_name_has_put_them_together() {
    let python = r#"import requests

class Client:
    def ask(self, **parameters):
        parameters.update(client_id=self.id)
        return requests.post(self.token_url, data=parameters)

    def redeem(self, code):
        return self.ask(grant_type="authorization_code", code=code)

    def refresh(self, token):
        return self.ask(grant_type="refresh_token", refresh_token=token)

    def bound(self, token):
        return self.ask(grant_type="refresh_token", refresh_token=token, resource=self.server)
"#;
    assert_eq!(one("a.py", python), ["WRD101 9", "WRD103 12"]);
}
