//! A folder with files, and the command at work in it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// The published policy against token mis-redemption, word for word.
pub(crate) const PUBLISHED: &str = include_str!("../../../../examples/policies/audience.yaml");

/// A limit, a budget and an approval.
pub(crate) const PAY: &str = r#"version: "1"
tools:
  search:
    rules:
      - name: five a minute
        rate_limit: 5/minute
  pay:
    rules:
      - name: budget
        conditions:
          - { path: args.amount, op: lte, value: 100 }
          - { path: state.pay.spent, op: lte, value: 250 }
        state: { counter: spent, window: day, increment_from: args.amount }
        on_deny: Too much
      - name: ask
        action: require_approval
        conditions: [{ path: args.amount, op: gt, value: 50 }]
"#;

pub(crate) struct Written(TempDir);

/// What a command said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Written {
    pub(crate) fn files(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `warded policy` in the folder.
    pub(crate) fn policy(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_warded"))
            .args(["--color", "never", "policy"])
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { out: text(output.stdout), err: text(output.stderr), code: output.status.code().unwrap() }
    }
}
