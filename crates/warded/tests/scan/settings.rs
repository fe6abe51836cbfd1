//! `warded-scan.toml`.

use super::scene::{Scene, bad};

fn scene() -> Scene {
    Scene::new().with("src/a.py", bad("WRD201")).with("examples/b.py", bad("WRD201"))
}

#[test]
fn a_project_says_what_it_does_not_want_to_know() {
    let scene = scene().with("warded-scan.toml", "exclude = ['/examples']");
    let found = scene.scan(&[]).found();
    assert!(found.len() == 1 && found[0].1.starts_with("src/a.py"), "{found:?}");
    assert_eq!(
        scene.scan(&["examples"]).found().len(),
        1,
        "outside a repository only the folder itself says so"
    );
    std::fs::create_dir(scene.path(".git")).unwrap();
    assert_eq!(scene.scan(&["examples"]).found(), []);
    assert_eq!(scene.scan(&["examples/b.py"]).found(), []);
    scene.write("warded-scan.toml", "[[path]]\nglob = 'examples/'\nignore = ['WRD201']");
    assert_eq!(scene.scan(&[]).found().len(), 1);
    scene.write("warded-scan.toml", "[[path]]\nglob = '*.py'\nseverity = 'note'");
    let said = scene.scan(&[]);
    assert_eq!((said.exit, said.found().len()), (Some(11), 2));
    assert!(said.out.contains("2 findings: 2 note"), "{}", said.out);
}

#[test]
fn another_file_can_be_named() {
    let scene = scene().with("etc/quiet.toml", "exclude = ['*.py']").with("warded-scan.toml", "");
    // Globs are relative to where the file lies.
    assert_eq!(scene.scan(&["--config", "etc/quiet.toml"]).found().len(), 2);
    scene.write("quiet.toml", "exclude = ['*.py']");
    assert_eq!(scene.scan(&["--config", "quiet.toml"]).exit, Some(0));
    scene.scan(&["--config", "no.toml"]).assert_error("no.toml: No such file");
    scene.scan(&["--config", "etc"]).assert_error("etc: it is no file");
}

#[test]
fn whoever_mistypes_is_told_what_was_meant() {
    let scene = scene();
    for (text, says) in [
        ("exlude = []", "warded-scan.toml: line 1: unknown field `exlude`"),
        ("exlude = []", "did you mean `exclude`?"),
        ("[[path]]\nglob = 'x'\nignore = ['WRD1O1']", "did you mean `WRD101`?"),
        ("exclude = ['a{']", "`a{` is no glob"),
        ("x\u{1b}[31m", "line 1: "),
        ("[[path]]\nglob = 'x'\nignore = [\"\\u001b[31m\"]", "\\u{1b}[31m"),
    ] {
        scene.write("warded-scan.toml", text);
        scene.scan(&[]).assert_error(says);
    }
    scene.write("warded-scan.toml", b"\xff");
    scene.scan(&[]).assert_error("warded-scan.toml: ");
    scene.write("warded-scan.toml", "#".repeat((1 << 20) + 1));
    scene.scan(&[]).assert_error("it is larger than 1048576 bytes");
}

#[test]
fn what_is_less_sure_can_be_left_out() {
    let scene = scene();
    let all = scene.scan(&[]).found().len();
    assert_eq!(scene.scan(&["--min-confidence", "low"]).found().len(), all);
    scene.write("warded-scan.toml", "min-confidence = 'high'");
    let sure = scene.scan(&[]).found().len();
    assert_eq!(scene.scan(&["--min-confidence", "high"]).found().len(), sure);
    // What is asked for holds, whatever the file says.
    assert_eq!(scene.scan(&["--min-confidence", "low"]).found().len(), all);
}

#[test]
fn some_rules_are_asked_alone() {
    let scene = scene().with("two.py", format!("{}\n{}", bad("WRD101"), bad("WRD201")));
    scene.write(".mcp.json", r#"{"mcpServers": {"a": {"url": "http://a.example/mcp"}}}"#);
    let rules = |arguments: &[&str]| {
        let found = scene.scan(arguments).found();
        found.into_iter().map(|finding| finding.0).collect::<std::collections::BTreeSet<_>>()
    };
    let all = rules(&[]);
    assert!(["WRD101", "WRD201", "WRD404"].iter().all(|id| all.contains(*id)), "{all:?}");
    let only =
        |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(rules(&["--rule", "WRD101"]), only(&["WRD101"]));
    assert_eq!(rules(&["--rule", "WRD101,wrd404"]), only(&["WRD101", "WRD404"]));
    assert_eq!(rules(&["--rule", "jwt-no-audience", "--rule", "WRD404"]), only(&["WRD201", "WRD404"]));
    scene.write("warded-scan.toml", "rules = ['WRD404']");
    assert_eq!(rules(&[]), only(&["WRD404"]));
    // What is asked for holds, whatever the file says.
    assert_eq!(rules(&["--rule", "WRD101"]), only(&["WRD101"]));
    let said = scene.scan(&[]);
    assert_eq!((said.exit, said.out.contains("asked: nothing but WRD404\n")), (Some(12), true), "{said:?}");
    let sarif = scene.scan(&["--format", "sarif"]).out;
    assert!(sarif.contains("\"id\": \"WRD404\"") && !sarif.contains("\"id\": \"WRD101\""), "{sarif}");
    // A part of what is found is no baseline.
    assert_eq!(scene.scan(&["--rule", "WRD101", "--write-baseline", "known.json"]).exit, Some(2));
    let wrong = scene.scan(&["--rule", "WRD110"]);
    assert_eq!(wrong.exit, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("did you mean `WRD101`?"), "{wrong:?}");
    assert_eq!(scene.scan(&["--rule", ""]).exit, Some(2));
}
