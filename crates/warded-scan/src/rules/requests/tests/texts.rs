//! Parameters in texts, in bags of options, and under names that are worked out.

use super::one;

#[test]
fn an_authorization_request_is_written_as_an_address() {
    let python = r#"
def login(state, resource=None):
    url = f"{AUTHORIZE}?response_type=code&client_id={CLIENT}&state={state}"
    return redirect(url)

def filled(state):
    return redirect("{}?response_type=code&client_id={}".format(AUTHORIZE, CLIENT))

def bound(state):
    url = f"{AUTHORIZE}?response_type=code&client_id={CLIENT}&state={state}"
    url += f"&resource={SERVER}"
    return redirect(url)

def sometimes(state, resource=None):
    url = f"{AUTHORIZE}?response_type=code&client_id={CLIENT}&state={state}"
    if resource:
        url += f"&resource={resource}"
    return redirect(url)

def other(state):
    return redirect(f"{PAGE}?client_id={CLIENT}&state={state}")
"#;
    assert_eq!(one("a.py", python), ["WRD102 3", "WRD102 7", "WRD105 15"]);
    let script = r"
export const login = (state) => `${AUTHORIZE}?response_type=code&client_id=${CLIENT}&state=${state}`;
export const joined = (state) => AUTHORIZE + '?' + ['response_type=code', 'client_id=' + CLIENT, state].join('&');
export const bound = (state) => `${AUTHORIZE}?response_type=code&client_id=${CLIENT}&resource=${SERVER}`;
export const google = (state) => `https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=${CLIENT}`;
";
    assert_eq!(one("a.js", script), ["WRD102 2", "WRD102 3", "WRD102 5"]);
}

#[test]
fn a_body_is_put_together_of_texts() {
    let python = r#"import requests

def redeem(code):
    return requests.post(TOKEN_URL, data="grant_type=authorization_code&code={}".format(code))

def bound(code):
    return requests.post(TOKEN_URL, data="&".join(["grant_type=authorization_code", f"code={code}", f"resource={SERVER}"]))

def joined(code):
    return requests.post(TOKEN_URL, data="&".join(["grant_type=authorization_code", f"code={code}"]).encode())
"#;
    assert_eq!(one("a.py", python), ["WRD101 4", "WRD101 10"]);
}

#[test]
fn a_form_under_a_name_that_is_worked_out_is_the_form() {
    let python = r#"import requests

def redeem(self, code):
    form = {"grant_type": "authorization_code", "code": code}
    form[self.names["redirect_uri"]] = self.config.redirect_uri
    return requests.post(TOKEN_URL, **{self.method: form})

def bound(self, code):
    form = {"grant_type": "authorization_code", "code": code, "resource": SERVER}
    return requests.post(TOKEN_URL, **{self.method: form})

def open(self, code, name, value):
    form = {"grant_type": "authorization_code", "code": code}
    form[name] = value
    return requests.post(TOKEN_URL, **{self.method: form})
"#;
    assert_eq!(one("a.py", python), ["WRD101 6", "WRD105 15"]);
}

#[test]
fn a_bag_of_options_may_bring_it() {
    let script = r"
export const redeem = (code, options) =>
  fetch(TOKEN_URL, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, ...options.body }) });
export const known = (code, options) =>
  fetch(TOKEN_URL, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code, ...(options.resource ? { resource: options.resource } : {}) }),
  });
";
    assert_eq!(one("a.ts", script), ["WRD105 3", "WRD105 5"]);
}

#[test]
fn a_ticket_names_what_it_is_for() {
    let python = r#"import requests

def permit(ticket, **more):
    data = {"grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket", "ticket": ticket}
    return requests.post(TOKEN_URL, data={**data, **more})
"#;
    assert_eq!(one("a.py", python), Vec::<String>::new());
}

#[test]
fn entries_are_taken_over_one_by_one() {
    let script = r"
export async function paired(config) {
  const details = { grant_type: 'client_credentials', client_id: config.id };
  const form = Object.keys(details).map((key) => encodeURIComponent(key) + '=' + encodeURIComponent(details[key])).join('&');
  return fetch(config.tokenUrl, { method: 'POST', body: form });
}
export async function pushed(config) {
  const details = { grant_type: 'client_credentials', client_id: config.id };
  const parts = [];
  for (const key in details) { parts.push(key + '=' + encodeURIComponent(details[key])); }
  return fetch(config.tokenUrl, { method: 'POST', body: parts.join('&') });
}
export async function appended(config) {
  const details = { grant_type: 'client_credentials', client_id: config.id };
  const form = new URLSearchParams();
  Object.entries(details).forEach(([key, value]) => form.append(key, value));
  return fetch(config.tokenUrl, { method: 'POST', body: form });
}
export async function bound(config) {
  const details = { grant_type: 'client_credentials', client_id: config.id, resource: config.server };
  const form = new URLSearchParams();
  for (const key of Object.keys(details)) { if (details[key]) form.append(key, details[key]); }
  return fetch(config.tokenUrl, { method: 'POST', body: form });
}
export async function others(config) {
  const details = { page: 1, size: 20 };
  const form = new URLSearchParams();
  for (const key of Object.keys(details)) form.append(key, details[key]);
  return fetch(config.tokenUrl, { method: 'POST', body: form });
}
";
    assert_eq!(one("a.ts", script), ["WRD101 5", "WRD101 11", "WRD101 17"]);
    let python = r#"import requests
from urllib.parse import quote

def copied(config):
    body = {}
    for key, value in {"grant_type": "client_credentials", "client_id": config.id}.items():
        if value is not None:
            body[key] = value
    return requests.post(config.token_url, data=body)

def bound(config):
    body = {}
    for key, value in {"grant_type": "client_credentials", "resource": config.server}.items():
        if value is not None:
            body[key] = value
    return requests.post(config.token_url, data=body)

def joined(config):
    data = {"grant_type": "client_credentials", "client_id": config.id}
    body = "&".join([key + "=" + quote(data[key]) for key in data])
    return requests.post(config.token_url, data=body)
"#;
    assert_eq!(one("a.py", python), ["WRD101 9", "WRD101 21"]);
}

#[test]
fn functions_that_make_a_text_of_parameters_may_be_anybodys() {
    let script = r"
function plain(module) { return module && module.__esModule ? module['default'] : module; }
var stringify = function (object, options) {
  var keys = [];
  for (var i = 0; i < object.length; ++i) {
    if (typeof object !== 'object') throw new TypeError();
    keys.push(i + options.delimiter + object[i]);
  }
  return keys.join('&');
};
var library = { stringify: stringify };
var qs = plain(library);
export const redeem = (code) =>
  fetch(TOKEN_URL, { method: 'POST', body: qs.stringify({ grant_type: 'authorization_code', code }) });
export const bound = (code) =>
  fetch(TOKEN_URL, { method: 'POST', body: qs.stringify({ grant_type: 'authorization_code', code, resource: SERVER }) });
const toForm = (parameters) => {
  const form = new URLSearchParams(parameters);
  form.set('resource', SERVER);
  return form;
};
export const added = (code) =>
  fetch(TOKEN_URL, { method: 'POST', body: toForm({ grant_type: 'authorization_code', code }) });
export const unknown = (code) =>
  fetch(TOKEN_URL, { method: 'POST', body: encodeForm({ grant_type: 'authorization_code', code }) });
export const page = (code) => fetch(PAGE_URL, { method: 'POST', body: encodeForm({ code }) });
";
    assert_eq!(one("a.js", script), ["WRD101 14", "WRD101 25"]);
}
