//! Everybody, with what is theirs.

use std::net::SocketAddr;

use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use serde_json::json;
use tempfile::TempDir;

use super::{
    attack::{Address, Attack, BOBS, BOBS_ELSEWHERE, ELSEWHERE, Files, MINE, Notes, Of, Where},
    behind::{Behind, Kind},
    tls::tls,
};
use crate::{
    caller::{initialize, ping},
    front::{Asked, Front},
    issuer::Issuer,
    stage::Gateway,
};

/// What somebody holds who uses a server as it is meant.
pub(super) struct Held {
    pub(super) of: Of,
    pub(super) token: String,
    pub(super) session: String,
    pub(super) event: String,
}

/// How callers come in, and what lies behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    is_tls: bool,
    pub(super) behind: Kind,
}

pub(super) const SETTINGS: [Setting; 4] = [
    Setting { is_tls: false, behind: Kind::Http },
    Setting { is_tls: true, behind: Kind::Http },
    Setting { is_tls: false, behind: Kind::Stdio },
    Setting { is_tls: true, behind: Kind::Stdio },
];

pub(super) struct Matrix {
    pub(super) setting: Setting,
    pub(super) gateway: Gateway,
    issuer: Issuer,
    pub(super) notes: Behind,
    pub(super) files: Behind,
    pub(super) fronts: [Front; 2],
    pub(super) held: Vec<Held>,
    _folder: TempDir,
}

impl Matrix {
    pub(super) async fn start(setting: Setting) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = Issuer::start().await;
        let notes = Behind::of(setting.behind, folder.path(), "notes").await;
        let files = Behind::of(setting.behind, folder.path(), "files").await;
        let (scheme, tls, certificate) = if setting.is_tls {
            let (lines, certificate) = tls(folder.path());
            ("https", lines, Some(certificate))
        } else {
            ("http", String::new(), None)
        };
        let configuration = format!(
            "public_url: {scheme}://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\n{tls}servers:\n  notes:\n    {}\n    \
             resource: {scheme}://localhost:PORT/mcp\n    issuers: [corp]\n  files:\n    {}\n    issuers: [corp]\n\
             issuers:\n  corp: {{ url: \"{}\" }}\n",
            notes.configured(),
            files.configured(),
            issuer.url
        );
        let gateway = Gateway::start(&configuration).await;
        let fronts = Front::all(certificate.as_ref());
        let mut matrix =
            Self { setting, gateway, issuer, notes, files, fronts, held: Vec::new(), _folder: folder };
        matrix.obtain_all().await;
        matrix
    }

    pub(super) async fn obtain_all(&mut self) {
        self.held.clear();
        for of in [MINE, BOBS, ELSEWHERE, BOBS_ELSEWHERE] {
            let held = self.obtain(of).await;
            self.held.push(held);
        }
    }

    pub(super) fn to(&self) -> SocketAddr {
        self.gateway.address
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
        let scheme = if self.setting.is_tls { "https" } else { "http" };
        let resource = format!("{scheme}://{}{}", self.host(server), Self::path(server));
        let subject = format!("{who:?}").to_lowercase();
        let token = self.issuer.token(&resource, json!({ "sub": subject }));
        let mut begun = self.asked(Address::Plain(server), &Method::POST);
        begun.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let mut listening = self.asked(Address::Plain(server), &Method::GET);
        listening.headers = begun.headers.clone();
        begun.body = initialize().to_string();
        let (to, front) = (self.to(), self.fronts[0].clone());
        let answer = front.send(to, &begun).await;
        assert_eq!(answer.status(), 200, "{of:?}");
        let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        drop(answer.into_body().collect().await.unwrap());
        listening.headers.insert("mcp-session-id", session.parse().unwrap());
        let behind = if server == Notes { &mut self.notes } else { &mut self.files };
        // A process numbers no events; what a caller says of one is made up.
        let Behind::Http(behind) = behind else {
            return Held { of, token, session, event: "1".to_owned() };
        };
        let mut stream = front.send(to, &listening).await.into_body();
        let mut sender = behind.streams.recv().await.unwrap();
        sender.send_data("id: 1\ndata: {}\n\n".into()).await.unwrap();
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
    pub(super) fn armed(&self, attack: &Attack, method: &Method) -> Asked {
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
}
