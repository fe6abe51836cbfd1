//! Runs `warded doctor`, with a person beside it who logs in.

use std::{future::Future, path::Path, pin::Pin, process::Stdio, sync::Arc};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::Command,
};

use crate::stage::visit;

type Doing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What somebody does with the URL of a login.
#[derive(Clone)]
pub(crate) struct Person(Arc<dyn Fn(String) -> Doing + Send + Sync>);

impl Person {
    pub(crate) fn new<F: Future<Output = ()> + Send + 'static>(
        does: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |url| Box::pin(does(url))))
    }

    /// Follows redirects, which is enough for the issuers of these tests.
    pub(crate) fn agreeing() -> Self {
        Self::new(visit)
    }
}

/// What the doctor said.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) exit: i32,
    pub(crate) text: String,
    pub(crate) stderr: String,
}

impl Told {
    fn report(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The codes of what was found, in order.
    pub(crate) fn codes(&self) -> Vec<String> {
        let report = self.report();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn verdict(&self) -> String {
        self.report()["verdict"].as_str().unwrap().to_owned()
    }

    /// The steps that were taken, with how they went.
    pub(crate) fn steps(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let report = self.report();
        let steps = report["steps"].as_array().unwrap();
        steps.iter().map(|step| (text(&step["step"]), text(&step["outcome"]))).collect()
    }
}

/// Runs the doctor, for programs.
pub(crate) async fn doctor(url: &str, state: &Path, arguments: &[&str]) -> Told {
    let arguments = [&["--format", "json"], arguments].concat();
    told(url, state, &arguments, &Person::agreeing()).await
}

/// Runs the doctor with a person beside it.
pub(crate) async fn told(url: &str, state: &Path, arguments: &[&str], person: &Person) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--color", "never", "doctor", url, "--no-browser"]).args(arguments);
    command.env("XDG_STATE_HOME", state).kill_on_drop(true);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut stdout = child.stdout.take().unwrap();
    let listening = async {
        let mut all = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, url)) = line.split_once("to log in, visit ") {
                tokio::spawn((person.0)(url.to_owned()));
            }
            all += &format!("{line}\n");
        }
        all
    };
    let reading = async {
        let mut text = String::new();
        stdout.read_to_string(&mut text).await.unwrap();
        text
    };
    let (stderr, text) = tokio::join!(listening, reading);
    let exit = child.wait().await.unwrap().code().unwrap();
    Told { exit, text, stderr }
}
