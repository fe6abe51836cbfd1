//! The second implementation: a program in Python, asked in files of lines.

use std::{ffi::OsString, fs, path::Path, process::Command};

use serde::Serialize;

use crate::case::{Answer, Case};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/intercept.py");

/// Where the second implementation can be run.
pub(crate) struct Peer(OsString);

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    case: &'a Case,
    /// In what it is to judge as Warded does.
    #[serde(rename = "as")]
    ways: &'a [&'static str],
}

impl Peer {
    /// None where there is no Python with what it needs.
    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    pub(crate) fn found() -> Option<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the peers are not part of the build: the test command installs them and says where"
        )]
        let interpreter = std::env::var_os("WARDED_POLICY_PYTHON");
        if interpreter.is_none() {
            eprintln!("SKIPPED: WARDED_POLICY_PYTHON is not set, so the second implementation is not asked");
        }
        interpreter.map(Self)
    }

    /// Its answers, in the order of the questions.
    pub(crate) fn answers(&self, round: &str, questions: &[(&Case, Vec<&'static str>)]) -> Vec<Answer> {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("differential-{round}.jsonl"));
        let lines: Vec<_> = questions
            .iter()
            .map(|(case, ways)| serde_json::to_string(&Line { case, ways }).unwrap() + "\n")
            .collect();
        fs::write(&file, lines.concat()).unwrap();
        let output = Command::new(&self.0).arg("-B").arg(PROGRAM).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answers: Vec<Answer> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(answers.len(), questions.len());
        answers
    }
}
