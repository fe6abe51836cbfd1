//! A token and a file may hold what a terminal would obey. Nothing of it reaches the terminal.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod run;
mod tokens;

use run::warded;
use serde_json::json;
use tokens::{FLEET, jwks, key, token};

/// Clears the screen, sets the title, turns the line around, hides, breaks the line, rings.
const OBEYED: [&str; 12] = [
    "\u{1b}[2J",
    "\u{1b}]0;owned\u{7}",
    "\u{9b}31m",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{200b}",
    "\u{feff}",
    "\r\n",
    "\u{8}\u{7f}",
    "\u{2028}",
    "\u{85}",
];

fn assert_tame(what: &str, said: &[u8]) {
    let said = std::str::from_utf8(said).unwrap();
    assert!(!said.is_empty(), "{what}");
    for (at, c) in said.char_indices() {
        let is_obeyed =
            (c.is_control() && c != '\n') || (!c.is_ascii() && OBEYED.iter().any(|text| text.contains(c)));
        assert!(!is_obeyed, "{what}: {c:?} in {:?}", said.get(..at).unwrap_or_default());
    }
}

#[test]
fn claims_cannot_command_the_terminal() {
    let key = key();
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys.json");
    for text in OBEYED {
        let changes = json!({
            "sub": text,
            "name": ["a", { "b": text }],
            format!("claim{text}"): 1,
        });
        let elsewhere =
            json!({ "aud": format!("x{text}"), "iss": format!("https://a{text}"), "scope": text });
        let shared = json!({ "aud": ["https://mcp.example.com/notes/mcp", text] });
        let mut named = key.public_jwk().clone();
        named.insert("kid".into(), text.into());
        named.remove("crv");
        std::fs::write(&keys, jwks(&[&named, key.public_jwk()])).unwrap();
        let keys = keys.to_str().unwrap();
        for changes in [changes, elsewhere, shared] {
            let token = token(&key, changes);
            for arguments in [
                vec!["inspect"],
                vec!["inspect", "--config", FLEET],
                vec!["inspect", "--config", FLEET, "--jwks", keys],
            ] {
                let output = warded(&arguments, token.as_bytes());
                assert_tame(&format!("{text:?} {arguments:?}"), &output.stdout);
                assert!(output.stderr.is_empty(), "{output:?}");
            }
        }
    }
}

#[test]
fn a_configuration_cannot_command_the_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("warded.yaml");
    let file = path.to_str().unwrap().to_owned();
    for text in OBEYED {
        // As an escape in double quotes, which is how YAML takes any character.
        let escaped = text.chars().fold(String::new(), |text, c| text + &format!("\\u{:04x}", u32::from(c)));
        let issuer = "issuers: { corp: { url: 'https://login.example.com'";
        for source in [
            format!("\"key{escaped}\": 1\n"),
            format!("servers: {{ \"s{escaped}\": {{}}, \"s{escaped}\": {{}} }}\n"),
            format!("public_url: https://a.example\nservers: {{ \"s{escaped}\": {{}} }}\n"),
            format!("servers: {{ a: {{ resource: \"https://a{escaped}.example\" }} }}\n"),
            format!(
                "servers: {{ a: {{ resource: 'https://a.example', issuers: [\"corp{escaped}\"] }} }}\n{issuer} }} }}\n"
            ),
            format!("servers: {{ a: {{ resource: 'https://a.example', issuers: [\"b{escaped}\"] }} }}\n"),
            format!("servers: {{ a: {{ mode: \"x{escaped}\" }} }}\n"),
            format!("servers: {{ a: {{ until: \"x{escaped}\" }} }}\n"),
            format!("servers: {{ a: {{ tier: \"x{escaped}\" }} }}\n"),
            format!(
                "servers: {{ a: {{ scopes: {{ required: [\"x{escaped}\"], tools: {{ \"y{escaped}\": [] }} }} }} }}\n"
            ),
            format!(
                "servers: {{ a: {{ resource: 'https://a.example', issuers: [corp] }} }}\n{issuer}, companions: [\"c{escaped}\"], audiences: {{ a: [\"d{escaped}\"] }} }} }}\n"
            ),
            format!(
                "servers: {{ a: {{ resource: 'https://a.example', issuers: [corp] }}, b: {{ resource: 'https://b.example', issuers: [corp] }} }}\n{issuer}, audiences: {{ a: [\"d{escaped}\"], b: [\"d{escaped}\"] }} }} }}\n"
            ),
            format!(
                "servers: {{ a: {{ resource: 'https://a.example', issuers: [corp] }} }}\n{issuer}, algorithms: [\"HS{escaped}\"], provider: \"p{escaped}\" }} }}\n"
            ),
            format!(
                "servers: {{ a: {{ resource: 'https://a.example', issuers: [\"i{escaped}\"] }} }}\nissuers: {{ \"i{escaped}\": {{ url: 'https://login.example.com' }} }}\n"
            ),
            // As it is, which YAML refuses or takes.
            format!("servers: {{ a: {{ resource: 'https://a{text}.example' }} }}\n"),
            format!("# {text}\nservers: {{ a: {{ resurce: x }} }} # {text}\n"),
        ] {
            std::fs::write(&path, &source).unwrap();
            let output = warded(&["check", &file], b"");
            assert_tame(&source, &output.stdout);
            assert!(output.stderr.is_empty(), "{output:?}");
        }
    }
}

#[test]
fn arguments_cannot_command_the_terminal() {
    for text in OBEYED {
        let output = warded(&["explain", &format!("a{text}")], b"");
        assert_tame(&format!("{text:?}"), &output.stderr);
    }
}
