//! Where do the scripts run? In a folder of their own, beside the packages that they import.

use std::{
    ffi::OsStr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{browser::Person, peer::installed};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/scripts");
/// Nothing here takes long; whoever has not ended by then hangs.
const PATIENCE: Duration = Duration::from_mins(3);

/// A folder with the scripts and the npm packages that they import.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    /// Copies the scripts to where Node finds their packages; none where those or the browser are not installed.
    pub(crate) fn set_up() -> Option<Self> {
        let packages = installed("WARDED_CLIENTS_NODE")?;
        installed("WARDED_CHROMIUM")?;
        let folder = tempfile::tempdir().unwrap();
        symlink(packages.join("node_modules"), folder.path().join("node_modules")).unwrap();
        for script in std::fs::read_dir(SCRIPTS).unwrap().map(Result::unwrap) {
            if script.file_type().unwrap().is_file() {
                std::fs::copy(script.path(), folder.path().join(script.file_name())).unwrap();
            }
        }
        Some(Self { folder })
    }

    /// A script's path.
    pub(crate) fn script(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of a script that imports other packages than the rest.
    pub(crate) fn app(&self, name: &str, packages: &Path) -> PathBuf {
        let folder = self.folder.path().join("apps");
        if !folder.exists() {
            std::fs::create_dir(&folder).unwrap();
            symlink(packages.join("node_modules"), folder.join("node_modules")).unwrap();
            for script in std::fs::read_dir(format!("{SCRIPTS}/apps")).unwrap().map(Result::unwrap) {
                if script.path().extension().is_some_and(|extension| extension == "mjs") {
                    std::fs::copy(script.path(), folder.join(script.file_name())).unwrap();
                }
            }
        }
        folder.join(name)
    }

    /// A program that a person runs: it finds their browser.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, person: &Person) -> Command {
        let browser = self.script("browser.mjs");
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .env("BROWSER", format!("node {} %s &", browser.display()))
            .env("BROWSER_SCRIPT", &browser)
            .envs(person.environment());
        command
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Waits for a program to end.
pub(crate) async fn end(mut command: Command) -> Output {
    let child = command.spawn().unwrap();
    timeout(PATIENCE, child.wait_with_output()).await.expect("the program hangs").unwrap()
}

/// The first line that a server prints: that it is ready. None where it ends without one.
pub(crate) async fn ready(server: &mut Child) -> Option<String> {
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.expect("the server is not ready").unwrap();
    // Whoever stops reading stops whoever writes.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    line
}

/// What a client told, in its one line of JSON. Fails with its complaints where it did not succeed.
pub(crate) fn told(output: &Output) -> Value {
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaints}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {complaints}"))
}
