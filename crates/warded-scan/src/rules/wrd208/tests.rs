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

/// What is told of a text: the line, and whether it is a note.
fn told(path: &str, text: &str) -> Vec<(usize, bool)> {
    let looked = look(vec![(path.into(), text.to_owned())]);
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let each = looked.findings.iter().filter(|found| found.rule.id == "WRD208");
    each.map(|found| (line(found.spot.span.start), found.severity == Severity::Note)).collect()
}

#[test]
fn what_has_to_be_switched_on_is_a_note() {
    let script = |condition: &str| {
        format!(
            "const jwt = require('jsonwebtoken');
module.exports = (options) => (req, res, next) => {{
  let token = bearer(req);
  if ({condition}) {{
    token = req.query.access_token;
  }}
  next(check(token));
}};
"
        )
    };
    for condition in [
        "!token && options.allowQuery",
        "options.queryToken",
        "options.where === 'query'",
        "options.locations.includes('query')",
        "options.scheme === Scheme.QUERY",
    ] {
        assert_eq!(told("a.js", &script(condition)), [(5, true)], "{condition}");
    }
    for condition in ["!token", "req.query && req.query.access_token", "req.allowedQuery", "options.debug"] {
        assert_eq!(told("a.js", &script(condition)), [(5, false)], "{condition}");
    }
    let go = "package a

import \"net/http\"

func (o Options) token(r *http.Request) string {
	if !o.AllowQuery {
		return \"\"
	}
	return r.URL.Query().Get(\"access_token\")
}

func (c *Client) get(url, accessToken string) {
	req, _ := http.NewRequest(\"GET\", url, nil)
	if c.InQuery {
		q := req.URL.Query()
		q.Set(\"access_token\", accessToken)
		req.URL.RawQuery = q.Encode()
	}
	http.DefaultClient.Do(req)
}
";
    assert_eq!(told("a.go", go), [(9, true), (16, true)]);
}

#[test]
fn what_came_with_the_request_is_no_setting() {
    let script = |before: &str, read: &str| {
        format!(
            "const app = require('express')();
app.use((req, res, next) => {{
  {before}
  {read}
  next();
}});
"
        )
    };
    let read = "req.token = req.query.access_token;";
    for (before, read) in [
        (
            "const header = req.headers.authorization; if (header) { req.token = header.slice(7); return next(); }",
            read,
        ),
        ("const query = req.query;", "if (query) { req.token = query.access_token; }"),
        ("const query = req.query;", "if (query.useQuery) { req.token = query.access_token; }"),
        ("if (res.userQuery(req)) return next();", read),
        ("if (userUrl) return next();", read),
        ("", "if (userUrl) { req.token = req.query.access_token; }"),
        ("", "switch (req.query.from) { case 'query': req.token = req.query.access_token; }"),
    ] {
        assert_eq!(told("a.js", &script(before, read)), [(4, false)], "{before} {read}");
    }
    for (before, read) in [
        ("if (options.where !== 'query') return next();", read),
        ("if (!this.settings.allowQuery) return next();", read),
        ("", "switch (options.where) { case 'query': req.token = req.query.access_token; }"),
    ] {
        assert_eq!(told("a.js", &script(before, read)), [(4, true)], "{before} {read}");
    }
}

#[test]
fn what_ends_the_way_is_a_switch_only_of_the_program() {
    let python = |condition: &str| {
        format!(
            "from flask import Flask, request
import jwt
app = Flask(__name__)

@app.get('/a')
def a():
    if {condition}:
        return 'bad', 400
    token = request.args.get('access_token')
    return jwt.decode(token, KEY, audience='x')
"
        )
    };
    for condition in [
        "request.args.get(\"type\") == \"url\"",
        "not check_params(request)",
        "self.get_argument('use_query')",
        "kind == 'url'",
        "header",
    ] {
        assert_eq!(told("a.py", &python(condition)), [(9, false)], "{condition}");
    }
    for condition in [
        "not app.config['ALLOW_QUERY_TOKEN']",
        "not config.get('allow_query')",
        "self.location != 'query'",
        "'query' not in settings.locations",
    ] {
        assert_eq!(told("a.py", &python(condition)), [(9, true)], "{condition}");
    }
}

#[test]
fn many_questions_and_many_places_are_told() {
    let asked = |nth| format!("if (settings.x{nth} === 'a{nth}') {{ return next(); }}\n");
    let ifs = (0..300).map(asked).collect::<Vec<_>>().concat();
    let reads = "next(req.query.access_token);\n".repeat(300);
    let text =
        format!("const app = require('express')();\napp.use((req, res, next) => {{\n{ifs}{reads}}});\n");
    let told = told("a.js", &text);
    assert_eq!(told.len(), 300);
    assert!(told.iter().all(|(_, is_note)| !is_note));
}

#[test]
fn what_is_off_by_default_may_be_switched_on() {
    let java = "package a;
import jakarta.servlet.http.HttpServletRequest;
class TokenResolver {
    private boolean allowUriQueryParameter = false;
    void setAllowUriQueryParameter(boolean allow) {
        this.allowUriQueryParameter = allow;
    }
    String resolve(HttpServletRequest request) {
        if (this.allowUriQueryParameter) {
            return request.getParameter(\"access_token\");
        }
        return request.getHeader(\"Authorization\");
    }
}
";
    assert_eq!(told("A.java", java), [(10, true)]);
    assert_eq!(told("A.java", &java.replace("this.allowUriQueryParameter = allow;", "")), []);
    let script = "
module.exports = (given) => {
  const settings = { allowQuery: false, ...given };
  return (req) => settings.allowQuery ? req.query.access_token : req.headers.authorization;
};
";
    assert_eq!(told("a.js", script), [(4, true)]);
}

#[test]
fn a_caller_that_asks_whether_it_may_counts() {
    let python = r#"
from flask import request

def from_query():
    return request.args.get("access_token")

def token(settings):
    if settings.allow_query_token:
        return from_query()
    return request.headers["Authorization"]
"#;
    assert_eq!(told("a.py", python), [(5, true)]);
    let both = format!("{python}\ndef other():\n    return check(from_query())\n");
    assert_eq!(told("a.py", &both), [(5, false)]);
}

#[test]
fn a_setting_may_say_what_it_is_called() {
    let go = |name: &str| {
        format!(
            "package a

import \"net/http\"

func (s *Service) Get(r *http.Request) (string, error) {{
	return s.Parse(r.URL.Query().Get(s.{name}))
}}
"
        )
    };
    assert_eq!(told("a.go", &go("JWTQuery")), [(6, true)]);
    for other in ["PageQuery", "CSRFTokenName", "State"] {
        assert_eq!(told("a.go", &go(other)), [], "{other}");
    }
    let script = |class: &str| {
        format!(
            "export class {class} {{
  extract(req: any): string | undefined {{
    const name = this.options.queryName;
    return req.query[name];
  }}
}}
"
        )
    };
    assert_eq!(told("a.ts", &script("TokenExtractor")), [(4, true)]);
    assert_eq!(told("a.ts", &script("PageExtractor")), []);
    let default = "module.exports = (name) => (req) => check(req.query[name || 'access_token']);\n";
    assert_eq!(told("a.js", default), [(1, false)]);
}
