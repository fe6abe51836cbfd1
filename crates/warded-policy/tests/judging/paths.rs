//! What a policy sees of the token, the server, the client and the time.

use crate::support::{AUTH, CALLER, denied, policy, tool};
use warded_core::UnixTime;
use warded_policy::{Auth, Call, Caller, Fact, Policy, Server, Value};

/// Word for word as it was published; the engine that it was written for rejects it.
const PUBLISHED: &str = include_str!("../../../../examples/policies/audience.yaml");

#[test]
fn the_published_policy_against_mis_redemption_works_word_for_word() {
    let policy = policy(PUBLISHED);
    let identity = Value::Text("https://mcp.example/notes/mcp".into());
    let text = |text: &str| Value::Text(text.into());
    let elsewhere = Some("Token audience does not match this MCP server (RFC 8707 violation)");
    for (aud, passthrough, told) in [
        (Some(&identity), false, None),
        (Some(&identity), true, Some("Token passthrough is forbidden by MCP spec (2025-06-18 and later)")),
        (Some(&text("https://mcp.example/notes/mcp/")), false, elsewhere),
        (Some(&text("https://MCP.example/notes/mcp")), false, elsewhere),
        (Some(&Value::List(vec![identity.clone()])), false, elsewhere),
        (Some(&Value::List(vec![identity.clone(), text("b")])), false, elsewhere),
        (Some(&Value::Null), false, elsewhere),
        (None, false, elsewhere),
    ] {
        let call = Call { auth: Auth { aud, passthrough, ..AUTH }, ..tool("t", "{}") };
        assert_eq!(denied(&policy, &call).as_deref(), told, "{aud:?} {passthrough}");
    }
}

fn only(path: &str, op: &str, value: &str) -> Policy {
    policy(&format!(
        "version: \"1\"\ntools:\n  t:\n    rules: [{{name: r, conditions: [{{path: '{path}', op: {op}, value: {value}}}]}}]\n"
    ))
}

fn holds(call: &Call<'_>, path: &str, op: &str, value: &str) -> bool {
    let policy = only(path, op, value);
    denied(&policy, call).is_none()
}

#[test]
fn every_path_reads_what_it_is_named_for() {
    let claims = r#"{"tenant": "acme", "quota": 2.5, "groups": ["a", "b"], "https://x.example/role": "admin", "realm": {"roles": ["r"]}, "n": null}"#;
    let auth = Auth { claims: Some(claims), scopes: &["notes:read", "notes:write"], bound: true, ..AUTH };
    let call = Call { auth, ..tool("t", r#"{"a.b": 1, "a": {"b": 2, "list": [{"c": 3}, 4]}}"#) };
    for (path, op, value) in [
        ("args.a.b", "eq", "2"),
        (r#"args["a.b"]"#, "eq", "1"),
        ("args.a.list[0].c", "eq", "3"),
        ("args.a.list[-1]", "eq", "4"),
        ("args.a.list[2]", "exists", "false"),
        ("args.a.list", "contains", "4"),
        ("args.a.list.0", "exists", "false"),
        ("auth.claims.tenant", "eq", "acme"),
        ("auth.claims.quota", "lte", "2.5"),
        ("auth.claims.groups", "contains", "b"),
        ("auth.claims.groups[1]", "eq", "b"),
        (r#"auth.claims["https://x.example/role"]"#, "eq", "admin"),
        ("auth.claims.realm.roles[0]", "in", "[r]"),
        ("auth.claims.n", "exists", "false"),
        ("auth.claims.missing", "exists", "false"),
        ("auth.sub", "eq", "alice"),
        ("auth.client", "eq", "agent"),
        ("auth.scopes", "contains", "notes:write"),
        ("auth.scopes", "eq", "[notes:read, notes:write]"),
        ("auth.bound", "eq", "true"),
        ("auth.passthrough", "eq", "false"),
        ("server.identity", "eq", "https://mcp.example/notes/mcp"),
        ("server.name", "eq", "notes"),
        ("server.tier", "in", "[internal, public]"),
        ("client.address", "regex", "'^192\\.0\\.2\\.'"),
        ("request.method", "eq", "tools/call"),
        ("request.revision", "eq", "'2025-11-25'"),
        ("time.unix", "eq", "1795307511"),
        ("time.date", "eq", "'2026-11-22'"),
        ("time.time", "eq", "'00:31:51'"),
        ("time.weekday", "not_in", "[saturday, monday]"),
        ("time.weekday", "eq", "sunday"),
        ("time.hour", "lt", "1"),
        ("time.minute", "eq", "31"),
        ("time.month", "gte", "11"),
    ] {
        assert!(holds(&call, path, op, value), "{path} {op} {value}");
    }
    let unknown = Call {
        auth: Auth { caller: Caller { subject: None, client: None, ..CALLER }, ..AUTH },
        client_address: None,
        ..tool("t", "{}")
    };
    for path in ["auth.sub", "auth.client", "client.address", "auth.claims.sub", "auth.token.aud", "args.x"] {
        assert!(holds(&unknown, path, "exists", "false"), "{path}");
        assert!(!holds(&unknown, path, "neq", "x"), "{path}");
    }
}

#[test]
fn a_value_may_be_read_from_the_same_paths() {
    let claims = r#"{"tenant": "acme", "id": 1000000, "quota": 2.5, "allowed": ["a", "b"], "n": null}"#;
    let auth = Auth { claims: Some(claims), ..AUTH };
    let call = Call {
        auth,
        ..tool(
            "t",
            r#"{"tenant": "acme", "path": "/acme/alice/x", "id": "user-1000000", "amount": 2.50, "kind": "b", "list": ["a", "b"]}"#,
        )
    };
    for (path, op, value, expected) in [
        ("args.tenant", "eq", "'${auth.claims.tenant}'", true),
        ("args.path", "contains", "'/${auth.claims.tenant}/${auth.sub}/'", true),
        ("args.path", "contains", "'/${auth.claims.tenant}/bob/'", false),
        ("args.id", "eq", "'user-${auth.claims.id}'", true),
        ("args.amount", "lte", "'${auth.claims.quota}'", true),
        ("args.amount", "lt", "'${auth.claims.quota}'", false),
        ("args.kind", "in", "'${auth.claims.allowed}'", true),
        ("args.tenant", "in", "'${auth.claims.allowed}'", false),
        ("args.tenant", "not_in", "'${auth.claims.allowed}'", true),
        ("args.kind", "in", "[x, '${auth.claims.tenant}', b]", true),
        ("args.tenant", "in", "[x, '${auth.claims.tenant}']", true),
        ("args.list", "eq", "'${auth.claims.allowed}'", true),
        ("args.list", "eq", "[a, '${args.kind}']", true),
        ("args.list", "eq", "[a, '${args.tenant}']", false),
        ("args.list", "contains", "'${args.kind}'", true),
        ("args.tenant", "eq", "'$${auth.claims.tenant}'", false),
        ("args.tenant", "in", "'${auth.claims.tenant}'", false),
        ("args.tenant", "not_in", "'${auth.claims.tenant}'", false),
        // What is not there equals nothing, and differs from nothing.
        ("args.tenant", "eq", "'${auth.claims.missing}'", false),
        ("args.tenant", "neq", "'${auth.claims.missing}'", false),
        ("args.tenant", "neq", "'x${auth.claims.missing}'", false),
        ("args.tenant", "not_in", "[x, '${auth.claims.missing}']", false),
        ("args.tenant", "neq", "'${auth.claims.n}'", true),
    ] {
        assert_eq!(holds(&call, path, op, value), expected, "{path} {op} {value}");
    }
}

#[test]
fn the_same_policy_serves_several_servers() {
    let policy = only("args.server", "eq", "'${server.name}@${server.tier}'");
    for (name, tier) in [("notes", "internal"), ("mail", "public")] {
        let arguments = format!(r#"{{"server": "{name}@{tier}"}}"#);
        let call = Call { server: Server { identity: "https://x", name, tier }, ..tool("t", &arguments) };
        assert_eq!(denied(&policy, &call), None);
        assert!(denied(&policy, &tool("t", r#"{"server": "mail@internal"}"#)).is_some());
    }
    let later = Call { now: UnixTime::from_seconds(0), ..tool("t", "{}") };
    assert!(holds(&later, "time.year", "eq", "1970"));
}

#[test]
fn a_policy_knows_which_facts_its_rules_ask_for() {
    const ALL: [Fact; 6] =
        [Fact::Aud, Fact::Claims, Fact::Token, Fact::Scopes, Fact::Passthrough, Fact::Address];
    let asked = |rules: &str| {
        let policy = policy(&format!("version: \"1\"\ntools:\n  t: {{rules: [{rules}]}}\n"));
        ALL.into_iter().filter(|fact| policy.reads(*fact)).collect::<Vec<_>>()
    };
    for (path, facts) in [
        ("auth.token.aud", vec![Fact::Aud]),
        ("auth.claims.act", vec![Fact::Claims]),
        ("auth.scopes", vec![Fact::Scopes]),
        ("auth.passthrough", vec![Fact::Passthrough]),
        ("client.address", vec![Fact::Address]),
        ("auth.sub", vec![]),
        ("server.name", vec![]),
        ("args.x", vec![]),
        ("time.hour", vec![]),
    ] {
        for shadow in ["", "shadow: true, "] {
            let rule =
                format!("{{name: r, {shadow}conditions: [{{path: {path}, op: exists, value: true}}]}}");
            assert_eq!(asked(&rule), facts, "{rule}");
            let rule = format!(
                "{{name: r, {shadow}conditions: [{{path: args.a, op: eq, value: \"-${{{path}}}\"}}]}}"
            );
            assert_eq!(asked(&rule), facts, "{rule}");
        }
    }
    assert_eq!(asked("{name: r, rate_limit: 1/hour, per: [subject, token]}"), [Fact::Token]);
    assert_eq!(asked("{name: r, rate_limit: 1/hour, per: subject}"), []);
}
