//! `--diff`.

use std::{fs, path::Path, process::Command};

use super::scene::{Scene, bad};

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A repository in which all of this is committed.
pub(crate) fn repository(files: &[(&str, &str)]) -> Scene {
    let scene = Scene::new();
    for (name, content) in files {
        scene.write(name, content);
    }
    git(&scene.path(""), &["init", "--quiet", "--initial-branch=main"]);
    commit(&scene);
    scene
}

fn commit(scene: &Scene) {
    git(&scene.path(""), &["add", "--all"]);
    git(&scene.path(""), &["commit", "--quiet", "--message=x"]);
}

fn found(scene: &Scene, arguments: &[&str]) -> Vec<String> {
    let found = scene.scan(arguments).found();
    found.into_iter().map(|(_, place)| place.split(':').next().unwrap().to_owned()).collect()
}

#[test]
fn only_what_was_changed_is_told() {
    let scene = repository(&[("old.py", bad("WRD201")), ("touched.py", bad("WRD201")), ("ä \"b\".py", "")]);
    assert_eq!(found(&scene, &["--diff", "HEAD"]), [""; 0]);
    assert_eq!(scene.scan(&["--diff", "HEAD"]).exit, Some(0));
    scene.write("new.py", bad("WRD201"));
    scene.write("ä \"b\".py", bad("WRD201"));
    scene.write("touched.py", bad("WRD201").replace("jwt.decode(", "jwt.decode( "));
    assert_eq!(found(&scene, &["--diff", "HEAD"]), ["new.py", "touched.py", "ä \"b\".py"]);
    let said = scene.scan(&["--diff", "HEAD"]);
    assert!(said.out.contains("not told: 1 away from what was changed"), "{}", said.out);
    // What was not touched itself is told where a changed line leads to it, and a comment leads nowhere.
    scene.write("touched.py", "# x\n".to_owned() + bad("WRD201"));
    assert_eq!(found(&scene, &["--diff", "HEAD"]), ["new.py", "ä \"b\".py"]);
    commit(&scene);
    assert_eq!(found(&scene, &["--diff", "HEAD"]), [""; 0]);
    assert_eq!(found(&scene, &["--diff", "HEAD~1"]), ["new.py", "ä \"b\".py"]);
    // From wherever it is asked, and only for what is asked.
    scene.write("sub/new.py", bad("WRD201"));
    assert_eq!(found(&scene, &["--diff", "HEAD", "sub"]), ["sub/new.py"]);
    assert_eq!(found(&scene, &["--diff", "HEAD~1", "new.py"]), ["new.py"]);
}

#[test]
fn what_others_changed_meanwhile_does_not_count() {
    let scene = repository(&[("theirs.py", bad("WRD201"))]);
    let top = scene.path("");
    git(&top, &["checkout", "--quiet", "-b", "mine"]);
    scene.write("mine.py", bad("WRD201"));
    commit(&scene);
    git(&top, &["checkout", "--quiet", "main"]);
    scene.write("theirs.py", "x = 1\n");
    commit(&scene);
    git(&top, &["checkout", "--quiet", "mine"]);
    assert_eq!(found(&scene, &["--diff", "main"]), ["mine.py"]);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let scene = Scene::new().with("a.py", "");
    scene.scan(&["--diff", "HEAD"]).assert_error("not a git repository");
    let scene = repository(&[("a.py", "")]);
    for revision in ["no-such", "HEAD..HEAD", "HEAD:a.py", "\u{1b}[31m", "^HEAD"] {
        scene.scan(&["--diff", revision]).assert_error("there is no revision `");
    }
    for revision in ["", "--output=stolen", "-h", "--"] {
        scene.scan(&["--diff", revision]).assert_error("is no revision of git");
    }
    assert!(!scene.path("stolen").exists());
    let without = scene.command(&["--diff", "HEAD"]).env("PATH", "").output().unwrap();
    super::scene::Said::of(&without).assert_error("`--diff` needs git, and there is none");
    scene.scan(&["--configs", "--diff", "HEAD"]).assert_error("needs a PATH");
}

#[test]
fn nothing_that_a_repository_says_hides_a_change_or_is_run() {
    let scene = repository(&[("a.py", ""), ("b.py", "")]);
    let top = scene.path("");
    scene.write(".gitattributes", "a.py binary diff=tool\nb.py -diff\n");
    commit(&scene);
    let ran = scene.path("ran");
    let tool = format!("touch {}", ran.display());
    for (key, value) in [
        ("diff.external", tool.as_str()),
        ("diff.tool.command", &tool),
        ("diff.tool.textconv", &tool),
        ("core.pager", &tool),
        ("core.fsmonitor", &tool),
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("diff.relative", "true"),
        ("diff.renames", "copies"),
        ("color.diff", "always"),
        ("core.quotePath", "false"),
    ] {
        git(&top, &["config", key, value]);
    }
    fs::remove_file(&ran).ok();
    scene.write("a.py", bad("WRD201"));
    scene.write("b.py", bad("WRD201"));
    assert_eq!(found(&scene, &["--diff", "HEAD"]), ["a.py", "b.py"]);
    assert!(!ran.exists());
}
