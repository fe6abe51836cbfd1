//! Which connections carry a second request? Servers that end a connection as it is used again, that say more than was
//! asked, or that want it for themselves; and what must never come of it: an answer to somebody else's question, or a
//! request that arrives twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Receiver, channel},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    task::{JoinSet, yield_now},
    time::{advance, pause, resume},
};
use warded_client::{
    bridge::Bridge,
    channel::{Channel, ChannelFailed, Message},
    clock::SystemClock,
    fetch::{Fetch, FetchFailed, Passage, Reach, Watch},
    possession::Prover,
    session::Asked,
};
use warded_core::ResourceUri;

mod stage;

use stage::Stage;

/// Answers each request with the number of its connection and with what it was asked, so that no answer can be taken for
/// another's; some questions are answered as a server should not.
struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    /// Hears when something was done to a connection that waits.
    done: mpsc::UnboundedReceiver<()>,
    _running: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    /// What was asked, or how much of it came.
    asked: Mutex<Vec<String>>,
    heads: Mutex<Vec<String>>,
    /// Tells whoever waits after an answer to go on.
    goes_on: Notify,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, done) = mpsc::unbounded_channel();
        let seen = Arc::<Seen>::default();
        let log = Arc::clone(&seen);
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = log.connections.fetch_add(1, SeqCst);
                connections.spawn(serve(stream, number, Arc::clone(&log), tell.clone()));
            }
        });
        Self { address, seen, done, _running: running }
    }

    fn url(&self) -> ResourceUri {
        ResourceUri::parse(&format!("http://{}/mcp", self.address)).unwrap()
    }

    fn channel(&self) -> Channel {
        let fetch = Fetch::new(Reach::public()).unwrap();
        Channel::to(self.url(), &fetch, Duration::from_secs(20)).unwrap()
    }

    fn connections(&self) -> usize {
        self.seen.connections.load(SeqCst)
    }

    fn asked_for(&self, what: &str) -> usize {
        self.seen.asked.lock().unwrap().iter().filter(|asked| *asked == what).count()
    }

    /// Lets the server do what it does to a connection that waits, and waits until that is done.
    async fn goes_on(&mut self) {
        self.seen.goes_on.notify_one();
        self.done.recv().await.unwrap();
    }
}

/// Reads one request: its body, or nothing at the end of the connection.
async fn request(stream: &mut TcpStream, seen: &Seen) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    seen.heads.lock().unwrap().push(head);
    stream.read_exact(&mut body).await.ok()?;
    Some(String::from_utf8(body).unwrap())
}

async fn serve(mut stream: TcpStream, number: usize, seen: Arc<Seen>, done: mpsc::UnboundedSender<()>) {
    let mut is_watched = false;
    while let Some(asked) = request(&mut stream, &seen).await {
        seen.asked.lock().unwrap().push(asked.clone());
        let said = format!("{number} {asked}");
        let with = |more: &str, text: &str| {
            format!("HTTP/1.1 200 OK\r\n{more}content-length: {}\r\n\r\n{text}", text.len())
        };
        let answer = match asked.as_str() {
            "breaks" => return,
            "nothing" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            "chunks" => format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{said}\r\n0\r\n\r\n",
                said.len()
            ),
            "early" => format!("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n{}", with("", &said)),
            "old" => with("connection: keep-alive\r\n", &said).replace("HTTP/1.1", "HTTP/1.0"),
            "last" => with("connection: close\r\n", &said),
            "soon" => with("keep-alive: timeout=1\r\n", &said),
            "until-the-end" => format!("HTTP/1.1 200 OK\r\n\r\n{said}"),
            "half" => format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{said}"),
            "more" => with("", &said) + &with("", "an answer to nobody"),
            "switches" => format!(
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n{}",
                with("", "an answer to nobody")
            ),
            _ if asked.starts_with('{') => event(number, &asked),
            "compressed" => with("content-encoding: gzip\r\n", &said),
            _ => with("", &said),
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        match asked.as_str() {
            "until-the-end" => return,
            "ends" => {
                seen.goes_on.notified().await;
                drop(stream);
                return done.send(()).unwrap();
            }
            "watched" => is_watched = true,
            "later" => {
                seen.goes_on.notified().await;
                stream.write_all(with("", "an answer to nobody").as_bytes()).await.unwrap();
                done.send(()).unwrap();
            }
            // The next request is cut off when a part of it has come.
            "begins" => {
                let mut part = [0; 64];
                if stream.read_exact(&mut part).await.is_ok() {
                    seen.asked.lock().unwrap().push("a part".to_owned());
                }
                return;
            }
            _ => {}
        }
    }
    if is_watched {
        done.send(()).unwrap();
    }
}

/// An answer in a stream, which ends with it unless it was asked not to.
fn event(number: usize, asked: &str) -> String {
    let asked: Value = serde_json::from_str(asked).unwrap();
    let result = json!({ "protocolVersion": "2025-11-25", "connection": number });
    let event = format!("data: {}\n\n", json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result }));
    let end = if asked["method"] == "endless" { "" } else { "0\r\n\r\n" };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked";
    format!("{head}\r\n\r\n{:x}\r\n{event}\r\n{end}", event.len())
}

fn prover() -> Prover {
    #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
    let random = aws_lc_rs::rand::SystemRandom::new();
    Prover::new(Arc::new(SystemClock), Arc::new(random))
}

fn message(method: Method, what: &str) -> Message {
    let mut headers = HeaderMap::new();
    if method == Method::POST {
        headers.insert("content-type", HeaderValue::from_static("application/json"));
    }
    Message::new(method, headers, Bytes::from(what.to_owned()))
}

async fn ask(channel: &Channel, what: &str) -> Result<String, ChannelFailed> {
    let answer = channel.send(&message(Method::POST, what), None, &prover()).await?;
    let body = answer.body.collect(1024 * 1024).await?;
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

fn broken() -> ChannelFailed {
    FetchFailed::Broken { host: "127.0.0.1".into() }.into()
}

#[tokio::test]
async fn one_request_after_another_goes_over_one_connection() {
    let server = Server::start().await;
    let channel = server.channel();
    for what in ["a", "chunks", "early", "nothing", "b"] {
        let said = if what == "nothing" { String::new() } else { format!("0 {what}") };
        assert_eq!(ask(&channel, what).await.unwrap(), said);
    }
    assert_eq!(server.connections(), 1);
    let heads = server.seen.heads.lock().unwrap().join("");
    assert!(!heads.contains("connection:") && !heads.contains("keep-alive"), "{heads}");
}

#[tokio::test]
async fn requests_at_once_have_a_connection_each_and_no_more_than_a_few_are_kept() {
    let server = Server::start().await;
    let channel = server.channel();
    let all = futures_util::future::join_all((0..8).map(|_| ask(&channel, "a"))).await;
    assert!(all.iter().all(Result::is_ok));
    let made = server.connections();
    assert_eq!(made, 8);
    let all = futures_util::future::join_all((0..8).map(|_| ask(&channel, "a"))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(server.connections() - made, 4, "four of them were kept");
}

#[tokio::test]
async fn what_its_server_does_not_want_again_is_not_used_again() {
    for what in ["old", "last", "soon", "until-the-end", "switches"] {
        let server = Server::start().await;
        let channel = server.channel();
        drop(ask(&channel, what).await);
        assert_eq!(ask(&channel, "a").await.unwrap(), "1 a", "{what}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_read_to_its_end_leaves_no_connection_that_it_would_be_read_on() {
    let server = Server::start().await;
    let channel = server.channel();
    let mut half = channel.send(&message(Method::POST, "half"), None, &prover()).await.unwrap();
    assert_eq!(half.body.next().await.unwrap().unwrap(), "0 half");
    assert_eq!(ask(&channel, "a").await.unwrap(), "1 a", "while it is read");
    drop(half);
    let compressed = ask(&channel, "compressed").await.unwrap_err();
    assert_eq!(compressed, FetchFailed::Encoded { host: "127.0.0.1".into() }.into());
    assert_eq!(ask(&channel, "b").await.unwrap(), "2 b");
}

#[tokio::test]
async fn what_comes_behind_an_answer_is_no_answer_to_the_next_request() {
    let server = Server::start().await;
    let channel = server.channel();
    assert_eq!(ask(&channel, "more").await.unwrap(), "0 more");
    assert_eq!(ask(&channel, "a").await.unwrap(), "1 a");
    // With a head that has no body, the rest stands right behind it.
    let head = channel.send(&message(Method::HEAD, ""), None, &prover()).await.unwrap();
    assert_eq!(head.body.collect(1024).await.unwrap(), "");
    assert_eq!(ask(&channel, "b").await.unwrap(), "2 b");
}

#[tokio::test]
async fn what_comes_while_a_connection_waits_is_no_answer_to_the_next_request() {
    let mut server = Server::start().await;
    let channel = server.channel();
    for round in 0..50 {
        assert_eq!(ask(&channel, "later").await.unwrap(), format!("{round} later"));
        server.goes_on().await;
    }
    assert_eq!(ask(&channel, "a").await.unwrap(), "50 a");
}

#[tokio::test]
async fn a_connection_that_its_server_has_ended_costs_no_request() {
    let mut server = Server::start().await;
    let channel = server.channel();
    for round in 0..50 {
        assert_eq!(ask(&channel, "ends").await.unwrap(), format!("{round} ends"));
        server.goes_on().await;
    }
    assert_eq!(ask(&channel, "a").await.unwrap(), "50 a");
    assert_eq!((server.asked_for("ends"), server.asked_for("a")), (50, 1));
}

#[tokio::test]
async fn what_may_have_been_read_is_never_sent_again() {
    let server = Server::start().await;
    let channel = server.channel();
    assert_eq!(ask(&channel, "a").await.unwrap(), "0 a");
    // All of it was read, over a connection that had carried another.
    assert_eq!(ask(&channel, "breaks").await, Err(broken()));
    assert_eq!((server.asked_for("breaks"), server.connections()), (1, 1));
    // A part of it was read, however large the rest is.
    for rest in [1, 8 * 1024 * 1024] {
        let connections = server.connections();
        assert_eq!(ask(&channel, "begins").await.unwrap(), format!("{connections} begins"));
        assert_eq!(ask(&channel, &"x".repeat(rest)).await, Err(broken()), "{rest}");
        assert_eq!(server.connections(), connections + 1, "{rest}");
    }
    assert_eq!(server.asked_for("a part"), 2);
}

#[tokio::test]
async fn a_connection_that_waited_for_long_is_not_used() {
    let server = Server::start().await;
    let channel = server.channel();
    for (seconds, number) in [(3, 0), (3, 0), (4, 1)] {
        assert_eq!(ask(&channel, "a").await.unwrap(), "0 a");
        pause();
        advance(Duration::from_secs(seconds)).await;
        resume();
        if number == 1 {
            assert_eq!(ask(&channel, "a").await.unwrap(), "1 a");
        }
    }
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed() {
    let mut server = Server::start().await;
    let channel = server.channel();
    ask(&channel, "watched").await.unwrap();
    // Whoever comes by to close it has begun to wait.
    yield_now().await;
    pause();
    advance(Duration::from_secs(5)).await;
    resume();
    server.done.recv().await.unwrap();
    drop(channel);
}

#[tokio::test]
async fn a_connection_that_has_ended_takes_the_place_of_no_other() {
    let server = Server::start().await;
    let channel = server.channel();
    let slow = channel.send(&message(Method::POST, "a"), None, &prover()).await.unwrap();
    let ended = futures_util::future::join_all((0..4).map(|_| ask(&channel, "last"))).await;
    assert!(ended.iter().all(Result::is_ok));
    assert_eq!(slow.body.collect(1024).await.unwrap(), "0 a");
    assert_eq!(ask(&channel, "b").await.unwrap(), "0 b");
}

/// A server that answers one request on each connection and does this to it at once, while its client looks elsewhere.
fn abrupt(does: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> (ResourceUri, Receiver<()>) {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _asked = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nours").unwrap();
            does(&mut stream);
            if tell.send(()).is_err() {
                return;
            }
        }
    });
    (ResourceUri::parse(&url).unwrap(), told)
}

#[tokio::test]
async fn what_has_come_a_moment_ago_is_seen_before_the_request_goes_out() {
    let ends = abrupt(|stream| stream.shutdown(Shutdown::Both).unwrap());
    let held = Mutex::new(Vec::new());
    let says = abrupt(move |stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ntheirs").unwrap();
        held.lock().unwrap().push(stream.try_clone().unwrap());
    });
    for (server, done) in [ends, says] {
        let fetch = Fetch::new(Reach::public()).unwrap();
        let channel = Channel::to(server, &fetch, Duration::from_secs(20)).unwrap();
        for _ in 0..50 {
            assert_eq!(ask(&channel, "a").await.as_deref(), Ok("ours"));
            // Nothing here runs meanwhile, so that nothing is noticed by chance.
            done.recv().unwrap();
        }
    }
}

#[tokio::test]
async fn two_that_were_one_share_no_connection() {
    let server = Server::start().await;
    let one = server.channel();
    assert_eq!(ask(&one, "a").await.unwrap(), "0 a");
    let other = one.clone();
    assert_eq!(ask(&other, "b").await.unwrap(), "1 b");
    assert_eq!(
        (ask(&one, "c").await.unwrap(), ask(&other, "d").await.unwrap()),
        ("0 c".into(), "1 d".into())
    );
}

#[tokio::test]
async fn a_stream_that_ends_with_its_answer_leaves_its_connection_to_the_bridges_next_request() {
    let (stage, server) = (Stage::new().await, Server::start().await);
    let (mut input, read) = tokio::io::duplex(1 << 16);
    let (write, output) = tokio::io::duplex(1 << 16);
    let session = stage.session_to(server.url(), Asked::default());
    tokio::spawn(Bridge::run(session, read, write, Duration::from_mins(1), std::future::pending()));
    let mut output = BufReader::new(output).lines();
    let methods = ["initialize", "tools/call", "ping", "endless", "tools/call", "tools/call"];
    for (id, (method, connection)) in methods.into_iter().zip([0, 0, 0, 0, 1, 1]).enumerate() {
        let params = json!({ "protocolVersion": "2025-11-25", "name": "t" });
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        let answer: Value = serde_json::from_str(&output.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(answer["result"]["connection"], connection, "{method}: {answer}");
    }
}

#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<Passage>>);

impl Watch for Notebook {
    fn saw(&self, passage: Passage) {
        self.0.lock().unwrap().push(passage);
    }
}

#[tokio::test]
async fn whoever_looks_on_sees_the_whole_way_each_time() {
    let server = Server::start().await;
    let notebook = Arc::<Notebook>::default();
    let fetch = Fetch::new(Reach::public()).unwrap().watched_by(Arc::clone(&notebook) as _);
    let channel = Channel::to(server.url(), &fetch, Duration::from_secs(20)).unwrap();
    for _ in 0..2 {
        ask(&channel, "a").await.unwrap();
    }
    let passages = notebook.0.lock().unwrap();
    assert!(passages.len() == 2 && passages.iter().all(|passage| passage.reached == Some(server.address)));
}
