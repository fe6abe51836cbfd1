//! Where configurations are.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::configs::{Os, expand, is_config, token_stores, user_files};

fn files(os: Os, env: &[(&str, &str)]) -> Vec<String> {
    let read =
        |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
    let files = user_files(Path::new("/home/me"), os, &read);
    files.iter().map(|place| place.path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_system_has_its_own_places() {
    for (os, expected) in [
        (
            Os::Linux,
            &[
                "/home/me/.config/Claude/claude_desktop_config.json",
                "/home/me/.config/Code/User/mcp.json",
                "/home/me/.config/Code/User/profiles/*/mcp.json",
                "/home/me/.config/goose/config.yaml",
                "/home/me/.config/zed/settings.json",
                "/home/me/.claude.json",
                "/home/me/.codex/config.toml",
                "/etc/codex/config.toml",
                "/etc/claude-code/managed-mcp.json",
            ][..],
        ),
        (
            Os::MacOs,
            &[
                "/home/me/Library/Application Support/Claude/claude_desktop_config.json",
                "/home/me/Library/Application Support/Code/User/settings.json",
                "/home/me/.config/zed/settings.json",
                "/home/me/.config/opencode/opencode.json",
                "/Library/Application Support/ClaudeCode/managed-mcp.json",
            ],
        ),
        (
            Os::Windows,
            &[
                "/home/me/AppData/Roaming/Claude/claude_desktop_config.json",
                "/home/me/AppData/Roaming/Code/User/mcp.json",
                "/home/me/AppData/Roaming/zed/settings.json",
                "/home/me/AppData/Roaming/amp/settings.json",
                "/home/me/AppData/Roaming/Block/goose/config/config.yaml",
                "/home/me/.cursor/mcp.json",
            ],
        ),
    ] {
        let files = files(os, &[]);
        for path in expected {
            assert!(files.contains(&(*path).to_owned()), "{os:?}: {path}: {files:#?}");
        }
        let mut each = files.clone();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), files.len(), "each once");
    }
}

#[test]
fn the_environment_moves_them() {
    let moved = files(
        Os::Linux,
        &[
            ("XDG_CONFIG_HOME", "/conf"),
            ("CODEX_HOME", "/codex"),
            ("OPENCODE_CONFIG", "/o/my.json"),
            ("CLAUDE_CONFIG_DIR", "/claude"),
        ],
    );
    for path in [
        "/conf/Claude/claude_desktop_config.json",
        "/conf/zed/settings.json",
        "/codex/config.toml",
        "/o/my.json",
        "/claude/.claude.json",
    ] {
        assert!(moved.contains(&path.to_owned()), "{path}: {moved:#?}");
    }
    let places = user_files(Path::new("/home/me"), Os::Linux, &|name| {
        (name == "OPENCODE_CONFIG").then(|| "/o/x".into())
    });
    let place = places.iter().find(|place| place.path == Path::new("/o/x")).unwrap();
    assert_eq!(place.product.name(), "OpenCode", "its name would not tell");
    // What is empty or means a different place in each directory is as good as unset.
    assert_eq!(
        files(Os::Linux, &[("XDG_CONFIG_HOME", ""), ("CODEX_HOME", "codex"), ("OPENCODE_CONFIG", "")]),
        files(Os::Linux, &[])
    );
    assert!(
        files(Os::Windows, &[("APPDATA", "/roaming")])
            .contains(&"/roaming/Claude/claude_desktop_config.json".to_owned())
    );
    let stores = token_stores(Path::new("/home/me"), Os::Linux, &|name| {
        (name == "MCP_REMOTE_CONFIG_DIR").then(|| "/auth".into())
    });
    assert!(stores.iter().any(|store| store.path == Path::new("/auth")));
}

#[test]
fn every_file_that_is_listed_is_known_by_its_name() {
    for os in [Os::Linux, Os::MacOs, Os::Windows] {
        for path in files(os, &[]) {
            let path = path.replace('*', "x");
            assert!(is_config(Path::new(&path)).is_some(), "{path}");
        }
    }
}

#[test]
fn files_are_known_by_the_end_of_their_path() {
    let name = |path: &str| is_config(Path::new(path)).map(crate::configs::Product::name);
    for (path, product) in [
        (".mcp.json", Some("Claude Code")),
        ("a/b/.mcp.json", Some("Claude Code")),
        ("./.cursor/mcp.json", Some("Cursor")),
        (".CURSOR/MCP.JSON", Some("Cursor")),
        (".vscode/mcp.json", Some("VS Code")),
        (".devcontainer/python/devcontainer.json", Some("VS Code")),
        (".continue/mcpServers/files.yaml", Some("Continue")),
        ("dotfiles/.codex/work.config.toml", Some("Codex")),
        ("mcp.json", Some("an MCP client")),
        ("examples/mcp.json", Some("an MCP client")),
        ("x/.codeium/windsurf/mcp_config.json", Some("Windsurf")),
        ("settings.json", None),
        ("config.toml", None),
        ("config.yaml", None),
        ("package.json", None),
        (".cursor/rules.json", None),
        ("cursor/settings.json", None),
        ("mcp.json.bak", None),
        ("a.mcp.json", None),
        ("", None),
        ("/", None),
        ("..", None),
    ] {
        assert_eq!(name(path), product, "{path}");
    }
}

#[test]
fn stars_stand_for_what_is_there() {
    let list = |path: &Path| -> Vec<OsString> {
        let names: &[&str] = match path.to_str().unwrap() {
            "/c/profiles" => &["b", "a", "c.txt"],
            "/c/agents" => &["one.json", "two.yaml", "Three.JSON"],
            _ => &[],
        };
        names.iter().map(OsString::from).collect()
    };
    let expand = |pattern: &str| expand(Path::new(pattern), &list);
    assert_eq!(
        expand("/c/profiles/*/mcp.json"),
        ["/c/profiles/a/mcp.json", "/c/profiles/b/mcp.json", "/c/profiles/c.txt/mcp.json"].map(PathBuf::from)
    );
    assert_eq!(expand("/c/agents/*.json"), ["/c/agents/Three.JSON", "/c/agents/one.json"].map(PathBuf::from));
    assert_eq!(expand("/nowhere/*/x"), [""; 0].map(PathBuf::from));
    assert_eq!(expand("/plain/x"), [PathBuf::from("/plain/x")]);
}
