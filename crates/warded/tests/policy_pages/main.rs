//! What the pages on policies show is what happens: every file on them, every command, every name.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so")]

mod examples;
mod page;
#[path = "../run/mod.rs"]
mod run;

use std::fs;

use page::{Block, blocks, text, typed};
use run::{repository, warded};

const PAGES: [&str; 4] =
    ["front/policy-in-ten-minutes.md", "front/coming-from-intercept.md", "policy.md", "policy-cookbook.md"];

/// A folder as somebody has it who reads the page.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = include_str!("../../../../examples/notes-server.py");
    fs::write(folder.path().join("notes-server.py"), server).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(repository().join("examples"), folder.path().join("examples")).unwrap();
    folder
}

#[cfg(unix)]
#[test]
fn what_is_written_and_typed_from_top_to_bottom_says_what_the_pages_say() {
    let mut commands = 0;
    for name in PAGES {
        let folder = folder();
        for block in blocks(&text(name)) {
            match (&*block.language, block.file()) {
                ("yaml", Some(file)) => fs::write(folder.path().join(file), block.text()).unwrap(),
                ("yaml", None) => {}
                ("console", _) => {
                    for typed in typed(&block) {
                        typed.run(folder.path());
                        commands += 1;
                    }
                }
                ("sh", _) => is_known(&block),
                (other, _) => panic!("{name}: `{other}` is never looked at"),
            }
        }
    }
    assert!(commands >= 11, "only {commands}");
}

/// Commands that take a gateway with a store: that there are such.
fn is_known(block: &Block) {
    for line in &block.lines {
        let words = line.split(' ').skip(1).take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()));
        let words: Vec<_> = words.chain(["--help"]).collect();
        assert!(words.len() > 1 && warded(&words, b"").status.success(), "{line}");
    }
}

#[test]
fn every_policy_on_the_pages_is_one_and_every_configuration_is_fit() {
    let (mut policies, mut configurations) = (0, 0);
    for name in PAGES {
        for block in blocks(&text(name)).iter().filter(|block| block.language == "yaml") {
            let folder = folder();
            let at = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
            let is_policy = block.lines[0].starts_with("version:");
            if block.file() == Some("slip.yaml") || block.text().contains("\ntests:") {
                continue;
            }
            let output = if is_policy {
                policies += 1;
                fs::write(at("a.yaml"), block.text()).unwrap();
                let known = "policy-brackets,policy-pattern,policy-provisional";
                warded(&["policy", "check", &at("a.yaml"), "--accept", known], b"")
            } else {
                configurations += 1;
                for file in ["everywhere.yaml", "notes.yaml", "limits.yaml"] {
                    let policy = "version: \"1\"\ntools: { t: { rules: [{ name: r, action: deny }] } }\n";
                    fs::write(at(file), policy).unwrap();
                }
                fs::write(at("warded.yaml"), block.text()).unwrap();
                warded(&["check", "--config", &at("warded.yaml")], b"")
            };
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
    assert!(policies >= 13 && configurations >= 2, "{policies} {configurations}");
}

#[test]
fn every_code_that_the_pages_name_exists() {
    let mut seen = 0;
    for name in PAGES {
        let page = text(name);
        let words = page.split('`').skip(1).step_by(2).filter(|word| word.starts_with("policy-"));
        for word in words.filter(|word| !word.contains('.')) {
            assert!(warded(&["explain", word], b"").status.success(), "{name}: `{word}`");
            seen += 1;
        }
    }
    assert!(seen >= 4, "only {seen}");
}

#[test]
fn every_path_and_key_that_the_pages_name_exists() {
    let known = warded_policy::reference();
    let mut seen = 0;
    for name in PAGES {
        let page = text(name);
        for word in page.split('`').skip(1).step_by(2) {
            let scopes = ["auth.", "server.", "client.", "request.", "time."];
            if !scopes.iter().any(|scope| word.starts_with(scope)) || word.ends_with('.') {
                continue;
            }
            let is_known = known.paths.iter().any(|path| path.path == word);
            assert!(is_known || word.starts_with("auth.claims."), "{name}: `{word}`");
            seen += 1;
        }
    }
    assert!(seen >= 15, "only {seen}");
}

#[test]
fn every_difference_of_the_list_is_told_to_whoever_comes_from_intercept() {
    let page = text("front/coming-from-intercept.md");
    let list = text("reference/intercept-differences.md");
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: Vec<_> = rows.map(|row| row.split('`').next().unwrap()).collect();
    assert!(named.len() >= 20, "{named:?}");
    for difference in &named {
        assert!(page.contains(&format!("(`{difference}`)")), "{difference}");
    }
    // And none that is no more.
    let told = page.split("(`").skip(1).map(|rest| rest.split('`').next().unwrap());
    for told in told {
        assert!(named.contains(&told), "{told} is on no list");
    }
}
