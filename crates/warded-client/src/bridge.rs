//! How does a client that speaks over standard input and output reach a server that speaks HTTP? A pipe: each line is
//! a request to the server, each answer becomes a line. The messages of no revision are changed or translated.
//!
//! What the pipe adds is what the transport asks for: the session's id, the revision and the names in headers, the
//! stream for what the server says of its own accord, and the token.

mod again;
mod away;
pub mod events;
mod exchange;
mod headers;
mod lines;
mod message;
mod own_accord;
mod parameters;
mod revision;
mod streams;
mod traffic;

use std::{future::Future, io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    sync::mpsc,
    time::{sleep, timeout},
};

use self::{away::Presence, headers::Wire, message::Call, parameters::Tools, traffic::Traffic};
use crate::{channel::Message, session::Session};

/// Lines that are read ahead, while what comes before them holds them up.
const AHEAD: usize = 256;
/// How many bytes of lines that wait are written at once.
const BATCH: usize = 64 * 1024;
/// How long the server has to hear that the session ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// A bridge between standard input and output and one server.
#[derive(Debug)]
pub struct Bridge {
    session: Session,
    wire: Wire,
    tools: Tools,
    presence: Presence,
    /// How long whoever waits for the server has.
    grace: Duration,
    /// The client's own, to be made again when the server has ended the session.
    handshake: tokio::sync::Mutex<Option<Arc<Call>>>,
    output: mpsc::Sender<Bytes>,
}

impl Bridge {
    /// Carries messages until the input ends, `stop` completes or nobody reads the output any more. After the end of
    /// the input, requests under way have `grace` to be answered; for a server that is away, nobody waits longer.
    pub async fn run(
        session: Session,
        input: impl AsyncRead + Unpin,
        output: impl AsyncWrite + Unpin + Send + 'static,
        grace: Duration,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let (send, lines) = mpsc::channel(64);
        let (wire, tools, presence) = (Wire::default(), Tools::default(), Presence::default());
        let handshake = tokio::sync::Mutex::default();
        let bridge = Arc::new(Self { session, wire, tools, presence, grace, handshake, output: send });
        let mut writer = tokio::spawn(write(output, lines));
        let mut traffic = Traffic::default();
        let (ahead, waiting) = mpsc::channel(AHEAD);
        // Each goes on while the other waits: a server that never finishes the handshake must not hide that the client
        // has gone.
        let outcome = tokio::select! {
            read = async {
                let read = lines::read(input, ahead).await;
                if read.is_ok() {
                    sleep(grace).await;
                }
                read
            } => read,
            () = traffic.carry(&bridge, waiting) => Ok(()),
            () = stop => Ok(()),
            // Whoever started us has gone.
            _ = &mut writer => Ok(()),
        };
        traffic.end().await;
        // A session that nobody ends stays open at the server until it expires there.
        timeout(FAREWELL, bridge.farewell()).await.ok();
        // Whatever has ended it, and after the farewell, which may have renewed the token.
        bridge.session.settle().await;
        // With the last sender the writer ends, when it has written everything.
        drop(bridge);
        if !writer.is_finished() {
            timeout(FAREWELL, writer).await.ok();
        }
        outcome
    }

    /// Ends the session, if there is one. That the server knows no DELETE is its right. Nobody is asked for a login: whoever
    /// could answer has just left, and the process ends before they are done.
    async fn farewell(&self) {
        let settled = self.wire.now();
        if settled.has_session() {
            let mut message = Message::new(Method::DELETE, HeaderMap::new(), Bytes::new());
            settled.dress(&mut message);
            self.session.send_unattended(&message).await.ok();
        }
    }

    /// Writes one message as one line. Newlines can stand between the tokens of JSON only, where blanks mean the same.
    async fn say(&self, message: Bytes) {
        let line = if message.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            let blank = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
            message.iter().map(blank).collect()
        } else {
            message
        };
        // Where nobody reads any more, the bridge is about to end.
        self.output.send(line).await.ok();
    }

    /// Tells a client why its request has no answer.
    async fn complain(&self, id: &Value, reason: &str) {
        self.say(message::error(id, reason)).await;
    }
}

/// Writes lines, those that wait already in one go: each write is another thread's, and wakes whoever reads.
async fn write(mut output: impl AsyncWrite + Unpin, mut lines: mpsc::Receiver<Bytes>) -> io::Result<()> {
    let mut text = Vec::new();
    while let Some(line) = lines.recv().await {
        append(&mut text, &line);
        while text.len() < BATCH
            && let Ok(line) = lines.try_recv()
        {
            append(&mut text, &line);
        }
        output.write_all(&text).await?;
        output.flush().await?;
        text.clear();
        text.shrink_to(BATCH);
    }
    Ok(())
}

fn append(text: &mut Vec<u8>, line: &[u8]) {
    text.reserve(line.len() + 1);
    text.extend_from_slice(line);
    text.push(b'\n');
}
