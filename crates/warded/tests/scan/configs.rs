//! The configurations of whoever is at this machine.

use super::scene::{Scene, bad, write};

const SECRET: &str = "ghp_0123456789abcdefABCDEF0123456789abcd";

fn config(host: &str) -> String {
    format!(
        "{{\n  \"mcpServers\": {{\n    \"a\": {{\n      \"url\": \"https://{host}/mcp\",\n      \"headers\": {{ \
         \"Authorization\": \"Bearer {SECRET}\" }}\n    }}\n  }}\n}}\n"
    )
}

#[test]
fn configurations_are_looked_at_and_no_secret_is_shown() {
    let scene = Scene::new().with("bad.py", bad("WRD201"));
    write(scene.home(".cursor/mcp.json"), config("a.example"));
    let token = scene.home(".mcp-auth/tokens.json");
    write(token.clone(), "{\"access_token\": \"never read\"}");
    for format in ["text", "json", "sarif", "github"] {
        let said = scene.scan(&["--configs", "--format", format, "-v"]);
        assert!(!format!("{said:?}").contains("ghp_01") && !said.out.contains("never read"), "{said:?}");
    }
    let said = scene.scan(&["--configs"]);
    assert_eq!(said.exit, Some(13));
    assert!(said.out.contains(".cursor/mcp.json:") && said.out.contains("***"), "{}", said.out);
    assert!(said.out.contains("tokens are kept here (not read):\n") && said.out.contains(".mcp-auth"));
    // Nothing but configurations, unless somebody names a path.
    assert!(!said.found().iter().any(|(id, _)| id == "WRD201"), "{}", said.out);
    let both = scene.scan(&["--configs", "."]);
    assert!(both.found().iter().any(|(id, _)| id == "WRD201"), "{}", both.out);
}

#[test]
fn one_file_is_one_file_by_whatever_name() {
    let scene = Scene::new();
    write(scene.home(".cursor/mcp.json"), config("a.example"));
    let alone = scene.scan(&["--configs"]).found().len();
    let home = scene.home("");
    let both = scene.scan(&["--configs", home.to_str().unwrap()]);
    assert_eq!(both.found().iter().filter(|(id, _)| id == "WRD401").count(), 1, "{}", both.out);
    assert!(!both.found().iter().any(|(id, _)| id == "WRD403") && alone > 0, "{}", both.out);
}

#[test]
fn configurations_of_a_project_are_looked_at_where_they_are_met() {
    let scene = Scene::new().with(".vscode/mcp.json", config("a.example").replace("mcpServers", "servers"));
    let said = scene.scan(&[]);
    assert_eq!(said.exit, Some(13), "{}", said.out);
    assert!(
        said.found()[0].1.starts_with(".vscode/mcp.json:") && !said.out.contains("ghp_01"),
        "{}",
        said.out
    );
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_told_and_a_home_may_be_empty_or_missing() {
    use std::{fs, os::unix::fs::PermissionsExt as _};
    let scene = Scene::new();
    assert_eq!(scene.scan(&["--configs"]).exit, Some(0));
    let path = scene.home(".cursor/mcp.json");
    write(path.clone(), config("a.example"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let closed = scene.scan(&["--configs"]).found().len();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(scene.scan(&["--configs"]).found().len(), closed + 1);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let said = scene.scan(&["--configs", "-v"]);
    assert!(said.exit == Some(0) && said.out.contains("cannot be read"), "{said:?}");
}
