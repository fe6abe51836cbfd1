//! Who asks? An open loop: so many requests a second, whether those before them were answered or not, over connections
//! that stay open.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, MissedTickBehavior, interval},
};

use crate::clock::Swift;

/// Requests a second.
pub(crate) const RATE: u64 = 500;
const CONNECTIONS: usize = 64;
const BODY: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// What is sent, and what kind of token that is.
pub(crate) type Shot = (&'static str, String);

/// How many answers of each status each kind of token got.
pub(crate) type Tally = BTreeMap<(&'static str, u16), usize>;

/// What one round came to.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) tally: Tally,
    /// Requests a second that were answered.
    pub(crate) rate: u64,
    /// The median and the longest wait for an answer, in milliseconds since it was due.
    pub(crate) waited: (u128, u128),
}

impl Round {
    pub(crate) fn of(&self, kind: &str, status: u16) -> usize {
        self.tally.iter().filter(|((k, s), _)| *k == kind && *s == status).map(|(_, count)| count).sum()
    }

    /// The answers of a kind that had any other status.
    pub(crate) fn but(&self, kind: &str, statuses: &[u16]) -> usize {
        let is_other = |k: &str, s: &u16| k == kind && !statuses.contains(s);
        self.tally.iter().filter(|((k, s), _)| is_other(k, s)).map(|(_, count)| count).sum()
    }
}

#[derive(Default)]
struct Seen {
    tally: Tally,
    waited: Vec<Duration>,
}

pub(crate) struct Load {
    workers: Vec<UnboundedSender<(Instant, Shot)>>,
    seen: Arc<Mutex<Seen>>,
    clock: Arc<Swift>,
}

impl Load {
    pub(crate) async fn on(address: SocketAddr, clock: &Arc<Swift>) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let mut workers = Vec::new();
        for _ in 0..CONNECTIONS {
            let (work, shots) = unbounded_channel();
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(worker(stream, shots, Arc::clone(&seen)));
            workers.push(work);
        }
        Self { workers, seen, clock: Arc::clone(clock) }
    }

    /// Fires for so many seconds by the clock of the test, and waits for all the answers.
    pub(crate) async fn run(&self, seconds: i64, mut shot: impl FnMut(usize) -> Shot) -> Round {
        let (began, end) = (Instant::now(), self.clock.elapsed() + seconds);
        let mut ticks = interval(Duration::from_micros(1_000_000 / RATE));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut sent = 0;
        while self.clock.elapsed() < end {
            let due = ticks.tick().await;
            self.workers[sent % CONNECTIONS].send((due, shot(sent))).unwrap();
            sent += 1;
        }
        // The last of them are a moment away.
        while self.seen.lock().unwrap().waited.len() < sent {
            ticks.tick().await;
        }
        let Seen { tally, mut waited } = std::mem::take(&mut *self.seen.lock().unwrap());
        waited.sort_unstable();
        let waited = (waited[sent / 2].as_millis(), waited[sent - 1].as_millis());
        let rate = u64::try_from(sent).unwrap() * 1000 / u64::try_from(began.elapsed().as_millis()).unwrap();
        Round { tally, rate, waited }
    }
}

async fn worker(stream: TcpStream, mut shots: UnboundedReceiver<(Instant, Shot)>, seen: Arc<Mutex<Seen>>) {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    while let Some((due, (kind, token))) = shots.recv().await {
        let request = Request::post("/notes/mcp")
            .header("Host", "mcp.example.com")
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {token}"))
            .body(Full::new(Bytes::from_static(BODY.as_bytes())))
            .unwrap();
        sender.ready().await.unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.status().as_u16();
        if status == 503 {
            let seconds = answer.headers().get("Retry-After").and_then(|value| value.to_str().ok());
            let seconds = seconds.and_then(|seconds| seconds.parse::<u32>().ok());
            assert!(seconds.is_some_and(|seconds| (1..=30).contains(&seconds)), "{seconds:?}");
            assert!(!answer.headers().contains_key("WWW-Authenticate"));
        }
        let _body = answer.into_body().collect().await.unwrap();
        let mut seen = seen.lock().unwrap();
        *seen.tally.entry((kind, status)).or_default() += 1;
        seen.waited.push(due.elapsed());
    }
}
