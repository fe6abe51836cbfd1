//! What `warded probe` says of two servers, word for word, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod run;
#[expect(dead_code, reason = "the tests of the probe itself need more of it")]
#[path = "../../warded-probe/tests/server/mod.rs"]
mod server;

use std::{fs, process::Output};

use serde_json::{Value, json};
use server::{Defect, Server, key, token};
use tempfile::TempDir;

/// Two servers, and files with the tokens for them.
struct Stage {
    a: Server,
    b: Server,
    tokens: [String; 2],
    directory: TempDir,
}

impl Stage {
    async fn of(defect_a: Option<Defect>, defect_b: Option<Defect>) -> Self {
        let key = key();
        let (a, b) = (Server::start(&key, defect_a).await, Server::start(&key, defect_b).await);
        let tokens = [&a.url, &b.url].map(|url| token(&key, "at+jwt", &json!(url)));
        let directory = tempfile::tempdir().unwrap();
        for (name, token) in ["a", "b"].iter().zip(&tokens) {
            fs::write(directory.path().join(name), format!("{token}\n")).unwrap();
        }
        Self { a, b, tokens, directory }
    }

    /// Runs the probe with these arguments more.
    fn probed(&self, more: &[&str], input: &str) -> Output {
        let file = |name: &str| self.directory.path().join(name).to_str().unwrap().to_owned();
        let (token_a, token_b) = (file("a"), file("b"));
        let mut arguments = vec!["probe", "--a", &self.a.url, "--b", &self.b.url, "--rate", "1000"];
        if !more.contains(&"--token-a") {
            arguments.extend(["--token-a", &token_a]);
        }
        if !more.contains(&"--token-b") {
            arguments.extend(["--token-b", &token_b]);
        }
        arguments.extend(more);
        let output = tokio::task::block_in_place(|| run::warded(&arguments, input.as_bytes()));
        let said = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap();
        for token in &self.tokens {
            for part in token.as_bytes().windows(16) {
                let part = std::str::from_utf8(part).unwrap();
                assert!(!said.contains(part), "the answer says {part}");
            }
        }
        output
    }

    /// What was said, with the ports of this run made those of every run.
    fn said(&self, output: &Output) -> String {
        let port = |url: &str| url.split([':', '/']).nth(4).unwrap().to_owned();
        let (a, b) = (port(&self.a.url), port(&self.b.url));
        std::str::from_utf8(&output.stdout)
            .unwrap()
            .replace(&a, &"A".repeat(a.len()))
            .replace(&b, &"B".repeat(b.len()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_good_servers() {
    let stage = Stage::of(None, None).await;
    let output = stage.probed(&[], "");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
    insta::assert_snapshot!(stage.said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_compares_no_audience() {
    let stage = Stage::of(Some(Defect::AnyAudience), None).await;
    let output = stage.probed(&[], "");
    assert_eq!(output.status.code(), Some(14), "{output:?}");
    insta::assert_snapshot!(stage.said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_looks_only_where_there_is_a_revision_as_json() {
    let stage = Stage::of(None, Some(Defect::RevisionDecides)).await;
    let output = stage.probed(&["--format", "json"], "");
    assert_eq!(output.status.code(), Some(14), "{output:?}");
    let answer: Value = serde_json::from_str(&stage.said(&output)).unwrap();
    let failed: Vec<_> =
        answer["cases"].as_array().unwrap().iter().filter(|case| case["verdict"] == "fail").collect();
    insta::assert_snapshot!(format!(
        "{:#}",
        json!({
            "servers": answer["servers"],
            "conclusive": answer["conclusive"],
            "worst": answer["worst"],
            "failed": failed,
            "cases": answer["cases"].as_array().unwrap().len(),
        })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_is_that_of_the_worst_failure() {
    for (defect, exit) in [
        (Defect::ExactScheme, 11),
        (Defect::LastHeader, 12),
        (Defect::QueryToken, 13),
        (Defect::UnsignedAccepted, 14),
        (Defect::Falls, 1),
        (Defect::RefusesAll, 1),
    ] {
        let stage = Stage::of(Some(defect), None).await;
        let output = stage.probed(&["--quiet"], "");
        assert_eq!(output.status.code(), Some(exit), "{defect:?}: {output:?}");
        assert!(!output.stdout.is_empty(), "{defect:?}: it says what it found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_quiet_says_only_what_was_found() {
    let stage = Stage::of(None, None).await;
    let output = stage.probed(&["--quiet"], "");
    assert_eq!((output.status.code(), output.stdout.len(), output.stderr.len()), (Some(0), 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_may_come_from_standard_input() {
    let stage = Stage::of(None, None).await;
    let input = stage.tokens[0].clone();
    let output = stage.probed(&["--token-a", "-", "--quiet"], &input);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = stage.probed(&["--token-a", "-", "--token-b", "-"], &input);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    insta::assert_snapshot!(
        String::from_utf8(output.stderr).unwrap(),
        @"error: standard input holds one token only: put the others into files"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_and_passes_nothing() {
    let stage = Stage::of(None, None).await;
    // Nobody listens on a port that was just given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let there = format!("http://{free}/mcp");
    let (token_a, token_b) = (stage.directory.path().join("a"), stage.directory.path().join("b"));
    let arguments = [
        "probe",
        "--rate",
        "1000",
        "--a",
        &stage.a.url,
        "--token-a",
        token_a.to_str().unwrap(),
        "--b",
        &there,
        "--token-b",
        token_b.to_str().unwrap(),
        "--quiet",
    ];
    let output = tokio::task::block_in_place(|| run::warded(&arguments, b""));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("Nothing can be said about B: no connection: connection refused"), "{said}");
}
