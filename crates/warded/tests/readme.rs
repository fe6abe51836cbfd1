//! What the README shows is what happens.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::{path::Path, process::Command};

use aws_lc_rs::signature::Ed25519KeyPair;
use serde_json::json;
use warded_core::jose::{Algorithm, SigningKey};

const OVERLAP: &str = "\
servers:
  notes:
    resource: https://mcp.example.com/tools/mcp
    issuers: [corp]
  files:
    resource: HTTPS://MCP.example.com:443/tools/mcp
    issuers: [corp]
issuers:
  corp: { url: https://login.example.com/realms/corp }
";

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap()
}

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fences = readme.split("```").skip(1).step_by(2);
    fences.filter_map(|block| block.strip_prefix(&format!("{language}\n"))).map(str::to_owned).collect()
}

fn warded(folder: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warded")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_success_succeeds_as_shown() {
    let folder = tempfile::tempdir().unwrap();
    let [configuration] = &blocks("yaml")[..] else { panic!("the README shows one configuration") };
    std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    assert_eq!(warded(folder.path(), &["check"]), blocks("text")[0]);
}

#[test]
fn the_overlap_is_found_as_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("warded.yaml"), OVERLAP).unwrap();
    assert!(warded(folder.path(), &["check"]).starts_with(&blocks("text")[1]));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a real token needs a real key and the time of day")]
fn the_token_is_inspected_as_shown() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let random = aws_lc_rs::rand::SystemRandom::new();
    let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let key = SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap();
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({
        "iss": "https://login.example.com/realms/corp", "sub": "alice", "client_id": "app",
        "aud": "https://mcp.example.com/notes/mcp", "iat": now, "exp": now + 300,
    });
    write("token.txt", &key.sign("at+jwt", claims.as_object().unwrap(), &random).unwrap());
    write("keys.json", &json!({ "keys": [key.public_jwk()] }).to_string());
    write("warded.yaml", &blocks("yaml")[0]);
    let shown =
        warded(folder.path(), &["inspect", "token.txt", "--config", "warded.yaml", "--jwks", "keys.json"]);
    assert!(shown.contains(&blocks("text")[2]), "{shown}");
}

#[test]
fn there_are_exactly_two_commands_to_set_everything_up() {
    let commands: Vec<_> = blocks("sh").into_iter().take(2).collect();
    assert_eq!(commands, ["cargo run --release -- check examples/fleet/warded.yaml\n", "cargo xtask test\n"]);
}
