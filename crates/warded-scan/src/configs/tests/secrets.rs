//! What is a secret, and what only looks like one.

use super::{GITHUB, OTHER, SECRET, cursor, found, judged};
use crate::rule::Confidence;

fn header(name: &str, value: &str) -> Vec<&'static str> {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    found(".cursor/mcp.json", &cursor(&format!("\"headers\": {{\"{name}\": \"{value}\"}}")))
}

fn variable(name: &str, value: &str) -> Vec<&'static str> {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    found(".cursor/mcp.json", &cursor(&format!("\"env\": {{\"{name}\": \"{value}\"}}")))
}

/// Secrets that are known by how they begin; put together here so that no other scanner takes this file for a leak.
fn known() -> Vec<(String, &'static str)> {
    let body = "9aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5m";
    let of = |prefix: &str, what| (format!("{prefix}{body}"), what);
    vec![
        of("ghp_", "a GitHub token"),
        of("gho_", "a GitHub token"),
        of("ghs_", "a GitHub token"),
        of("github_pat_", "a GitHub token"),
        of("glpat-", "a GitLab token"),
        of("sk-", "an API key"),
        of("sk-ant-api03-", "an Anthropic key"),
        of("sk-proj-", "an OpenAI key"),
        of("sk_live_", "a Stripe key"),
        of("xoxb-", "a Slack token"),
        of("xoxp-", "a Slack token"),
        ("AKIAQWERTYUIOP234567".to_owned(), "an AWS access key"),
        of("AIza", "a Google key"),
        of("ya29.", "a Google token"),
        of("npm_", "an npm token"),
        of("hf_", "a Hugging Face token"),
        of("lin_api_", "a Linear key"),
        of("ntn_", "a Notion token"),
        of("tvly-", "a Tavily key"),
        of("figd_", "a Figma token"),
        of("ATATT3", "an Atlassian token"),
        (format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.{body}"), "a JWT"),
        (format!("eyJhbGciOiJSU0EtT0FFUCJ9.{body}.a.b.c"), "a JWT"),
        ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n".to_owned(), "a private key"),
    ]
}

#[test]
fn secrets_are_known_by_how_they_begin_wherever_they_stand() {
    for (secret, what) in known() {
        for settings in [
            format!("\"headers\": {{\"Authorization\": \"Bearer {secret}\"}}"),
            format!("\"headers\": {{\"X-Whatever\": \"{secret}\"}}"),
            format!("\"env\": {{\"WHATEVER\": \"{secret}\"}}"),
            format!("\"env\": {{\"WHATEVER\": \"${{X:-{secret}}}\"}}"),
            format!("\"args\": [\"--whatever\", \"{secret}\"]"),
            format!("\"args\": [\"x={secret}\"]"),
            format!("\"settings\": {{\"whatever\": [\"{secret}\"]}}"),
            format!("\"env\": {{\"HEADERS\": \"{{\\\"Authorization\\\": \\\"Bearer {secret}\\\"}}\"}}"),
        ] {
            let judged = judged(".cursor/mcp.json", &cursor(&settings));
            let [finding] = &judged.findings[..] else { panic!("{settings}: {:?}", judged.findings) };
            assert_eq!(finding.rule.id, "WRD401");
            assert_eq!(finding.confidence, Confidence::High);
            assert!(finding.message.ends_with(what), "{settings}: {}", finding.message);
        }
    }
}

#[test]
fn headers_that_open_something_hold_secrets() {
    for (name, value) in [
        ("Authorization", format!("Bearer {SECRET}")),
        ("authorization", format!("bearer {SECRET}")),
        ("Authorization", "Basic dXNlcjpodW50ZXIy".to_owned()),
        ("Authorization", format!("Token {SECRET}")),
        ("Authorization", SECRET.to_owned()),
        ("Proxy-Authorization", format!("Bearer {SECRET}")),
        ("X-API-Key", "hunter2hunter2".to_owned()),
        ("x-api-key", SECRET.to_owned()),
        ("apikey", SECRET.to_owned()),
        ("X-Auth-Token", SECRET.to_owned()),
        ("Ocp-Apim-Subscription-Key", SECRET.to_owned()),
        ("Cookie", format!("session={SECRET}")),
        ("PRIVATE-TOKEN", SECRET.to_owned()),
        ("X-Whatever", format!("Bearer {SECRET}")),
    ] {
        assert_eq!(header(name, &value), ["WRD401"], "{name}: {value}");
    }
    for (name, value) in [
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("X-Request-Id", "4f9d2c7be01a83f65520ab"),
        ("X-MCP-Toolsets", "repos,issues,pull_requests"),
        ("User-Agent", "client/1.0"),
        ("X-Key-Id", "4f9d2c7be01a83f65520ab"),
        ("X-Token-Type", "urn:ietf:params:oauth:token-type:jwt"),
    ] {
        assert_eq!(header(name, value), [""; 0], "{name}: {value}");
    }
}

#[test]
fn variables_hold_secrets_where_name_and_value_say_so() {
    for name in [
        "API_TOKEN",
        "GITHUB_PERSONAL_ACCESS_TOKEN",
        "CLIENT_SECRET",
        "OPENAI_API_KEY",
        "apiKey",
        "APIKEY",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWORD",
        "JWT",
        "SERVICE_KEY",
        "STORAGE_KEY",
    ] {
        assert_eq!(variable(name, SECRET), ["WRD401"], "{name}");
        assert_eq!(variable(name, "2f1f7a5e-83a1-4c22-9a52-7d0c8b9e6f10"), ["WRD401"], "{name}");
    }
    assert_eq!(variable("DB_PASSWORD", "hunter2!"), ["WRD401"], "a password may be any word");
    assert_eq!(variable("DB_PASSWORD", "hunter$Two"), ["WRD401"], "a sign in the middle names no variable");
    for (name, value) in [
        ("MAX_TOKENS", "4096"),
        ("TOKEN_LIMIT", "100000"),
        ("TOKEN_URL", "https://auth.example.com/token"),
        ("TOKEN_FILE", "/run/secrets/token"),
        ("API_KEY_PATH", "/home/me/.keys/api-4f9d2c7be01a83f6"),
        ("SSH_PRIVATE_KEY", "/home/me/.ssh/id_ed25519_2024_01"),
        ("PUBLIC_KEY", SECRET),
        ("KEY_ID", SECRET),
        ("TOKENIZER", "cl100k_base_0123456789"),
        ("KEYBOARD", "us-104-keys-0123456789"),
        ("API_TOKEN", "true"),
        ("API_KEY", "production"),
        ("COMMIT", SECRET),
        ("DB_PASSWORD", "x"),
        ("TOKEN_ENV_VAR", "MY_COMPANY_TOKEN_2024"),
        ("AUTH_METHOD", "oauth2-pkce-s256-only"),
    ] {
        assert_eq!(variable(name, value), [""; 0], "{name}: {value}");
    }
}

#[test]
fn what_is_to_be_filled_in_is_no_secret() {
    for value in [
        "",
        " ",
        "<token>",
        "<YOUR_TOKEN>",
        "<your token here>",
        "YOUR_TOKEN",
        "YOUR_API_KEY_HERE",
        "your-api-key",
        "your_token_123456789",
        "xxx",
        "XXXXXXXX",
        "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_your_token_here_0123456789012345678901",
        "sk-...",
        "sk-…",
        "***",
        "********",
        "...",
        "[token]",
        "[YOUR TOKEN]",
        "changeme",
        "change-me",
        "replace-me",
        "REPLACE_WITH_TOKEN",
        "example",
        "example-token",
        "placeholder",
        "dummy-token",
        "fake_key",
        "test-token",
        "token",
        "secret",
        "my-token",
        "my_api_key",
        "insert-token-here",
        "TODO",
        "REDACTED",
        "00000000-0000-0000-0000-000000000000",
        "1234567890",
        "abcdefghijklmnop",
        "abc123",
        "AKIAIOSFODNN7EXAMPLE",
        "null",
        "none",
        "undefined",
        "password",
        "eyJhbGciOiJIUzI1NiJ9...",
        "${TOKEN}",
        "${env:TOKEN}",
        "${input:token}",
        "${TOKEN:-}",
        "${TOKEN:-none}",
        "$TOKEN",
        "$env:TOKEN",
        "%TOKEN%",
        "{env:TOKEN}",
        "{file:~/.token}",
        "{{TOKEN}}",
        "{{ token }}",
        "${{ secrets.TOKEN }}",
        "$(cat ~/.token)",
        "op://vault/item/token",
        "${command:token}",
        "prefix-${TOKEN}",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3",
    ] {
        for value in [value.to_owned(), format!("Bearer {value}")] {
            assert_eq!(header("Authorization", &value), [""; 0], "{value}");
            assert_eq!(header("X-API-Key", &value), [""; 0], "{value}");
            assert_eq!(variable("API_TOKEN", &value), [""; 0], "{value}");
        }
        assert_eq!(variable("DB_PASSWORD", value), [""; 0], "{value}");
    }
}

#[test]
fn no_name_of_a_variable_is_that_long() {
    let long = format!("Bearer ${{{}}}", "a1B".repeat(100));
    assert_eq!(header("Authorization", &long), ["WRD401"]);
}

#[test]
fn each_secret_is_told_once() {
    let text = cursor(&format!(
        "\"headers\": {{\"Authorization\": \"Bearer {GITHUB}\", \"X-API-Key\": \"{OTHER}\"}}, \"env\": {{\"API_TOKEN\": \"{GITHUB}\"}}"
    ));
    assert_eq!(found(".cursor/mcp.json", &text), ["WRD401"; 3]);
}

#[test]
fn a_name_of_a_variable_may_be_a_secret_by_mistake() {
    let text = format!(
        "[mcp_servers.files]\nurl = \"https://files.example.com\"\nbearer_token_env_var = \"{GITHUB}\"\n"
    );
    assert_eq!(found(".codex/config.toml", &text), ["WRD401"]);
}

#[test]
fn settings_of_other_names_are_looked_at_by_name() {
    for text in [
        format!(
            r#"{{"mcpServers": {{"a": {{"httpUrl": "https://a.example.com", "oauth": {{"clientId": "abc", "clientSecret": "{SECRET}"}}}}}}}}"#
        ),
        format!(
            r#"{{"mcpServers": {{"a": {{"url": "https://a.example.com", "bearerToken": "{SECRET}"}}}}}}"#
        ),
    ] {
        assert_eq!(found(".gemini/settings.json", &text), ["WRD401"], "{text}");
    }
}

#[test]
fn what_is_no_server_is_not_looked_at() {
    let text = format!(r#"{{"telemetry": {{"apiToken": "{SECRET}"}}, "mcpServers": {{}}}}"#);
    assert_eq!(found(".gemini/settings.json", &text), [""; 0]);
}
