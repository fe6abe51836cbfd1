//! Does a policy see the token as it was verified, and the request as it goes on? The published policy, word for word.

use std::{net::SocketAddr, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use warded_core::{Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ServerSpec, UnixTime};
use warded_guard::{Guard, GuardBuilder};
use warded_store::memory::Memory;

use super::stage::{asks, asks_as, call, denial, guard, ledger, passes, policy};
use crate::stage::{
    ALIAS, Door, Fixed, HERE, ISSUER, NEIGHBOUR, NOW, claims, keys, post, signed, token, uri,
};

/// As it was published; it is `crates/warded-policy/` that reads it, and no key of it means anything else here.
const PUBLISHED: &str = include_str!("../../../../../examples/policies/audience.yaml");
const NOT_OURS: &str = "Token audience does not match this MCP server (RFC 8707 violation)";
const PASSED_ON: &str = "Token passthrough is forbidden by MCP spec (2025-06-18 and later)";

/// The server with a companion, strict or permissive.
fn builder(mode: Mode) -> GuardBuilder {
    let url = Issuer::parse(ISSUER).unwrap();
    let server = |name: &str, resource, aliases: &[&str], mode| ServerSpec {
        name: name.into(),
        resource: uri(resource),
        aliases: aliases.iter().copied().map(uri).collect(),
        issuers: vec![0],
        tier: "inner".into(),
        mode,
    };
    let mut rules = IssuerRules::default();
    rules.companions = vec!["account".into()];
    let issuer = IssuerSpec { url, rules, audiences: vec![], across_tiers: vec![] };
    let servers = vec![server("notes", HERE, &[ALIAS], mode), server("files", NEIGHBOUR, &[], Mode::Strict)];
    let fleet = Fleet::prove(servers, vec![issuer]).unwrap();
    Guard::at(fleet.server("notes").unwrap(), keys()).clock(Arc::new(Fixed))
}

fn published(mode: Mode) -> Door {
    let store = Arc::new(Memory::new());
    Door::at(builder(mode).policy(policy(PUBLISHED), ledger(&store)).build())
}

fn with_aud(aud: Option<Value>) -> String {
    let mut claims: Map<String, Value> = claims();
    claims.remove("aud");
    if let Some(aud) = aud {
        claims.insert("aud".into(), aud);
    }
    signed(&claims)
}

fn reads() -> Value {
    call("read", json!({ "path": "x" }))
}

#[tokio::test]
async fn every_good_token_passes_the_published_policy_however_its_audience_is_written() {
    let door = published(Mode::Strict);
    for aud in [
        json!(HERE),
        json!([HERE]),
        json!(ALIAS),
        json!([ALIAS, HERE]),
        json!([HERE, "account"]),
        json!("https://MCP.example.com:443/notes/mcp"),
    ] {
        let request = asks_as(&with_aud(Some(aud.clone())), &reads());
        let answer = door.ask(request).await;
        assert!(door.reached.lock().unwrap().pop().is_some(), "{aud}: {answer:?}");
    }
}

#[tokio::test]
async fn a_strict_server_refuses_before_any_policy_is_asked() {
    let door = published(Mode::Strict);
    for (aud, code) in [
        (Some(json!("https://elsewhere.example")), "audience-unknown"),
        (Some(json!(NEIGHBOUR)), "audience-elsewhere"),
        (Some(json!([HERE, "https://elsewhere.example"])), "audience-shared"),
        (None, "audience-missing"),
    ] {
        assert_eq!(door.refuses(asks_as(&with_aud(aud), &reads())).await, (401, code.to_owned()));
    }
}

#[tokio::test]
async fn on_a_permissive_server_the_policy_has_the_last_word_and_a_neighbours_token_stays_out() {
    let door = published(Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 1000)));
    for aud in [Some(json!("https://elsewhere.example")), Some(json!(["https://elsewhere.example"])), None] {
        let answer = door.ask(asks_as(&with_aud(aud.clone()), &reads())).await;
        assert_eq!(denial(&answer), NOT_OURS, "{aud:?}");
    }
    assert!(door.reached.lock().unwrap().is_empty());
    for aud in [json!(NEIGHBOUR), json!([NEIGHBOUR])] {
        let refused = door.refuses(asks_as(&with_aud(Some(aud)), &reads())).await;
        assert_eq!(refused, (401, "audience-elsewhere".to_owned()));
    }
    door.admits(asks_as(&with_aud(Some(json!([ALIAS]))), &reads())).await;
}

#[tokio::test]
async fn a_token_that_would_go_on_with_the_call_stops_it_wherever_it_stands() {
    let door = published(Mode::Strict);
    let token = token();
    let pasted = |text: &str| asks_as(&token, &call("read", json!({ "note": text })));
    let beside = |name: &str, value: &str| {
        let request = post().header("Authorization", format!("Bearer {token}")).header(name, value);
        request.body(crate::stage::body(&reads())).unwrap()
    };
    let in_target = {
        let mut request = asks_as(&token, &reads());
        *request.uri_mut() = format!("/notes/mcp?note={token}").parse().unwrap();
        request
    };
    for (place, request) in [
        ("argument", pasted(&token)),
        ("argument, in the middle", pasted(&format!("Authorization: Bearer {token}!"))),
        ("argument, in base64", pasted(&URL_SAFE_NO_PAD.encode(format!("x{token}")))),
        ("header", beside("x-note", &token)),
        ("header, in the middle", beside("x-note", &format!("a {token} b"))),
        ("URL", in_target),
    ] {
        let answer = door.ask(request).await;
        assert_eq!(denial(&answer), PASSED_ON, "{place}");
        assert!(door.reached.lock().unwrap().is_empty(), "{place}");
    }
    door.admits(asks_as(&token, &reads())).await;
}

#[tokio::test]
async fn everything_that_is_known_of_a_call_can_be_compared() {
    let claimed = || {
        let mut claims = claims();
        claims.insert("groups".into(), json!(["staff", "notes"]));
        claims.insert("org".into(), json!({ "name": "acme", "https://x/y": 9_007_199_254_740_993_u64 }));
        claims.insert("scope".into(), "notes:read a".into());
        signed(&claims)
    };
    for (path, op, value, holds) in [
        ("auth.sub", "eq", json!("alice"), true),
        ("auth.client", "eq", json!("agent"), true),
        ("auth.scopes", "contains", json!("a"), true),
        ("auth.scopes", "contains", json!("b"), false),
        ("auth.bound", "eq", json!(false), true),
        ("auth.passthrough", "eq", json!(false), true),
        ("auth.token.aud", "eq", json!(HERE), true),
        ("auth.claims.org.name", "eq", json!("acme"), true),
        ("auth.claims.groups", "contains", json!("staff"), true),
        ("auth.claims.groups[1]", "eq", json!("notes"), true),
        ("auth.claims.org[\"https://x/y\"]", "eq", json!(9_007_199_254_740_993_u64), true),
        ("auth.claims.org[\"https://x/y\"]", "eq", json!(9_007_199_254_740_992_u64), false),
        ("auth.claims.absent", "exists", json!(false), true),
        ("server.identity", "eq", json!(HERE), true),
        ("server.name", "eq", json!("notes"), true),
        ("server.tier", "eq", json!("default"), true),
        ("client.address", "eq", json!("192.0.2.7"), true),
        ("request.method", "eq", json!("tools/call"), true),
        ("request.revision", "eq", json!("2025-03-26"), true),
        ("time.unix", "eq", json!(NOW), true),
        ("time.weekday", "eq", json!("friday"), true),
        ("args.path", "eq", json!("x"), true),
        ("args.deep.list[0].a", "eq", json!(1), true),
    ] {
        let text = format!(
            "version: \"1\"\ntools:\n  read:\n    rules:\n      - name: r\n        conditions:\n          - path: '{path}'\n            op: {op}\n            value: {value}\n"
        );
        let message = call("read", json!({ "path": "x", "deep": { "list": [{ "a": 1 }] } }));
        let mut request = asks_as(&claimed(), &message);
        request.extensions_mut().insert("[::ffff:192.0.2.7]:9".parse::<SocketAddr>().unwrap());
        assert_eq!(passes(&guard(&text), request).await, holds, "{path} {op} {value}");
    }
}

#[tokio::test]
async fn arguments_are_read_as_they_go_on_byte_for_byte() {
    let text = "version: \"1\"\ntools:\n  read:\n    rules:\n      - { name: r, conditions: [{ path: args.n, op: eq, value: 9007199254740993 }] }\n";
    let guard = guard(text);
    for (arguments, holds) in [
        (r#"{"n":9007199254740993}"#, true),
        (r#" { "n" : 9007199254740993 } "#, true),
        (r#"{"\u006e":9007199254740993,"x":"}\"{"}"#, true),
        (r#"{"n":9007199254740992}"#, false),
        // The format compares the texts of what are not two numbers.
        (r#"{"n":"9007199254740993"}"#, true),
        (r#"{"n":"9007199254740992"}"#, false),
        (r#"{"x":{"n":9007199254740993}}"#, false),
        ("{}", false),
        ("null", false),
    ] {
        let message = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"_meta":{{"arguments":{{"n":1}}}},"arguments":{arguments},"name":"read"}}}}"#
        );
        let request = post().header("Authorization", format!("Bearer {}", token()));
        let request = request.body(crate::stage::full(message)).unwrap();
        assert_eq!(passes(&guard, request).await, holds, "{arguments}");
    }
    let nothing = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "read" } });
    assert!(!passes(&guard, asks(&nothing)).await);
}
