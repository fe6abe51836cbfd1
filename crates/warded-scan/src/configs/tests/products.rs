//! Every client that is known: a file that is wrong in its own way of writing, and the same file put right.

use super::{SECRET, found, said};
use crate::configs::products;

/// The client, a file of it, and a server in it with `SECRET` in a header (or where it has none, in its environment), and
/// how the client names a variable there instead.
const ROWS: &[(&str, &str, &str, &str)] = &[
    (
        "Claude Desktop",
        "claude_desktop_config.json",
        r#"{"mcpServers": {"files": {"command": "npx", "args": ["mcp-remote@0.1.29", "https://files.example.com/mcp", "--header", "Authorization:VALUE"]}}}"#,
        "${AUTH_HEADER}",
    ),
    (
        "Claude Code",
        ".mcp.json",
        r#"{"mcpServers": {"files": {"type": "http", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${FILES_TOKEN}",
    ),
    (
        "Claude Code",
        "home/.claude.json",
        r#"{"projects": {"/work": {"mcpServers": {"files": {"type": "http", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}}}"#,
        "Bearer ${FILES_TOKEN:-}",
    ),
    (
        "Cursor",
        ".cursor/mcp.json",
        r#"{"mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${env:FILES_TOKEN}",
    ),
    (
        "VS Code",
        ".vscode/mcp.json",
        r#"{"inputs": [{"id": "files", "type": "promptString", "password": true}], "servers": {"files": {"type": "http", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${input:files}",
    ),
    (
        "VS Code",
        ".vscode/settings.json",
        r#"{"editor.tabSize": 2, "mcp": {"servers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}}"#,
        "Bearer ${input:files}",
    ),
    (
        "VS Code",
        ".devcontainer/devcontainer.json",
        r#"{"customizations": {"vscode": {"mcp": {"servers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}}}}"#,
        "Bearer ${input:files}",
    ),
    (
        "Copilot CLI",
        ".copilot/mcp-config.json",
        r#"{"mcpServers": {"files": {"type": "http", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer $FILES_TOKEN",
    ),
    (
        "Windsurf",
        ".codeium/windsurf/mcp_config.json",
        r#"{"mcpServers": {"files": {"serverUrl": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${env:FILES_TOKEN}",
    ),
    (
        "Zed",
        ".config/zed/settings.json",
        r#"{"context_servers": {"files": {"source": "custom", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "",
    ),
    (
        "Gemini CLI",
        ".gemini/settings.json",
        r#"{"mcpServers": {"files": {"httpUrl": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer $FILES_TOKEN",
    ),
    (
        "Antigravity",
        ".gemini/antigravity/mcp_config.json",
        r#"{"mcpServers": {"files": {"serverUrl": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "",
    ),
    (
        "Codex",
        ".codex/config.toml",
        "[mcp_servers.files]\nurl = \"https://files.example.com/mcp\"\nhttp_headers = { Authorization = \"VALUE\" }\n",
        "",
    ),
    (
        "Cline",
        "saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        r#"{"mcpServers": {"files": {"type": "streamableHttp", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "",
    ),
    (
        "Roo Code",
        ".roo/mcp.json",
        r#"{"mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${env:FILES_TOKEN}",
    ),
    (
        "Continue",
        ".continue/config.yaml",
        "mcpServers:\n  - name: files\n    type: streamable-http\n    url: https://files.example.com/mcp\n    requestOptions:\n      headers:\n        Authorization: \"VALUE\"\n",
        "Bearer ${{ secrets.FILES_TOKEN }}",
    ),
    (
        "Junie",
        ".junie/mcp/mcp.json",
        r#"{"mcpServers": {"files": {"command": "files-mcp", "env": {"FILES_TOKEN": "VALUE"}}}}"#,
        "",
    ),
    (
        "Goose",
        ".config/goose/config.yaml",
        "extensions:\n  files:\n    type: streamable_http\n    uri: https://files.example.com/mcp\n    env_keys: [FILES_TOKEN]\n    headers:\n      Authorization: VALUE\n",
        "Bearer ${FILES_TOKEN}",
    ),
    (
        "LM Studio",
        ".lmstudio/mcp.json",
        r#"{"mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "",
    ),
    (
        "Amazon Q",
        ".aws/amazonq/agents/files.json",
        r#"{"mcpServers": {"files": {"type": "http", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${env:FILES_TOKEN}",
    ),
    (
        "Kiro",
        ".kiro/settings/mcp.json",
        r#"{"mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${FILES_TOKEN}",
    ),
    (
        "OpenCode",
        "opencode.jsonc",
        "{\n  // servers\n  \"mcp\": {\"files\": {\"type\": \"remote\", \"url\": \"https://files.example.com/mcp\", \"headers\": {\"Authorization\": \"VALUE\"},},},\n}",
        "Bearer {env:FILES_TOKEN}",
    ),
    (
        "Amp",
        ".config/amp/settings.json",
        r#"{"amp.mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${FILES_TOKEN}",
    ),
    (
        "Trae",
        ".trae/mcp.json",
        r#"{"mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "",
    ),
    (
        "Kimi",
        ".kimi/mcp.json",
        r#"{"mcpServers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "",
    ),
    (
        "Mistral Vibe",
        ".vibe/config.toml",
        "[[mcp_servers]]\nname = \"files\"\ntransport = \"http\"\nurl = \"https://files.example.com/mcp\"\napi_key_env = \"FILES_TOKEN\"\nheaders = { Authorization = \"VALUE\" }\n",
        "",
    ),
    (
        "Factory Droid",
        ".factory/mcp.json",
        r#"{"mcpServers": {"files": {"type": "http", "url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer ${FILES_TOKEN}",
    ),
    (
        "an MCP client",
        "examples/mcp.json",
        r#"{"servers": {"files": {"url": "https://files.example.com/mcp", "headers": {"Authorization": "VALUE"}}}}"#,
        "Bearer <your token>",
    ),
];

#[test]
fn every_client_is_understood() {
    for (product, path, text, reference) in ROWS {
        let file = super::file(path, "");
        assert_eq!(file.product.name(), *product, "{path}");
        let value =
            if text.contains("_TOKEN\": \"VALUE") { SECRET.to_owned() } else { format!("Bearer {SECRET}") };
        let bad = text.replace("VALUE", &value);
        let said = said(path, &bad);
        assert_eq!(said.len(), 1, "{product}: {said:?}");
        assert!(said[0].starts_with("WRD401 `"), "{product}: {said:?}");
        assert!(said[0].contains("files"), "{product}: the way to it begins with the server: {said:?}");
        let spot = &super::judged(path, &bad).findings[0].spot;
        assert_eq!(&bad[spot.span.clone()], SECRET, "{product}");
        assert_eq!(found(path, &text.replace("VALUE", reference)), [""; 0], "{product}");
    }
}

#[test]
fn every_client_calls_servers_by_https() {
    for (product, path, text, reference) in ROWS.iter().filter(|(.., text, _)| text.contains("https://")) {
        let text = text.replace("VALUE", reference);
        let plain = text.replace("https://", "http://");
        assert_eq!(found(path, &plain), ["WRD404"], "{product}");
        let spot = &super::judged(path, &plain).findings[0].spot;
        assert_eq!(&plain[spot.span.clone()], "http://files.example.com/mcp", "{product}");
        let local = plain.replace("files.example.com", "127.0.0.1:8080");
        assert_eq!(found(path, &local), [""; 0], "{product}");
        let query = text
            .replace("/mcp\"", "/mcp?access_token=VALUE\"")
            .replace("/mcp\n", "/mcp?access_token=VALUE\n");
        assert_eq!(found(path, &query.replace("VALUE", SECRET)), ["WRD402"], "{product}: {query}");
    }
}

#[test]
fn every_client_has_a_row_here() {
    let products = products();
    assert!(products.len() > 20, "the table was not read");
    for product in products.iter().filter(|product| !product.servers.is_empty()) {
        assert!(ROWS.iter().any(|(name, ..)| *name == product.name()), "{}", product.name());
    }
}
