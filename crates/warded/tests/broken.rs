//! Mistakes that people make in `warded.yaml`, and exactly what is said of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod run;

use std::{fs, path::PathBuf};

use run::{repository, warded};

fn files(directory: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(repository().join(directory)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn stem(path: &std::path::Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// What `warded check` says of a file, and how it exits.
fn check(file: &str) -> (String, i32) {
    let output = warded(&["check", file], b"");
    assert!(output.stderr.is_empty(), "{file}: {output:?}");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[test]
fn every_mistake_is_answered_with_the_line_and_the_fix() {
    let mistakes = files("examples/broken");
    assert!(mistakes.len() >= 20, "{} mistakes", mistakes.len());
    for mistake in mistakes {
        let name = stem(&mistake);
        let source = fs::read_to_string(&mistake).unwrap();
        // An empty file has no room to say what its author wanted.
        assert!(source.is_empty() || source.starts_with("# I wanted "), "{name}");
        let (said, exit) = check(&format!("examples/broken/{name}.yaml"));
        assert_ne!(exit, 0, "{name}");
        let blocks = said
            .split("\n\n")
            .filter(|block| ["error[", "warning[", "note["].iter().any(|level| block.starts_with(level)));
        assert!(blocks.clone().count() > 0, "{name} finds nothing:\n{said}");
        for block in blocks {
            assert!(block.contains("= help: "), "{name} names no fix:\n{block}");
        }
        // A name of its own, so that a new file has no snapshot until somebody has read one.
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("broken__{name}"), format!("{said}exit code {exit}\n"));
        });
    }
}

#[test]
fn every_snapshot_belongs_to_a_mistake() {
    let mistakes: Vec<_> = files("examples/broken").iter().map(|path| stem(path)).collect();
    for snapshot in files("crates/warded/tests/snapshots") {
        let snapshot = stem(&snapshot);
        if let Some(name) = snapshot.strip_prefix("broken__") {
            assert!(mistakes.iter().any(|mistake| mistake == name), "{snapshot} is left over");
        }
    }
}

#[test]
fn the_same_is_said_to_programs() {
    for mistake in files("examples/broken") {
        let name = stem(&mistake);
        let file = format!("examples/broken/{name}.yaml");
        let output = warded(&["check", &file, "--format", "json"], b"");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let (text, exit) = check(&file);
        assert_eq!(output.status.code(), Some(exit), "{name}");
        for finding in answer["findings"].as_array().unwrap() {
            let code = finding["code"].as_str().unwrap();
            assert!(text.contains(&format!("[{code}]")), "{name}: {code}");
            for help in finding["help"].as_array().unwrap() {
                assert!(text.contains(help.as_str().unwrap()), "{name}: {help}");
            }
            assert!(!finding["help"].as_array().unwrap().is_empty(), "{name}");
        }
    }
}

#[test]
fn every_good_example_is_proved() {
    let mut count = 0;
    for directory in files("examples") {
        let name = stem(&directory);
        if !directory.join("warded.yaml").exists() {
            continue;
        }
        let (said, exit) = check(&format!("examples/{name}/warded.yaml"));
        assert_eq!(exit, 0, "{name}:\n{said}");
        assert!(said.contains("no token is admitted at two servers"), "{name}");
        count += 1;
    }
    assert!(count > 0);
}
