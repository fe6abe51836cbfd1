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
fn a_bag_of_options_says_nothing() {
    let script = r"
export const redeem = (code, options) =>
  fetch(TOKEN_URL, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, ...options.body }) });
export const known = (code, options) =>
  fetch(TOKEN_URL, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code, ...(options.resource ? { resource: options.resource } : {}) }),
  });
";
    assert_eq!(one("a.ts", script), ["WRD105 5"]);
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
