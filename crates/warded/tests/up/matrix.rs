//! Nothing that belongs to one caller at one server is of use to another caller or at another server: every pair, over
//! every way in, by every method, cold and warm, and after a restart. `notes` and `files` have hosts of their own, and
//! both know alice and bob.

use std::net::SocketAddr;

use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use serde_json::json;

use crate::{
    caller::{Answer, initialize, ping},
    front::{Asked, Front},
    stage::Stage,
};

/// Whose token, session or event it is, and at which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Of(Who, Where);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Alice,
    Bob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Notes,
    Files,
}

use Where::{Files, Notes};
use Who::{Alice, Bob};

/// How a request says for which server it is.
#[derive(Clone, Copy, Debug)]
enum Address {
    /// As it should.
    Plain(Where),
    /// For one server, with what a proxy would say of the other.
    Forwarded(Where, &'static str),
    /// One server's host in the target, the other's in `Host`.
    Absolute(Where, Where),
    /// One server's path, and the hosts of both.
    Twice(Where, Where),
    /// One server's path at the other's host.
    Crossed(Where, Where),
}

/// What is tried, with whose token, session and event, and what is answered.
struct Attack {
    address: Address,
    token: Option<Of>,
    session: Option<Of>,
    event: Option<Of>,
    answer: (u16, &'static str),
}

const fn attack(
    address: Address,
    token: Option<Of>,
    session: Option<Of>,
    event: Option<Of>,
    answer: (u16, &'static str),
) -> Attack {
    Attack { address, token, session, event, answer }
}

const MINE: Of = Of(Alice, Notes);
const BOBS: Of = Of(Bob, Notes);
const ELSEWHERE: Of = Of(Alice, Files);
const BOBS_ELSEWHERE: Of = Of(Bob, Files);

const NO_TOKEN: (u16, &str) = (401, "token-absent");
const STRAY: (u16, &str) = (401, "audience-elsewhere");
const NO_SESSION: (u16, &str) = (404, "session-unknown");
const NO_EVENT: (u16, &str) = (400, "event-unknown");
const NO_HOST: (u16, &str) = (400, "host-invalid");
const NOWHERE: (u16, &str) = (404, "server-unknown");

const ATTACKS: &[Attack] = &[
    // A token at the other server, alone and with everything that belongs there.
    attack(Address::Plain(Files), Some(MINE), None, None, STRAY),
    attack(Address::Plain(Notes), Some(ELSEWHERE), None, None, STRAY),
    attack(Address::Plain(Files), Some(MINE), Some(ELSEWHERE), Some(ELSEWHERE), STRAY),
    attack(Address::Plain(Files), Some(MINE), Some(MINE), Some(MINE), STRAY),
    // A session is no credential, and nobody else's.
    attack(Address::Plain(Notes), None, Some(MINE), None, NO_TOKEN),
    attack(Address::Plain(Notes), Some(BOBS), Some(MINE), None, NO_SESSION),
    attack(Address::Plain(Notes), Some(MINE), Some(BOBS), None, NO_SESSION),
    attack(Address::Plain(Notes), Some(MINE), Some(ELSEWHERE), None, NO_SESSION),
    attack(Address::Plain(Files), Some(ELSEWHERE), Some(MINE), None, NO_SESSION),
    attack(Address::Plain(Files), Some(BOBS_ELSEWHERE), Some(BOBS), None, NO_SESSION),
    // Neither is an event, and it is of its session only.
    attack(Address::Plain(Notes), None, Some(MINE), Some(MINE), NO_TOKEN),
    attack(Address::Plain(Notes), Some(BOBS), None, Some(MINE), NO_EVENT),
    attack(Address::Plain(Notes), Some(BOBS), Some(BOBS), Some(MINE), NO_EVENT),
    attack(Address::Plain(Notes), Some(BOBS), Some(MINE), Some(MINE), NO_SESSION),
    attack(Address::Plain(Notes), Some(MINE), None, Some(MINE), NO_EVENT),
    attack(Address::Plain(Notes), Some(MINE), Some(MINE), Some(BOBS), NO_EVENT),
    attack(Address::Plain(Notes), Some(MINE), Some(MINE), Some(ELSEWHERE), NO_EVENT),
    attack(Address::Plain(Files), Some(ELSEWHERE), Some(ELSEWHERE), Some(MINE), NO_EVENT),
    attack(Address::Plain(Files), Some(ELSEWHERE), None, Some(MINE), NO_EVENT),
    // Nobody is believed who says that the request was for another host.
    attack(Address::Forwarded(Files, "x-forwarded-host"), Some(MINE), None, None, STRAY),
    attack(Address::Forwarded(Files, "forwarded"), Some(MINE), None, None, STRAY),
    attack(Address::Forwarded(Files, "x-original-host"), Some(MINE), Some(MINE), None, STRAY),
    attack(Address::Crossed(Notes, Files), Some(MINE), None, None, NOWHERE),
    attack(Address::Crossed(Files, Notes), Some(MINE), Some(MINE), None, NOWHERE),
    attack(Address::Absolute(Notes, Files), Some(MINE), None, None, NO_HOST),
    attack(Address::Absolute(Files, Notes), Some(MINE), None, None, NO_HOST),
    attack(Address::Twice(Notes, Files), Some(MINE), None, None, NO_HOST),
    attack(Address::Twice(Files, Notes), Some(MINE), None, None, NO_HOST),
];

/// What somebody holds who uses a server as it is meant.
struct Held {
    of: Of,
    token: String,
    session: String,
    event: String,
}

struct Matrix {
    stage: Stage,
    held: Vec<Held>,
}

impl Matrix {
    async fn start() -> Self {
        let stage = Stage::with("    resource: http://localhost:PORT/mcp").await;
        let mut matrix = Self { stage, held: Vec::new() };
        for of in [MINE, BOBS, ELSEWHERE, BOBS_ELSEWHERE] {
            let held = matrix.obtain(of).await;
            matrix.held.push(held);
        }
        matrix
    }

    fn to(&self) -> SocketAddr {
        self.stage.gateway.address
    }

    fn host(&self, server: Where) -> String {
        match server {
            Notes => format!("localhost:{}", self.to().port()),
            Files => self.to().to_string(),
        }
    }

    fn path(server: Where) -> &'static str {
        match server {
            Notes => "/mcp",
            Files => "/files/mcp",
        }
    }

    async fn obtain(&mut self, of: Of) -> Held {
        let Of(who, server) = of;
        let resource = format!("http://{}{}", self.host(server), Self::path(server));
        let subject = format!("{who:?}").to_lowercase();
        let token = self.stage.issuer.token(&resource, json!({ "sub": subject }));
        let mut begun = self.asked(Address::Plain(server), &Method::POST);
        begun.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let mut listening = self.asked(Address::Plain(server), &Method::GET);
        listening.headers = begun.headers.clone();
        begun.body = initialize().to_string();
        let answer = Front::Http1.send(self.to(), &begun).await;
        let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        listening.headers.insert("mcp-session-id", session.parse().unwrap());
        let mut stream = Front::Http1.send(self.to(), &listening).await.into_body();
        let behind = match server {
            Notes => &mut self.stage.notes,
            Files => &mut self.stage.files,
        };
        let mut behind = behind.streams.recv().await.unwrap();
        behind.send_data("id: 1\ndata: {}\n\n".into()).await.unwrap();
        let event = stream.frame().await.unwrap().unwrap().into_data().unwrap();
        let event = String::from_utf8(event.to_vec()).unwrap();
        let event = event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
        Held { of, token, session, event }
    }

    fn held(&self, of: Of) -> &Held {
        self.held.iter().find(|held| held.of == of).unwrap()
    }

    fn asked(&self, address: Address, method: &Method) -> Asked {
        let mut headers = HeaderMap::new();
        let (server, authority, hosts) = match address {
            Address::Plain(server) => (server, None, vec![self.host(server)]),
            Address::Forwarded(server, name) => {
                let other = self.host(if server == Notes { Files } else { Notes });
                let value = if name == "forwarded" { format!("host=\"{other}\"") } else { other };
                headers.insert(name, value.parse().unwrap());
                (server, None, vec![self.host(server)])
            }
            Address::Absolute(target, host) => (target, Some(self.host(target)), vec![self.host(host)]),
            Address::Twice(first, second) => (first, None, vec![self.host(first), self.host(second)]),
            Address::Crossed(path, host) => {
                headers.insert("x-forwarded-host", self.host(path).parse().unwrap());
                (path, None, vec![self.host(host)])
            }
        };
        let body = if method == Method::POST { ping().to_string() } else { String::new() };
        if method == Method::POST {
            headers.insert("content-type", "application/json".parse().unwrap());
        }
        let path = Self::path(server).to_owned();
        Asked { method: method.clone(), path, authority, hosts, headers, body }
    }

    /// With what the attacker has.
    fn armed(&self, attack: &Attack, method: &Method) -> Asked {
        let mut asked = self.asked(attack.address, method);
        if let Some(of) = attack.token {
            asked.headers.insert("authorization", format!("Bearer {}", self.held(of).token).parse().unwrap());
        }
        if let Some(of) = attack.session {
            asked.headers.insert("mcp-session-id", self.held(of).session.parse().unwrap());
        }
        if let Some(of) = attack.event {
            asked.headers.insert("last-event-id", self.held(of).event.parse().unwrap());
        }
        asked
    }

    fn heard(&self) -> usize {
        self.stage.notes.requests().len() + self.stage.files.requests().len()
    }

    /// Every attack is refused, and nothing of it is heard behind.
    async fn refuses(&self, front: Front, when: &str) -> usize {
        let heard = self.heard();
        let mut tried = 0;
        for attack in ATTACKS {
            for method in [Method::POST, Method::GET, Method::DELETE] {
                for revision in [None, Some("2025-06-18"), Some("2025-11-25")] {
                    let mut asked = self.armed(attack, &method);
                    if let Some(revision) = revision {
                        asked.headers.insert("mcp-protocol-version", revision.parse().unwrap());
                    }
                    let answer = Answer::read(front.send(self.to(), &asked).await).await;
                    assert_eq!(
                        (answer.status.as_u16(), answer.code().as_str()),
                        attack.answer,
                        "{front:?}, {when}: {asked:?}"
                    );
                    tried += 1;
                }
            }
        }
        assert_eq!(self.heard(), heard, "{front:?}, {when}: something was heard behind");
        tried
    }

    /// Everybody uses what is theirs.
    async fn serves(&self, front: Front, when: &str) {
        for held in &self.held {
            let Of(_, server) = held.of;
            for method in [Method::POST, Method::GET, Method::DELETE] {
                let own = Some(held.of);
                let asked = self.armed(&attack(Address::Plain(server), own, own, own, (200, "")), &method);
                let answer = front.send(self.to(), &asked).await;
                assert!(answer.status().is_success(), "{front:?}, {when}: {:?} {answer:?}", held.of);
            }
            let behind = if server == Notes { &self.stage.notes } else { &self.stage.files };
            assert_eq!(behind.last().headers["last-event-id"], "1");
        }
    }
}

#[tokio::test]
async fn nothing_of_one_caller_at_one_server_is_of_use_to_another_or_elsewhere() {
    let mut matrix = Matrix::start().await;
    let mut tried = 0;
    for run in ["at first", "after a restart"] {
        for front in Front::ALL {
            tried += matrix.refuses(front, &format!("{run}, cold")).await;
            matrix.serves(front, run).await;
            tried += matrix.refuses(front, &format!("{run}, warm")).await;
        }
        matrix.stage.gateway = matrix.stage.gateway.restart().await;
    }
    println!("{tried} attacks were refused, and nothing of them was heard behind");
}
