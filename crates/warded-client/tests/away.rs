//! Whether a bridge outlives its server: what was not sent is sent later, and no tool is called twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use stage::Stage;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use warded_client::{bridge::Bridge, login::Notice, session::Asked};
use warded_core::ResourceUri;

/// The methods that came, and those whose request is heard and never answered: the connection breaks.
#[derive(Clone, Default)]
struct Heard {
    methods: Arc<Mutex<Vec<String>>>,
    breaks: Arc<Mutex<Vec<&'static str>>>,
}

impl Heard {
    fn count(&self, method: &str) -> usize {
        self.methods.lock().unwrap().iter().filter(|heard| *heard == method).count()
    }

    async fn answer(self, mut stream: TcpStream) {
        let mut text = Vec::new();
        let message = loop {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).await.unwrap_or(0);
            text.extend_from_slice(&piece[..length]);
            let whole = String::from_utf8_lossy(&text).into_owned();
            let body = whole.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
            match body.map(|body| serde_json::from_str::<Value>(&body)) {
                Some(Ok(message)) => break message,
                _ if length == 0 => return,
                _ => {}
            }
        };
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        self.methods.lock().unwrap().push(method.clone());
        let breaks = self.breaks.lock().unwrap().iter().position(|breaks| *breaks == method);
        if let Some(at) = breaks {
            self.breaks.lock().unwrap().remove(at);
            return;
        }
        let begun = match method.as_str() {
            "x/half" | "ping" => "content-type: application/json\r\ncontent-length: 100\r\n\r\n{",
            "x/events" => "content-type: text/event-stream\r\n\r\n: nothing\n\n",
            "x/silent" => std::future::pending().await,
            _ => "",
        };
        if !begun.is_empty() {
            let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{begun}");
            return stream.write_all(answer.as_bytes()).await.unwrap();
        }
        let result = json!({ "protocolVersion": "2025-11-25", "to": method });
        let body = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.ok();
    }
}

/// A server that is stopped and started at the same address.
struct Server {
    address: SocketAddr,
    heard: Heard,
    running: Option<JoinHandle<()>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut server =
            Self { address: listener.local_addr().unwrap(), heard: Heard::default(), running: None };
        server.run(listener);
        server
    }

    fn run(&mut self, listener: TcpListener) {
        let heard = self.heard.clone();
        self.running = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(heard.clone().answer(stream));
            }
        }));
    }

    async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
    }

    async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.run(listener);
    }

    fn url(&self) -> ResourceUri {
        ResourceUri::parse(&format!("http://{}/mcp", self.address)).unwrap()
    }
}

struct Client {
    input: DuplexStream,
    output: Lines<BufReader<DuplexStream>>,
    stage: Stage,
}

impl Client {
    async fn of(server: &Server, patience: Duration) -> Self {
        let stage = Stage::new().await;
        let (input, read) = tokio::io::duplex(1 << 16);
        let (write, output) = tokio::io::duplex(1 << 16);
        let session = stage.session_to(server.url(), Asked::default());
        tokio::spawn(Bridge::run(session, read, write, patience, std::future::pending()));
        Self { input, output: BufReader::new(output).lines(), stage }
    }

    async fn say(&mut self, id: usize, method: &str) {
        let params = json!({ "protocolVersion": "2025-11-25", "name": "t" });
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        serde_json::from_str(&self.output.next_line().await.unwrap().unwrap()).unwrap()
    }

    async fn ask(&mut self, id: usize, method: &str) -> Value {
        self.say(id, method).await;
        self.hear().await
    }

    fn was_told(&self, is_it: impl Fn(&Notice) -> bool) -> usize {
        self.stage.notices.lock().unwrap().iter().filter(|notice| is_it(notice)).count()
    }

    fn was_told_away(&self) -> usize {
        self.was_told(|notice| matches!(notice, Notice::Away { .. }))
    }
}

const PATIENT: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_server_that_starts_again_is_waited_for_and_each_request_reaches_it_once() {
    let mut server = Server::start().await;
    let mut client = Client::of(&server, PATIENT).await;
    assert_eq!(client.ask(0, "initialize").await["result"]["to"], "initialize");
    server.stop().await;
    for (id, method) in [(1, "tools/call"), (2, "tools/list"), (3, "no/such-method")] {
        client.say(id, method).await;
    }
    while client.was_told_away() == 0 {
        tokio::task::yield_now().await;
    }
    server.start_again().await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        let answer = client.hear().await;
        heard.push(answer["result"]["to"].as_str().unwrap().to_owned());
    }
    heard.sort();
    assert_eq!(heard, ["no/such-method", "tools/call", "tools/list"]);
    for method in ["tools/call", "tools/list", "no/such-method"] {
        assert_eq!(server.heard.count(method), 1, "{method}");
    }
    let back = client.was_told(|notice| *notice == Notice::Back);
    assert_eq!((client.was_told_away(), back), (1, 1), "it is said once");
}

#[tokio::test]
async fn a_tool_whose_answer_was_cut_off_is_not_called_a_second_time() {
    let server = Server::start().await;
    let mut client = Client::of(&server, PATIENT).await;
    client.ask(0, "initialize").await;
    *server.heard.breaks.lock().unwrap() = vec!["tools/call", "tools/list", "no/such-method"];
    for (id, method) in [(1, "tools/call"), (2, "no/such-method")] {
        let error = client.ask(id, method).await;
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains("whether it was carried out is not known"), "{message}");
        assert_eq!(server.heard.count(method), 1, "{method}");
    }
    // To be told twice what there is does no harm.
    assert_eq!(client.ask(3, "tools/list").await["result"]["to"], "tools/list");
    assert_eq!(server.heard.count("tools/list"), 2);
}

#[tokio::test]
async fn a_tool_whose_answer_is_lost_may_have_been_called_however_that_was() {
    let server = Server::start().await;
    let mut client = Client::of(&server, PATIENT).await;
    client.ask(0, "initialize").await;
    let told = |error: Value, words: &str, may_have_been: bool| {
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        assert_eq!(message.contains("whether it was carried out is not known"), may_have_been, "{message}");
    };
    told(client.ask(1, "x/half").await, "broke off", true);
    told(client.ask(2, "x/events").await, "stream ended", true);
    told(client.ask(3, "ping").await, "broke off", false);
    client.say(4, "x/silent").await;
    while server.heard.count("x/silent") == 0 {
        tokio::task::yield_now().await;
    }
    // Nothing more is to come, and the clock goes to the end of the time.
    tokio::time::pause();
    told(client.hear().await, "did not answer in time", true);
    for method in ["x/half", "x/events", "x/silent"] {
        assert_eq!(server.heard.count(method), 1, "{method}");
    }
}

#[tokio::test]
async fn a_server_that_dies_of_a_message_hears_it_twice_and_not_after_each_of_its_starts() {
    let server = Server::start().await;
    let mut client = Client::of(&server, PATIENT).await;
    client.ask(0, "initialize").await;
    *server.heard.breaks.lock().unwrap() = vec!["tools/list"; 8];
    let error = client.ask(1, "tools/list").await;
    assert!(error["error"]["message"].as_str().unwrap().contains("broke off"), "{error}");
    assert_eq!(server.heard.count("tools/list"), 2);
}

#[tokio::test]
async fn a_server_that_never_was_there_is_not_waited_for() {
    let mut server = Server::start().await;
    server.stop().await;
    let mut client = Client::of(&server, PATIENT).await;
    let error = client.ask(0, "initialize").await;
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("127.0.0.1") && message.contains("connection refused"), "{message}");
    assert_eq!(client.was_told_away(), 0);
}

#[tokio::test]
async fn a_server_that_does_not_come_back_is_given_up() {
    let mut server = Server::start().await;
    let mut client = Client::of(&server, Duration::from_millis(500)).await;
    client.ask(0, "initialize").await;
    server.stop().await;
    let error = client.ask(1, "tools/call").await;
    assert!(error["error"]["message"].as_str().unwrap().contains("connection refused"), "{error}");
    assert_eq!((client.was_told_away(), server.heard.count("tools/call")), (1, 0));
}
