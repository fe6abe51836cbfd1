//! What is on the machine of somebody who uses Warded for the first time? A home without a token, the program where a
//! shell finds it, and the browser that the system opens. Nothing else of the environment of these tests.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    process::{Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    bench::{end, told},
    browser::Person,
    peer::installed,
    scene::{SERVER, Scene, TEXT},
};

/// What the pages call the server that a scene has.
pub(crate) const ITS_URL: &str = "https://mcp.example.com/notes/mcp";

/// A program that starts servers which are commands.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) key: &'static str,
}

/// A new user, at their machine.
pub(crate) struct Newcomer<'s> {
    scene: &'s Scene,
    home: TempDir,
}

impl<'s> Newcomer<'s> {
    pub(crate) fn to(scene: &'s Scene) -> Self {
        let home = tempfile::tempdir().unwrap();
        let programs = home.path().join("bin");
        fs::create_dir(&programs).unwrap();
        symlink(env!("CARGO_BIN_EXE_warded"), programs.join("warded")).unwrap();
        let browser = opener(scene, &scene.person);
        // Linux, macOS.
        for name in ["xdg-open", "open"] {
            let path = programs.join(name);
            fs::write(&path, &browser).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { scene, home }
    }

    /// A program with nothing around it but this home.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let home = self.home.path();
        let mut path = home.join("bin").into_os_string();
        path.push(":");
        path.push(path_of_these_tests());
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs([("USER", "ada"), ("LOGNAME", "ada"), ("LANG", "C.UTF-8"), ("TERM", "xterm-256color")])
            .env("HOME", home)
            .env("PATH", path)
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// What somebody types, with the URL of the pages in it.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let mut shell = self.command("sh");
        shell.args(["-c", &self.here(line)]);
        shell
    }

    /// The same, until it ends.
    pub(crate) async fn types(&self, line: &str) -> Output {
        end(self.shell(line)).await
    }

    /// Writes a configuration of the pages to where a program reads it, and starts the program; a tool is called.
    pub(crate) async fn starts(&self, program: &Program, configuration: &str) -> Value {
        let file = self.home.path().join(program.file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, self.here(configuration)).unwrap();
        let mut client = self.command("node");
        client.arg(self.scene.bench.script("first-time.mjs"));
        client.args([program.name, program.file, program.key, "note", &json!({ "text": TEXT }).to_string()]);
        told(&end(client).await)
    }

    fn here(&self, text: &str) -> String {
        text.replace(ITS_URL, &self.scene.gateway.url(SERVER))
    }
}

/// What shows a page to the person.
fn opener(scene: &Scene, person: &Person) -> String {
    let browser = scene.bench.script("browser.mjs");
    let mut script = "#!/bin/sh\n".to_owned();
    for (name, value) in person.environment() {
        script += &format!("export {name}={}\n", quoted(&value.to_string_lossy()));
    }
    if let Some(chromium) = installed("WARDED_CHROMIUM") {
        script += &format!("export WARDED_CHROMIUM={}\n", quoted(&chromium.to_string_lossy()));
    }
    script + &format!("exec node {} \"$@\"\n", quoted(&browser.to_string_lossy()))
}

/// As a shell reads it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

pub(crate) fn path_of_these_tests() -> OsString {
    #[expect(clippy::disallowed_methods, reason = "where the shell, Node and the rest are is this machine's")]
    std::env::var_os("PATH").unwrap()
}

/// The blocks of a page in one language.
pub(crate) fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// The configurations of a page that let a program start `warded`, and the key that they stand below.
pub(crate) fn starting_warded(page: &str) -> Vec<(&str, String)> {
    let is_of_warded = |servers: &Value| {
        servers.as_object().is_some_and(|all| all.values().all(|server| server["command"] == "warded"))
    };
    let read = blocks(page, "json").into_iter().filter_map(|block| {
        let configuration: Value = serde_json::from_str(block).unwrap();
        let (key, servers) = configuration.as_object()?.iter().next()?;
        is_of_warded(servers).then(|| (block, key.clone()))
    });
    read.collect()
}
