//! Who ends the processes when we cannot? A keeper: a process of its own that knows every group of processes, and kills
//! them when its pipe breaks, since nothing else happens to us when somebody kills us.
//!
//! No process is without it: what is started is this program first, which waits for a byte, and becomes the server only
//! when the keeper knows it. Whoever is started by a server is in its group, and ends with it, unless it leaves the
//! group on purpose.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::File,
    io::{self, BufRead as _, BufReader, Read},
    os::{fd::AsFd as _, unix::process::CommandExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, ChildStdin, Command},
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

/// By this argument the program knows that it is to be the keeper.
pub const KEEP: &str = "warded:keep";
/// By this argument the program knows that it is to become what the others name.
pub const BECOME: &str = "warded:become";

/// How long until a keeper is started again that cannot be.
const BREATHER: Duration = Duration::from_secs(1);

/// The keeper, seen from the process that it outlives.
#[derive(Clone, Debug)]
pub struct Keeper {
    orders: mpsc::Sender<Order>,
}

#[derive(Debug)]
struct Order {
    group: Pid,
    is_kept: bool,
    done: oneshot::Sender<()>,
}

impl Keeper {
    /// Starts the keeper. The program must answer [`KEEP`] with [`keep`], and [`BECOME`] with [`become_it`]. Where it
    /// ends, another one takes its place; it ends with the last clone of this.
    pub fn start(program: PathBuf) -> io::Result<Self> {
        let keeping = started(&program)?;
        let (orders, received) = mpsc::channel(16);
        tokio::spawn(attend(program, keeping, received));
        Ok(Self { orders })
    }

    /// One that answers only what it is said to answer, told whether a group is to be kept.
    #[cfg(test)]
    pub(super) fn that(answers: fn(bool) -> bool) -> Self {
        let (orders, mut received) = mpsc::channel::<Order>(16);
        tokio::spawn(async move {
            let mut unanswered = Vec::new();
            while let Some(order) = received.recv().await {
                if answers(order.is_kept) {
                    let _gone = order.done.send(()).is_err();
                } else {
                    unanswered.push(order);
                }
            }
        });
        Self { orders }
    }

    /// Keeps a group; false where nobody does.
    pub(super) async fn keeps(&self, group: Pid) -> bool {
        self.order(group, true).await
    }

    /// A group that is no more; its number may become another's.
    pub(super) async fn lets_go(&self, group: Pid) {
        self.order(group, false).await;
    }

    async fn order(&self, group: Pid, is_kept: bool) -> bool {
        let (done, is_done) = oneshot::channel();
        self.orders.send(Order { group, is_kept, done }).await.is_ok() && is_done.await.is_ok()
    }
}

/// The process that keeps, and the pipe to it.
struct Keeping {
    process: Child,
    /// Apart from the process, which closes its own end of it where its end is waited for.
    pipe: ChildStdin,
    since: Instant,
}

fn started(program: &Path) -> io::Result<Keeping> {
    let mut process = Command::new(program)
        .arg0("warded")
        .arg(KEEP)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // What the terminal sends to us is not for the keeper, which has to outlive us.
        .process_group(0)
        .spawn()?;
    let pipe = process.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    Ok(Keeping { process, pipe, since: Instant::now() })
}

async fn attend(program: PathBuf, mut keeping: Keeping, mut orders: mpsc::Receiver<Order>) {
    let mut groups = HashSet::new();
    loop {
        let lost = tokio::select! {
            _ended = keeping.process.wait() => true,
            order = orders.recv() => {
                // With the last of us the pipe closes, and the keeper kills what is left.
                let Some(Order { group, is_kept, done }) = order else { break };
                if is_kept { groups.insert(group) } else { groups.remove(&group) };
                let written = keeping.write(&sentence(group, is_kept)).await;
                if written.is_ok() {
                    // Whoever asked may have gone.
                    let _gone = done.send(()).is_err();
                }
                written.is_err()
            }
        };
        if lost {
            tracing::warn!("the keeper of processes has gone; another one takes its place");
            if keeping.since.elapsed() < BREATHER {
                sleep(BREATHER).await;
            }
            keeping = again(&program, &groups).await;
        }
    }
    let Keeping { mut process, pipe, .. } = keeping;
    drop(pipe);
    let _ended = process.wait().await;
}

/// A keeper that knows what the last one knew.
async fn again(program: &Path, groups: &HashSet<Pid>) -> Keeping {
    let known: String = groups.iter().map(|group| sentence(*group, true)).collect();
    loop {
        match started(program) {
            Ok(mut keeping) => {
                if keeping.write(&known).await.is_ok() {
                    return keeping;
                }
                tracing::error!("the keeper of processes ends at once");
            }
            Err(error) => tracing::error!(%error, "the keeper of processes cannot be started"),
        }
        sleep(BREATHER).await;
    }
}

impl Keeping {
    async fn write(&mut self, text: &str) -> io::Result<()> {
        self.pipe.write_all(text.as_bytes()).await?;
        self.pipe.flush().await
    }
}

fn sentence(group: Pid, is_kept: bool) -> String {
    format!("{}{}\n", if is_kept { '+' } else { '-' }, group.as_raw_nonzero())
}

/// Is the keeper: listens to its pipe, and kills every group that it still knows when the pipe closes.
pub fn keep(pipe: impl Read) {
    let mut groups = HashSet::new();
    for line in BufReader::new(pipe).lines() {
        let Ok(line) = line else { break };
        let (is_kept, number) = match (line.strip_prefix('+'), line.strip_prefix('-')) {
            (Some(number), _) => (true, number),
            (_, Some(number)) => (false, number),
            _ => continue,
        };
        // 1 is nobody's group but the system's.
        let group = number.parse().ok().filter(|number| *number > 1).and_then(Pid::from_raw);
        if let Some(group) = group {
            if is_kept {
                groups.insert(group)
            } else {
                groups.remove(&group)
            };
        }
    }
    for group in groups {
        kill(group);
    }
}

/// Kills a group. One that is gone already is what was wanted.
pub(super) fn kill(group: Pid) {
    signal(group, Signal::KILL);
}

/// Asks a group to end.
pub(super) fn signal(group: Pid, signal: Signal) {
    if let Err(error) = kill_process_group(group, signal)
        && error != rustix::io::Errno::SRCH
    {
        tracing::debug!(%error, group = group.as_raw_nonzero().get(), "a group of processes cannot be reached");
    }
}

/// Becomes the program that the arguments name, once there is a byte on standard input: then the keeper knows us.
/// Returns only where that fails.
pub fn become_it(arguments: impl IntoIterator<Item = OsString>) -> io::Error {
    let mut arguments = arguments.into_iter();
    let Some(program) = arguments.next() else {
        return io::ErrorKind::InvalidInput.into();
    };
    // Not through the buffer of `stdin`, which would swallow what comes next.
    let byte =
        io::stdin().as_fd().try_clone_to_owned().and_then(|pipe| File::from(pipe).read_exact(&mut [0]));
    match byte {
        Ok(()) => std::process::Command::new(program).args(arguments).exec(),
        // Whoever started us has gone.
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn sleeper() -> std::process::Child {
        Command::new("sleep").arg("600").process_group(0).spawn().unwrap()
    }

    #[test]
    fn what_is_still_kept_when_the_pipe_closes_is_killed_and_nothing_else() {
        let (mut kept, mut let_go) = (sleeper(), sleeper());
        let said = format!("+{}\n+{}\nnonsense\n+1\n+0\n+-1\n-{}\n", kept.id(), let_go.id(), let_go.id());
        keep(said.as_bytes());
        assert!(!kept.wait().unwrap().success());
        assert!(let_go.try_wait().unwrap().is_none(), "it goes on");
        let_go.kill().unwrap();
        let_go.wait().unwrap();
    }
}
