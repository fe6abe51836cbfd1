//! What is made for other programs: the schema for editors, completions for shells, manual pages.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod run;

use std::fs;

use run::{repository, warded};
use serde_json::Value;

fn said(arguments: &[&str]) -> String {
    let output = warded(arguments, b"");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_schema_begins_with_what_it_is_and_knows_every_key() {
    let text = said(&["schema"]);
    let head = text.lines().take(5).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(head, @r#"
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "warded.yaml",
      "description": "The configuration of Warded.",
      "type": "object",
    "#);
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    let keys = |of: &Value| of["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&schema),
        [
            "alerts",
            "issuers",
            "journal",
            "limits",
            "listen",
            "logins",
            "network",
            "operations",
            "policy",
            "public_url",
            "resources",
            "servers",
            "shutdown",
            "store",
            "store_key",
            "tls",
            "token_memory",
            "trusted_proxies",
            "workers"
        ]
    );
    for kind in [
        "Server",
        "Issuer",
        "Scopes",
        "UpstreamAuth",
        "Network",
        "ClientCertificate",
        "Tls",
        "Limits",
        "ListenAt",
        "Alerts",
        "Shutdown",
        "Journal",
        "BuiltInIssuer",
        "Exchange",
        "AllowOrDeny",
        "Login",
        "AdmitThose",
        "Resource",
        "ResourceScopes",
        "Tokens",
    ] {
        let of = &schema["$defs"][kind];
        assert_eq!(of["additionalProperties"], false, "{kind}");
        for key in keys(of) {
            assert!(of["properties"][&key]["description"].is_string(), "{kind}.{key}");
        }
    }
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = said(&["completions", shell]);
        for word in ["check", "inspect", "explain", "jwks", "scaffold", "approvals"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("share/man1");
    let said = said(&["man", path.to_str().unwrap()]);
    assert!(said.starts_with("manual pages written to "), "{said}");
    for page in [
        "",
        "-check",
        "-inspect",
        "-connect",
        "-policy",
        "-policy-scaffold",
        "-approvals",
        "-doctor",
        "-explain",
        "-probe",
        "-schema",
        "-completions",
        "-man",
    ] {
        let page = fs::read_to_string(path.join(format!("warded{page}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    let output = warded(&["man", "Cargo.toml"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.starts_with(b"error: cannot create Cargo.toml"), "{output:?}");
    assert!(repository().join("Cargo.toml").is_file());
}
