//! Folders that somebody made to break it.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use super::scene::{Said, Scene, bad};

/// Everything here together ends within this, without optimization and beside other tests.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
#[expect(clippy::disallowed_methods, reason = "it is about how long it takes")]
fn whatever_lies_there_it_comes_to_an_end_and_the_rest_is_looked_at() {
    let scene = Scene::new()
        .with("bad.py", bad("WRD201"))
        .with("long.js", "x".repeat(10 << 20))
        .with("longest.js", format!("var a = \"{}\";", "x".repeat(3 << 20)))
        // Files without any word of interest in their code are not even parsed.
        .with("deep.js", "a = 'grant_type';\n".to_owned() + &"[".repeat(100_000))
        .with("deep.py", "a = 'grant_type'\n".to_owned() + &"(".repeat(100_000) + &")".repeat(100_000))
        .with("deep.go", "package a\nvar a = \"grant_type\"\nfunc f() {".to_owned() + &"{".repeat(100_000))
        .with("binary.ts", b"\x7fELF\0\0\0")
        .with("latin.rs", b"// \xff\xfe")
        .with("empty.java", "")
        .with("go.mod", b"\xff\0")
        .with("package.json", "{".repeat(100_000))
        .with("Cargo.toml", "[".repeat(100_000))
        .with(".mcp.json", "[".repeat(100_000))
        .with("A.cs", "class A {}")
        .with("a.cs", "class a {}");
    #[cfg(unix)]
    for (target, link) in [("loop", "loop"), (".", "self"), ("/", "root"), ("b.py", "a.py"), ("a.py", "b.py")]
    {
        std::os::unix::fs::symlink(target, scene.path(link)).unwrap();
    }
    let began = Instant::now();
    let said = scene.scan(&["-v"]);
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert_eq!(said.exit, Some(13), "{said:?}");
    assert_eq!(said.err, "");
    assert!(said.out.contains("--> bad.py:"), "{}", said.out);
    assert!(said.out.len() < 64 << 10, "{}", said.out.len());
    for name in ["long.js", "binary.ts", "latin.rs", "go.mod", "deep.js", "deep.py", "deep.go", ".mcp.json"] {
        assert!(said.out.lines().any(|line| line.starts_with(name)), "{name}: {}", said.out);
    }
    #[cfg(unix)]
    for name in ["loop", "self", "root", "a.py", "b.py"] {
        assert!(
            said.out.lines().any(|line| line.starts_with(&format!("{name} ")) && line.contains("a link")),
            "{name}: {}",
            said.out
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_are_shown_and_never_obeyed() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let scene = Scene::new().with("\u{1b}[2J\u{202e}.py", bad("WRD201")).with("-v.py", bad("WRD201"));
    let bytes = OsStr::from_bytes(b"\xff\xfe.py");
    std::fs::write(scene.path("").join(bytes), bad("WRD201")).unwrap();
    scene.write("-q/::error::\n.py", bad("WRD201"));
    let said = scene.scan(&["-v"]);
    assert_eq!((said.exit, said.found().len()), (Some(13), 4), "{said:?}");
    assert!(!said.out.contains(['\u{1b}', '\u{202e}']), "{:?}", said.out);
    for format in ["text", "json", "sarif", "github"] {
        let said = scene.scan(&["--format", format, "-v"]);
        assert_eq!(said.err, "", "{format}");
        let moves = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.out.contains(moves), "{format}: {:?}", said.out);
        assert!(said.out.matches("WRD201").count() > 3, "{format}: {}", said.out);
        // Nothing in the name of a file begins a line of its own, which would be a command for GitHub.
        let commands = said.out.lines().filter(|line| line.starts_with("::"));
        assert_eq!(commands.count(), if format == "github" { 4 } else { 0 }, "{format}: {}", said.out);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_scan_leaves_nothing_behind() {
    use std::os::unix::process::ExitStatusExt as _;
    let scene = Scene::new();
    let function = bad("WRD201").replace("def ", "def a_");
    for at in 0..400 {
        scene.write(&format!("{at}.py"), function.repeat(40));
    }
    let mut command = scene.command(&["--write-baseline", "known.json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(2), "{:?}", Said::of(&output).exit);
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let left = std::fs::read_dir(scene.path("")).unwrap();
    assert!(
        !left.map(|entry| entry.unwrap().file_name()).any(|name| name.to_string_lossy().contains("known"))
    );
}
