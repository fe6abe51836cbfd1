//! An issuer that exchanges tokens as a test says, a gateway that asks it, and a server behind that keeps every byte.

use std::sync::{Arc, Mutex};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    caller::{Answer, Call, ping, post as message},
    issuer::Issuer,
    stage::Gateway,
    upstream::Upstream,
};

/// What the servers behind are called in tokens.
pub(super) const NOTES: &str = "https://notes.behind.example/mcp";
pub(super) const FILES: &str = "https://files.behind.example/mcp";
pub(super) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// One request at the token endpoint.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) headers: HeaderMap,
    pub(super) form: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(member, _)| member == name).map(|(_, value)| value.as_str())
    }
}

type Behaviour = Box<dyn Fn(&Issuer, &Asked) -> Response + Send>;

struct Desk {
    issuer: Issuer,
    asked: Mutex<Vec<Asked>>,
    behaviour: Mutex<Behaviour>,
}

pub(super) struct Scene {
    pub(super) gateway: Gateway,
    pub(super) notes: Upstream,
    pub(super) files: Upstream,
    desk: Arc<Desk>,
}

impl Scene {
    /// `notes` gets tokens in exchange for the caller's, `files` such as are given to Warded itself.
    pub(super) async fn start() -> Self {
        Self::configured(str::to_owned).await
    }

    /// The same with another configuration. `ISSUER/machines` is an issuer, too, whose tokens nobody checks here.
    pub(super) async fn configured(change: impl FnOnce(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (issuer, mut metadata, keys) = Issuer::called(url.clone());
        metadata["token_endpoint"] = json!(format!("{url}/token"));
        let mut machines = metadata.clone();
        machines["issuer"] = json!(format!("{url}/machines"));
        machines["introspection_endpoint"] = json!(format!("{url}/introspect"));
        let desk = Arc::new(Desk {
            issuer,
            asked: Mutex::default(),
            behaviour: Mutex::new(Box::new(|issuer, asked| granted(asked, &honest(issuer, asked)))),
        });
        let router = Router::new()
            .route("/.well-known/oauth-authorization-server", get(|| async { Json(metadata) }))
            .route("/.well-known/oauth-authorization-server/machines", get(|| async { Json(machines) }))
            .route("/jwks", get(|| async { Json(keys) }))
            .route("/token", post(token))
            .with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (notes, files) = (Upstream::start().await, Upstream::start().await);
        let source = format!(
            "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes:
    upstream: {}
    issuers: [corp]
    upstream_auth: {{ kind: token_exchange, issuer: corp, client_id: warded, secret: env:UPSTREAM_KEY, resource: \"{NOTES}\", scopes: [notes:read] }}
  files:
    upstream: {}
    issuers: [corp]
    upstream_auth: {{ kind: client_credentials, issuer: corp, client_id: warded, auth: post, secret: env:UPSTREAM_KEY, resource: \"{FILES}\" }}
  open: {{ upstream: {}, issuers: [corp], mode: permissive, until: 2099-12-31 }}
issuers:
  corp: {{ url: \"{url}\" }}
",
            notes.url, files.url, files.url
        );
        let gateway = Gateway::start(&change(&source)).await;
        Self { gateway, notes, files, desk }
    }

    /// From now on the issuer answers like that.
    pub(super) fn answers(&self, behaviour: impl Fn(&Issuer, &Asked) -> Response + Send + 'static) {
        *self.desk.behaviour.lock().unwrap() = Box::new(behaviour);
    }

    /// What was asked at the token endpoint so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.desk.asked.lock().unwrap().clone()
    }

    /// A token that opens a server of ours.
    pub(super) fn token(&self, server: &str, subject: &str) -> String {
        self.issued(&self.gateway.url(server), subject)
    }

    /// A token for anything.
    pub(super) fn issued(&self, audience: &str, subject: &str) -> String {
        self.desk.issuer.token(audience, json!({ "sub": subject }))
    }

    pub(super) async fn ping(&self, server: &str, token: &str) -> Answer {
        self.send(server, token, &ping()).await
    }

    pub(super) async fn send(&self, server: &str, token: &str, what: &Value) -> Answer {
        call(server, token, what).send(self.gateway.address).await
    }

    /// Whether some text stands in the log or in a file that was left.
    pub(super) fn keeps(&self, text: &str) -> bool {
        let mut kept = self.gateway.log().into_bytes();
        let mut folders = vec![self.gateway.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    kept.extend(std::fs::read(entry.path()).unwrap_or_default());
                }
            }
        }
        memchr::memmem::find(&kept, text.as_bytes()).is_some()
    }
}

pub(super) fn call(server: &str, token: &str, what: &Value) -> Call {
    message(&format!("/{server}/mcp"), what).token(token)
}

async fn token(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let asked = Asked { headers, form };
    desk.asked.lock().unwrap().push(asked.clone());
    (desk.behaviour.lock().unwrap())(&desk.issuer, &asked)
}

/// A token as an honest issuer makes it: for the resource that was asked for.
pub(super) fn honest(issuer: &Issuer, asked: &Asked) -> String {
    let signature = asked.get("subject_token").and_then(|subject| subject.rsplit('.').next());
    issuer.token(asked.get("resource").unwrap(), json!({ "sub": "alice", "jti": signature }))
}

/// RFC 8693 §2.2.1, RFC 6749 §5.1.
pub(super) fn granted(asked: &Asked, token: &str) -> Response {
    let mut answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 600 });
    if asked.get("grant_type") == Some(EXCHANGE) {
        answer["issued_token_type"] = json!(ACCESS_TOKEN);
    }
    said(200, answer)
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
pub(super) fn said(status: u16, answer: Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::from_u16(status).unwrap(), kind, answer.to_string()).into_response()
}
