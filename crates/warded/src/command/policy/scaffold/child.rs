//! How is a server talked to that is a process? A line for each message (MCP, stdio), in any revision.

use std::{ffi::OsString, io::ErrorKind, process::Stdio, time::Duration};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::peer::why;
use crate::command::{
    call::{Outcome, meta, myself},
    login,
};

/// The revision that is offered.
const REVISION: &str = "2025-11-25";
/// How long an answer may take. The first one may take long: the program is perhaps being fetched.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long a process may take to end by itself, once nobody speaks to it.
const FAREWELL: Duration = Duration::from_secs(2);
/// Longest message that is read, in bytes.
const MAX_MESSAGE: u64 = 16 * 1024 * 1024;
/// Most messages that are read while an answer is awaited.
const MAX_ASIDE: usize = 10_000;

/// A process that was started.
pub(super) struct Child {
    process: tokio::process::Child,
    _others: Group,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next_id: u32,
    is_stateless: bool,
    about: Value,
}

impl Child {
    /// Starts it, and shakes hands; where it does not, asks it in the way of 2026-07-28.
    pub(super) async fn begin(command: &[OsString]) -> anyhow::Result<Self> {
        let Some((program, arguments)) = command.split_first() else {
            bail!("there is no command behind `--`");
        };
        let shown = program.to_string_lossy();
        // A signal that nobody hears ends us alone: the process has a group of its own, and would live on.
        login::listen().context("signals cannot be heard")?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut process =
            command.spawn().with_context(|| format!("cannot start `{}`", shown.escape_debug()))?;
        let others = Group(process.id());
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.context("the process has no input and output")?;
        let output = BufReader::new(output);
        let mut child = Self {
            process,
            _others: others,
            input,
            output,
            next_id: 1,
            is_stateless: false,
            about: Value::Null,
        };
        let hello = json!({ "protocolVersion": REVISION, "capabilities": {}, "clientInfo": myself() });
        match child.request("initialize", &hello).await? {
            Outcome::Result(about) => {
                child.about = about;
                child.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await?;
                Ok(child)
            }
            Outcome::Error(error) => {
                child.is_stateless = true;
                match child.request("server/discover", &json!({})).await? {
                    Outcome::Result(about) => child.about = about,
                    _ => return Err(why(&Outcome::Error(error)).context("the process shakes no hands")),
                }
                Ok(child)
            }
            Outcome::Refused(_) => bail!("the process shakes no hands"),
        }
    }

    pub(super) const fn about(&self) -> &Value {
        &self.about
    }

    /// Asks, and waits for the answer.
    pub(super) async fn request(&mut self, method: &str, params: &Value) -> anyhow::Result<Outcome> {
        let id = self.next_id;
        self.next_id += 1;
        let mut params = params.clone();
        if self.is_stateless {
            params["_meta"] = meta();
        }
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await?;
        let answer = timeout(PATIENCE, self.answer(id)).await;
        answer.with_context(|| format!("the process does not answer `{method}`"))?
    }

    async fn answer(&mut self, id: u32) -> anyhow::Result<Outcome> {
        for _ in 0..MAX_ASIDE {
            let Some(mut message) = self.hear().await? else { continue };
            if message.get("method").is_some() {
                self.reply(&message).await?;
            } else if message["id"].as_u64() == Some(id.into()) {
                return match (
                    message.get_mut("result").map(Value::take),
                    message.get_mut("error").map(Value::take),
                ) {
                    (Some(result), None) => Ok(Outcome::Result(result)),
                    (None, Some(error)) => Ok(Outcome::Error(error)),
                    _ => bail!("the process's answer is no JSON-RPC response"),
                };
            }
        }
        bail!("the process speaks of other things only")
    }

    /// One line; none where it is no message: programs print what they should not.
    async fn hear(&mut self) -> anyhow::Result<Option<Value>> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.output).take(MAX_MESSAGE);
        let read = bounded.read_until(b'\n', &mut line).await.context("cannot read from the process")?;
        if read == 0 {
            return Err(self.gone().await);
        }
        if !line.ends_with(b"\n") && line.len() as u64 == MAX_MESSAGE {
            bail!("the process says more at once than {MAX_MESSAGE} bytes");
        }
        Ok(serde_json::from_slice::<Value>(&line).ok().filter(Value::is_object))
    }

    /// It may ask whether somebody is there. Nobody here does anything else for it.
    async fn reply(&mut self, message: &Value) -> anyhow::Result<()> {
        let Some(id) = message.get("id") else { return Ok(()) };
        let mut reply = json!({ "jsonrpc": "2.0", "id": id });
        if message["method"] == "ping" {
            reply["result"] = json!({});
        } else {
            reply["error"] = json!({ "code": -32601, "message": "Method not found" });
        }
        self.say(&reply).await
    }

    async fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        let line = format!("{message}\n");
        let said = async {
            self.input.write_all(line.as_bytes()).await?;
            self.input.flush().await
        };
        match timeout(PATIENCE, said).await.context("the process does not listen")? {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(self.gone().await),
            said => said.context("the process does not listen"),
        }
    }

    /// Why nothing more is heard. What the process says of that itself stands on standard error.
    async fn gone(&mut self) -> anyhow::Error {
        match timeout(FAREWELL, self.process.wait()).await {
            Ok(Ok(status)) => anyhow::anyhow!("the process ended ({status})"),
            _ => anyhow::anyhow!("the process has closed its input or output"),
        }
    }

    /// Says no more; it ends by itself, or is ended.
    pub(super) async fn end(self) {
        let Self { mut process, input, _others, .. } = self;
        drop(input);
        if timeout(FAREWELL, process.wait()).await.is_err() {
            process.kill().await.ok();
        }
    }
}

/// Whatever the process has started itself: `npx` is not the server. They end with it.
struct Group(Option<u32>);

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(leader) = leader {
            // That there is nobody left is what is wanted.
            rustix::process::kill_process_group(leader, rustix::process::Signal::KILL).ok();
        }
    }
}
