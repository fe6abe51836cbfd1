use crate::{look::look, rule::Severity, rules::found::found};

#[test]
fn what_is_only_called_token_is_one_where_it_is_verified() {
    let script = r"
const jwt = require('jsonwebtoken');
exports.socket = (socket, next) => {
  const token = socket.handshake.query.token;
  jwt.verify(token, KEY, { audience: SERVER }, next);
};
exports.page = (req, res) => res.json(list(req.query.token));
exports.verifyEmail = (req) => jwt.verify(req.query.token, KEY, { audience: SERVER });
exports.decoded = (req) => decodeURIComponent(req.query.token);
exports.form = (req) => verifyCsrfToken(req.query.token);
";
    assert_eq!(found("a.js", script), ["WRD208 4"]);
    let python = r#"
import jwt
from fastapi import Request

async def read(request: Request):
    token = request.query_params.get("token")
    return jwt.decode(token, KEY, audience=SERVER)

async def next_page(request: Request):
    return pages(request.query_params.get("token"))
"#;
    assert_eq!(found("a.py", python), ["WRD208 6"]);
}

#[test]
fn what_stands_between_may_be_one_of_two() {
    let script = r"
exports.signed = (url, accessToken) => {
  const token = 'access_token=' + accessToken;
  return url + (url.includes('?') ? '&' : '?') + token + '#end';
};
exports.said = (accessToken) => 'Say: ' + 'access_token=' + accessToken;
";
    assert_eq!(found("a.js", script), ["WRD208 4"]);
}

#[test]
fn what_is_no_address_of_a_site_is_not_one() {
    let python = r#"
def database(user, host, port, access_token):
    url = "trino://"
    if user:
        url += f"{user}@"
    if host:
        url += host
    if port:
        url += f":{port}/"
    url += f"?source={SOURCE}"
    url += f"&access_token={access_token}"
    return url

def site(host, access_token):
    url = "https://" + host
    url += f"?source={SOURCE}"
    url += f"&access_token={access_token}"
    return url
"#;
    assert_eq!(found("a.py", python), ["WRD208 17"]);
}

#[test]
fn what_a_library_offers_for_it_is_a_note_where_nobody_uses_it() {
    let finder = r#"
package auth

import "net/http"

// To use it: Verify(TokenFromQuery)
func TokenFromQuery(r *http.Request) string {
	return r.URL.Query().Get("access_token")
}
"#;
    let used = format!("{finder}\nfunc Verifier() any {{\n\treturn Verify(TokenFromQuery)\n}}\n");
    let handler = finder.replace("TokenFromQuery", "Serve");
    let hidden = finder.replace("TokenFromQuery", "tokenFromQuery");
    let severities = |text: &str| {
        let looked = look(vec![("a.go".into(), text.to_owned())]);
        looked.findings.iter().map(|found| found.severity).collect::<Vec<_>>()
    };
    assert_eq!(severities(finder), [Severity::Note]);
    assert_eq!(severities(&used), [Severity::High]);
    assert_eq!(severities(&handler), [Severity::High]);
    assert_eq!(severities(&hidden), [Severity::High]);
}

#[test]
fn a_parameter_of_a_handler_may_be_one_of_the_query() {
    let python = r#"
from typing import Annotated
import jwt
from fastapi import Query, WebSocket

async def named(access_token: str = Query(None)):
    return load(access_token)

async def aliased(given: Annotated[str, Query(alias="access_token")]):
    return load(given)

async def verified(websocket: WebSocket, token: str = Query(...)):
    return jwt.decode(token, KEY, algorithms=["RS256"], audience=SERVER)

async def page(token: str = Query(...)):
    return load_page(token)
"#;
    let looked = look(vec![("a.py".into(), python.to_owned())]);
    let line = |at: usize| python.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let lines: Vec<_> =
        looked.findings.iter().map(|found| (found.rule.id, line(found.spot.span.start))).collect();
    assert_eq!(lines, [("WRD208", 6), ("WRD208", 9), ("WRD208", 12)]);
}

#[test]
fn tokens_of_the_first_version_are_no_access_tokens() {
    let script = |more: &str| {
        format!(
            "export const login = (token) => redirect(`https://a.example/authenticate?oauth_token=${{token}}`);\n{more}"
        )
    };
    let count = |text: String| look(vec![("a.js".into(), text)]).findings.len();
    assert_eq!(count(script("")), 1);
    assert_eq!(count(script("export const verifier = (query) => query.oauth_verifier;")), 0);
}

#[test]
fn what_an_issuer_sends_back_is_no_token_of_a_caller() {
    let source = |names: [&str; 2]| {
        let [one, other] = names;
        format!(
            "package a

import \"net/http\"

func answer(w http.ResponseWriter, r *http.Request) {{
	query := r.URL.Query()
	token := query.Get(\"access_token\")
	finish(w, token, query.Get(\"{one}\"), query.Get(\"{other}\"))
}}
"
        )
    };
    assert_eq!(found("a.go", &source(["code", "state"])), [""; 0]);
    assert_eq!(found("a.go", &source(["state", "id_token"])), [""; 0]);
    assert_eq!(found("a.go", &source(["page", "state"])), ["WRD208 7"]);
}

#[test]
fn whoever_parses_a_token_finds_out_whether_it_is_good() {
    let source = |parse: &str| {
        format!(
            "package a

import \"github.com/gin-gonic/gin\"

func Handle(c *gin.Context) {{
	claims, err := {parse}(c.Query(\"token\"))
	serve(c, claims, err)
}}
"
        )
    };
    for parse in ["auth.ParseToken", "jwtService.Parse", "tokens.parseAccessToken"] {
        assert_eq!(found("a.go", &source(parse)), ["WRD208 6"], "{parse}");
    }
    for parse in ["pages.Parse", "parseResetToken", "url.Parse"] {
        assert_eq!(found("a.go", &source(parse)), [""; 0], "{parse}");
    }
}
