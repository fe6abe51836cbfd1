//! What is written instead of a secret.

use super::{GITHUB, OTHER, SECRET, judged};
use crate::configs::mend::applied;

/// The file after the fix of each finding in turn, until none is left that has one.
fn mended(path: &str, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..8 {
        let judged = judged(path, &text);
        assert_eq!(judged.unseen, [], "{text}");
        let Some(fix) = judged.findings.iter().find_map(|finding| finding.fix.clone()) else { break };
        assert!(fix.safe);
        assert!(fix.edits.iter().all(|edit| &*edit.spot.path == path));
        text = applied(&text, &fix.edits).unwrap();
    }
    text
}

fn becomes(path: &str, before: &str, after: &str) {
    let mended = mended(path, before);
    assert_eq!(mended, after);
    assert_eq!(super::found(path, &mended), [""; 0], "{mended}");
}

#[test]
fn each_client_reads_the_secret_its_own_way() {
    let json = |value: &str| {
        format!(
            "{{\"mcpServers\": {{\"my files\": {{\"url\": \"https://files.example.com\", \"headers\": {{\"Authorization\": \"Bearer {value}\"}}}}}}}}"
        )
    };
    for (path, reference) in [
        (".cursor/mcp.json", "${env:MY_FILES_TOKEN}"),
        (".codeium/windsurf/mcp_config.json", "${env:MY_FILES_TOKEN}"),
        (".mcp.json", "${MY_FILES_TOKEN}"),
        (".gemini/settings.json", "${MY_FILES_TOKEN}"),
        (".kiro/settings/mcp.json", "${MY_FILES_TOKEN}"),
    ] {
        becomes(path, &json(SECRET), &json(reference));
    }
    let opencode = |value: &str| {
        format!(
            "{{\"mcp\": {{\"a\": {{\"url\": \"https://a.example.com\", \"headers\": {{\"X-API-Key\": \"{value}\"}}}}}}}}"
        )
    };
    becomes("opencode.json", &opencode(SECRET), &opencode("{env:A_X_API_KEY}"));
    for quote in ["", "\"", "'"] {
        let value = |value: &str| {
            format!(
                "mcpServers:\n  - name: files\n    url: https://files.example.com\n    requestOptions:\n      headers:\n        Authorization: {quote}Bearer {value}{quote}\n"
            )
        };
        becomes(".continue/config.yaml", &value(SECRET), &value("${{ secrets.FILES_TOKEN }}"));
    }
    let variable = |value: &str| {
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"command\": \"a\", \"env\": {{\"API_TOKEN\": \"{value}\"}}}}}}}}"
        )
    };
    becomes(".copilot/mcp-config.json", &variable(SECRET), &variable("${API_TOKEN}"));
    let argument = |value: &str| {
        format!("{{\"mcpServers\": {{\"a\": {{\"command\": \"a\", \"args\": [\"--token={value}\"]}}}}}}")
    };
    becomes(".mcp.json", &argument(SECRET), &argument("${A_TOKEN}"));
    let address = |value: &str| {
        format!("{{\"mcpServers\": {{\"a\": {{\"url\": \"https://me:{value}@a.example.com/\"}}}}}}")
    };
    becomes(".mcp.json", &address(SECRET), &address("${A_TOKEN}"));
}

#[test]
fn vs_code_asks_for_it() {
    let entry = "{ \"type\": \"promptString\", \"id\": \"FILES_TOKEN\", \"description\": \"FILES_TOKEN\", \"password\": true }";
    let servers = |value: &str| {
        format!(
            "\"servers\": {{\"files\": {{\"url\": \"https://files.example.com\", \"headers\": {{\"Authorization\": \"Bearer {value}\"}}}}}}"
        )
    };
    let asked = servers("${input:FILES_TOKEN}");
    let here = ".vscode/mcp.json";
    becomes(here, &format!("{{{}}}", servers(SECRET)), &format!("{{\"inputs\": [{entry}], {asked}}}"));
    becomes(
        here,
        &format!("{{\"inputs\": [], {}}}", servers(SECRET)),
        &format!("{{\"inputs\": [{entry}], {asked}}}"),
    );
    let other = "{\"type\": \"promptString\", \"id\": \"x\"}";
    becomes(
        here,
        &format!("{{\"inputs\": [{other}], {}}}", servers(SECRET)),
        &format!("{{\"inputs\": [{entry}, {other}], {asked}}}"),
    );
    becomes(
        ".vscode/settings.json",
        &format!("{{\"a\": 1, \"mcp\": {{{}}}}}", servers(SECRET)),
        &format!("{{\"a\": 1, \"mcp\": {{\"inputs\": [{entry}], {asked}}}}}"),
    );
    // Two secrets: the list is brought once, and the second one goes into it.
    let two = format!(
        "{{\"servers\": {{\"a\": {{\"env\": {{\"API_TOKEN\": \"{SECRET}\", \"APP_SECRET\": \"{OTHER}\"}}}}}}}}"
    );
    let fixes = judged(here, &two).findings.iter().filter(|finding| finding.fix.is_some()).count();
    assert_eq!(fixes, 1);
    let mended = mended(here, &two);
    assert_eq!(mended.matches("\"inputs\"").count(), 1, "{mended}");
    assert_eq!(mended.matches("promptString").count(), 2, "{mended}");
    assert_eq!(super::found(here, &mended), [""; 0]);
}

#[test]
fn codex_names_variables_under_keys_of_their_own() {
    let here = ".codex/config.toml";
    let server = |line: &str| format!("[mcp_servers.files]\nurl = \"https://files.example.com\"\n{line}\n");
    becomes(
        here,
        &server(&format!("http_headers = {{ Authorization = \"Bearer {SECRET}\" }}")),
        &server("bearer_token_env_var = \"FILES_TOKEN\""),
    );
    becomes(
        here,
        &server(&format!("http_headers = {{ \"X-API-Key\" = \"{SECRET}\" }}")),
        &server("env_http_headers = { \"X-API-Key\" = \"FILES_X_API_KEY\" }"),
    );
    for line in [
        format!("http_headers = {{ Authorization = \"Bearer {SECRET}\", Accept = \"x\" }}"),
        format!("http_headers.Authorization = \"Bearer {SECRET}\""),
        format!("[mcp_servers.files.http_headers]\nAuthorization = \"Bearer {SECRET}\""),
        format!("bearer_token_env_var = \"X\"\nhttp_headers = {{ Authorization = \"Bearer {SECRET}\" }}"),
        format!("[mcp_servers.files.env]\nAPI_TOKEN = \"{SECRET}\""),
    ] {
        let judged = judged(here, &server(&line));
        assert_eq!(judged.findings.len(), 1, "{line}");
        assert_eq!(judged.findings[0].fix, None, "{line}");
    }
}

#[test]
fn a_client_that_reads_no_names_gets_no_fix() {
    let json = format!(
        "{{\"context_servers\": {{\"a\": {{\"url\": \"https://a.example.com\", \"headers\": {{\"Authorization\": \"Bearer {SECRET}\"}}}}}}}}"
    );
    assert_eq!(judged(".zed/settings.json", &json).findings[0].fix, None);
    // Copilot CLI reads them in the environment only.
    let json = json.replace("context_servers", "mcpServers");
    assert_eq!(judged(".copilot/mcp-config.json", &json).findings[0].fix, None);
}

#[test]
fn two_secrets_never_get_one_name() {
    let text = |one: &str, other: &str| {
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"env\": {{\"API_TOKEN\": \"{one}\"}}}}, \"b\": {{\"env\": {{\"API_TOKEN\": \"{other}\"}}}}}}}}"
        )
    };
    becomes(".mcp.json", &text(SECRET, OTHER), &text("${API_TOKEN}", "${B_API_TOKEN}"));
    becomes(".mcp.json", &text(SECRET, SECRET), &text("${API_TOKEN}", "${B_API_TOKEN}"));
    becomes(".mcp.json", &text("${API_TOKEN}", OTHER), &text("${API_TOKEN}", "${B_API_TOKEN}"));
    // In one go, too: another secret is another variable, and the same one is the same.
    let judged = judged(".mcp.json", &text(SECRET, OTHER));
    let fixes = judged.findings.iter().filter_map(|finding| finding.fix.as_ref());
    let texts: Vec<_> = fixes.flat_map(|fix| &fix.edits).map(|edit| edit.text.as_str()).collect();
    assert_eq!(texts, ["${API_TOKEN}", "${B_API_TOKEN}"]);
    let judged = super::judged(".mcp.json", &text(SECRET, SECRET));
    let edits: Vec<_> = judged
        .findings
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(|fix| &fix.edits)
        .collect();
    assert!(edits.iter().all(|edit| edit.text == "${API_TOKEN}"), "{edits:?}");
    assert_eq!(edits.len(), 2);
}

#[test]
fn what_is_spelled_otherwise_than_it_reads_is_left_alone() {
    let text = format!(
        "{{\"mcpServers\": {{\"a\": {{\"headers\": {{\"Authorization\": \"Bearer\\u0020{GITHUB}\"}}}}}}}}"
    );
    let judged = judged(".mcp.json", &text);
    assert_eq!(judged.findings.len(), 1);
    assert_eq!(judged.findings[0].fix, None);
    // In a flow of YAML, braces would be read as braces.
    let text = format!(
        "mcpServers: [{{name: a, url: \"https://a.example.com\", headers: {{Authorization: Bearer {SECRET}}}}}]\n"
    );
    let judged = super::judged(".continue/config.yaml", &text);
    assert_eq!(judged.findings.len(), 1);
    if let Some(fix) = &judged.findings[0].fix {
        let mended = applied(&text, &fix.edits).unwrap();
        assert_eq!(super::found(".continue/config.yaml", &mended), [""; 0], "{mended}");
    }
}
