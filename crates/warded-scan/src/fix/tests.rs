use std::{collections::BTreeSet, sync::Arc};

use super::*;
use crate::{Example, look, rules, scanned::tests::scanned};

/// Bad examples without a fix, by a part of each, and why there is none.
const WITHOUT: &[(&str, &str, &str)] = &[
    ("WRD103", "config.TokenSource(ctx, token)", "the library cannot send `resource` when it refreshes"),
    ("WRD103", "ensure_active_token", "the library cannot send `resource` when it refreshes"),
    ("WRD107", "(string, error)", "each function gives failures back in its own way"),
    ("WRD107", "Result<String, Error>", "each function gives failures back in its own way"),
    ("WRD202", "options={\"verify_signature\": False}", "the key is missing"),
    ("WRD202", "decodeJwt(token)", "the key is missing"),
    ("WRD202", "ParseUnverified(raw, claims)", "the key is missing"),
    ("WRD204", "tracing::warn!", "each function gives failures back in its own way"),
    ("WRD205", "claims[\"client_id\"] != CLIENT_ID", "it is no audience that is compared"),
    ("WRD205", "endsWith(\"|\" + us)", "as what it is compared is not in the code"),
    ("WRD205", "substring(0, audience.indexOf('.'))", "as what it is compared is not in the code"),
    (
        "WRD206",
        "Boolean.TRUE.equals(said.get(\"active\"))",
        "how a map is asked for a text is not said by how it is asked for a truth",
    ),
    ("WRD207", "", "the token for the other service has to be asked for first"),
    ("WRD208", "request.query_params.get(\"access_token\")", "the callers have to change, too"),
    ("WRD208", "req.query.access_token", "the callers have to change, too"),
    ("WRD208", "res.redirect(", "a browser that is sent elsewhere sends no header"),
    ("WRD208", "http.Get(\"https", "the call takes no headers"),
    ("WRD208", "u.RawQuery = q.Encode()", "who sends it is elsewhere"),
    ("WRD208", "r.URL.Query().Get(", "the callers have to change, too"),
    ("WRD208", "rest.getForObject(", "the call takes no headers"),
    ("WRD208", "request.addQueryParameter(", "whose request that is, and what it takes, is not known"),
    ("WRD208", ".addParameter(\"access_token\"", "who sends it is elsewhere"),
    ("WRD208", "request.getParameter(", "the callers have to change, too"),
    ("WRD208", "_http.GetStringAsync(", "the call takes no headers"),
    ("WRD208", "Request.Query[\"access_token\"]", "the callers have to change, too"),
    ("WRD401", "\"--header\", \"Authorization: Bearer", "its client reads no variables there"),
    ("WRD402", "", "under which header the server takes the token is not known"),
    ("WRD403", "", "the second token has to be asked for first"),
    ("WRD406", "", "which version is to be run is not known"),
];

fn path(example: &Example) -> String {
    example.language.map_or(example.file.to_owned(), |language| format!("example.{}", language.extension()))
}

/// What is found in a text, with fixes.
fn offered(path: &str, text: &str) -> Vec<Finding> {
    let mut scanned = scanned(&[(path, text)]);
    offer(&mut scanned, usize::MAX, Duration::from_secs(10), &Watch::NOBODY);
    scanned.findings
}

fn edited(text: &str, fix: &Fix) -> String {
    apply::applied(text, &fix.edits.iter().collect::<Vec<_>>()).unwrap()
}

/// The first finding of a rule in a text, and the text after its fix.
fn mended(path: &str, text: &str, rule: &str) -> Option<(Fix, String)> {
    let found = offered(path, text).into_iter().find(|finding| finding.rule.id == rule);
    let fix = found.unwrap_or_else(|| panic!("no {rule}: {text}")).fix?;
    let new = edited(text, &fix);
    Some((fix, new))
}

#[test]
fn every_bad_example_is_mended_or_it_is_said_why_not() {
    let mut unused: BTreeSet<_> = WITHOUT.iter().map(|(rule, part, _)| (*rule, *part)).collect();
    let mut wrong = Vec::new();
    let examples = rules().flat_map(|rule| rule.examples.iter().map(move |example| (rule, example)));
    // What is wrong with a comment is found by whoever reads those.
    for (rule, example) in examples.filter(|(rule, example)| example.bad && !rule.id.starts_with("WRD9")) {
        let path = path(example);
        let why = WITHOUT.iter().find(|(id, part, _)| *id == rule.id && example.source.contains(part));
        let findings = offered(&path, example.source);
        let mut here = findings.iter().filter(|finding| finding.rule.id == rule.id).peekable();
        if here.peek().is_none() {
            wrong.push(format!("{} is not found:\n{}", rule.id, example.source));
        }
        for finding in here {
            match (&finding.fix, why) {
                (None, None) => wrong.push(format!("{} without a fix:\n{}", rule.id, example.source)),
                (Some(_), Some((.., why))) => wrong.push(format!("{} with a fix, but {why}", rule.id)),
                (None, Some((id, part, _))) => drop(unused.remove(&(*id, *part))),
                (Some(fix), None) => {
                    let new = edited(example.source, fix);
                    let after = look(vec![(path.clone().into(), new.clone())]);
                    let is_left = after.findings.iter().any(|left| left.rule.id == rule.id);
                    if is_left || !after.unseen.is_empty() {
                        wrong.push(format!("{}: {:?}\n{new}", rule.id, after.unseen));
                    }
                }
            }
            let told = mends(rule.id);
            let is_told = match (&finding.fix, told) {
                (Some(fix), Mends::Safe(_)) => fix.safe,
                (Some(fix), Mends::Unsafe(_)) => !fix.safe,
                (Some(_), Mends::None(_)) => false,
                _ => true,
            };
            assert!(is_told, "{}: {told:?}, and {:?}", rule.id, finding.fix);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "nothing is like that any more: {unused:?}");
}

#[test]
fn what_is_called_like_the_server_is_used_and_otherwise_a_constant_is_to_be_filled_in() {
    let of = |head: &str, body: &str| {
        format!(
            "import requests\n\n{head}\n    data = {{\"grant_type\": \"authorization_code\", \"code\": code}}\n    return requests.post({body}, data=data)\n"
        )
    };
    for (head, body, value) in [
        ("def redeem(code, server_url):", "U", "server_url"),
        ("def redeem(code, server_url: str):", "U", "server_url"),
        ("def redeem(code, resource):", "U", "resource"),
        ("def redeem(config, code):", "config.token_url + config.mcp_url", "config.mcp_url"),
        ("from x import MCP_URL\n\ndef redeem(code):", "U", "MCP_URL"),
        ("SERVER_URL = \"https://mcp.example.com\"\n\ndef redeem(code):", "U", "SERVER_URL"),
        // It may be nothing, or something else than a text; or nobody knows what it is.
        ("def redeem(code, server_url=None):", "U", "MCP_SERVER_URL"),
        ("def redeem(code, server_url: AnyUrl):", "U", "MCP_SERVER_URL"),
        ("def redeem(code):\n    other = make()", "other.server_url", "MCP_SERVER_URL"),
        ("def redeem(code, issuer, token_url):", "U", "MCP_SERVER_URL"),
    ] {
        let source = of(head, body);
        let (fix, new) = mended("a.py", &source, "WRD101").unwrap();
        assert!(new.contains(&format!("\"code\": code, \"resource\": {value}}}")), "{head}\n{new}");
        assert_eq!(new.contains("MCP_SERVER_URL = \"https://fill-in"), value == "MCP_SERVER_URL", "{new}");
        assert_eq!(fix.says.contains("fill that in"), value == "MCP_SERVER_URL", "{}", fix.says);
        assert!(!fix.safe);
    }
}

#[test]
fn parameters_are_given_like_the_others() {
    for (path, source, part) in [
        (
            "a.py",
            "import requests\n\ndef f(code):\n    data = {\n        \"grant_type\": \"authorization_code\",\n        \"code\": code,\n    }\n    return requests.post(U, data=data)\n",
            "        \"code\": code,\n        \"resource\": MCP_SERVER_URL,\n    }",
        ),
        (
            "a.py",
            "import requests\n\ndef f(code):\n    data = [(\"grant_type\", \"authorization_code\"), (\"code\", code)]\n    return requests.post(U, data=data)\n",
            "(\"code\", code), (\"resource\", MCP_SERVER_URL)]",
        ),
        (
            "a.py",
            "import requests\n\ndef f(code):\n    data = dict(grant_type=\"authorization_code\", code=code)\n    return requests.post(U, data=data)\n",
            "code=code, resource=MCP_SERVER_URL)",
        ),
        (
            "a.py",
            "import requests\n\ndef f(code):\n    data = {}\n    data[\"grant_type\"] = \"authorization_code\"\n    data[\"code\"] = code\n    return requests.post(U, data=data)\n",
            "    data[\"code\"] = code\n    data[\"resource\"] = MCP_SERVER_URL\n",
        ),
        (
            "a.ts",
            "export function f(code: string) {\n  const body = new URLSearchParams();\n  body.append('grant_type', 'authorization_code');\n  body.append('code', code);\n  return fetch(U, { method: 'POST', body });\n}\n",
            "  body.append('code', code);\n  body.append('resource', MCP_SERVER_URL);\n",
        ),
        (
            "a.go",
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc f(code string) (*http.Response, error) {\n\tform := url.Values{}\n\tform.Set(\"grant_type\", \"authorization_code\")\n\tform.Set(\"code\", code)\n\treturn http.PostForm(U, form)\n}\n",
            "\tform.Set(\"code\", code)\n\tform.Set(\"resource\", mcpServerURL)\n",
        ),
        (
            "a.go",
            "package a\n\nimport (\n\t\"net/http\"\n\t\"net/url\"\n)\n\nfunc f(code string) (*http.Response, error) {\n\tform := url.Values{\n\t\t\"grant_type\": []string{\"authorization_code\"},\n\t\t\"code\": []string{code},\n\t}\n\treturn http.PostForm(U, form)\n}\n",
            "\t\t\"resource\": []string{mcpServerURL},\n\t}",
        ),
        (
            "a.rs",
            "async fn f(client: reqwest::Client, code: &str) {\n    let mut form = std::collections::HashMap::new();\n    form.insert(\"grant_type\".to_string(), \"authorization_code\".to_string());\n    form.insert(\"code\".to_string(), code.to_string());\n    client.post(U).form(&form).send().await;\n}\n",
            "    form.insert(\"resource\".to_string(), MCP_SERVER_URL.to_string());\n",
        ),
        (
            "A.cs",
            "using System.Collections.Generic;\nusing System.Net.Http;\n\nclass Tokens\n{\n    HttpContent Redeem(string code)\n    {\n        return new FormUrlEncodedContent(new[] {\n            new KeyValuePair<string, string>(\"grant_type\", \"authorization_code\"),\n            new KeyValuePair<string, string>(\"code\", code),\n        });\n    }\n}\n",
            "            new KeyValuePair<string, string>(\"resource\", McpServerUrl),\n        });",
        ),
        (
            "A.java",
            "import java.util.List;\nimport org.apache.http.NameValuePair;\nimport org.apache.http.client.entity.UrlEncodedFormEntity;\nimport org.apache.http.message.BasicNameValuePair;\n\nclass A {\n    Object f(String code) {\n        List<NameValuePair> form = new java.util.ArrayList<>();\n        form.add(new BasicNameValuePair(\"grant_type\", \"authorization_code\"));\n        form.add(new BasicNameValuePair(\"code\", code));\n        return new UrlEncodedFormEntity(form);\n    }\n}\n",
            "        form.add(new BasicNameValuePair(\"resource\", MCP_SERVER_URL));\n",
        ),
    ] {
        let findings = offered(path, source);
        let Some(finding) = findings.iter().find(|finding| finding.rule.id == "WRD101") else {
            panic!("nothing in {source}");
        };
        let new = finding.fix.as_ref().map_or("no fix".to_owned(), |fix| edited(source, fix));
        assert!(new.contains(part), "{part}\n{new}\n{source}");
    }
}

#[test]
fn a_comment_stays_beside_what_it_is_about() {
    let source = "import requests\n\ndef f(code):\n    data = {\n        \"grant_type\": \"authorization_code\",\n        \"code\": code,  # from the browser\n    }\n    return requests.post(U, data=data)\n";
    let (_, new) = mended("a.py", source, "WRD101").unwrap();
    let part = "        \"code\": code,  # from the browser\n        \"resource\": MCP_SERVER_URL,\n    }\n";
    assert!(new.contains(part), "{new}");
}

#[test]
fn what_is_given_already_is_not_given_twice() {
    for (path, source, rule, part) in [
        (
            "a.py",
            "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"], audience=None)\n",
            "WRD201",
            "algorithms=[\"RS256\"], audience=MCP_SERVER_URL)",
        ),
        (
            "a.py",
            "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code, \"resource\": None}\n    return requests.post(U, data=data)\n",
            "WRD101",
            "\"code\": code, \"resource\": MCP_SERVER_URL}",
        ),
        (
            "a.py",
            "from authlib.jose import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, claims_options={\"iss\": {\"value\": I}})\n    claims.validate()\n    return claims\n",
            "WRD201",
            "{\"iss\": {\"value\": I}, \"aud\": {\"essential\": True, \"value\": MCP_SERVER_URL}}",
        ),
        (
            "a.py",
            "from jose import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, audience=SERVER_URL, options={\"verify_exp\": True})\n",
            "WRD203",
            "options={\"verify_exp\": True, \"require_aud\": True}",
        ),
    ] {
        let findings = offered(path, source);
        let fix =
            findings.iter().find(|finding| finding.rule.id == rule).and_then(|finding| finding.fix.as_ref());
        let new = fix.map_or_else(|| format!("no fix: {findings:?}"), |fix| edited(source, fix));
        assert!(new.contains(part), "{part}\n{new}");
    }
    // A list of options that comes from elsewhere is the last thing in a call of Go.
    let go = "package a\n\nimport \"github.com/golang-jwt/jwt/v5\"\n\nfunc who(raw string, more ...jwt.ParserOption) (*jwt.Token, error) {\n\treturn jwt.Parse(raw, key, more...)\n}\n";
    assert!(offered("a.go", go).iter().all(|finding| finding.fix.is_none()));
}

#[test]
fn what_others_add_may_name_another_server_still() {
    let of = |parameters: &str| {
        format!(
            "from urllib.parse import urlencode\n\ndef f(config, state):\n    return redirect(U + \"?\" + urlencode({{{parameters}}}))\n"
        )
    };
    let source = of("\"response_type\": \"code\", \"client_id\": C, \"state\": state, **config.more");
    let (_, new) = mended("a.py", &source, "WRD105").unwrap();
    assert!(new.contains("\"state\": state, \"resource\": MCP_SERVER_URL, **config.more"), "{new}");
    // Behind them it would take the place of theirs.
    let other = of("**config.more, \"response_type\": \"code\", \"client_id\": C, \"state\": state");
    assert!(mended("a.py", &other, "WRD105").is_none());
}

#[test]
fn a_login_of_the_server_itself_is_left_alone() {
    let login = "import requests\n\ndef redeem(code):\n    data = {\"grant_type\": \"authorization_code\", \"code\": code}\n    return requests.post(\"https://oauth2.googleapis.com/token\", data=data)\n";
    let findings = offered("a.py", login);
    assert!(findings.iter().any(|one| one.rule.id == "WRD101"));
    assert!(findings.iter().all(|one| one.fix.is_none()));
}

#[test]
fn lines_end_as_they_do_in_the_file_and_a_byte_order_mark_stays_first() {
    let source =
        "\u{feff}import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"])\n";
    let (_, new) = mended("a.py", &source.replace('\n', "\r\n"), "WRD201").unwrap();
    assert!(new.starts_with("\u{feff}import jwt\r\n\r\n# The canonical"), "{new:?}");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
    let script = "#!/usr/bin/env node\nconst f = (code) => fetch(U, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code }) });\n";
    let (_, new) = mended("a.mjs", script, "WRD101").unwrap();
    assert!(new.starts_with("#!/usr/bin/env node\n\n// The canonical"), "{new}");
    let strict = "'use strict';\n\nconst f = (code) => fetch(U, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code }) });\n";
    let (_, new) = mended("a.js", strict, "WRD101").unwrap();
    assert!(new.starts_with("'use strict';\n\n// The canonical"), "{new}");
    let lint = "//! About it.\n#![deny(warnings)]\n\nasync fn redeem(client: reqwest::Client, code: &str) {\n    let form = [(\"grant_type\", \"authorization_code\"), (\"code\", code)];\n    client.post(U).form(&form).send().await;\n}\n";
    let (_, new) = mended("a.rs", lint, "WRD101").unwrap();
    assert!(new.starts_with("//! About it.\n#![deny(warnings)]\n\n/// The canonical"), "{new}");
}

#[test]
fn nothing_is_offered_where_it_would_not_mend_or_break_something_else() {
    // What a caller gives is spread behind, and may take the place of it.
    let spread = "export function f(code, more) {\n  return fetch(U, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, ...more }) });\n}\n";
    for finding in offered("a.js", spread) {
        if let Some(fix) = &finding.fix {
            let new = edited(spread, fix);
            assert!(!offered("a.js", &new).iter().any(|left| left.rule.id == finding.rule.id), "{new}");
        }
    }
    // A constant at the top of the file is not seen in a module in it.
    let inner = "mod inner {\n    async fn redeem(client: reqwest::Client, code: &str) {\n        let form = [(\"grant_type\", \"authorization_code\"), (\"code\", code)];\n        client.post(U).form(&form).send().await;\n    }\n}\n";
    assert!(mended("a.rs", inner, "WRD101").is_none());
    // What is broken stays as broken as it is.
    let broken = "import jwt\n\ndef who(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"])\n\ndef f(:\n    (((\n";
    for finding in offered("a.py", broken) {
        if let Some(fix) = finding.fix {
            assert!(edited(broken, &fix).contains("def f(:\n    (((\n"));
        }
    }
}

#[test]
fn what_is_not_the_server_does_not_name_it() {
    let post = "data = {\"grant_type\": \"authorization_code\", \"code\": code}";
    for source in [
        format!(
            "import requests\n\ndef f(code, server_url):\n    {post}\n    return requests.post(f\"{{server_url}}/token\", data=data)\n"
        ),
        format!(
            "import requests\n\ndef f(code, server_url):\n    {post}\n    return requests.post(server_url + '/oauth/token', data=data)\n"
        ),
        format!(
            "import requests\n\nclass A:\n    def f(self, code):\n        {post}\n        return requests.post(f\"{{self.server_url}}/token\", data=data)\n"
        ),
    ] {
        let (_, new) = mended("a.py", &source, "WRD101").unwrap();
        assert!(new.contains("\"resource\": MCP_SERVER_URL"), "{new}");
    }
    // Nor is a second constant written where one of that name is the issuer's.
    let issuer = format!(
        "import requests\n\nMCP_SERVER_URL = ISSUER\n\ndef f(code):\n    {post}\n    return requests.post(MCP_SERVER_URL + \"/token\", data=data)\n"
    );
    assert!(mended("a.py", &issuer, "WRD101").is_none());
}

#[test]
fn nobody_says_in_a_request_whose_tokens_are_taken() {
    for (path, source) in [
        (
            "a.js",
            "const jwt = require('jsonwebtoken');\nfunction f(req, res) {\n  log(req.audience);\n  res.json(jwt.verify(req.headers.authorization.slice(7), KEY));\n}\n",
        ),
        (
            "a.js",
            "const jwt = require('jsonwebtoken');\nfunction f(payload, token) {\n  log(payload.audience);\n  return jwt.verify(token, KEY);\n}\n",
        ),
        (
            "a.py",
            "import jwt\nfrom fastapi import FastAPI, Header\napp = FastAPI()\n\n@app.get(\"/mcp\")\ndef f(audience: str, authorization: str = Header()):\n    return jwt.decode(authorization[7:], KEY, algorithms=[\"RS256\"])\n",
        ),
    ] {
        let (_, new) = mended(path, source, "WRD201").unwrap();
        assert!(new.contains("MCP_SERVER_URL = "), "{new}");
    }
    let own = "import jwt\n\nclass A:\n    @staticmethod\n    def f(token, audience: str):\n        return jwt.decode(token, KEY, algorithms=[\"RS256\"])\n";
    assert!(mended("a.py", own, "WRD201").unwrap().1.contains("audience=audience"));
}

/// Each is looked at anew with all of its file: that would be for ever.
#[test]
fn many_findings_of_a_large_file_do_not_take_for_ever() {
    let text = "import requests\n\ndef f(code):\n    requests.post(U, data={\"grant_type\": \"authorization_code\", \"code\": code})\n";
    let mut all = scanned(&[("a.py", text)]);
    let one = all.findings.first().unwrap().clone();
    let texts = Texts::from([("a.py".into(), "x".repeat(1 << 18).into())]);
    let mut many = vec![one; 1000];
    let near = std::collections::BTreeMap::new();
    let in_reach = |many: &mut [Finding], texts| {
        super::in_reach(many.iter_mut(), &Around { texts, near: &near }).0.len()
    };
    assert_eq!(in_reach(&mut many, &texts), MOST_LOOKED_AT / (LOOKS + LOOKS_BESIDE) / (1 << 18));
    assert_eq!(in_reach(&mut many, &all.texts), 1000);
    // Whoever has waited long enough waits no longer.
    let asked = std::sync::atomic::AtomicU64::new(0);
    let hours = || Duration::from_secs(3600 * asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let late =
        work_out(&mut all, usize::MAX, Duration::from_secs(10), &Watch { clock: &hours, progress: &|_| {} });
    assert!(all.findings.iter().all(|finding| finding.fix.is_none()));
    // That is no proof that there is none.
    assert_eq!(late, all.findings.iter().map(name).collect());
    assert!(work_out(&mut all, usize::MAX, Duration::from_secs(10), &Watch::NOBODY).is_empty());
}

/// Reports tell what a fix writes.
#[test]
fn a_secret_is_not_written_once_more() {
    let of = |secret: &str| {
        format!(
            "import jwt\n\ndef who(request, token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={{\"verify_aud\": False}})\n    if request.headers.get(\"MCP-Protocol-Version\"):\n        if claims.get(\"aud\") != SERVER_URL:\n            raise Refused(password={secret})\n    return claims\n"
        )
    };
    let is_mended = |secret: &str| mended("a.py", &of(secret), "WRD204").is_some();
    assert!(is_mended("PASSWORD") && !is_mended("\"correct-horse\""));
}

#[test]
fn what_is_beside_is_looked_at_too() {
    let verify =
        "import jwt\n\ndef verified(token):\n    return jwt.decode(token, KEY, algorithms=[\"RS256\"])\n";
    let caller = "from tokens import verified\n\ndef f(request):\n    return verified(request.headers[\"authorization\"])\n";
    let other = "import os\n";
    let all = scanned(&[("tokens.py", verify), ("web.py", caller), ("other.py", other)]);
    assert_eq!(all.near.get("tokens.py").unwrap(), &["web.py".into()]);
    let around = Around { texts: &all.texts, near: &all.near };
    let found = all.findings.iter().find(|finding| &*finding.spot.path == "tokens.py").unwrap();
    let own = around.own(found);
    let beside = around.beside(&own);
    assert!(!own.contains(&Arc::from("other.py")) && !beside.contains(&Arc::from("other.py")));
    assert!(own.union(&beside).any(|path| &***path == "web.py"));
    // Not where there is no room for it.
    let mut texts = all.texts.clone();
    texts.insert("web.py".into(), "#".repeat(1 << 20).into());
    let around = Around { texts: &texts, near: &all.near };
    assert!(around.beside(&BTreeSet::from([texts.get_key_value("tokens.py").unwrap().0])).is_empty());
}

#[test]
fn the_whole_audience_is_compared_and_that_of_this_server() {
    for (path, before, after) in [
        (
            "a.py",
            "if not claims[\"aud\"].startswith(SERVER_URL):\n        raise PermissionError",
            "if claims[\"aud\"] != SERVER_URL:\n        raise PermissionError",
        ),
        (
            "a.py",
            "if claims[\"aud\"].endswith(config.server_url):\n        return claims\n    raise PermissionError",
            "if claims[\"aud\"] == config.server_url:\n        return claims\n    raise PermissionError",
        ),
    ] {
        let of = |line: &str| {
            format!(
                "import jwt\n\ndef who(token, config):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={{\"verify_aud\": False}})\n    {line}\n    return claims\n"
            )
        };
        let (fix, new) = mended(path, &of(before), "WRD205").unwrap();
        assert_eq!(new, of(after));
        assert!(!fix.safe && fix.says.starts_with("compare the whole audience with `"), "{}", fix.says);
    }
    // With what it would be compared then is not the server.
    for other in ["PREFIX", "\"|\" + SERVER_URL"] {
        let source = format!(
            "import jwt\n\ndef who(token):\n    claims = jwt.decode(token, KEY, algorithms=[\"RS256\"], options={{\"verify_aud\": False}})\n    if not claims[\"aud\"].startswith({other}):\n        raise PermissionError\n    return claims\n"
        );
        assert!(mended("a.py", &source, "WRD205").is_none(), "{other}");
    }
    let shared = "const jwt = require('jsonwebtoken');\n\nexports.who = (token) => jwt.verify(token, KEY, { audience: 'account' });\n";
    let (_, new) = mended("a.js", shared, "WRD205").unwrap();
    assert!(new.contains("{ audience: MCP_SERVER_URL }") && !new.contains("'account'"), "{new}");
}

#[test]
fn keys_of_tokens_name_the_server_where_it_has_a_name() {
    for (path, source, after) in [
        (
            "a.py",
            "import keyring\n\ndef keep(client_id, resource, token):\n    keyring.set_password(\"tokens\", f\"oauth-{client_id}\", token)\n",
            "f\"oauth-{client_id} {resource}\"",
        ),
        (
            "a.js",
            "const keytar = require('keytar');\n\nexports.keep = (clientId, resource, token) => keytar.setPassword('tokens', clientId, token);\n",
            "keytar.setPassword('tokens', clientId + ' ' + resource, token)",
        ),
        (
            "a.go",
            "package a\n\nimport \"github.com/zalando/go-keyring\"\n\nfunc keep(issuer, resource, token string) error {\n\treturn keyring.Set(\"tokens\", issuer, token)\n}\n",
            "keyring.Set(\"tokens\", issuer + \" \" + resource, token)",
        ),
        (
            "a.rs",
            "fn keep(issuer: &str, resource: &str) -> keyring::Result<keyring::Entry> {\n    keyring::Entry::new(\"tokens\", &format!(\"{issuer}\"))\n}\n",
            "format!(\"{issuer} {resource}\")",
        ),
    ] {
        let (fix, new) = mended(path, source, "WRD108").unwrap();
        assert!(new.contains(after) && !fix.safe, "{new}");
    }
    // A name that somebody has to fill in would be the same for all servers.
    let nameless = "import keyring\n\ndef keep(client_id, token):\n    keyring.set_password(\"tokens\", f\"oauth-{client_id}\", token)\n";
    assert!(mended("a.py", nameless, "WRD108").is_none());
}

#[test]
fn metadata_is_compared_before_it_is_used() {
    let python = "import httpx\n\ndef discover(server_url):\n    metadata = httpx.get(server_url + \"/.well-known/oauth-protected-resource\").json()\n    return metadata[\"authorization_servers\"][0]\n";
    let (fix, new) = mended("a.py", python, "WRD107").unwrap();
    let part = ".json()\n    if metadata[\"resource\"] != server_url:\n        raise ValueError(\"this metadata is about another server\")\n    return metadata[";
    assert!(new.contains(part) && !fix.safe, "{new}");
    let of = |end: &str| {
        format!(
            "export async function discover(serverUrl) {{\n  const response = await fetch(new URL('/.well-known/oauth-protected-resource', serverUrl));\n  const metadata = await response.json();\n  {end}\n}}\n"
        )
    };
    let (_, new) = mended("a.js", &of("return metadata.authorization_servers[0];"), "WRD107").unwrap();
    let part = "  if (metadata.resource !== serverUrl) throw new Error('this metadata is about another server');\n  return metadata.";
    assert!(new.contains(part), "{new}");
    let member =
        "class A {\n  discover(serverUrl) {\n    return this.metadata.authorization_servers[0];\n  }\n}\n";
    // What is called so there is nothing outside of the function that it is given to.
    let inner = of("return list.map((metadata) => metadata.authorization_servers[0]);");
    for (text, part) in
        [(member, "if (this.metadata.resource !== serverUrl) throw"), (&*inner, "no fix is meant")]
    {
        for fix in
            offered("a.js", text).into_iter().filter(|one| one.rule.id == "WRD107").filter_map(|one| one.fix)
        {
            assert!(edited(text, &fix).contains(part), "{}", edited(text, &fix));
        }
    }
    // Before the one statement of a branch there is no room for another one.
    assert!(
        mended("a.js", &of("if (response.ok) return metadata.authorization_servers[0];"), "WRD107").is_none()
    );
}

/// Alone, nobody would know of this file that it asks for tokens.
#[test]
fn what_is_known_by_another_file_only_is_mended_with_it() {
    let constants = "KIND = \"grant_type\"\nGRANT = \"authorization_code\"\n";
    let asks = "import requests\nfrom constants import GRANT, KIND\n\ndef redeem(code):\n    return requests.post(U, data={KIND: GRANT, \"code\": code})\n";
    let mut all = scanned(&[("asks.py", asks), ("constants.py", constants)]);
    assert!(scanned(&[("asks.py", asks)]).findings.iter().all(|one| one.rule.id != "WRD101"));
    offer(&mut all, usize::MAX, Duration::from_secs(10), &Watch::NOBODY);
    let found = all.findings.iter().find(|one| one.rule.id == "WRD101").unwrap();
    let new = edited(asks, found.fix.as_ref().unwrap());
    assert!(new.contains("\"code\": code, \"resource\": MCP_SERVER_URL}"), "{new}");
}
