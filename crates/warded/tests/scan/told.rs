//! What people are told.

use std::fs;

use super::scene::{Scene, bad, good};

#[test]
fn a_finding_is_shown_with_its_lines_and_a_summary() {
    let scene = Scene::new().with("src/bad.py", bad("WRD201")).with("src/good.py", good("WRD201"));
    let said = scene.scan(&[]);
    assert_eq!(said.err, "");
    assert_eq!(said.found().len(), 1, "{}", said.out);
    let (id, place) = &said.found()[0];
    assert!(id == "WRD201" && place.starts_with("src/bad.py:"), "{}", said.out);
    for part in ["1 finding: 1 high", "2 files, ", "`warded explain WRD201`"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let summary = said.out.rsplit("\n\n").next().unwrap();
    assert!(summary.lines().count() <= 8, "{summary}");
    let quiet = scene.scan(&["--quiet"]);
    assert!(said.out.starts_with(quiet.out.trim_end()), "{}", quiet.out);
    assert!(!quiet.out.contains("2 files"));
    // The same once more, but for the time.
    assert_eq!(scene.scan(&["--quiet"]).out, quiet.out);
    assert_eq!(scene.scan(&["src/good.py", "--quiet"]).out, "");
}

#[test]
fn a_file_is_called_as_it_was_asked_for_and_told_once() {
    let scene = Scene::new().with("a/bad.py", bad("WRD201"));
    let place = |arguments: &[&str]| {
        let found = scene.scan(arguments).found();
        assert_eq!(found.len(), 1, "{arguments:?}");
        found[0].1.rsplitn(3, ':').last().unwrap().to_owned()
    };
    assert_eq!(place(&[]), "a/bad.py");
    assert_eq!(place(&["./a", ".", "a/bad.py"]), "a/bad.py");
    assert_eq!(place(&["a/../a/bad.py"]), "a/../a/bad.py");
    let whole = scene.path("a/bad.py");
    assert_eq!(place(&[whole.to_str().unwrap()]), whole.to_str().unwrap());
}

#[test]
fn what_was_not_looked_at_is_counted_and_listed() {
    let scene = Scene::new().with("latin.py", b"# \xe4").with("broken.py", "grant_type\ndef f(:\n  x = (\n");
    scene.write("vendor/v.py", "");
    let said = scene.scan(&[]);
    assert!(said.out.contains("(-v lists them)\nleft out: 1 (-v lists them)"), "{}", said.out);
    let said = scene.scan(&["-v"]);
    assert!(said.out.contains("latin.py") && said.out.contains("no text in UTF-8"), "{}", said.out);
    assert!(said.out.contains("broken.py:") && said.out.contains("broken syntax"), "{}", said.out);
    assert!(said.out.contains("Left out\nvendor\n"), "{}", said.out);
}

#[test]
fn comments_leave_findings_out_and_answer_for_themselves() {
    let scene = Scene::new();
    let ids = |arguments: &[&str]| {
        let found = scene.scan(arguments).found();
        found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    let ignored =
        |wish: &str| bad("WRD201").replace("    return jwt", &format!("    # {wish}\n    return jwt"));
    assert_ne!(ignored("x"), bad("WRD201"));
    scene.write("a.py", ignored("warded: ignore[WRD201] the gateway looks at it"));
    assert_eq!(scene.scan(&[]).exit, Some(0));
    scene.write("a.py", ignored("warded:  ignore[WRD201]"));
    assert_eq!((scene.scan(&[]).exit, ids(&[])), (Some(11), vec!["WRD902".to_owned()]));
    scene.write("a.py", ignored("nosem"));
    assert_eq!((ids(&[]), ids(&["--nosem"])), (vec!["WRD201".to_owned()], Vec::new()));
    // Nothing is found there, so it is not read for anything else.
    scene.write("a.py", "x = 1  # warded: ignore[WRD201] no\n");
    assert_eq!(ids(&[]), ["WRD901"]);
}

#[test]
fn a_baseline_knows_what_was_moved() {
    let scene = Scene::new().with("a.py", bad("WRD201"));
    scene.scan(&["--write-baseline", "known.json"]);
    scene.write("a.py", format!("# one\n# two\n{}", bad("WRD201")));
    assert_eq!(scene.scan(&["--baseline", "known.json"]).exit, Some(0));
}

#[test]
fn what_is_known_is_not_told_again() {
    let scene = Scene::new().with("old.py", bad("WRD201"));
    let said = scene.scan(&["--write-baseline", "known.json"]);
    assert_eq!(said.exit, Some(0));
    assert!(said.out.starts_with("nothing found\nnot told: 1 in the baseline\n"), "{}", said.out);
    let known = fs::read(scene.path("known.json")).unwrap();
    assert_eq!(scene.scan(&["--baseline", "known.json"]).exit, Some(0));
    scene.write("new.py", bad("WRD201"));
    let said = scene.scan(&["--baseline", "known.json"]);
    assert_eq!((said.exit, said.found().len()), (Some(13), 1));
    assert!(said.out.contains("--> new.py:") && said.out.contains("not told: 1 in the baseline"));
    // Who writes it anew has all of it in there.
    scene.scan(&["--baseline", "known.json", "--write-baseline", "known.json"]);
    assert_eq!(scene.scan(&["--baseline", "known.json"]).exit, Some(0));
    assert_ne!(fs::read(scene.path("known.json")).unwrap(), known);
}

#[test]
fn a_baseline_that_is_none_is_an_error() {
    let scene =
        Scene::new().with("broken.json", "[1").with("latin.json", b"\xe4").with("old.py", bad("WRD201"));
    scene.scan(&["--baseline", "no.json"]).assert_error("no.json: No such file");
    scene.scan(&["--baseline", "broken.json"]).assert_error("broken.json: ");
    scene.scan(&["--baseline", "latin.json"]).assert_error("latin.json: ");
    scene.scan(&["--baseline", "."]).assert_error(".: ");
    scene.scan(&["--write-baseline", "no/such/known.json"]).assert_error("no/such/known.json: ");
}

#[test]
fn a_rule_is_explained_with_what_it_looks_like() {
    let explain = |code: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warded"));
        command.args(["--color", "never", "explain", code]).output().unwrap()
    };
    for code in ["WRD201", "wrd201"] {
        let output = explain(code);
        let said = String::from_utf8(output.stdout).unwrap();
        for part in [
            "WRD201 ",
            "Why it matters",
            "What to do",
            "Stands on",
            "CWE-287",
            "What it looks like",
            "What is right",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    let output = explain("WRD2O1");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("did you mean `WRD"));
}
