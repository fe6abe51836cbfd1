//! Programs that run beside a test, and end with it, they and whatever they started.

use std::{
    io::{BufRead as _, BufReader, Read},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// No step of these tests takes as long; what does, hangs, and then the test says so instead of hanging too.
const PATIENCE: Duration = Duration::from_mins(3);

enum Event {
    Said(String),
    Ended(ExitStatus),
}

/// A program in a process group of its own: the suite starts shells that start clients that start `warded`.
pub(crate) struct Program {
    group: u32,
    events: Receiver<Event>,
    said: Mutex<Vec<String>>,
    is_over: bool,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command =
            command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (sender, events) = channel();
        let group = child.id();
        listen(child.stdout.take().unwrap(), sender.clone());
        listen(child.stderr.take().unwrap(), sender.clone());
        await_end(child, sender);
        Self { group, events, said: Mutex::default(), is_over: false }
    }

    /// The rest of the first line, on either output, that has these words; the line must come.
    pub(crate) fn said_after(&self, words: &str) -> String {
        let line = self.line_with(words);
        line.split_once(words).unwrap().1.trim().to_owned()
    }

    /// The first line, on either output, that has these words; the line must come.
    pub(crate) fn line_with(&self, words: &str) -> String {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(Event::Said(line)) => {
                    self.said.lock().unwrap().push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Ok(Event::Ended(status)) => panic!("{status} before `{words}`:\n{}", self.so_far()),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("`{words}` never came:\n{}", self.so_far())
                }
            }
        }
    }

    /// Waits until the program has ended, and whatever it started; what they said, and whether it succeeded.
    pub(crate) fn ended(mut self) -> (bool, String) {
        let mut succeeded = None;
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(Event::Said(line)) => self.said.lock().unwrap().push(line),
                Ok(Event::Ended(status)) => {
                    succeeded = Some(status.success());
                    // What it started may hold its outputs open; the last lines may still be on their way.
                    self.kill();
                }
                Err(RecvTimeoutError::Disconnected) => return (succeeded.unwrap(), self.so_far()),
                Err(RecvTimeoutError::Timeout) => panic!("it never ends:\n{}", self.so_far()),
            }
        }
    }

    fn kill(&mut self) {
        // Later the number of the group may be somebody else's.
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let group = format!("-{}", self.group);
        // There may be nobody left to end.
        Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().ok();
    }

    fn so_far(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

fn listen(output: impl Read + Send + 'static, events: Sender<Event>) {
    thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if events.send(Event::Said(String::from_utf8_lossy(&line).into_owned())).is_err() {
                break;
            }
        }
    });
}

fn await_end(mut child: Child, events: Sender<Event>) {
    thread::spawn(move || {
        if let Ok(status) = child.wait() {
            events.send(Event::Ended(status)).ok();
        }
    });
}
