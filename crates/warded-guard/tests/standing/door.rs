//! A guard on a real socket, before a server that answers `REACHED`; what it trusts, and who calls.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Response;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::service_fn;
use warded_client::{
    fetch::{Fetch, Reach},
    introspect::{Introspection, IntrospectionSetup, Introspections},
    keys::Keys,
    obtain::Client,
    status::Statuses,
};
use warded_core::{
    FingerprintKey, Fleet, IssuerRules, IssuerSpec, Mode, ResourceUri, Server, ServerSpec, Validation,
};
use warded_guard::{Body, Called, Dpop, Guard, Permitted, Standings, Stop};
use warded_store::{Revocations, journal::Journal};
use zeroize::Zeroizing;

use crate::issuer::{CLIENT, Hands, Publisher, SECRET};

pub(crate) const HERE: &str = "https://mcp.example.com/notes/mcp";
pub(crate) const SIBLING: &str = "https://mcp.example.com/files/mcp";
const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// What the operator set up.
pub(crate) struct Setup {
    pub(crate) mode: Mode,
    /// Whose tokens are signed.
    pub(crate) signing: Vec<Publisher>,
    /// Who is asked about its tokens.
    pub(crate) asked: Option<Publisher>,
    pub(crate) change: fn(&mut IssuerRules),
    pub(crate) dpop: Dpop,
    pub(crate) clock: Hands,
    pub(crate) revocations: Revocations,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    /// What served before, and leaves what it knows of all issuers.
    pub(crate) before: Option<Door>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            mode: Mode::Strict,
            signing: vec![],
            asked: None,
            change: |_| {},
            dpop: Dpop::Optional,
            clock: Hands::new(),
            revocations: Revocations::default(),
            journal: None,
            before: None,
        }
    }

    fn server(&self) -> Server {
        let spec = |publisher: &Publisher, validation| {
            let mut rules = IssuerRules::default();
            rules.validation = validation;
            (self.change)(&mut rules);
            IssuerSpec { url: publisher.issuer(), rules, audiences: vec![], across_tiers: vec![] }
        };
        let signing = self.signing.iter().map(|publisher| spec(publisher, Validation::Jwt));
        let asked = self.asked.iter().map(|publisher| spec(publisher, Validation::Introspection));
        let issuers: Vec<_> = signing.chain(asked).collect();
        let server = |name: &str, resource, mode| ServerSpec {
            name: name.into(),
            resource: ResourceUri::parse(resource).unwrap(),
            aliases: vec![],
            issuers: (0..issuers.len()).collect(),
            tier: "default".into(),
            mode,
        };
        let servers = vec![server("notes", HERE, self.mode), server("files", SIBLING, Mode::Strict)];
        Fleet::prove(servers, issuers).unwrap().server("notes").unwrap()
    }

    pub(crate) async fn serve(self) -> Door {
        let fetch = Fetch::new(Reach::public()).unwrap();
        let clock = Arc::new(self.clock.clone());
        let issuers: Vec<_> = self.signing.iter().map(Publisher::issuer).collect();
        let keys = match &self.before {
            Some(before) => before.keys.of_others(issuers, |_| true),
            None => Keys::new(fetch.clone(), clock.clone(), issuers),
        };
        assert_eq!(keys.complete().await, vec![]);
        let introspections = Introspections::of(self.asked.iter().map(|asked| {
            let (issuer, secret) = (asked.issuer(), Zeroizing::new(SECRET.to_owned()));
            let client = Client::with_secret_in_header(CLIENT, secret, issuer.clone());
            let setup = IntrospectionSetup { issuer, endpoint: None, client };
            Introspection::new(fetch.clone(), clock.clone(), setup)
        }));
        let server = self.server();
        let statuses = match &self.before {
            Some(before) => before.statuses.of_others(fetch, Arc::clone(&keys), server.issuers()),
            None => Statuses::new(fetch, clock.clone(), Arc::clone(&keys)),
        };
        let standings =
            Standings::none().statuses(Arc::clone(&statuses)).revocations(self.revocations.clone());
        let mut guard = Guard::at(server, Arc::clone(&keys))
            .clock(clock)
            .dpop(self.dpop)
            .introspection(introspections)
            .standings(Arc::new(standings));
        if let Some(journal) = &self.journal {
            guard = guard.journal(Arc::clone(journal), Arc::new(FingerprintKey::new([7; 32])));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = TowerToHyperService::new(guard.build().forwarding(service_fn(reached)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let serving = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    let _ended = serving.await;
                });
            }
        });
        Door { address, clock: self.clock, keys, statuses }
    }
}

async fn reached(call: Permitted) -> Result<Response<Body>, Stop> {
    if matches!(call.called, Called::Get) {
        // Has one thing to say, and then waits.
        let said = futures_util::stream::iter([Ok(Frame::data(Bytes::from("data: REACHED\n\n")))]);
        let body = StreamBody::new(said.chain(futures_util::stream::pending()));
        return Ok(Response::builder()
            .header("Content-Type", "text/event-stream")
            .body(body.boxed_unsync())
            .unwrap());
    }
    let body = http_body_util::Full::from("\"REACHED\"").map_err(|never| match never {}).boxed_unsync();
    Ok(Response::new(body))
}

#[derive(Clone)]
pub(crate) struct Door {
    address: SocketAddr,
    pub(crate) clock: Hands,
    pub(crate) keys: Arc<Keys>,
    statuses: Arc<Statuses>,
}

impl Door {
    /// What a caller gets: a status, and the code of a refusal.
    pub(crate) async fn says(&self, token: &str) -> (u16, String) {
        let (status, _, body) = self.ask(token).await;
        let code = body.get("code").or_else(|| body.pointer("/error/data/code"));
        let code = code.and_then(Value::as_str).unwrap_or_default().to_owned();
        assert_eq!(body == "REACHED", status == 200, "{body}");
        (status, code)
    }

    pub(crate) async fn ask(&self, token: &str) -> (u16, String, Value) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nContent-Type: application/json\r\n\
             Connection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{PING}",
            PING.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(!answer.contains(token), "a token in an answer");
        (status, head.to_lowercase(), serde_json::from_str(body).unwrap())
    }

    /// Half of a message, whose other half comes when somebody asks for the answer.
    pub(crate) async fn begins(&self, token: &str) -> Half {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (first, rest) = PING.split_at(10);
        let head = format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nContent-Type: application/json\r\n\
             Connection: close\r\nAuthorization: Bearer {token}\r\nExpect: 100-continue\r\n\
             Content-Length: {}\r\n\r\n",
            PING.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Whoever is told to go on has been admitted, and its message is being read.
        let mut told = [0; 25];
        stream.read_exact(&mut told).await.unwrap();
        assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(first.as_bytes()).await.unwrap();
        Half { stream, rest }
    }

    /// A stream of what the server has to say, of which something was heard.
    pub(crate) async fn listens(&self, token: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "GET /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nAccept: text/event-stream\r\n\
             Connection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut heard = String::new();
        while !heard.contains("REACHED") {
            let mut some = [0; 1024];
            let count = stream.read(&mut some).await.unwrap();
            assert_ne!(count, 0, "{heard}");
            heard.push_str(std::str::from_utf8(&some[..count]).unwrap());
        }
        stream
    }

    pub(crate) async fn admits(&self, token: &str) {
        assert_eq!(self.says(token).await, (200, String::new()));
    }

    pub(crate) async fn refuses(&self, token: &str, code: &str) {
        assert_eq!(self.says(token).await, (401, code.to_owned()));
    }

    pub(crate) async fn fails(&self, token: &str, code: &str) {
        let (status, head, body) = self.ask(token).await;
        assert_eq!((status, &body["code"]), (503, &code.into()));
        assert!(head.contains("retry-after: ") && !head.contains("www-authenticate"), "{head}");
    }
}

/// A request whose message has come by half.
pub(crate) struct Half {
    stream: TcpStream,
    rest: &'static str,
}

impl Half {
    /// Sends the rest, and hears the status and all of the answer.
    pub(crate) async fn ends(mut self) -> (u16, String) {
        self.stream.write_all(self.rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }
}
