//! A login whose answer comes from a browser on another machine, at a terminal: what is typed there is not shown, and the
//! terminal is afterwards as it was, however the login ends.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::ffi::OsStrExt as _,
    process::Stdio,
};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpListener,
    process::{Child, Command},
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};

use crate::{
    process::{Person, person, soon},
    stage::{self, Stage, visit},
};

/// How a login ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The browser is on this machine after all, or a tunnel leads here.
    ByItself,
    Pasted,
    Interrupted,
    /// By whoever started it.
    Signalled(Signal),
}

fn terminal() -> (File, File) {
    let behind = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&behind).unwrap();
    unlockpt(&behind).unwrap();
    let name = ptsname(&behind, Vec::new()).unwrap();
    let front = OpenOptions::new().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    (behind.into(), front)
}

fn modes(terminal: &File) -> LocalModes {
    tcgetattr(terminal).unwrap().local_modes
}

/// Reads what the terminal shows until it asks.
fn asked(mut behind: File) -> File {
    let (mut shown, mut byte) = (String::new(), [0]);
    while !shown.ends_with("(not shown): ") {
        behind.read_exact(&mut byte).unwrap();
        shown.push(byte[0].into());
    }
    behind
}

/// A command at a terminal of its own, which has asked its user to paste.
struct Asking {
    child: Child,
    said: JoinHandle<String>,
    url: String,
    behind: File,
    front: File,
    before: LocalModes,
}

impl Asking {
    async fn begin(stage: &Stage, arguments: &[&str], output: Stdio) -> Self {
        let (behind, front) = terminal();
        let before = modes(&front);
        assert!(before.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_warded")]).args(arguments);
        command.args(["--paste", "--no-browser"]).env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
        command.stdin(front.try_clone().unwrap()).stdout(output).stderr(Stdio::piped());
        let (send, mut urls) = mpsc::unbounded_channel();
        let reader = Person::new(move |url| {
            send.send(url).unwrap();
            async {}
        });
        let mut child = command.spawn().unwrap();
        let said = tokio::spawn(person(child.stderr.take().unwrap(), reader));
        let url = soon(urls.recv()).await.unwrap();
        let behind = soon(spawn_blocking(move || asked(behind))).await.unwrap();
        assert!(!modes(&front).intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
        Self { child, said, url, behind, front, before }
    }

    fn types(&mut self, bytes: &[u8]) {
        self.behind.write_all(bytes).unwrap();
    }

    async fn pastes(&mut self) {
        let (_, head, _) = stage::get(&self.url).await;
        let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
        self.types(format!("{}\r", location.trim()).as_bytes());
    }

    fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(id, signal).unwrap();
    }

    /// The exit code, and what was shown since it asked.
    async fn ended(mut self) -> (Option<i32>, String) {
        let status = soon(self.child.wait()).await.unwrap();
        assert_eq!(modes(&self.front), self.before, "{}", soon(self.said).await.unwrap());
        // What the terminal shows ends here, where nobody has it open any more.
        drop(self.front);
        let mut shown = Vec::new();
        self.behind.read_to_end(&mut shown).ok();
        (status.code(), String::from_utf8(shown).unwrap())
    }
}

/// Logs in at a terminal of its own; the exit code, and what was shown after it was asked for.
async fn logged_in(end: End) -> (Option<i32>, String) {
    let stage = Stage::new().await;
    let mut asking = Asking::begin(&stage, &["token", "login", &stage.server.url()], Stdio::null()).await;
    match end {
        End::ByItself => visit(asking.url.clone()).await,
        End::Interrupted => asking.types(&[3]),
        End::Signalled(signal) => asking.signal(signal),
        End::Pasted => asking.pastes().await,
    }
    asking.ended().await
}

const SIGNALS: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::HUP];

#[tokio::test]
async fn a_signal_after_the_answer_was_pasted_ends_a_login_that_its_issuer_does_not_finish() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/token", silent.local_addr().unwrap());
    for signal in SIGNALS {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.lies.push(("token_endpoint", endpoint.clone())));
        let mut asking = Asking::begin(&stage, &["token", "login", &stage.server.url()], Stdio::null()).await;
        asking.pastes().await;
        let (_held, _) = soon(silent.accept()).await.unwrap();
        asking.signal(signal);
        let (code, shown) = asking.ended().await;
        assert_eq!(code, Some(1), "{signal:?}");
        assert!(!shown.contains("code=") && !shown.contains("CODE-"), "{signal:?}: {shown}");
    }
}

#[tokio::test]
async fn a_signal_after_the_answer_was_pasted_ends_a_command_whose_result_nobody_reads() {
    for signal in SIGNALS {
        let stage = Stage::new().await;
        stage.server.play(|seen| {
            let call: Value = serde_json::from_str(&seen.body).unwrap_or_default();
            let result = match call["method"].as_str() {
                Some("initialize") => json!({ "protocolVersion": "2025-11-25" }),
                // More than a pipe holds.
                Some("tools/list") => json!({ "tools": vec![json!({ "name": "x".repeat(64) }); 1 << 14] }),
                _ => return stage::answer(202, "text/plain", ""),
            };
            stage::json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
        });
        let mut asking = Asking::begin(&stage, &["call", &stage.server.url()], Stdio::piped()).await;
        let mut output = asking.child.stdout.take().unwrap();
        asking.pastes().await;
        assert!(
            soon(output.read_u8()).await.is_ok(),
            "it said nothing but {}",
            soon(asking.said).await.unwrap()
        );
        asking.signal(signal);
        assert_eq!(asking.ended().await.0, Some(1), "{signal:?}");
    }
}

#[tokio::test]
async fn a_terminal_is_as_it_was_however_a_login_ends() {
    let signalled = SIGNALS.map(|signal| (End::Signalled(signal), false));
    let others = [(End::ByItself, true), (End::Pasted, true), (End::Interrupted, false)];
    for (end, is_in) in others.into_iter().chain(signalled) {
        let (code, shown) = logged_in(end).await;
        assert_eq!(code == Some(0), is_in, "{end:?}");
        assert!(!shown.contains("code=") && !shown.contains("CODE-"), "{end:?}: {shown}");
    }
}
