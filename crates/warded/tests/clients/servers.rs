//! The MCP servers of others: published on npm and with the Go SDK, or written with the frameworks that people use. What
//! do clients do there, and what must come of it?

use std::{ffi::OsStr, path::Path, process::Stdio, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::mpsc::{UnboundedSender, unbounded_channel},
    time::timeout,
};

use crate::{peer::installed, port::free_port};

const FASTMCP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/scripts/fastmcp_server.py");
/// No server takes as long to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server of others.
pub(crate) struct Server {
    /// Its name in the configuration.
    pub(crate) name: &'static str,
    /// What it is, for the page.
    pub(crate) what: String,
    /// Where it serves by itself; a server that cannot is none.
    pub(crate) url: Option<String>,
    /// How it is started to serve whoever starts it.
    pub(crate) command: Vec<String>,
    pub(crate) errand: Value,
    /// What comes of the errand; a text that is read begins like that.
    pub(crate) outcome: Value,
    _process: Option<Child>,
}

/// Every server that this machine has, started once; and a folder of files for the one that serves files.
pub(crate) async fn servers(files: &Path) -> Vec<Server> {
    let all = [go(), npm_everything().await, filesystem(files), fastmcp().await, rmcp().await];
    all.into_iter().flatten().collect()
}

fn go() -> Option<Server> {
    let program = words([&installed("WARDED_SERVERS_GO")?]);
    let address = format!("127.0.0.1:{}", free_port());
    let url = format!("http://{address}/mcp");
    // It says that it listens a moment before it does; it is the first to start, and the others take longer.
    let process = started(&[&program[..], &["-http".to_owned(), address]].concat(), None);
    Some(Server {
        name: "go",
        what: "the Go SDK's own `examples/server/everything`".to_owned(),
        url: Some(url),
        command: program,
        errand: json!({
            // A name with blanks and brackets, which no header can have as it is.
            "calls": { "greet": { "name": "Ada" }, "greet (structured)": { "name": "Ada" } },
            "read": "embedded:info",
            "prompt": { "name": "greet", "arguments": { "name": "Ada" } },
        }),
        outcome: json!({
            "calls": { "greet": "Hi Ada", "greet (structured)": r#"{"message":"Hi Ada"}"# },
            "read": "This is the hello example server.",
            "prompt": "Say hi to Ada",
        }),
        _process: Some(process.0),
    })
}

async fn npm_everything() -> Option<Server> {
    let (what, script) = npm("@modelcontextprotocol/server-everything")?;
    let port = free_port().to_string();
    let command = |how: &str| words(["node", script.as_str(), how]);
    let process = listening(&command("streamableHttp"), Some(&port), "listening on port").await;
    Some(Server {
        name: "everything",
        what,
        url: Some(format!("http://127.0.0.1:{port}/mcp")),
        command: command("stdio"),
        errand: json!({
            "calls": { "echo": { "message": "Ada's tea" }, "get-sum": { "a": 2, "b": 3 } },
            "progress": {
                "tool": "trigger-long-running-operation",
                "arguments": { "duration": 0.1, "steps": 3 },
                "steps": 3,
            },
            "read": "demo://resource/static/document/architecture.md",
            "prompt": { "name": "args-prompt", "arguments": { "city": "Kandy" } },
        }),
        outcome: json!({
            "calls": { "echo": "Echo: Ada's tea", "get-sum": "The sum of 2 and 3 is 5." },
            "progress": [1, 2, 3],
            "read": "# Everything Server",
            "prompt": "What's weather in Kandy?",
        }),
        _process: Some(process),
    })
}

/// It speaks over standard input and output only.
fn filesystem(files: &Path) -> Option<Server> {
    let (what, script) = npm("@modelcontextprotocol/server-filesystem")?;
    let folder = files.canonicalize().unwrap();
    let note = folder.join("note.txt");
    std::fs::write(&note, "Ada's tea\n").unwrap();
    Some(Server {
        name: "filesystem",
        what,
        url: None,
        command: words(["node".as_ref(), script.as_ref(), folder.as_path()]),
        errand: json!({
            "calls": { "read_text_file": { "path": note }, "list_directory": { "path": folder } },
        }),
        outcome: json!({
            "calls": { "read_text_file": "Ada's tea\n", "list_directory": "[FILE] note.txt" },
        }),
        _process: None,
    })
}

async fn fastmcp() -> Option<Server> {
    let python = installed("WARDED_CLIENTS_PYTHON")?;
    let command = words([python.as_path(), FASTMCP.as_ref()]);
    let port = free_port().to_string();
    let process =
        listening(&[&command[..], std::slice::from_ref(&port)].concat(), None, "Uvicorn running on").await;
    Some(Server {
        name: "fastmcp",
        what: "a server written with FastMCP".to_owned(),
        url: Some(format!("http://127.0.0.1:{port}/mcp")),
        command,
        errand: json!({
            "calls": { "note": { "text": "Ada's tea" } },
            "progress": { "tool": "brew", "arguments": { "cups": 3 }, "steps": 3 },
            "read": "tea://list",
            "prompt": { "name": "order", "arguments": { "tea": "Assam" } },
        }),
        outcome: json!({
            "calls": { "note": "Ada's tea" },
            "progress": [1, 2, 3],
            "read": "Assam, Darjeeling",
            "prompt": "A cup of Assam, please.",
        }),
        _process: Some(process),
    })
}

async fn rmcp() -> Option<Server> {
    let program = installed("WARDED_EVERYTHING")?.to_string_lossy().into_owned();
    let port = free_port().to_string();
    let serving = words([program.as_str(), "serve", "--port", port.as_str()]);
    let process = listening(&serving, None, "listening on").await;
    Some(Server {
        name: "rmcp",
        what: "a server written with rmcp: the one that the conformance suite runs against".to_owned(),
        url: Some(format!("http://127.0.0.1:{port}/mcp")),
        command: words([program.as_str(), "serve", "--stdio"]),
        errand: json!({
            "calls": { "test_simple_text": {} },
            "progress": { "tool": "test_tool_with_progress", "arguments": {}, "steps": 3 },
            "read": "test://static-text",
            "prompt": {
                "name": "test_prompt_with_arguments",
                "arguments": { "arg1": "Ada", "arg2": "tea" },
            },
        }),
        outcome: json!({
            "calls": { "test_simple_text": "This is a simple text response for testing." },
            "progress": [0, 50, 100],
            "read": "This is the content of the static text resource.",
            "prompt": "Prompt with arguments: arg1='Ada', arg2='tea'",
        }),
        _process: Some(process),
    })
}

/// What a package of npm calls itself, and the script that starts it.
fn npm(package: &str) -> Option<(String, String)> {
    let folder = installed("WARDED_SERVERS_NODE")?.join("node_modules").join(package);
    let described = std::fs::read(folder.join("package.json")).unwrap();
    let described: Value = serde_json::from_slice(&described).unwrap();
    let what = format!("`{package}` {} from npm", described["version"].as_str().unwrap());
    Some((what, folder.join("dist/index.js").to_string_lossy().into_owned()))
}

fn words<W: AsRef<OsStr> + ?Sized, const N: usize>(words: [&W; N]) -> Vec<String> {
    words.iter().map(|word| word.as_ref().to_string_lossy().into_owned()).collect()
}

/// Starts a server; what it prints, line by line.
fn started(words: &[String], port: Option<&str>) -> (Child, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (program, arguments) = words.split_first().unwrap();
    let mut command = Command::new(program);
    command.args(arguments).envs(port.map(|port| ("PORT", port))).env("PYTHONDONTWRITEBYTECODE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let (sender, lines) = unbounded_channel();
    // Whoever stops reading stops whoever writes.
    tokio::spawn(heard(child.stdout.take().unwrap(), sender.clone()));
    tokio::spawn(heard(child.stderr.take().unwrap(), sender));
    (child, lines)
}

async fn heard(output: impl AsyncRead + Unpin, lines: UnboundedSender<String>) {
    let mut output = BufReader::new(output).lines();
    while let Ok(Some(line)) = output.next_line().await {
        // Nobody listens any more to one that is ready.
        lines.send(line).ok();
    }
}

/// Starts a server, and waits until it says that it listens.
async fn listening(words: &[String], port: Option<&str>, says: &str) -> Child {
    let (child, mut lines) = started(words, port);
    let mut said = Vec::new();
    while let Some(line) = timeout(PATIENCE, lines.recv()).await.expect("the server is not ready") {
        if line.contains(says) {
            return child;
        }
        said.push(line);
    }
    panic!("{words:?} ended: {said:#?}")
}
