//! `--fix` writes what mends it, and nothing else.

use std::fs;

use super::scene::{Scene, bad};

const SECRET: &str = "4f9d2c7be01a83f65520ab";

fn config() -> String {
    format!(
        "{{\"mcpServers\": {{\"files\": {{\"url\": \"https://files.example.com/mcp\", \"headers\": {{\"Authorization\": \"Bearer {SECRET}\"}}}}}}}}\n"
    )
}

fn read(scene: &Scene, name: &str) -> String {
    fs::read_to_string(scene.path(name)).unwrap()
}

#[test]
fn safe_fixes_are_written_and_the_others_wait_to_be_asked_for() {
    let scene = Scene::new().with("safe.py", bad("WRD203")).with("value.py", bad("WRD201"));
    let said = scene.scan(&[]);
    assert!(said.out.contains("can be mended: 1 by `--fix`, 1 more by `--fix=unsafe`"), "{}", said.out);
    let said = scene.scan(&["--fix"]);
    assert!(said.out.contains("fixed 1, 1 left: 1 only with `--fix=unsafe`"), "{}", said.out);
    assert!(said.out.contains("changed: safe.py\n"), "{}", said.out);
    assert_eq!(said.exit, Some(13));
    assert!(read(&scene, "safe.py").contains("options={\"require_aud\": True}"));
    assert_eq!(read(&scene, "value.py"), bad("WRD201"));
    let said = scene.scan(&["--fix=unsafe"]);
    assert!(said.out.contains("fixed 1\nchanged: value.py\n"), "{}", said.out);
    assert_eq!(said.exit, Some(0));
    assert!(read(&scene, "value.py").contains("audience=MCP_SERVER_URL"));
    assert_eq!(scene.scan(&["--fix=unsafe"]).out.lines().next(), Some("fixed 0"));
}

#[test]
fn several_findings_of_one_file_are_mended_with_one_constant() {
    let twice = format!("{}\n{}", bad("WRD101"), bad("WRD103").replace("import requests\n", ""));
    let scene = Scene::new().with("a.py", &twice);
    let said = scene.scan(&["--fix=unsafe", "--format", "json"]);
    assert_eq!(said.exit, Some(0), "{}", said.out);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["fixed"], serde_json::json!({ "findings": 2, "files": ["a.py"], "left": {} }));
    let text = read(&scene, "a.py");
    assert_eq!(text.matches("MCP_SERVER_URL = ").count(), 1, "{text}");
    assert_eq!(text.matches("\"resource\": MCP_SERVER_URL").count(), 2, "{text}");
}

#[test]
fn the_files_of_a_package_of_go_share_a_constant() {
    let source = |name: &str| {
        format!(
            "package a\n\nimport \"golang.org/x/oauth2\"\n\nfunc {name}(config *oauth2.Config, state string) string {{\n\treturn config.AuthCodeURL(state)\n}}\n"
        )
    };
    let scene =
        Scene::new().with("go.mod", "module a\n").with("one.go", source("one")).with("two.go", source("two"));
    assert_eq!(scene.scan(&["--fix=unsafe"]).exit, Some(0));
    let both = read(&scene, "one.go") + &read(&scene, "two.go");
    assert_eq!(both.matches("const mcpServerURL").count(), 1, "{both}");
    assert_eq!(both.matches("SetAuthURLParam(\"resource\", mcpServerURL)").count(), 2, "{both}");
}

/// As whoever keeps the code does it.
fn apply(scene: &Scene, diff: &str) {
    apply_in(&scene.path(""), scene, diff, &[]);
}

fn apply_in(folder: &std::path::Path, scene: &Scene, diff: &str, arguments: &[&str]) {
    scene.write("../fixes.diff", diff);
    let mut git = std::process::Command::new("git");
    git.args(["apply", "--whitespace=nowarn"]).args(arguments).arg(scene.path("../fixes.diff"));
    let applied = git.current_dir(folder).output().unwrap();
    assert!(applied.status.success(), "{applied:?}\n{diff}");
}

#[test]
fn a_dry_run_is_a_diff_that_applies_and_writes_nothing() {
    let windows = bad("WRD101").replace('\n', "\r\n");
    let scene = Scene::new().with("src/a b.py", bad("WRD201")).with("windows.py", &windows);
    let said = scene.scan(&["--fix=unsafe", "--dry-run"]);
    assert_eq!(said.exit, Some(13));
    assert_eq!(said.err, "would fix 2\nwould change: src/a b.py\nwould change: windows.py\n");
    assert_eq!((read(&scene, "src/a b.py").as_str(), read(&scene, "windows.py")), (bad("WRD201"), windows));
    apply(&scene, &said.out);
    assert_eq!(scene.scan(&[]).exit, Some(0));
    assert!(read(&scene, "windows.py").contains("\"resource\": MCP_SERVER_URL}\r\n"));
}

#[test]
fn no_secret_stands_in_a_diff_and_it_is_gone_from_the_file() {
    let scene = Scene::new().with(".cursor/mcp.json", config());
    for arguments in [&["--fix", "--dry-run"][..], &["--format", "json"], &["--fix"]] {
        let said = scene.scan(arguments);
        assert!(!said.out.contains(SECRET) && !said.err.contains(SECRET), "{said:?}");
    }
    let text = read(&scene, ".cursor/mcp.json");
    assert_eq!(text, config().replace(SECRET, "${env:FILES_TOKEN}"));
}

#[test]
fn what_is_left_out_is_not_touched() {
    let scene = Scene::new().with("old.py", bad("WRD201"));
    assert_eq!(scene.scan(&["--write-baseline", "known.json"]).exit, Some(0));
    scene.write("new.py", bad("WRD201"));
    scene.write(
        "said.py",
        bad("WRD201").replace("\"RS256\"])", "\"RS256\"])  # warded: ignore[WRD201] one server"),
    );
    let said = scene.scan(&["--fix=unsafe", "--baseline", "known.json"]);
    assert_eq!(said.exit, Some(0), "{said:?}");
    assert_eq!(read(&scene, "old.py"), bad("WRD201"));
    assert!(!read(&scene, "said.py").contains("MCP_SERVER_URL"));
    assert!(read(&scene, "new.py").contains("MCP_SERVER_URL"));
}

#[test]
fn wrong_questions_are_told_apart() {
    let scene = Scene::new().with("a.py", bad("WRD201"));
    for arguments in [&["--dry-run"][..], &["--fix", "--write-baseline", "b.json"], &["--fix=all"]] {
        assert_eq!(scene.scan(arguments).exit, Some(2), "{arguments:?}");
    }
    scene.scan(&["--fix", "--dry-run", "--format", "sarif"]).assert_error("`--dry-run` answers with a diff");
    assert_eq!(read(&scene, "a.py"), bad("WRD201"));
}

#[cfg(unix)]
#[test]
fn modes_stay_and_who_may_read_a_secret_is_mended() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new().with("a.py", bad("WRD203"));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(scene.path("a.py"), fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(scene.scan(&["--fix"]).exit, Some(0));
    assert_eq!(mode(&scene.path("a.py")), 0o750);
    assert_eq!(fs::read_dir(scene.path("")).unwrap().count(), 1);
    // Its client does not read variables there, so the secret stays.
    let place = scene.home(".config/Claude/claude_desktop_config.json");
    let text = format!(
        "{{\"mcpServers\": {{\"files\": {{\"command\": \"npx\", \"args\": [\"mcp-remote@0.1.29\", \"https://files.example.com/mcp\", \"--header\", \"Authorization: Bearer {SECRET}\"]}}}}}}\n"
    );
    super::scene::write(place.clone(), &text);
    fs::set_permissions(&place, fs::Permissions::from_mode(0o644)).unwrap();
    if cfg!(target_os = "linux") {
        let said = scene.scan(&["--configs", "--fix"]);
        assert!(said.out.contains("fixed 1, 1 left: 1 without a fix"), "{said:?}");
        assert_eq!((mode(&place), fs::read_to_string(&place).unwrap()), (0o600, text));
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let scene = Scene::new();
    super::scene::write(scene.home("elsewhere.json"), config());
    fs::create_dir_all(scene.home(".cursor")).unwrap();
    std::os::unix::fs::symlink(scene.home("elsewhere.json"), scene.home(".cursor/mcp.json")).unwrap();
    scene.scan(&["--configs", "--fix"]).assert_error("it is a link");
    assert_eq!(fs::read_to_string(scene.home("elsewhere.json")).unwrap(), config());
}

/// What stands in a file or in its name moves no terminal, and the diff applies all the same.
#[cfg(unix)]
#[test]
fn a_diff_applies_to_files_that_are_not_plain() {
    let marked = format!("\u{feff}{}", bad("WRD203"));
    let lone = format!("# a\rb\n\n\n\n\n{}", bad("WRD203"));
    let scene = Scene::new().with("marked.py", &marked).with("lone.py", &lone);
    let scene = scene.with("t\ta\u{1b}[31m\"b.py", bad("WRD203")).with("umlaut-ä.py", bad("WRD203"));
    let said = scene.scan(&["--fix", "--dry-run"]);
    assert!(
        !said.out.contains('\u{1b}') && said.out.contains("\"a/t\\011a\\033[31m\\\"b.py\""),
        "{}",
        said.out
    );
    apply(&scene, &said.out);
    assert_eq!(scene.scan(&[]).exit, Some(0));
    assert!(read(&scene, "marked.py").starts_with('\u{feff}'));
}

#[test]
fn a_diff_of_files_elsewhere_says_where_it_applies() {
    let scene = Scene::new().with("here.py", "").with("../other/a.py", bad("WRD203"));
    scene.write("../other/deep/b.py", bad("WRD203"));
    let other = fs::canonicalize(scene.path("../other")).unwrap();
    // By a way that leads up, from the top of the file system, and beside what lies here.
    for path in ["../other", other.to_str().unwrap()] {
        let said = scene.scan(&[path, "--fix", "--dry-run"]);
        let told = format!("# to be applied in {}\n--- a/a.py\n+++ b/a.py\n", other.display());
        assert!(said.out.starts_with(&told) && said.out.contains("--- a/deep/b.py\n"), "{}", said.out);
        assert!(!said.out.contains(".."), "{}", said.out);
    }
    scene.write("here.py", bad("WRD203"));
    let said = scene.scan(&["../other/a.py", ".", "--fix", "--dry-run"]);
    assert!(
        said.out.contains("--- a/other/a.py\n") && said.out.contains("--- a/project/here.py\n"),
        "{}",
        said.out
    );
    apply_in(other.parent().unwrap(), &scene, &said.out, &[]);
    scene.write("../other/deep/b.py", bad("WRD203"));
    // The top of their repository, where there is one.
    fs::create_dir(other.join(".git")).unwrap();
    let said = scene.scan(&["../other/deep", "--fix", "--dry-run"]);
    assert!(
        said.out.starts_with(&format!("# to be applied in {}\n--- a/deep/b.py\n", other.display())),
        "{}",
        said.out
    );
    fs::remove_dir(other.join(".git")).unwrap();
    apply_in(&other, &scene, &said.out, &[]);
    assert_eq!(scene.scan(&["../other"]).exit, Some(0));
}

/// No path of a diff may lead through a link.
#[cfg(unix)]
#[test]
fn a_diff_names_files_by_where_they_lie() {
    let scene = Scene::new().with("real/a.py", bad("WRD203"));
    std::os::unix::fs::symlink("real", scene.path("link")).unwrap();
    let said = scene.scan(&["link", "--fix", "--dry-run"]);
    assert!(said.out.starts_with("--- a/real/a.py\n"), "{}", said.out);
    apply(&scene, &said.out);
}

#[test]
fn a_literal_secret_in_code_is_never_shown() {
    let line = format!("CLIENT = Client(client_secret=\"{SECRET}\")");
    let near = bad("WRD203").replacen("\ndef", &format!("\n{line}\ndef"), 1);
    let far = format!("{line}\n{}{}", "#\n".repeat(20), bad("WRD203"));
    let inside = bad("WRD203").replacen("KEY", &format!("\"{SECRET}\""), 1);
    assert!(inside.contains(SECRET));
    let scene = Scene::new().with("near.py", &near).with("far.py", &far).with("inside.py", &inside);
    for arguments in [
        &["--fix", "--dry-run"][..],
        &["-v"],
        &["--format", "json"],
        &["--format", "sarif"],
        &["--format", "github"],
    ] {
        let said = scene.scan(arguments);
        assert!(!said.out.contains(SECRET) && !said.err.contains(SECRET), "{said:?}");
    }
    let said = scene.scan(&["--fix", "--dry-run"]);
    for (file, is_told) in [("near.py", true), ("inside.py", true), ("far.py", false)] {
        let told = format!("# {file}: secrets are blanked, so this part is to be read, and does not apply\n");
        assert_eq!(said.out.contains(&told), is_told, "{}", said.out);
    }
    // The others apply without it, and all are written.
    apply_in(&scene.path(""), &scene, &said.out, &["--exclude=near.py", "--exclude=inside.py"]);
    assert!(read(&scene, "far.py").contains("require_aud"));
    assert_eq!(scene.scan(&["--fix"]).exit, Some(0));
    for name in ["near.py", "far.py", "inside.py"] {
        assert!(read(&scene, name).contains(SECRET) && read(&scene, name).contains("require_aud"), "{name}");
    }
}
