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
use tokio::{process::Command, sync::mpsc, task::spawn_blocking};

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

/// Logs in at a terminal of its own; whether that is done, and what was shown after it was asked for.
async fn logged_in(end: End) -> (bool, String) {
    let stage = Stage::new().await;
    let (behind, front) = terminal();
    let before = modes(&front);
    assert!(before.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_warded"), "token", "login", &stage.server.url()]);
    command.args(["--paste", "--no-browser"]).env("XDG_STATE_HOME", stage.state()).kill_on_drop(true);
    command.stdin(front.try_clone().unwrap()).stdout(Stdio::null()).stderr(Stdio::piped());
    let (send, mut urls) = mpsc::unbounded_channel();
    let reader = Person::new(move |url| {
        send.send(url).unwrap();
        async {}
    });
    let mut child = command.spawn().unwrap();
    let said = tokio::spawn(person(child.stderr.take().unwrap(), reader));
    let url = soon(urls.recv()).await.unwrap();
    let mut behind = soon(spawn_blocking(move || asked(behind))).await.unwrap();
    assert!(!modes(&front).intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
    match end {
        End::ByItself => visit(url).await,
        End::Interrupted => behind.write_all(&[3]).unwrap(),
        End::Signalled(signal) => {
            let id = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
            kill_process(id, signal).unwrap();
        }
        End::Pasted => {
            let (_, head, _) = stage::get(&url).await;
            let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
            behind.write_all(format!("{}\r", location.trim()).as_bytes()).unwrap();
        }
    }
    let status = soon(child.wait()).await.unwrap();
    assert_eq!(modes(&front), before, "{end:?}: {}", soon(said).await.unwrap());
    // What the terminal shows ends here, where nobody has it open any more.
    drop((front, command));
    let mut shown = Vec::new();
    behind.read_to_end(&mut shown).ok();
    (status.success(), String::from_utf8(shown).unwrap())
}

#[tokio::test]
async fn a_terminal_is_as_it_was_however_a_login_ends() {
    for (end, is_in) in [
        (End::ByItself, true),
        (End::Pasted, true),
        (End::Interrupted, false),
        (End::Signalled(Signal::TERM), false),
        (End::Signalled(Signal::INT), false),
        (End::Signalled(Signal::HUP), false),
    ] {
        let (is_done, shown) = logged_in(end).await;
        assert_eq!(is_done, is_in, "{end:?}");
        assert!(!shown.contains("code=") && !shown.contains("CODE-"), "{end:?}: {shown}");
    }
}
