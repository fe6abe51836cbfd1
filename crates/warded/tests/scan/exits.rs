//! Each exit code says what it says it says.

use super::scene::{Scene, bad, good};

const PLAIN_HTTP: &str = r#"{"mcpServers": {"a": {"url": "http://a.example/mcp"}}}"#;

#[test]
fn the_exit_code_is_that_of_the_worst() {
    let scene = Scene::new().with("good.py", good("WRD201"));
    assert_eq!(scene.scan(&[]).exit, Some(0));
    scene.write("note.py", bad("WRD105"));
    assert_eq!(scene.scan(&[]).exit, Some(11));
    scene.write(".mcp.json", PLAIN_HTTP);
    assert_eq!(scene.scan(&[]).exit, Some(12));
    scene.write("high.py", bad("WRD201"));
    assert_eq!(scene.scan(&[]).exit, Some(13));
    assert_eq!(scene.scan(&["good.py", "note.py"]).exit, Some(11));
    for format in ["json", "github"] {
        assert_eq!(scene.scan(&["--format", format]).exit, Some(13), "{format}");
    }
    let sarif = scene.scan(&["--format", "sarif"]);
    assert_eq!((sarif.exit, sarif.out.is_empty()), (Some(0), false));
}

#[test]
fn nothing_to_look_at_is_no_error_and_is_told() {
    let said = Scene::new().with("README.md", "x").scan(&[]);
    assert_eq!(said.exit, Some(0));
    assert!(said.out.contains("0 files, 0 lines"), "{said:?}");
}

#[test]
fn what_is_not_there_is_an_error() {
    let scene = Scene::new().with("good.py", "");
    scene.scan(&["good.py", "no\u{1b}[31m.py"]).assert_error("no\\u{1b}[31m.py: No such file");
    scene.scan(&["--format", "sarif", "no"]).assert_error("No such file");
}

#[test]
fn a_wrong_question_is_wrong_usage() {
    let scene = Scene::new();
    for arguments in
        [&["--format", "yaml"][..], &["--min-confidence", "sure"], &["--no-such"], &["--baseline"], &[""]]
    {
        let said = scene.scan(arguments);
        assert_eq!((said.exit, said.out.is_empty()), (Some(2), true), "{said:?}");
    }
    // Only this command has these.
    let other = scene.command(&[]).args(["--format", "sarif"]).output().unwrap();
    assert_eq!(other.status.code(), Some(0));
    let mut other = std::process::Command::new(env!("CARGO_BIN_EXE_warded"));
    let output = other.args(["explain", "--format", "sarif"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    // A format is also taken where it stands before the command.
    let mut before = std::process::Command::new(env!("CARGO_BIN_EXE_warded"));
    let output = before.args(["--format", "json", "scan"]).current_dir(scene.path("")).output().unwrap();
    assert!(output.stdout.starts_with(b"{"), "{output:?}");
}
