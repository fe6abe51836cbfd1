//! Why does a policy decide as it does? And whatever is asked, no token is shown.

use serde_json::json;

use crate::written::{PAY, PUBLISHED, Written};

#[test]
fn the_line_that_decides_is_named_with_what_it_saw() {
    let folder = Written::files(&[("pay.yaml", PAY)]);
    let said = folder.policy(&["explain", "pay.yaml", "--tool", "pay", "--arguments", "{\"amount\": 101}"]);
    assert_eq!((said.code, said.err.as_str()), (13, ""));
    for part in [
        "denied by \"budget\" (pay.yaml:9): Too much",
        "line 11   args.amount lte 100   it is 101   does not hold",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let said = folder.policy(&["explain", "pay.yaml", "--tool", "other"]);
    assert_eq!(said.code, 0);
    assert!(said.out.starts_with("allowed\n") && said.out.contains("no rule is about this call"), "{said:?}");
    let said = folder.policy(&["explain", "pay.yaml", "--tool", "pay", "--arguments", "{\"amount\": 60}"]);
    assert_eq!(said.code, 11);
    assert!(said.out.starts_with("held by \"ask\" (pay.yaml:15) for 10 minutes"), "{said:?}");
}

#[test]
fn state_is_read_and_taken_as_if_it_were_there() {
    let folder = Written::files(&[("pay.yaml", PAY)]);
    let ask = |state: &str| {
        let arguments =
            ["explain", "pay.yaml", "--tool", "pay", "--arguments", "{\"amount\": 10}", "--state", state];
        folder.policy(&[&arguments[..], &["--format", "json"]].concat())
    };
    let said = ask("state.pay.spent=239.5");
    let json = said.json();
    assert_eq!((said.code, &json["verdict"]), (0, &json!("allow")));
    assert_eq!((&json["read"][0]["amount"], &json["read"][0]["window"]), (&json!("239.5"), &json!("day")));
    let taken = &json["taken"][0];
    assert_eq!((&taken["amount"], &taken["limit"]["value"]), (&json!("10"), &json!("250")));
    assert_eq!(ask("pay.spent=240").code, 0);
    assert_eq!(ask("pay.spent=250.01").code, 13);
    // Its conditions hold, and what it counts for is too much with what is there: it is denied as at a gateway.
    let said = ask("pay.spent=240.01");
    assert_eq!((said.code, &said.json()["denial"]["rule"]), (13, &json!("budget")), "{said:?}");
    let said = ask("pay.calls=1");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("it reads `pay.spent`"), "{said:?}");
}

#[test]
fn a_call_that_lacks_a_scope_is_denied_before_any_rule() {
    let policy = "version: \"1\"\ntools: { \"wipe_*\": { scopes: [notes:admin] }, read: {} }\n";
    let tests = "
tests:
  - { name: with it, tool: wipe_all, token: { scope: 'a notes:admin' }, expect: allow }
  - { name: without it, tool: wipe_all, token: { scope: 'notes:read' }, expect: deny, rule: (scopes) }
  - { name: nobody, tool: wipe_all, expect: deny, rule: (scopes) }
  - { name: another tool, tool: read, expect: allow }
";
    let folder = Written::files(&[("p.yaml", policy), ("p.test.yaml", tests)]);
    let explain = |tool: &str, claims: &str| {
        folder.policy(&["explain", "p.yaml", "--tool", tool, "--token-claims", claims])
    };
    let denied = explain("wipe_all", r#"{"scope":"notes:read","cnf":{}}"#);
    assert_eq!(denied.code, 13, "{denied:?}");
    assert!(denied.out.starts_with("denied by (scopes) (before any policy): "), "{denied:?}");
    assert!(denied.out.contains("403 insufficient_scope; the token lacks: notes:admin\n"), "{denied:?}");
    assert_eq!(explain("wipe_all", r#"{"scope":"notes:admin"}"#).code, 0);
    assert_eq!(explain("read", r#"{"scope":"notes:read"}"#).code, 0);
    let tested = folder.policy(&["test", "p.yaml"]);
    assert_eq!(tested.code, 0, "{tested:?}");
}

#[test]
fn the_scopes_of_the_configuration_are_asked_for_too() {
    let scopes = "issuers: [corp], scopes: { required: [notes:read], tools: { wipe: [notes:write] } }";
    let config = CONFIG.replace("issuers: [corp]", scopes);
    let policy = "version: \"1\"\ntools: { read: {} }\n";
    let folder = Written::files(&[("warded.yaml", &config), ("p.yaml", policy)]);
    let explain = |tool: &str, claims: &str| {
        let at = ["explain", "p.yaml", "--config", "warded.yaml", "--server", "notes"];
        folder.policy(&[&at[..], &["--tool", tool, "--token-claims", claims]].concat())
    };
    for (tool, claims, code) in [
        ("read", r#"{"scope":"notes:read"}"#, 0),
        ("read", r#"{"scope":"notes:write"}"#, 13),
        ("wipe", r#"{"scope":"notes:read"}"#, 13),
        ("wipe", r#"{"scope":"notes:read notes:write"}"#, 0),
    ] {
        let said = explain(tool, claims);
        assert_eq!(said.code, code, "{tool} {claims}: {said:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_with_those_that_are() {
    let folder = Written::files(&[("warded.yaml", CONFIG), ("p.yaml", PUBLISHED)]);
    let said = folder.policy(&["explain", "p.yaml", "--server", "note", "--tool", "a"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("warded.yaml has no server `note`; it has `notes`"), "{said:?}");
}

#[test]
fn a_resource_is_meant_however_it_is_spelled() {
    let policy =
        "version: \"1\"\nresources: { \"file:///secret\": { rules: [{ name: no, action: deny }] } }\n";
    let folder = Written::files(&[("p.yaml", policy)]);
    for uri in ["file:///secret", "file:///secret/", "file:///secret?x", "FILE:///a/../secret"] {
        assert_eq!(folder.policy(&["explain", "p.yaml", "--resource", uri]).code, 13, "{uri}");
    }
    assert_eq!(folder.policy(&["explain", "p.yaml", "--resource", "file:///other"]).code, 0);
}

#[test]
fn the_policies_of_the_configuration_are_those_of_the_server() {
    let deny = |name: &str| {
        format!("version: \"1\"\ntools: {{ {name}: {{ rules: [{{ name: {name}, action: deny }}] }} }}\n")
    };
    let config =
        format!("policy: all.yaml\n{CONFIG}").replace("tier: internal", "tier: internal, policy: own.yaml");
    let folder = Written::files(&[
        ("all.yaml", &deny("everywhere")),
        ("own.yaml", &deny("here")),
        ("warded.yaml", &config),
    ]);
    let ask = |tool: &str| folder.policy(&["explain", "--server", "notes", "--tool", tool]);
    assert!(
        ask("everywhere").out.contains("denied by \"everywhere\" (all.yaml:2)"),
        "{:?}",
        ask("everywhere")
    );
    assert!(ask("here").out.contains("denied by \"here\" (own.yaml:2)"), "{:?}", ask("here"));
    assert_eq!(ask("other").code, 0);
    let said = folder.policy(&["explain", "--server", "files", "--tool", "a"]);
    assert!(said.err.contains("has no server `files`"), "{said:?}");
}

const CONFIG: &str = "
public_url: https://mcp.example.com
servers:
  notes: { upstream: \"http://127.0.0.1:3001/mcp\", tier: internal, issuers: [corp] }
issuers:
  corp: { url: https://login.example.com }
";

/// A token with this audience. Nobody has signed it.
fn token(aud: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = part(json!({ "alg": "ES256", "typ": "at+jwt", "kid": "k" }));
    let claims = part(json!({
        "iss": "https://login.example.com", "aud": aud, "sub": "alice", "client_id": "cli", "jti": "MARKEDJTI",
        "iat": 1_767_614_000, "exp": 1_767_617_600, "scope": "a b",
    }));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([7; 64]))
}

#[test]
fn a_token_is_read_at_the_server_of_the_configuration_and_stands_in_no_answer() {
    let policy = "version: \"1\"
tools:
  \"*\":
    rules:
      - name: facts
        conditions:
          - { path: auth.token.aud, op: eq, value: \"${server.identity}\" }
          - { path: server.tier, op: eq, value: internal }
          - { path: auth.sub, op: eq, value: alice }
          - { path: auth.client, op: eq, value: cli }
          - { path: auth.scopes, op: contains, value: b }
          - { path: auth.claims.iss, op: eq, value: \"https://login.example.com\" }
          - { path: time.hour, op: eq, value: 12 }
";
    let here = token("https://mcp.example.com/notes/mcp");
    let elsewhere = token("https://elsewhere.example.com/mcp");
    let folder = Written::files(&[
        ("p.yaml", policy),
        ("warded.yaml", CONFIG),
        ("here", &here),
        ("elsewhere", &elsewhere),
    ]);
    let ask = |file: &str, format: &str| {
        folder.policy(&[
            "explain",
            "p.yaml",
            "--tool",
            "a",
            "--config",
            "warded.yaml",
            "--server",
            "notes",
            "--token-file",
            file,
            "--at",
            "2026-01-05T12:00:00Z",
            "--format",
            format,
        ])
    };
    let said = ask("here", "text");
    assert_eq!(said.code, 0, "{said:?}");
    let refused = ask("elsewhere", "text");
    assert_eq!(refused.code, 13);
    assert!(refused.out.contains("The guard refuses this token before any policy is asked"), "{refused:?}");
    let json = ask("elsewhere", "json").json();
    assert!(json["refused"].as_str().unwrap().starts_with("audience-"), "{json}");
    let broken = folder.path("broken");
    std::fs::write(&broken, format!("{here}x.y")).unwrap();
    for (secret, file) in [(&here, "here"), (&elsewhere, "elsewhere"), (&here, "broken")] {
        for format in ["text", "json"] {
            let said = ask(file, format);
            let all = said.out + &said.err;
            for part in secret.as_bytes().windows(12) {
                let part = std::str::from_utf8(part).unwrap();
                assert!(!all.contains(part), "{file} {format}: {all}");
            }
        }
    }
}

#[test]
fn a_token_in_an_argument_is_refused_and_not_repeated() {
    let folder = Written::files(&[("p.yaml", PUBLISHED)]);
    let arguments = format!("{{\"a\": \"{}\"}}", token("https://a.example.com"));
    let said = folder.policy(&["explain", "p.yaml", "--tool", "a", "--arguments", &arguments]);
    assert_eq!((said.code, said.err.contains("an argument holds a token")), (2, true), "{said:?}");
}

#[test]
fn what_is_said_twice_or_not_at_all_is_no_call() {
    let folder = Written::files(&[("pay.yaml", PAY), ("twice.json", "{\"a\": 1, \"a\": 2}")]);
    let explain = |arguments: &[&str]| folder.policy(&[&["explain", "pay.yaml"], arguments].concat());
    assert_eq!(explain(&[]).code, 2);
    assert_eq!(explain(&["--tool", "a", "--prompt", "b"]).code, 2);
    assert_eq!(explain(&["--tool", "a", "--arguments", "[1]"]).code, 1);
    let said = explain(&["--tool", "a", "--arguments", "@twice.json"]);
    assert!(said.err.contains("not JSON that everybody reads alike"), "{said:?}");
    let said = explain(&["--tool", "a", "--arguments", "{\"a\": MARKED}"]);
    assert!(said.err.contains("the arguments are no JSON: expected value at line 1 column 7"), "{said:?}");
    assert!(!said.err.contains("MARKED"), "{said:?}");
    for twice in [&["-", "-", "--tool", "a"][..], &["-", "--tool", "a", "--token-file", "-"]] {
        let said = folder.policy(&[&["explain"], twice].concat());
        assert_eq!(said.code, 1);
        assert!(said.err.contains("standard input holds one policy or one token"), "{said:?}");
    }
    assert_eq!(explain(&["--tool", "a", "--server", "notes"]).code, 1);
    assert_eq!(folder.policy(&["explain", "--tool", "a"]).code, 2);
}
