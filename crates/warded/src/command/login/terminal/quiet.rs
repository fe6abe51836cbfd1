//! How is a terminal read that shows nothing, so that it can be given back at any moment? By reads that never wait, on a thread
//! that looks each time whether the terminal is still held. The mode ends with whoever waits, and not with the thread, and
//! nothing is read after it has ended: that would be typed for somebody else.

mod ended;
mod typing;

pub(super) use self::ended::{attended, ended, listen};

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{self, PoisonError},
    thread,
    time::Duration,
};

use rustix::{
    fs::OFlags,
    process::{Signal, kill_current_process_group},
    termios::{LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios},
    termios::{tcflush, tcgetattr, tcsetattr},
};
use tokio::sync::{Mutex, oneshot};
use zeroize::Zeroizing;

use self::typing::{Key, Typing};

/// How long nobody looks after nothing was typed.
const MOMENT: Duration = Duration::from_millis(30);

/// Held by the one thread that reads. A second one would take letters away from the first.
static TURN: Mutex<()> = Mutex::const_new(());
/// The terminal that shows nothing now.
static HELD: sync::Mutex<Option<Quiet>> = sync::Mutex::new(None);

/// What somebody has typed.
enum Typed {
    Line(Zeroizing<String>),
    /// Ctrl-C, which is a letter in this mode.
    Interrupt,
}

/// Reads one line of a terminal.
pub(super) async fn line_of(path: &Path, prompt: &'static str) -> Result<Zeroizing<String>, String> {
    let text = |error: io::Error| error.to_string();
    let terminal = open(path).map_err(text)?;
    let turn = TURN.lock().await;
    listen().map_err(text)?;
    let (send, mut typed) = oneshot::channel();
    let held = Held::begin(terminal.try_clone().map_err(text)?, prompt).map_err(text)?;
    let reader = move || {
        let typed = read(terminal);
        // The turn comes back with it, and ends after `held`: somebody else would take this mode for the one before.
        send.send((typed, turn)).ok();
    };
    thread::Builder::new().name("terminal".to_owned()).spawn(reader).map_err(text)?;
    let typed = (&mut typed).await;
    drop(held);
    let (typed, turn) = typed.map_err(|_| "nobody reads the terminal".to_owned())?;
    drop(turn);
    match typed? {
        Typed::Line(line) => Ok(line),
        Typed::Interrupt => {
            // What the terminal would have done by itself, and only now that it is as it was: it may end the process.
            kill_current_process_group(Signal::INT).map_err(|_| "interrupted".to_owned())?;
            std::future::pending().await
        }
    }
}

/// Opens a terminal for this process alone, and never as the one that its signals come from: a session that has none, as under
/// `setsid`, would be hung up with it.
fn open(path: &Path) -> io::Result<File> {
    let alone = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    OpenOptions::new().read(true).write(true).custom_flags(alone.cast_signed()).open(path)
}

fn read(mut terminal: File) -> Result<Typed, String> {
    let (mut typing, mut bytes) = (Typing::default(), Zeroizing::new([0; 256]));
    loop {
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            return Err("nobody waits".to_owned());
        }
        let count = match terminal.read(&mut *bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.to_string()),
        };
        drop(held);
        if count == 0 {
            thread::sleep(MOMENT);
        }
        for byte in bytes.iter().take(count) {
            match typing.key(*byte) {
                Key::More => {}
                Key::Enter => return Ok(Typed::Line(typing.line())),
                Key::Interrupt => return Ok(Typed::Interrupt),
                Key::End => return Err("nothing was typed".to_owned()),
            }
        }
    }
}

/// Puts the terminal right where somebody was reading it: a process does not wait for what its tasks hold.
pub(super) fn give_back() {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// Whoever holds a terminal that shows nothing.
struct Held(());

impl Held {
    fn begin(terminal: File, prompt: &str) -> io::Result<Self> {
        let quiet = Quiet::begin(terminal)?;
        quiet.say(prompt);
        *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(quiet);
        Ok(Self(()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        give_back();
    }
}

/// A terminal that shows nothing, until this is dropped.
struct Quiet {
    terminal: File,
    before: Termios,
}

impl Quiet {
    fn begin(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        // Letter by letter: a line of the terminal's own ends after 4096, and a URL with a code in it need not.
        modes.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        modes.special_codes[SpecialCodeIndex::VMIN] = 0;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        Ok(Self { terminal, before })
    }

    /// That nobody sees it is no reason to stop.
    fn say(&self, text: &str) {
        (&self.terminal).write_all(text.as_bytes()).ok();
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // What was pasted and is not read yet may have a code in it, and would be typed into whatever runs next.
        tcflush(&self.terminal, QueueSelector::IFlush).ok();
        tcsetattr(&self.terminal, OptionalActions::Now, &self.before).ok();
        self.say("\n");
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::PathBuf};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;

    /// A terminal, as the program that shows it has it.
    struct Window {
        behind: File,
        path: PathBuf,
        front: File,
    }

    impl Window {
        fn open() -> Self {
            let behind = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
            grantpt(&behind).unwrap();
            unlockpt(&behind).unwrap();
            let name = ptsname(&behind, Vec::new()).unwrap();
            let path = PathBuf::from(OsStr::from_bytes(name.as_bytes()));
            let front = open(&path).unwrap();
            Self { behind: behind.into(), path, front }
        }

        fn modes(&self) -> LocalModes {
            tcgetattr(&self.front).unwrap().local_modes
        }

        /// What is shown, up to this.
        fn shows(&mut self, end: &str) -> String {
            let (mut shown, mut byte) = (String::new(), [0]);
            while !shown.ends_with(end) {
                self.behind.read_exact(&mut byte).unwrap();
                shown.push(byte[0].into());
            }
            shown
        }

        fn ask(&self) -> tokio::task::JoinHandle<Result<Zeroizing<String>, String>> {
            let path = self.path.clone();
            tokio::spawn(async move { line_of(&path, "URL: ").await })
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_stops_waiting_gets_the_terminal_back_and_the_next_reads_all_that_is_typed() {
        let mut window = Window::open();
        let before = window.modes();
        assert!(before.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
        // Often, since whoever reads may be about to at the very moment.
        for _ in 0..20 {
            let asking = window.ask();
            window.shows("URL: ");
            let quiet = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
            assert!(!window.modes().intersects(quiet), "nothing is shown");
            window.behind.write_all(b"half a URL").unwrap();
            asking.abort();
            assert!(asking.await.unwrap_err().is_cancelled());
            assert_eq!(window.modes(), before);
        }
        // Longer than a line of the terminal's own, in pieces.
        let url = format!("http://127.0.0.1:1/callback?code={}", "c".repeat(6_000));
        let asking = window.ask();
        let shown = window.shows("URL: ");
        // What was typed before may still be on its way.
        window.behind.write_all(b"\x15").unwrap();
        for piece in url.as_bytes().chunks(500) {
            window.behind.write_all(piece).unwrap();
        }
        window.behind.write_all(b"\r").unwrap();
        assert_eq!(asking.await.unwrap().unwrap().as_str(), url);
        assert_eq!(window.modes(), before);
        let shown = shown + &window.shows("\n");
        assert!(!shown.contains("code="), "{shown:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_types_nothing_says_so() {
        let mut window = Window::open();
        let asking = window.ask();
        window.shows("URL: ");
        window.behind.write_all(&[4]).unwrap();
        assert_eq!(asking.await.unwrap(), Err("nothing was typed".to_owned()));
    }

    #[tokio::test]
    async fn where_there_is_no_terminal_it_is_said() {
        assert!(line_of("/nonexistent/tty".as_ref(), "URL: ").await.is_err());
    }
}
