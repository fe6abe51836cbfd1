//! What stands in the command that starts a server.

use super::{GITHUB, SECRET, cursor, found, judged, started};

const HERE: &str = ".mcp.json";

fn finds(command: &str, arguments: &[&str], rules: &[&str]) {
    let text = started(command, arguments);
    assert_eq!(found(HERE, &text), rules, "{text}");
}

#[test]
fn headers_of_a_bridge_are_read_in_every_spelling() {
    let url = "https://files.example.com/mcp";
    let bridge = "mcp-remote@0.1.29";
    let bearer = format!("Authorization: Bearer {SECRET}");
    let glued = format!("Authorization:Bearer {SECRET}");
    for arguments in [
        vec![bridge, url, "--header", &bearer],
        vec![bridge, url, "--header", &glued],
        vec![bridge, url, &format!("--header={bearer}")],
        vec![bridge, url, "-H", &bearer],
        vec![bridge, url, "-H", "authorization", &format!("Bearer {SECRET}")],
        vec![bridge, url, &bearer],
        vec![bridge, url, "--token", SECRET],
        vec![bridge, url, &format!("--token={SECRET}")],
        vec![bridge, url, "--api-key", SECRET],
        vec![bridge, url, "--header", &format!("X-API-Key: {SECRET}")],
        vec![bridge, &format!("--url={url}"), "--oauth2Bearer", SECRET],
        vec!["-y", bridge, "https://user:hunter22@files.example.com/mcp"],
    ] {
        finds("npx", &arguments, &["WRD401"]);
    }
    for arguments in [
        vec![bridge, url, "--header", "Authorization:${AUTH_HEADER}"],
        vec![bridge, url, "--header", "Authorization: Bearer ${TOKEN}"],
        vec![bridge, url, "--header=Authorization: Bearer <token>"],
        vec![bridge, url, "-H", "authorization", "Bearer YOUR_TOKEN"],
        vec![bridge, url, "--header", "Accept: text/event-stream"],
        vec![bridge, url, "--token", "$TOKEN"],
        vec![bridge, url, "--header"],
        vec![bridge, url, "--token"],
        vec![bridge, url, "--debug", "--transport", "http-only", "3334"],
    ] {
        finds("npx", &arguments, &[]);
    }
}

#[test]
fn variables_in_a_command_are_read() {
    let given = format!("API_TOKEN={SECRET}");
    finds("env", &[&given, "files-mcp"], &["WRD401"]);
    finds("docker", &["run", "-i", "--rm", "-e", &given, "files/mcp"], &["WRD401"]);
    finds("docker", &["run", "-i", "--rm", "--env", &given, "files/mcp"], &["WRD401"]);
    finds("docker", &["run", "-i", "--rm", &format!("--env={given}"), "files/mcp"], &["WRD401"]);
    finds("docker", &["run", "-i", "--rm", "-e", "API_TOKEN", "files/mcp"], &[]);
    finds("docker", &["run", "-i", "--rm", "-e", "API_TOKEN=${API_TOKEN}", "files/mcp"], &[]);
    finds("docker", &["run", "-i", "--rm", "-e", "LOG_LEVEL=debug", "files/mcp"], &[]);
    finds("node", &["server.js", &format!("postgres://me:{SECRET}@db.example.com/x")], &["WRD401"]);
    finds("node", &["server.js", "postgres://localhost/x"], &[]);
    finds("node", &["server.js", "--endpoint", "http://files.example.com/"], &[]);
}

#[test]
fn a_command_in_one_text_is_taken_apart() {
    for text in [
        cursor(&format!(
            "\"command\": \"npx mcp-remote@0.1.29 https://files.example.com/mcp --header 'Authorization: Bearer {SECRET}'\""
        )),
        started(
            "sh",
            &[
                "-c",
                &format!(
                    "npx mcp-remote@0.1.29 https://files.example.com/mcp --header 'Authorization: Bearer {SECRET}'"
                ),
            ],
        ),
        started("bash", &["-lc", &format!("API_TOKEN={SECRET} exec files-mcp")]),
        started(
            "cmd",
            &["/c", &format!("npx mcp-remote@0.1.29 https://files.example.com/mcp --token={SECRET}")],
        ),
        started("sh", &["-c", &format!("files-mcp --token \"{SECRET}\"")]),
    ] {
        let judged = judged(HERE, &text);
        let [finding] = &judged.findings[..] else { panic!("{text}: {:?}", judged.findings) };
        assert_eq!(finding.rule.id, "WRD401");
        // What has quotes in it is pointed at as a whole; the secret is in it.
        assert!(text[finding.spot.span.clone()].contains(SECRET), "{text}");
    }
    assert_eq!(found(HERE, &started("sh", &["-c", "API_TOKEN=$(cat ~/.token) exec files-mcp"])), [""; 0]);
}

#[test]
fn commands_are_found_under_the_names_of_each_client() {
    let given = format!("API_TOKEN={SECRET}");
    for (path, text) in [
        (
            "opencode.json",
            format!(r#"{{"mcp": {{"a": {{"type": "local", "command": ["env", "{given}", "a-mcp"]}}}}}}"#),
        ),
        (
            "opencode.json",
            format!(
                r#"{{"mcp": {{"a": {{"type": "local", "command": ["a"], "environment": {{"API_TOKEN": "{SECRET}"}}}}}}}}"#
            ),
        ),
        (
            "opencode.json",
            format!(r#"{{"mcp": {{"servers": {{"a": {{"command": ["env", "{given}", "a-mcp"]}}}}}}}}"#),
        ),
        (
            ".zed/settings.json",
            format!(r#"{{"context_servers": {{"a": {{"command": {{"path": "a", "args": ["{given}"]}}}}}}}}"#),
        ),
        (
            ".zed/settings.json",
            format!(r#"{{"context_servers": {{"a": {{"settings": {{"api_token": "{SECRET}"}}}}}}}}"#),
        ),
        (".config/goose/config.yaml", format!("extensions:\n  a:\n    cmd: env\n    args: [{given}, a]\n")),
        (
            ".config/goose/config.yaml",
            format!("extensions:\n  a:\n    cmd: a\n    envs:\n      API_TOKEN: {SECRET}\n"),
        ),
        (
            ".codex/config.toml",
            format!("[mcp_servers.a]\ncommand = \"a\"\n[mcp_servers.a.env]\nAPI_TOKEN = \"{SECRET}\"\n"),
        ),
        (".mcp.json", format!(r#"{{"mcpServers": {{"a": {{"command": "a", "env": ["{given}"]}}}}}}"#)),
        (".mcp.json", format!(r#"{{"mcpServers": {{"a": {{"command": "a", "args": "{given}"}}}}}}"#)),
    ] {
        assert_eq!(found(path, &text), ["WRD401"], "{text}");
    }
}

#[test]
fn options_that_switch_protection_off_are_told() {
    let (plain, safe) = ("http://files.example.com/mcp", "https://files.example.com/mcp");
    let bridge = "mcp-remote@0.1.29";
    finds("npx", &[bridge, plain], &["WRD404"]);
    finds("npx", &[bridge, plain, "--allow-http"], &["WRD404"]);
    finds("npx", &[bridge, safe, "--allow-http"], &["WRD404"]);
    finds("npx", &[bridge, "http://localhost:3000/mcp", "--allow-http"], &[]);
    finds("npx", &[bridge, safe, "--resource", "none"], &["WRD404"]);
    finds("npx", &[bridge, safe, "--resource", ""], &["WRD404"]);
    finds("npx", &[bridge, safe, "--resource=none"], &["WRD404"]);
    finds("npx", &[bridge, safe, "--no-resource"], &["WRD404"]);
    finds("npx", &[bridge, safe, "--resource", safe], &[]);
    finds("node", &["server.js", "--resource", "none"], &[]);
    finds("/usr/local/bin/mcp-remote", &[plain], &["WRD404"]);
    finds("mcp-proxy", &["--transport", "streamablehttp", plain], &["WRD404"]);
}

#[test]
fn a_server_on_this_machine_may_be_called_plainly() {
    let url = |url: &str| found(HERE, &cursor(&format!("\"type\": \"http\", \"url\": \"{url}\"")));
    for local in [
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "app.localhost",
        "127.0.0.1:80",
        "127.8.9.10",
        "[::1]:8080",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "host.docker.internal:3000",
        "${HOST}",
        "$HOST:80",
        "<host>",
    ] {
        assert_eq!(url(&format!("http://{local}/mcp")), [""; 0], "{local}");
    }
    for remote in [
        "files.example.com",
        "192.168.1.4:8080",
        "10.0.0.1",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "notlocalhost",
        "localhost@files.example.com",
        "[2001:db8::1]",
        "[::ffff:10.0.0.1]",
    ] {
        assert_eq!(url(&format!("http://{remote}/mcp")), ["WRD404"], "{remote}");
        assert_eq!(url(&format!("HTTP://{remote}/mcp")), ["WRD404"], "{remote}");
        assert_eq!(url(&format!("ws://{remote}/mcp")), ["WRD404"], "{remote}");
        assert_eq!(url(&format!("https://{remote}/mcp")), [""; 0], "{remote}");
    }
}

#[test]
fn bridges_have_a_version() {
    let url = "https://files.example.com/mcp";
    for (command, arguments) in [
        ("npx", vec!["mcp-remote", url]),
        ("npx", vec!["-y", "mcp-remote", url]),
        ("npx", vec!["--yes", "mcp-remote@latest", url]),
        ("npx", vec!["-y", "mcp-remote@0.1", url]),
        ("npx", vec!["-y", "mcp-remote@^0.1.29", url]),
        ("npx", vec!["-y", "mcp-remote@0.1.x", url]),
        ("npx.cmd", vec!["mcp-remote", url]),
        ("C:\\\\nodejs\\\\npx.cmd", vec!["mcp-remote", url]),
        ("npx", vec!["-p", "mcp-remote", "mcp-remote", url]),
        ("npx", vec!["--package=mcp-remote", "mcp-remote", url]),
        ("cmd", vec!["/c", "npx", "-y", "mcp-remote", url]),
        ("env", vec!["A=b", "npx", "-y", "mcp-remote", url]),
        ("sh", vec!["-c", "npx -y mcp-remote https://files.example.com/mcp"]),
        ("pnpm", vec!["dlx", "mcp-remote", url]),
        ("npm", vec!["exec", "mcp-remote", "--", url]),
        ("bunx", vec!["mcp-remote", url]),
        ("uvx", vec!["mcp-proxy", url]),
        ("uvx", vec!["mcp-proxy>=0.1.0", url]),
        ("uvx", vec!["--from", "mcp-proxy", "mcp-proxy", url]),
        ("pipx", vec!["run", "mcp-proxy", url]),
        ("npx", vec!["-y", "files-mcp@latest"]),
        ("npx", vec!["-y", "@files/mcp@next"]),
    ] {
        finds(command, &arguments, &["WRD406"]);
    }
    for (command, arguments) in [
        ("npx", vec!["mcp-remote@0.1.29", url]),
        ("npx", vec!["-y", "mcp-remote@1.0.0-beta.2", url]),
        ("npx", vec!["-p", "mcp-remote@0.1.29", "mcp-remote", url]),
        ("uvx", vec!["mcp-proxy==0.10.0", url]),
        ("uvx", vec!["mcp-proxy@0.10.0", url]),
        ("npx", vec!["-y", "files-mcp"]),
        ("npx", vec!["-y", "@files/mcp"]),
        ("npm", vec!["run", "mcp-remote", url]),
        ("mcp-remote", vec![url]),
        ("node", vec!["mcp-remote", "latest", url]),
        ("npx", vec![]),
        ("npx", vec!["-p"]),
    ] {
        finds(command, &arguments, &[]);
    }
}

#[test]
fn a_secret_among_words_is_pointed_at() {
    let text = started(
        "npx",
        &[
            "mcp-remote@0.1.29",
            "https://files.example.com/mcp",
            &format!("--header=Authorization: Bearer {GITHUB}"),
        ],
    );
    let judged = judged(HERE, &text);
    assert_eq!(&text[judged.findings[0].spot.span.clone()], GITHUB);
    assert_eq!(judged.findings[0].message, "`mcpServers.files.args[2]` holds a GitHub token");
}
