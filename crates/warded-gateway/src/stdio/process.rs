//! How does a process begin, and how does it end?

use std::{io, process::Stdio, time::Duration};

use tokio::{
    process::{Child as Running, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::{definition::Definition, home::Seat, pool::Keeping};

/// How long a process has to end by itself once its input has ended, and then once it was asked to
/// (MCP, stdio: Shutdown).
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How long the keeper may take to know a group. It may be gone, and another one not to be started.
const KEPT_WITHIN: Duration = Duration::from_secs(10);

/// A process that has begun.
pub(super) struct Process {
    running: Running,
    group: Group,
    keeping: Keeping,
    seat: Seat,
}

/// Its three pipes.
pub(super) struct Pipes {
    pub(super) input: ChildStdin,
    pub(super) output: ChildStdout,
    pub(super) complaints: ChildStderr,
}

impl Process {
    /// Starts what is defined, in a group of its own, with the environment that was written down for it. Whoever drops
    /// this half-way leaves the keeper with the number of a group that is no more, and the next one to bear it dies for
    /// that.
    pub(super) async fn begin(
        definition: &Definition,
        keeping: &Keeping,
        seat: Seat,
    ) -> io::Result<(Self, Pipes)> {
        let mut command = keeping.command(definition);
        command
            .env_clear()
            .envs(definition.variables.iter().map(|(name, value)| (name, value.as_str())))
            .current_dir(&definition.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut running = command.spawn()?;
        let group = Group::of(&running);
        let pipes = (running.stdin.take(), running.stdout.take(), running.stderr.take());
        let (Some(mut input), Some(output), Some(complaints)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        // What is not kept is not begun: it would outlive us.
        let kept = timeout(KEPT_WITHIN, keeping.keeps(&group, &mut input)).await;
        if let Err(error) = kept.unwrap_or_else(|_| Err(io::Error::other("the keeper does not answer"))) {
            group.kill();
            let keeping = keeping.clone();
            // Nobody waits for a keeper that may not come back.
            tokio::spawn(async move {
                // While the dead leader lies there, nobody else has its number.
                keeping.lets_go(&group).await;
                let _ended = running.wait().await;
                // Until here, or there would be no bound to how many dead lie there.
                drop(seat);
            });
            return Err(error);
        }
        Ok((Self { running, group, keeping: keeping.clone(), seat }, Pipes { input, output, complaints }))
    }

    pub(super) fn number(&self) -> u32 {
        self.group.number
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> String {
        match self.running.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Sees to its end, whose input has ended: it may do so by itself, is asked to, is made to.
    pub(super) async fn end(&mut self) -> String {
        if let Ok(status) = timeout(PATIENCE, self.ended()).await {
            return status;
        }
        self.group.terminate();
        if let Ok(status) = timeout(PATIENCE, self.ended()).await {
            return status;
        }
        self.group.kill();
        let _unkillable = self.running.start_kill().is_err();
        self.ended().await
    }

    /// Leaves nothing of it: what it started and did not wait for ends with it. Its seat, once the keeper knows that its
    /// number may become another's.
    pub(super) async fn clear(self) -> Seat {
        self.group.kill();
        self.keeping.lets_go(&self.group).await;
        self.seat
    }
}

/// The processes that one process has started, itself among them.
pub(super) struct Group {
    pub(super) number: u32,
}

impl Group {
    fn of(running: &Running) -> Self {
        Self { number: running.id().unwrap_or_default() }
    }

    #[cfg(unix)]
    pub(super) fn pid(&self) -> Option<rustix::process::Pid> {
        i32::try_from(self.number).ok().filter(|number| *number > 1).and_then(rustix::process::Pid::from_raw)
    }

    #[cfg(unix)]
    fn terminate(&self) {
        if let Some(group) = self.pid() {
            super::keeper::signal(group, rustix::process::Signal::TERM);
        }
    }

    #[cfg(unix)]
    fn kill(&self) {
        if let Some(group) = self.pid() {
            super::keeper::kill(group);
        }
    }

    /// There are no groups here; the process itself is killed by its handle.
    #[cfg(not(unix))]
    fn terminate(&self) {}

    #[cfg(not(unix))]
    fn kill(&self) {}
}

/// What is run where nobody keeps it.
pub(super) fn plainly(definition: &Definition) -> Command {
    let mut command = Command::new(&definition.program);
    command.args(&definition.arguments);
    command
}
