//! Do others read what the guard read? Every message that is let through goes to the JSON parsers of Go, Python and
//! JavaScript, each as a server in that language uses it.

use std::{ffi::OsString, fs, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use serde::Deserialize;
use warded_guard::{Call, Id, Message, Target};

use crate::tricks::{Fate, bodies};

mod generated;

/// What somebody read in a body.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Read {
    error: Option<String>,
    batch: bool,
    messages: Vec<Seen>,
}

/// What somebody read in a message.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Seen {
    method: Option<String>,
    id: Option<String>,
    name: Option<String>,
    uri: Option<String>,
    ref_name: Option<String>,
    ref_uri: Option<String>,
    watched: Vec<String>,
}

/// What counts of a message: method, id, and what it reaches for.
type Counts = (Option<String>, Option<String>, Vec<(&'static str, String)>);

impl Seen {
    /// What a server would do with it.
    fn counts(&self) -> Counts {
        let method = self.method.as_deref().unwrap_or_default();
        let named = match method.split('/').next() {
            Some("tools") => self.name.clone().map(|name| ("tool", name)),
            Some("prompts") => self.name.clone().map(|name| ("prompt", name)),
            _ => None,
        };
        let reached = named.into_iter().filter(|_| method.contains('/'));
        let reached = reached
            .chain(self.uri.clone().map(|uri| ("resource", uri)))
            .chain(self.ref_name.clone().map(|name| ("prompt", name)))
            .chain(self.ref_uri.clone().map(|uri| ("template", uri)))
            .chain(self.watched.iter().map(|uri| ("resource", uri.clone())));
        // An answer has no parameters that anybody looks at.
        let reached = if self.method.is_some() { reached.collect() } else { Vec::new() };
        (self.method.clone(), self.id.clone(), reached)
    }
}

fn counts(message: &Message) -> Counts {
    let id = message.id().map(|id| match id {
        Id::Text(text) => format!("text {text}"),
        Id::Number(number) => format!("number {number}"),
    });
    let kind = |target: &Target| match target {
        Target::Tool(_) => "tool",
        Target::Prompt(_) => "prompt",
        Target::Resource(_) => "resource",
        Target::Template(_) => "template",
        other => panic!("{other:?}"),
    };
    let reached = message.targets().iter().map(|target| (kind(target), target.name().to_owned()));
    (message.method().map(ToOwned::to_owned), id, reached.collect())
}

#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn environment(name: &str) -> Option<OsString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers are not part of the build: the test command installs them and says where"
    )]
    let value = std::env::var_os(name);
    if value.is_none() {
        eprintln!("SKIPPED: {name} is not set, so this reader is not asked");
    }
    value
}

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guard/readers");

/// The readers that this machine has.
fn readers() -> Vec<(&'static str, Command)> {
    let mut readers = Vec::new();
    if let Some(program) = environment("WARDED_READERS_GO") {
        readers.push(("Go", Command::new(program)));
    }
    if let Some(interpreter) = environment("WARDED_PEERS_PYTHON") {
        let mut command = Command::new(interpreter);
        command.arg(format!("{SCRIPTS}/reader.py"));
        readers.push(("Python", command));
    }
    if environment("WARDED_PEERS_NODE").is_some() {
        let mut command = Command::new("node");
        command.arg(format!("{SCRIPTS}/reader.mjs"));
        readers.push(("JavaScript", command));
    }
    readers
}

fn ask(reader: &str, mut command: Command, bodies: &[Vec<u8>], round: &str) -> Vec<Read> {
    let file = format!("{}/readers-{reader}-{round}", env!("CARGO_TARGET_TMPDIR"));
    let lines: Vec<_> = bodies.iter().map(|body| STANDARD.encode(body)).collect();
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let output = command.arg(&file).output().unwrap();
    assert!(output.status.success(), "{reader}: {}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<Read> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), bodies.len(), "{reader} did not read everything");
    answers
}

/// Every message of the table of tricks that is let through, and as many generated ones.
fn let_through() -> Vec<Vec<u8>> {
    let table = bodies::all().into_iter().filter(|(_, _, fate)| *fate == Fate::Through);
    let table: Vec<_> = table.map(|(_, body, _)| body).collect();
    let (generated, refused) = generated::let_through(4000);
    assert!(refused > 500, "the generator tries too little: {refused}");
    table.into_iter().chain(generated).collect()
}

#[test]
fn everybody_reads_what_the_guard_read() {
    let bodies = let_through();
    for (reader, command) in readers() {
        for (body, read) in bodies.iter().zip(ask(reader, command, &bodies, "through")) {
            let shown = String::from_utf8_lossy(body);
            let call = Call::read(body, &HeaderMap::new()).unwrap();
            assert_eq!(read.error, None, "{reader} cannot read {shown}");
            assert_eq!(read.batch, call.is_batch(), "{reader} {shown}");
            let theirs: Vec<_> = read.messages.iter().map(Seen::counts).collect();
            let ours: Vec<_> = call.messages().iter().map(counts).collect();
            assert_eq!(theirs, ours, "{reader} {shown}");
        }
    }
}

/// What makes the comparison worth something: these readers do see other calls where nobody guards them.
#[test]
fn without_the_guard_they_would_read_something_else() {
    let tricks = [
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"wipe"}}"#,
            "Go Python JavaScript",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","Name":"wipe"}}"#, "Go"),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"read\"},\"param\u{17f}\":{\"name\":\"wipe\"}}",
            "Go",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"wipe"}}}"#,
            "JavaScript",
        ),
    ];
    let bodies: Vec<_> = tricks.iter().map(|(trick, _)| trick.as_bytes().to_vec()).collect();
    for (reader, command) in readers() {
        for ((trick, fooled), read) in tricks.iter().zip(ask(reader, command, &bodies, "tricks")) {
            assert!(Call::read(trick.as_bytes(), &HeaderMap::new()).is_err(), "{trick}");
            let wiped =
                read.messages.iter().any(|message| message.counts().2.contains(&("tool", "wipe".into())));
            assert_eq!(wiped, fooled.contains(reader), "{reader} {trick} {read:?}");
        }
    }
}
