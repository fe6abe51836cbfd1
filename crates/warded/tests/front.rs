//! The pages "Put Warded in front of …": every configuration is proved, and every code that they explain exists.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod run;

use std::{collections::BTreeMap, fs};

use run::{repository, warded};
use serde_json::Value;

/// What a page may be told about its configuration: the provider's own traps, which the page is about.
const CAUTION: &str = "provider-caution";

/// These have a test of their own, `policy_pages`.
const ON_POLICIES: [&str; 2] = ["coming-from-intercept.md", "policy-in-ten-minutes.md"];

/// The pages, by their names.
fn pages() -> BTreeMap<String, String> {
    let folder = fs::read_dir(repository().join("docs/front")).unwrap().map(Result::unwrap);
    let page = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
    };
    let issuer = fs::read_to_string(repository().join("docs/issuer.md")).unwrap();
    let mut pages: BTreeMap<_, _> = folder.map(page).chain([("../issuer.md".to_owned(), issuer)]).collect();
    for page in ON_POLICIES {
        assert!(pages.remove(page).is_some(), "{page}");
    }
    pages
}

/// The configurations of a page, without the margin of a list.
fn configurations(page: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(margin) = line.find("```yaml") else { continue };
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        let block: Vec<_> = block.map(|line| line.get(margin..).unwrap_or_default()).collect();
        blocks.push(block.join("\n"));
    }
    blocks
}

#[test]
fn every_configuration_on_the_pages_is_proved() {
    let mut seen = 0;
    for (name, page) in pages() {
        for configuration in configurations(&page) {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("warded.yaml");
            fs::write(&file, &configuration).unwrap();
            let output = warded(&["--format", "json", "check", "--config", file.to_str().unwrap()], b"");
            let said: Value = serde_json::from_slice(&output.stdout).unwrap();
            let findings = said["findings"].as_array().unwrap();
            assert!(findings.iter().all(|finding| finding["code"] == CAUTION), "{name}: {said:#}");
            assert_eq!(said["disjoint"], true, "{name}: {said:#}");
            seen += 1;
        }
    }
    assert!(seen >= 8, "only {seen}");
}

#[test]
fn every_identity_provider_has_one_that_names_it() {
    for (page, provider) in
        [("keycloak.md", "keycloak"), ("auth0.md", "auth0"), ("okta.md", "okta"), ("entra.md", "entra")]
    {
        let configurations = configurations(&pages()[page]);
        assert!(configurations[0].contains(&format!("provider: {provider}")), "{page}");
    }
}

#[test]
fn every_code_that_the_pages_explain_exists() {
    let mut seen = 0;
    for (name, page) in pages() {
        for row in page.lines().filter(|line| line.starts_with("| `")) {
            let cell = row.split('|').nth(1).unwrap();
            // Codes have hyphens; what other programs say has not.
            for code in cell.split('`').skip(1).step_by(2).filter(|code| code.contains('-')) {
                let explained = warded(&["explain", code], b"");
                assert!(explained.status.success(), "{name}: `{code}`: {explained:?}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "only {seen}");
}

#[test]
fn what_was_not_run_says_so() {
    let run = [
        "README.md",
        "connect-any-client.md",
        "inspector.md",
        "keycloak.md",
        "provider-without-resource.md",
        "scripts-and-ci.md",
        "why-was-i-refused.md",
        "../issuer.md",
    ];
    for (name, page) in pages().iter().filter(|(name, _)| !run.contains(&name.as_str())) {
        assert!(page.contains("not run here"), "{name}");
    }
}
