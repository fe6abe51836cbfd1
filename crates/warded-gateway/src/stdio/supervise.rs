//! Who watches over a process from its beginning to its end? One task for each, which holds its seat until nothing of it
//! is left.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWriteExt as _},
    process::ChildStdin,
    time::{sleep_until, timeout},
};

use super::{
    child::Child,
    definition::Secrets,
    headcount::{Counted, End},
    home::{Home, Seat},
    inbox::Inbox,
    lines::{Lines, Read},
    process::{Pipes, Process},
    quota::Quota,
};

/// Longest message of a process.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// So much of a line for the log is shown.
const MAX_COMPLAINT: usize = 4 * 1024;
/// How long what a process has said last may take to reach a client that is slow.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long a process that has closed one of its pipes may take to end: one that crashes shows it there first.
const AFTERMATH: Duration = Duration::from_secs(1);
/// How long the pipes may stay open that belong to something which has left the group.
const SILENCE: Duration = Duration::from_secs(1);

/// What a process is watched over with.
pub(super) struct Watch {
    pub(super) home: Weak<Home>,
    pub(super) child: Arc<Child>,
    pub(super) secrets: Secrets,
    pub(super) idle: Duration,
    pub(super) counted: Counted,
    pub(super) seat: Seat,
}

/// How its end has begun.
enum How {
    /// It has ended, with this status.
    Itself(String),
    /// It hears nothing more, or says nothing more, and lives on: it would be called for ever, and be of no use.
    HungUp,
    /// It was told to, or nobody used it.
    Told,
}

/// Watches over a process until it is gone.
pub(super) async fn supervise(watch: Watch, mut process: Process, pipes: Pipes, lines: Inbox) {
    let Watch { home, child, secrets, idle, mut counted, seat } = watch;
    let number = process.number();
    let server = child.server.clone();
    tracing::info!(server, pid = number, "a process for the server behind has begun");
    let last_complaint = Arc::new(Mutex::new(String::new()));
    let mut reading = tokio::spawn(hear(Arc::clone(&child), pipes.output, secrets.clone()));
    let mut complaining = tokio::spawn(complain(
        server.clone(),
        number,
        pipes.complaints,
        secrets,
        Arc::clone(&last_complaint),
    ));
    let writing = tokio::spawn(tell(Arc::clone(&child), pipes.input, lines));

    let how = loop {
        let tired = child.idle_since().unwrap_or_else(tokio::time::Instant::now) + idle;
        tokio::select! {
            // Whoever is told to end closes its pipes, too.
            biased;
            () = child.ending() => break How::Told,
            status = process.ended() => break How::Itself(status),
            () = child.hung_up() => {
                let ended = timeout(AFTERMATH, process.ended()).await;
                break ended.map_or(How::HungUp, How::Itself);
            }
            () = sleep_until(tired) => {
                if child.end_if_idle(idle) {
                    counted.ends(End::Idle);
                    break How::Told;
                }
            }
        }
    };
    let is_own_end = !matches!(how, How::Told);
    if is_own_end {
        counted.ends(End::Itself);
    }
    // Before those who wait learn it, and come again.
    if let Some(home) = home.upgrade() {
        home.forget(&child);
        home.ended(&child, is_own_end);
    }
    let has_hung_up = matches!(how, How::HungUp);
    let status = match how {
        How::Itself(status) => {
            writing.abort();
            status
        }
        How::HungUp => {
            // What comes no more is waited for no longer.
            if reading.is_finished() {
                child.close()
            } else {
                child.end()
            }
            process.end().await
        }
        How::Told => process.end().await,
    };
    process.clear().await;
    // What it has said is still said; but somebody may hold its pipes for ever.
    if timeout(LAST_WORDS, &mut reading).await.is_err() {
        reading.abort();
    }
    if timeout(SILENCE, &mut complaining).await.is_err() {
        complaining.abort();
    }
    writing.abort();
    child.close();
    let last_complaint = last_complaint.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if has_hung_up {
        let why = "the process behind hung up and lived on; it was ended";
        tracing::warn!(server, pid = number, status, last_complaint, "{why}");
    } else if is_own_end {
        tracing::warn!(server, pid = number, status, last_complaint, "the process behind ended by itself");
    } else {
        tracing::info!(server, pid = number, status, "the process behind was ended");
    }
    drop((counted, seat));
}

/// Tells a process what there is for it, until it does not take it any more, or has to end.
async fn tell(child: Arc<Child>, mut input: ChildStdin, mut lines: Inbox) {
    loop {
        tokio::select! {
            waiting = lines.next() => {
                let Some(waiting) = waiting else { return };
                let written = async { input.write_all(waiting.line.bytes()).await.and(input.flush().await) };
                tokio::select! {
                    // While nobody can find the lines closed yet: who does would think that it was too late only for it.
                    written = written => if written.is_err() { return child.hangs_up() },
                    () = child.ending() => return,
                }
            }
            () = child.ending() => return,
        }
    }
}

/// Hears what a process says, until it says nothing any more.
async fn hear(child: Arc<Child>, output: impl AsyncRead + Unpin, secrets: Secrets) {
    let mut lines = Lines::of(output, MAX_MESSAGE);
    loop {
        match lines.next().await {
            Ok(Read::Line(mut line)) => {
                secrets.blot(&mut line);
                child.hear(&line).await;
            }
            Ok(Read::TooLong(_)) => {
                tracing::warn!(
                    server = child.server,
                    "the process behind wrote a line of more than {MAX_MESSAGE} bytes"
                );
            }
            Ok(Read::End) | Err(_) => return child.hangs_up(),
        }
    }
}

async fn complain(
    server: String,
    number: u32,
    complaints: impl AsyncRead + Unpin,
    secrets: Secrets,
    last: Arc<Mutex<String>>,
) {
    // A secret that begins within what is shown is read to its end, and found.
    let mut lines = Lines::of(complaints, MAX_COMPLAINT + secrets.longest());
    let mut quota = Quota::new();
    while let Ok(Read::Line(mut line) | Read::TooLong(mut line)) = lines.next().await {
        secrets.blot_line(&mut line);
        line.truncate(MAX_COMPLAINT);
        let text = shown(&line);
        if let Some(left_out) = quota.one_more() {
            tracing::info!(server, pid = number, left_out, "{text}");
        }
        *last.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

/// A log is text: nothing in it may move the cursor or begin a line of its own.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.trim().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_that_is_cut_in_two_is_not_logged() {
        let mut definition = super::super::definition::tests::definition("x", &[]);
        definition.secrets = vec![zeroize::Zeroizing::new("the-secret-of-the-process".to_owned())];
        let last = Arc::<Mutex<String>>::default();
        for before in MAX_COMPLAINT - 30..=MAX_COMPLAINT {
            let line = format!("{}the-secret-of-the-process and more\n", "x".repeat(before));
            let secrets = Secrets::of(&definition);
            complain("notes".to_owned(), 7, line.as_bytes(), secrets, Arc::clone(&last)).await;
            let text = last.lock().unwrap().clone();
            assert!(
                text.len() <= MAX_COMPLAINT && text.contains("x*") || before == MAX_COMPLAINT,
                "{before}"
            );
            assert!(!text.contains("the"), "{before}");
        }
    }

    #[test]
    fn what_a_process_complains_is_one_line_of_text() {
        assert_eq!(
            shown(b" \x1b[31mred\x1b[0m\rforged line \xff\r"),
            "\u{fffd}[31mred\u{fffd}[0m\u{fffd}forged line \u{fffd}"
        );
    }
}
