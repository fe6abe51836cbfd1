//! `--fix` is stopped, or somebody else writes meanwhile: nothing is lost.
#![cfg(unix)]

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        process::ExitStatusExt as _,
    },
    process::Command,
};

use super::{
    changed::repository,
    scene::{Said, Scene, bad, write},
};

/// The real `warded scan`, as a line for a shell runs it.
fn by_shell(scene: &Scene, line: &str, arguments: &[&str]) -> Command {
    let warded = scene.command(arguments);
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).arg(warded.get_program()).args(warded.get_args());
    shell.current_dir(scene.path("")).env("HOME", scene.home(""));
    shell
}

/// The system kills whoever writes more into a file than it may: here, in the middle of the second one of three.
#[test]
fn whoever_is_killed_half_way_has_lost_nothing_and_goes_on() {
    let long = format!("{}{}", bad("WRD203"), "# and more of it\n".repeat(1_200));
    let scene = Scene::new().with("a.py", bad("WRD203")).with("b.py", &long).with("c.py", bad("WRD203"));
    let read = |name: &str| fs::read_to_string(scene.path(name)).unwrap();
    let mut command = by_shell(&scene, "ulimit -f 8; exec \"$0\" \"$@\"", &["--fix"]);
    let killed = command.output().unwrap();
    // SIGXFSZ
    assert_eq!(killed.status.signal(), Some(25), "{killed:?}");
    assert!(read("a.py").contains("require_aud"));
    assert_eq!((read("b.py"), read("c.py").as_str()), (long.clone(), bad("WRD203")));
    assert_eq!(scene.scan(&["--fix"]).exit, Some(0));
    assert!(read("b.py").contains("require_aud") && read("b.py").len() > long.len());
    assert_eq!(read("c.py"), read("a.py"));
}

/// What asks git for changes stands between reading and writing: here, it is somebody who writes.
#[test]
fn what_was_changed_since_it_was_read_stays_and_the_others_are_written() {
    let scene = repository(&[("old.py", "")]);
    scene.write("mine.py", bad("WRD203"));
    scene.write("other.py", bad("WRD203"));
    let mine = format!("{}# mine\n", bad("WRD203"));
    let git = scene.home("bin/git");
    write(
        git.clone(),
        "#!/bin/sh\nexport PATH=\"$REAL_PATH\"\n[ -e \"$HOME/once\" ] || { printf '# mine\\n' >> mine.py; : > \"$HOME/once\"; }\nexec git \"$@\"\n",
    );
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let with_git = "REAL_PATH=\"$PATH\" PATH=\"$HOME/bin:$PATH\" exec \"$0\" \"$@\"";
    let mut command = by_shell(&scene, with_git, &["--fix", "--diff", "HEAD"]);
    let said = Said::of(&command.output().unwrap());
    said.assert_error("1 of 2 files were written, and these not: ");
    assert!(said.err.contains("mine.py: it was changed since it was read"), "{}", said.err);
    assert_eq!(fs::read_to_string(scene.path("mine.py")).unwrap(), mine);
    assert!(fs::read_to_string(scene.path("other.py")).unwrap().contains("require_aud"));
}

#[test]
fn what_has_a_second_name_stays_as_it_is_under_both() {
    let scene = Scene::new().with("a.py", bad("WRD203")).with("b.py", bad("WRD203"));
    write(scene.home("other"), "");
    fs::hard_link(scene.path("a.py"), scene.home("copy.py")).unwrap();
    scene.scan(&["--fix"]).assert_error("a.py: it has another name, too (a hard link)");
    for place in [scene.path("a.py"), scene.home("copy.py")] {
        assert_eq!(fs::read_to_string(place).unwrap(), bad("WRD203"));
    }
    assert_eq!(fs::metadata(scene.path("a.py")).unwrap().nlink(), 2);
    assert!(fs::read_to_string(scene.path("b.py")).unwrap().contains("require_aud"));
}
