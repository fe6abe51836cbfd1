//! Requests of which a part is put together elsewhere: by helpers, by whoever calls, in what a method was given before.

use super::{found, one};

#[test]
fn what_is_given_by_any_name_may_have_a_resource() {
    let python = r#"import requests

class Auth:
    def __init__(self, url, **kwargs):
        self.url = url
        self.data = {"grant_type": "client_credentials"}
        self.data.update(kwargs)

    def token(self):
        return requests.post(self.url, data=self.data)

class Closed:
    def __init__(self, url, secret):
        self.url = url
        self.data = {"grant_type": "client_credentials", "client_secret": secret}

    def token(self):
        return requests.post(self.url, data=self.data)
"#;
    assert_eq!(one("a.py", python), ["WRD105 10", "WRD101 18"]);
    let given = format!("{python}\ndef main():\n    return Auth(URL, resource=SERVER).token()\n");
    assert_eq!(one("a.py", &given), ["WRD101 18"], "whoever is known to call gives it");
}

#[test]
fn what_a_helper_gives_back_is_sent_by_whoever_called_it() {
    let script = r#"
const withOptions = (base, options) => ({ ...base, body: { ...base.body, ...options.body } });
const requestOptions = withOptions;
export class Flow {
  redeem(code, options) {
    return this.client._request(
      requestOptions({ url: this.url, body: { grant_type: "authorization_code", code } }, options),
    );
  }
  closed(code) {
    return this.client._request({ url: this.url, body: { grant_type: "authorization_code", code } });
  }
}
"#;
    assert_eq!(one("a.js", script), ["WRD105 6", "WRD101 11"]);
}

#[test]
fn a_grant_that_is_handed_in_is_what_callers_say() {
    let script = r#"
const request = require("request");
function tokens(url, grant_type, assertion) {
  return request({ method: "POST", url, form: { grant_type, assertion } });
}
exports.own = (url) => tokens(url, "client_credentials");
"#;
    assert_eq!(one("a.js", script), ["WRD101 4"]);
    let other = script
        .replace(r#""client_credentials""#, r#""urn:ietf:params:oauth:grant-type:jwt-bearer", ASSERTION"#);
    assert_eq!(one("a.js", &other), [""; 0], "an assertion says itself whom it is for");
}

#[test]
fn what_another_function_began_is_told_where_it_is_made_a_request() {
    let script = r#"
const base = (config) => ({ client_id: config.id, scope: "x" });
const bound = (config) => ({ client_id: config.id, resource: config.server });
export function login(config, state) {
  const params = base(config);
  params.response_type = "code";
  params.redirect_uri = config.callback;
  location.href = config.url + "?" + qs.stringify(params);
}
export function whole(config, state) {
  const params = bound(config);
  params.response_type = "code";
  params.redirect_uri = config.callback;
  location.href = config.url + "?" + qs.stringify(params);
}
"#;
    assert_eq!(one("a.js", script), ["WRD102 6"]);
}

#[test]
fn one_of_two_addresses_is_told_where_it_is_written_to() {
    let script = r#"
export function start(server, { metadata, client, resource }) {
  let url;
  if (metadata) url = new URL(metadata.authorization_endpoint);
  else url = new URL("/authorize", server);
  url.searchParams.set("response_type", "code");
  url.searchParams.set("client_id", client.id);
  if (resource) url.searchParams.set("resource", resource.href);
  return { url };
}
"#;
    assert_eq!(one("a.js", script), ["WRD105 6"]);
    assert_eq!(one("a.js", &script.replace("if (resource) ", "")), [""; 0]);
}

#[test]
fn a_function_with_a_prototype_is_a_class() {
    let script = r#"
function Client(options) {
  if (!(this instanceof Client)) return new Client(options);
  this.options = options;
  this.body = { grant_type: "refresh_token", client_id: options.id };
}
Client.prototype._post = function (form, done) {
  request.post({ url: this.options.url, form: form }, done);
};
Client.prototype.login = function (user, done) {
  this._post({ grant_type: "password", username: user }, done);
};
Client.prototype.bound = function (user, done) {
  this._post({ grant_type: "password", username: user, resource: this.options.server }, done);
};
Client.prototype.refresh = function (token, done) {
  this.body.refresh_token = token;
  request.post({ url: this.options.url, form: this.body }, done);
};
module.exports = Client;
"#;
    assert_eq!(one("a.js", script), ["WRD101 11", "WRD103 18"]);
}

#[test]
fn libraries_merge_as_the_language_does() {
    let script = r#"
exports.open = (config, code) => {
  const body = _.extend({}, { grant_type: "authorization_code", code }, { client_id: config.id });
  return axios.post(config.url, body);
};
exports.bound = (config, code) => {
  const body = { grant_type: "authorization_code", code };
  extend(true, body, { resource: config.server });
  return axios.post(config.url, body);
};
"#;
    assert_eq!(one("a.js", script), ["WRD101 4"]);
}

#[test]
fn more_parameters_stand_in_a_bag_of_their_own() {
    let python = r#"
def open(self):
    more = {"state": STATE}
    for key, value in config.extra.items():
        more[key] = value
    params = {"client_id": CLIENT, "response_type": "code", "extra_params": more}
    self.authorize_redirect(**params)

def bound(self):
    self.authorize_redirect(client_id=CLIENT, response_type="code", extra_params={"resource": SERVER})
"#;
    assert_eq!(one("a.py", python), ["WRD105 7"]);
}

#[test]
fn clients_of_oauthlib_are_known_by_what_they_are_asked() {
    let python = r"
async def redeem(self, code, params=None):
    url, headers, body = self.client.prepare_token_request(self.url, code=code, **(params or {}))
    return await post(url, headers, body)

async def bound(self, code):
    url, headers, body = self.client.prepare_token_request(self.url, code=code, resource=SERVER)
    return await post(url, headers, body)
";
    assert_eq!(one("a.py", python), ["WRD105 3"]);
}

#[test]
fn what_is_asserted_to_be_of_a_type_is() {
    let provider =
        "package a\n\nimport \"golang.org/x/oauth2\"\n\ntype Provider struct{ config *oauth2.Config }\n";
    let session = r#"package a

import (
	"context"

	"github.com/x/goth"
	"golang.org/x/oauth2"
)

func redeem(provider goth.Provider, code string) (*oauth2.Token, error) {
	p := provider.(*Provider)
	return p.config.Exchange(context.Background(), code)
}

func bound(provider goth.Provider, code string) (*oauth2.Token, error) {
	p, ok := provider.(*Provider)
	if !ok {
		return nil, errOther
	}
	return p.config.Exchange(context.Background(), code, oauth2.SetAuthURLParam("resource", server))
}

func checked(provider goth.Provider, code string) (*oauth2.Token, error) {
	p, ok := provider.(*Provider)
	if !ok {
		return nil, errOther
	}
	return p.config.Exchange(context.Background(), code)
}
"#;
    assert_eq!(found(&[("a/provider.go", provider), ("a/session.go", session)]), ["WRD101 12", "WRD101 28"]);
}

#[test]
fn options_that_are_handed_on_are_those_that_were_given() {
    let go = r#"package a

import (
	"context"

	"golang.org/x/oauth2"
)

type P struct{ config *oauth2.Config }

func (p *P) Exchange(ctx context.Context, code string, options ...oauth2.AuthCodeOption) (*oauth2.Token, error) {
	return p.config.Exchange(ctx, code, options...)
}

func (p *P) Bound(ctx context.Context, code string) (*oauth2.Token, error) {
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("resource", server)}
	return p.Exchange(ctx, code, options...)
}
"#;
    assert_eq!(one("a.go", go), [""; 0]);
}

#[test]
fn a_helper_of_another_package_sends_whatever_place_the_form_has() {
    let go = r#"package a

import (
	"net/url"

	"github.com/x/own"
)

func redeem(client *own.Client, code string) error {
	_, err := own.PostForm(client, tokenURL, url.Values{"grant_type": {"authorization_code"}, "code": {code}})
	return err
}
"#;
    assert_eq!(one("a.go", go), ["WRD101 10"]);
    let script = r#"
export const redeem = (code) => callApi({ url: "token", query: { grant_type: "authorization_code", code } });
export const bound = (code) =>
  callApi({ url: "token", query: { grant_type: "authorization_code", code, resource: SERVER } });
"#;
    assert_eq!(one("a.js", script), ["WRD101 2"]);
}

#[test]
fn whoever_asks_a_helper_and_hands_on_what_it_gives_is_told() {
    let script = r#"
class Flow {
  _form(grant) {
    const form = { grant_type: grant, client_id: this.id };
    return form;
  }
  _send(form, done) {
    return request.post({ url: this.url, form }, done);
  }
  login(user, done) {
    const form = this._form("password");
    form.username = user;
    return this._send(form, done);
  }
  bound(user, done) {
    const form = this._form("password");
    form.resource = this.server;
    return this._send(form, done);
  }
}
"#;
    assert_eq!(one("a.js", script), ["WRD101 13"]);
}

#[test]
fn what_a_method_of_a_base_leaves_to_others_ends_no_way() {
    let python = r#"import requests

class Base:
    def discovered(self):
        """Where everything is.

        Whoever extends this says so.
        """
        raise NotImplementedError

    @property
    def token_endpoint(self):
        return self.discovered()["token_endpoint"]

    def redeem(self, code):
        return requests.post(self.token_endpoint, data={"grant_type": "authorization_code", "code": code})

    def refused(self, code):
        """It is not done here."""
        self.check()
        return requests.post(URL, data={"grant_type": "authorization_code", "code": code})

    def check(self):
        """Nobody may."""
        raise ValueError("no")
"#;
    assert_eq!(one("a.py", python), ["WRD101 16"]);
}
