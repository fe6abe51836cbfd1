//! One secret for two servers, and files that others may read.

use super::{GITHUB, OTHER, SECRET, file};
use crate::configs::{File, judge};

fn server(name: &str, url: &str, settings: &str) -> String {
    format!("\"{name}\": {{\"url\": \"{url}\", {settings}}}")
}

fn bearer(value: &str) -> String {
    format!("\"headers\": {{\"Authorization\": \"Bearer {value}\"}}")
}

fn both(one: &str, other: &str) -> String {
    format!("{{\"mcpServers\": {{{one}, {other}}}}}")
}

/// How often a secret goes to a second server.
fn shared(files: &[File]) -> usize {
    let judged = judge(files);
    judged.findings.iter().filter(|finding| finding.rule.id == "WRD403").count()
}

#[test]
fn a_secret_for_two_servers_is_told_however_it_is_given() {
    let (a, b) = ("https://a.example.com/mcp", "https://b.example.com/mcp");
    for (one, other) in [
        (bearer(SECRET), bearer(SECRET)),
        (bearer(SECRET), format!("\"headers\": {{\"X-API-Key\": \"{SECRET}\"}}")),
        (bearer("${TOKEN}"), bearer("${env:TOKEN}")),
        (bearer("$TOKEN"), bearer("${TOKEN:-}")),
        (bearer("${input:token}"), bearer("${input:token}")),
        (bearer("op://vault/item"), bearer("op://vault/item")),
        ("\"env\": {\"API_TOKEN\": \"${TOKEN}\"}".to_owned(), bearer("${TOKEN}")),
    ] {
        let text = both(&server("a", a, &one), &server("b", b, &other));
        assert_eq!(shared(&[file(".cursor/mcp.json", &text)]), 1, "{text}");
    }
    let query = both(
        &server("a", "https://a.example.com/mcp?token=${TOKEN}", "\"x\": 1"),
        &server("b", b, &bearer("${TOKEN}")),
    );
    assert_eq!(shared(&[file(".cursor/mcp.json", &query)]), 1);
}

#[test]
fn each_server_may_have_its_own_and_one_server_stands_anywhere() {
    let (a, b) = ("https://a.example.com/mcp", "https://b.example.com/mcp");
    for (one, other) in [
        (server("a", a, &bearer(SECRET)), server("b", b, &bearer(OTHER))),
        (server("a", a, &bearer("${A}")), server("b", b, &bearer("${B}"))),
        (server("a", a, &bearer(SECRET)), server("b", "https://A.example.com:443/other", &bearer(SECRET))),
        (server("a", a, &bearer("<token>")), server("b", b, &bearer("<token>"))),
        (
            server("a", a, "\"cwd\": \"${workspaceFolder}\""),
            server("b", b, "\"cwd\": \"${workspaceFolder}\""),
        ),
        // Each gets what its own environment says.
        (
            server(
                "a",
                a,
                &format!(
                    "\"args\": [\"--header\", \"Authorization:${{AUTH_TOKEN}}\"], \"env\": {{\"AUTH_TOKEN\": \"{SECRET}\"}}"
                ),
            ),
            server(
                "b",
                b,
                &format!(
                    "\"args\": [\"--header\", \"Authorization:${{AUTH_TOKEN}}\"], \"env\": {{\"AUTH_TOKEN\": \"{OTHER}\"}}"
                ),
            ),
        ),
        // Where the servers are is not known.
        (server("a", "${A_URL}", &bearer("${TOKEN}")), server("b", "${B_URL}", &bearer("${TOKEN}"))),
    ] {
        let text = both(&one, &other);
        assert_eq!(shared(&[file(".mcp.json", &text)]), 0, "{text}");
    }
}

#[test]
fn files_are_judged_together() {
    let one =
        format!("{{\"mcpServers\": {{{}}}}}", server("a", "https://a.example.com/mcp", &bearer("${TOKEN}")));
    let other = "[mcp_servers.b]\nurl = \"https://b.example.com/mcp\"\nbearer_token_env_var = \"TOKEN\"\n";
    let files = [file("z/.mcp.json", &one), file("a/.codex/config.toml", other)];
    let judged = judge(&files);
    let [finding] = &judged.findings[..] else { panic!("{:?}", judged.findings) };
    assert_eq!(finding.rule.id, "WRD403");
    assert_eq!(&*finding.spot.path, "z/.mcp.json", "the later one, whatever order they come in");
    let steps: Vec<_> = finding.steps.iter().map(|step| &*step.spot.path).collect();
    assert_eq!(steps, ["a/.codex/config.toml", "z/.mcp.json"]);
    assert_eq!(finding.steps.last().unwrap().spot, finding.spot);

    // An input is asked for by each file on its own.
    let input = |name: &str, url: &str| {
        format!("{{\"servers\": {{{}}}}}", server(name, url, &bearer("${input:token}")))
    };
    let files = [
        file("a/.vscode/mcp.json", &input("a", "https://a.example.com")),
        file("b/.vscode/mcp.json", &input("b", "https://b.example.com")),
    ];
    assert_eq!(shared(&files), 0);
}

#[test]
fn headers_from_variables_are_shared_too() {
    let text = "[mcp_servers.a]\nurl = \"https://a.example.com\"\nenv_http_headers = { \"X-API-Key\" = \"TOKEN\" }\n[mcp_servers.b]\nurl = \"https://b.example.com\"\nbearer_token_env_var = \"TOKEN\"\n[mcp_servers.c]\nurl = \"https://c.example.com\"\nenv_http_headers = { \"X-Team\" = \"TEAM\" }\n[mcp_servers.d]\nurl = \"https://d.example.com\"\nenv_http_headers = { \"X-Team\" = \"TEAM\" }\n";
    assert_eq!(shared(&[file(".codex/config.toml", text)]), 1);
}

#[test]
fn a_file_that_is_given_twice_is_one_file() {
    let text = format!("{{\"mcpServers\": {{{}}}}}", server("a", "https://a.example.com", &bearer(SECRET)));
    let files = [file(".mcp.json", &text), file(".mcp.json", &text)];
    assert_eq!(judge(&files).findings.len(), 1);
}

#[test]
fn a_map_of_servers_is_no_server() {
    let one = server("a", "https://a.example.com", &bearer(SECRET));
    let other = server("b", "https://b.example.com", &bearer(OTHER));
    let text = format!("{{\"mcp\": {{\"servers\": {{{one}, {other}}}}}}}");
    assert_eq!(shared(&[file("opencode.json", &text)]), 0);
}

#[test]
fn a_third_server_is_told_as_well() {
    let servers: Vec<_> = ["a", "b", "c", "a"]
        .iter()
        .map(|name| server(name, &format!("https://{name}.example.com"), &bearer(SECRET)))
        .collect();
    let text = format!("{{\"mcpServers\": {{{}}}}}", servers.join(", "));
    assert_eq!(shared(&[file(".mcp.json", &text)]), 2);
}

#[test]
fn a_file_with_a_secret_is_for_its_owner_alone() {
    let secret = both(
        &server("a", "https://a.example.com", &bearer(GITHUB)),
        &server("b", "https://b.example.com", &bearer(OTHER)),
    );
    let reference = secret.replace(GITHUB, "${A}").replace(OTHER, "${B}");
    let count = |text: &str, mode| {
        let judged = judge(&[File { mode, ..file(".mcp.json", text) }]);
        judged.findings.iter().filter(|finding| finding.rule.id == "WRD405").count()
    };
    for mode in [0o644, 0o640, 0o604, 0o100_644, 0o666] {
        assert_eq!(count(&secret, Some(mode)), 1, "{mode:o}");
        assert_eq!(count(&reference, Some(mode)), 0, "{mode:o}");
    }
    for mode in [Some(0o600), Some(0o400), Some(0o100_600), Some(0o711), None] {
        assert_eq!(count(&secret, mode), 0, "{mode:?}");
    }
}
