//! Secrets in addresses.

use super::{GITHUB, SECRET, cursor, found};

fn url(url: &str) -> Vec<&'static str> {
    found(".cursor/mcp.json", &cursor(&format!("\"url\": \"{url}\"")))
}

fn variable(name: &str, value: &str) -> Vec<&'static str> {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    found(".cursor/mcp.json", &cursor(&format!("\"env\": {{\"{name}\": \"{value}\"}}")))
}

#[test]
fn addresses_hold_secrets_before_the_host_and_behind_the_question_mark() {
    for (address, rule) in [
        (format!("https://user:{SECRET}@files.example.com/mcp"), "WRD401"),
        ("https://user:hunter22@files.example.com/mcp".to_owned(), "WRD401"),
        (format!("https://{GITHUB}@files.example.com/mcp"), "WRD401"),
        (format!("https://{SECRET}@files.example.com/mcp"), "WRD401"),
        (format!("https://files.example.com/{GITHUB}/mcp"), "WRD401"),
        (format!("https://files.example.com/mcp?token={SECRET}"), "WRD402"),
        (format!("https://files.example.com/mcp?a=1&access_token={SECRET}#x"), "WRD402"),
        (format!("https://files.example.com/mcp?exaApiKey={SECRET}"), "WRD402"),
        (format!("https://files.example.com/mcp?key={SECRET}"), "WRD402"),
        (format!("https://files.example.com/mcp?project_key={SECRET}"), "WRD402"),
        (format!("https://files.example.com?x={GITHUB}"), "WRD402"),
        ("https://files.example.com/mcp?token=hunter22".to_owned(), "WRD402"),
        ("https://files.example.com/mcp?token=${env:TOKEN}".to_owned(), "WRD402"),
        ("https://files.example.com/mcp?apiKey={env:TOKEN}".to_owned(), "WRD402"),
    ] {
        assert_eq!(url(&address), [rule], "{address}");
    }
    for address in [
        "https://files.example.com/mcp",
        "https://user@files.example.com/mcp",
        "https://user:${PASSWORD}@files.example.com/mcp",
        "https://files.example.com/mcp?project_key=WRD",
        "https://files.example.com/mcp?toolsets=all&page_tokens=20",
        "https://files.example.com/mcp?token=<token>",
        "https://files.example.com/mcp?token=YOUR_TOKEN",
        "https://files.example.com/mcp?root=${workspaceFolder}",
        "https://files.example.com/mcp#token=x",
        "https://",
        "https://@/",
        "not an address ?token=1",
    ] {
        assert_eq!(url(address), [""; 0], "{address}");
    }
}

#[test]
fn addresses_of_other_things_hold_passwords_too() {
    assert_eq!(variable("DATABASE_URL", &format!("postgres://me:{SECRET}@db.example.com/files")), ["WRD401"]);
    assert_eq!(variable("DATABASE_URL", "postgres://me:${PASSWORD}@db.example.com/files"), [""; 0]);
    assert_eq!(variable("ISSUER", "http://auth.example.com"), [""; 0], "only where the server is");
}
