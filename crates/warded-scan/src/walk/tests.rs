use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Walked, walk};
use crate::{finding::Why, settings::Settings};

/// A folder with these files in it.
fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// What is found beneath parts of a folder, with the names shown without the folder's own.
fn found(folder: &TempDir, roots: &[&str], settings: &Settings) -> Walked {
    let roots: Vec<PathBuf> = roots.iter().map(|root| folder.path().join(root)).collect();
    walk(&roots, settings).unwrap()
}

fn beneath(folder: &TempDir, path: &Path) -> String {
    path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned()
}

fn sources(folder: &TempDir, roots: &[&str]) -> Vec<String> {
    let walked = found(folder, roots, &Settings::default());
    walked.sources.iter().map(|(path, _)| beneath(folder, path)).collect()
}

fn unseen(folder: &TempDir) -> Vec<(String, Why)> {
    let walked = found(folder, &[""], &Settings::default());
    walked.unseen.iter().map(|unseen| (beneath(folder, &unseen.path), unseen.why)).collect()
}

#[test]
fn code_and_manifests_and_configurations_are_found() {
    let folder = tree(&[
        ("b.py", b"x = 1"),
        ("a/c.ts", b""),
        ("a/dist/d.js", b""),
        ("go.mod", b"module x"),
        ("requirements-dev.txt", b""),
        ("README.md", b""),
        ("notes.txt", b""),
        (".hidden.py", b""),
        (".github/x.py", b""),
        (".mcp.json", b"{}"),
        (".cursor/mcp.json", b"{}"),
        (".cursor/package.json", b"{}"),
    ]);
    assert_eq!(sources(&folder, &[""]), ["a/c.ts", "a/dist/d.js", "b.py", "go.mod", "requirements-dev.txt"]);
    let walked = found(&folder, &[""], &Settings::default());
    let configs: Vec<_> =
        walked.configs.iter().map(|file| beneath(&folder, Path::new(&*file.path))).collect();
    assert_eq!(configs, [".cursor/mcp.json", ".mcp.json"]);
    assert_eq!(walked.places.len(), 7);
    assert!(walked.unseen.is_empty() && walked.left_out.is_empty());
    // Whoever names it means it, and it is that file alone.
    assert_eq!(sources(&folder, &[".hidden.py"]), [".hidden.py"]);
    assert_eq!(sources(&folder, &[".github"]), [".github/x.py"]);
    assert_eq!(sources(&folder, &["README.md"]), [""; 0]);
}

#[test]
fn code_of_others_is_left_out_unless_a_path_leads_there() {
    let folder = tree(&[
        ("a.py", b""),
        ("node_modules/x/index.js", b""),
        ("node_modules/x/node_modules/y/index.js", b""),
        ("app/vendor/v.go", b""),
        ("vendor.py", b""),
    ]);
    assert_eq!(sources(&folder, &[""]), ["a.py", "vendor.py"]);
    let left_out = found(&folder, &[""], &Settings::default()).left_out;
    let left_out: Vec<_> = left_out.iter().map(|path| beneath(&folder, path)).collect();
    assert_eq!(left_out, ["app/vendor", "node_modules"]);
    assert_eq!(sources(&folder, &["node_modules"]), ["node_modules/x/index.js"]);
    assert_eq!(sources(&folder, &["app/vendor"]), ["app/vendor/v.go"]);
}

#[test]
fn what_git_ignores_is_left_out_in_a_repository() {
    let files: &[(&str, &[u8])] = &[
        ("a.py", b""),
        ("gen/b.py", b""),
        ("sub/c.py", b""),
        ("sub/d.py", b""),
        (".gitignore", b"gen/\n"),
        ("sub/.gitignore", b"c.py\n"),
        (".git/info/exclude", b"a.py\n"),
        (".ignore", b"a.py\n"),
    ];
    let folder = tree(files);
    assert_eq!(sources(&folder, &[""]), ["a.py", "sub/d.py"]);
    assert_eq!(sources(&folder, &["gen"]), ["gen/b.py"]);
    assert_eq!(sources(&folder, &["gen/b.py", "sub"]), ["gen/b.py", "sub/d.py"]);
    // What was unpacked somewhere is no repository, and all of it is looked at.
    let folder = tree(&files[..6]);
    assert_eq!(sources(&folder, &[""]), ["a.py", "gen/b.py", "sub/c.py", "sub/d.py"]);
}

#[test]
fn settings_leave_out_what_they_say_also_where_it_is_named() {
    let folder = tree(&[("a.py", b""), ("tests/b.py", b""), ("x/tests/c.py", b"")]);
    let top = fs::canonicalize(folder.path()).unwrap();
    let settings = Settings::read("exclude = ['tests/']", &top).unwrap();
    let walked = found(&folder, &["", "tests/b.py"], &settings);
    let names: Vec<_> = walked.sources.iter().map(|(path, _)| beneath(&folder, path)).collect();
    assert_eq!(names, ["a.py"]);
    let left_out: Vec<_> = walked.left_out.iter().map(|path| beneath(&folder, path)).collect();
    assert_eq!(left_out, ["tests", "tests/b.py", "x/tests"]);
}

#[test]
fn each_file_is_found_once_by_the_first_name() {
    let folder = tree(&[("a/b.py", b""), ("c.py", b"")]);
    assert_eq!(sources(&folder, &["a", "", "a/b.py", "./a/../c.py"]), ["a/b.py", "c.py"]);
    assert_eq!(sources(&folder, &["a/../c.py", "c.py"]), ["a/../c.py"]);
    assert!(found(&folder, &["a", ""], &Settings::default()).left_out.is_empty());
}

#[test]
fn what_is_not_there_is_an_error() {
    let folder = tree(&[]);
    let error =
        walk(&[folder.path().to_owned(), folder.path().join("no")], &Settings::default()).unwrap_err();
    assert_eq!(error.path, folder.path().join("no"));
    assert!(error.to_string().contains("No such file") || cfg!(windows), "{error}");
    assert!(walk(&[PathBuf::new()], &Settings::default()).is_err());
    assert!(walk(&[], &Settings::default()).unwrap().sources.is_empty());
}

#[test]
fn what_cannot_be_read_is_told() {
    let large = vec![b' '; (4 << 20) + 1];
    let folder = tree(&[
        ("binary.py", b"a\0b"),
        ("image.png", b"\x89PNG\0"),
        ("latin.py", b"# \xe4"),
        ("large.js", &large),
        ("most.js", &large[1..]),
        ("wide.ts", b"\xff\xfea\0"),
    ]);
    let expected = [
        ("binary.py", Why::Binary),
        ("large.js", Why::Large),
        ("latin.py", Why::Binary),
        ("wide.ts", Why::Binary),
    ];
    assert_eq!(unseen(&folder), expected.map(|(path, why)| (path.to_owned(), why)));
    assert_eq!(sources(&folder, &[""]), ["most.js"]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_those_that_matter_are_told() {
    use std::os::unix::fs::symlink;
    let elsewhere = tree(&[("far.py", b""), ("far.md", b""), ("inner/x.py", b"")]);
    let folder = tree(&[("a/b.py", b"")]);
    let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).unwrap();
    link(Path::new("b.py"), "a/same.py");
    link(Path::new(".."), "a/up");
    link(Path::new("circle"), "circle");
    link(Path::new("nowhere.py"), "dangling.py");
    link(&elsewhere.path().join("far.py"), "far.py");
    link(&elsewhere.path().join("far.md"), "far.md");
    link(&elsewhere.path().join("inner"), "inner");
    let links = ["a/up", "circle", "dangling.py", "far.py", "inner"];
    assert_eq!(unseen(&folder), links.map(|path| (path.to_owned(), Why::Link)));
    assert_eq!(sources(&folder, &[""]), ["a/b.py"]);
    // A link that is named is followed.
    assert_eq!(sources(&folder, &["inner", "far.py"]), ["far.py", "inner/x.py"]);
}

#[cfg(unix)]
#[test]
fn nobody_waits_for_a_pipe() {
    let folder = tree(&[("a.py", b"")]);
    let pipe = folder.path().join("pipe.py");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    assert_eq!(unseen(&folder), [("pipe.py".to_owned(), Why::Unreadable)]);
    let error = walk(&[pipe], &Settings::default()).unwrap_err();
    assert!(error.to_string().ends_with("it is neither a folder nor a file"));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_differ_in_case_only_are_files_of_their_own() {
    let folder = tree(&[("a.py", b"1"), ("A.py", b"2"), ("A.PY", b"3"), ("b/x.py", b"4"), ("B/x.py", b"5")]);
    assert_eq!(sources(&folder, &[""]), ["A.py", "B/x.py", "a.py", "b/x.py"]);
    assert!(unseen(&folder).is_empty());
}
