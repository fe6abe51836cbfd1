//! A folder with a configuration, and the command at work in it.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;
use warded_store::sqlite::Sqlite;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) const CONFIG: &str = "
public_url: https://mcp.example.com
servers:
  notes:
    upstream: http://127.0.0.1:3001/mcp
    tier: internal
    scopes: { required: [\"notes:read\"], tools: { delete_note: [\"notes:write\"] } }
  search: { upstream: \"http://127.0.0.1:3002/mcp\" }
  files: { upstream: \"http://127.0.0.1:3003/mcp\", issuers: [corp] }
resources:
  billing: { resource: https://billing.example.com/mcp, issuers: [staff], tier: internal, scopes: { known: [pay] } }
logins:
  corp: { url: https://login.example.com/realms/corp, client_id: warded, client_secret: env:WARDED_TEST_CORP }
issuers:
  staff: { built_in: { tiers: [internal] } }
  default: { built_in: { tiers: [default] } }
  corp: { url: https://login.example.com }
";

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("warded.yaml"), CONFIG).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_warded"))
            .args(["--color", "never"])
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who asks for no password may be gone before it is written.
        child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).ok();
        child.wait_with_output().unwrap()
    }

    /// What a command says to people.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says to programs.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.says(&[&["--format", "json"], arguments].concat());
        serde_json::from_str(&text).unwrap()
    }

    /// What a command that fails says.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The changes that are on record, the latest last.
    pub(crate) fn acts(&self) -> Vec<Value> {
        let text = self.says(&["--format", "json", "--quiet", "audit", "list", "--event", "act"]);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) async fn store(&self) -> Sqlite {
        Sqlite::open(self.path("warded.db")).await.unwrap()
    }
}
