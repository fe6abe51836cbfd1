//! Where a client's URLs may lead us: its id, which is the URL of its description, and its `jwks_uri`. Tried out where every
//! address of the world is this machine's own, so that a listener sees whatever gets through.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "../../../warded-client/tests/namespace/answers.rs"]
#[expect(dead_code, reason = "what issuers say is tried where issuers are asked")]
mod answers;
#[path = "../../../warded-client/tests/namespace/enter.rs"]
mod enter;
#[path = "../../../warded-client/tests/namespace/listener.rs"]
mod listener;
#[path = "../../../warded-client/tests/namespace/names.rs"]
mod names;
#[path = "../../../warded-client/tests/namespace/tricks.rs"]
#[expect(dead_code, reason = "that the listener would see them is shown where fetching is tried")]
mod tricks;

use std::{net::IpAddr, sync::Arc};

use aws_lc_rs::rand::SystemRandom;
use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, Network, Reach},
};
use warded_core::{Clock as _, Issuer, ResourceUri, Scopes, jose::base64url};
use warded_issuer::{AuthorizationServer, IssuerSetup, Registered, operator::add_user};
use warded_store::{Digest, Grant, Grants as _, NewCode, StatusIndex, memory::Memory};

use self::{
    listener::Listener,
    names::Names,
    tricks::{NAMES, SPELLINGS},
};

/// An issuer that is not on loopback, in the namespace with all that listens there.
struct World {
    listener: Listener,
    names: Names,
    router: Router,
    store: Arc<Memory>,
    /// Somebody who agreed to everything.
    person: String,
}

const ISSUER: &str = "https://mcp.example.com";
const NOTES: &str = "https://mcp.example.com/notes";
const CALLBACK: &str = "https://a.example/cb";

impl World {
    async fn start() -> Self {
        let listener = Listener::start().await;
        let network = Network::default().believing([listener.certificate()]);
        let issuer = Issuer::parse(ISSUER).unwrap();
        let notes = Registered::new("notes", ResourceUri::parse(NOTES).unwrap());
        let store = Arc::new(Memory::new());
        #[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
        let random = SystemRandom::new();
        let ada =
            add_user(&*store, "ada", "correct horse battery", SystemClock.now(), &random).await.unwrap();
        let server = AuthorizationServer::open(
            IssuerSetup::new("default", issuer, vec![notes]),
            Arc::clone(&store) as _,
            Fetch::on(&network, Reach::public()).unwrap(),
            Arc::new(SystemClock),
            Arc::new(random),
        );
        let router = server.await.unwrap().router();
        Self { listener, names: Names::start().await, router, store, person: ada.id }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Somebody's link to our authorization page.
    async fn ask(&self, id: &str, visitor: usize) -> (StatusCode, String) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", id).append_pair("redirect_uri", CALLBACK);
        let path = format!("/authorize?{}", query.finish());
        self.send_from(visitor, Request::get(path), String::new()).await
    }

    /// Somebody's registration; the id, where it is accepted.
    async fn register(&self, jwks_uri: &str, visitor: usize) -> (StatusCode, Option<String>) {
        let document = json!({
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": jwks_uri,
        });
        let request = Request::post("/register").header(header::CONTENT_TYPE, "application/json");
        let (status, body) = self.send_from(visitor, request, document.to_string()).await;
        let told: serde_json::Value = serde_json::from_str(&body).unwrap();
        (status, told["client_id"].as_str().map(str::to_owned))
    }

    /// A code that the client was really given, and an assertion that anybody could make.
    async fn redeem(&self, client: &str, visitor: usize) -> (StatusCode, String) {
        let (code, now) = (format!("code-{visitor}"), SystemClock.now());
        let grant = Grant {
            id: format!("grant-{visitor}"),
            issuer: Issuer::parse(ISSUER).unwrap(),
            client: client.to_owned(),
            user: self.person.clone(),
            server: "notes".into(),
            resource: ResourceUri::parse(NOTES).unwrap(),
            scopes: Scopes::default(),
            auth_time: Some(now),
            ends: now.plus(3600),
            key: None,
            status: StatusIndex { list: 0, index: 0 },
            redirect_origin: None,
        };
        let record = NewCode {
            digest: Digest::of(code.as_bytes()),
            redirect_uri: CALLBACK.into(),
            challenge: base64url::encode([0; 32]),
            key: None,
            expires: now.plus(3600),
            room: None,
        };
        self.store.issue_code(grant, record).await.unwrap();
        let part = |value: serde_json::Value| base64url::encode(value.to_string());
        let said =
            json!({ "iss": client, "sub": client, "aud": ISSUER, "jti": code, "exp": now.seconds() + 60 });
        let header = part(json!({ "alg": "EdDSA", "typ": "JWT", "kid": "1" }));
        let assertion = format!("{header}.{}.{}", part(said), base64url::encode([0; 64]));
        let form = format!(
            "grant_type=authorization_code&code={code}&client_assertion={assertion}\
             &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        );
        let request =
            Request::post("/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send_from(visitor, request, form).await
    }

    /// Each from a household of its own.
    async fn send_from(
        &self,
        visitor: usize,
        request: http::request::Builder,
        body: String,
    ) -> (StatusCode, String) {
        let mut request = request.body(Body::from(body)).unwrap();
        let (third, fourth) = (u8::try_from(visitor / 250).unwrap(), u8::try_from(visitor % 250).unwrap());
        // Each in a network of their own, or most would be told that there were too many.
        let address = IpAddr::from([1, third, fourth, 1]);
        request.extensions_mut().insert(std::net::SocketAddr::from((address, 1)));
        self.send(request).await
    }
}

/// With a path, as the URL of a description has one.
fn described_at(url: &str) -> String {
    if url.ends_with('/') { format!("{url}client.json") } else { url.to_owned() }
}

#[test]
fn the_id_of_a_client_leads_nowhere_inside() {
    enter::namespace("the_id_of_a_client_leads_nowhere_inside", async || {
        let world = World::start().await;
        for (visitor, trick) in SPELLINGS.iter().chain(NAMES).enumerate() {
            let (status, page) = world.ask(&described_at(trick.url), visitor).await;
            let is_refused =
                ["client-document-unfit", "client-unknown"].iter().any(|code| page.contains(code));
            assert!(status.is_client_error() && is_refused, "{}: {status} {page}", trick.url);
            let seen = world.listener.seen().await;
            assert!(seen.is_empty(), "{}: {seen:?}", trick.url);
        }
        // The listener would have seen them.
        world.ask("https://public.example.com/client.json", 999).await;
        assert_eq!(world.listener.seen().await, [names::PUBLIC.parse::<IpAddr>().unwrap()]);
    });
}

#[test]
fn a_description_leads_nowhere_else() {
    enter::namespace("a_description_leads_nowhere_else", async || {
        let world = World::start().await;
        let public: IpAddr = names::PUBLIC.parse().unwrap();
        for (visitor, path) in answers::LEADING.iter().enumerate() {
            let (status, page) = world.ask(&format!("https://public.example.com{path}"), visitor).await;
            assert!(status.is_client_error() && page.contains("client-document-unfit"), "{path}: {page}");
            assert_eq!(world.listener.seen().await, [public], "{path}");
        }
        // Public, then inside: looked up once for each description, vetted and dialled as it was looked up.
        for (visitor, expected) in [(900, vec![public]), (901, vec![])] {
            let (_, page) = world.ask("https://rebind.example.com/client.json", visitor).await;
            assert!(page.contains("client-document-unfit"), "{page}");
            assert_eq!(world.listener.seen().await, expected);
        }
    });
}

#[test]
fn the_keys_of_a_client_lead_nowhere_inside() {
    enter::namespace("the_keys_of_a_client_lead_nowhere_inside", async || {
        let world = World::start().await;
        let public: IpAddr = names::PUBLIC.parse().unwrap();
        let (mut tried, mut clients) = (0, Vec::new());
        let places = SPELLINGS.iter().chain(NAMES).map(|trick| described_at(trick.url));
        for (visitor, place) in places.enumerate() {
            let (status, id) = world.register(&place, visitor).await;
            assert!([StatusCode::CREATED, StatusCode::BAD_REQUEST].contains(&status), "{place}: {status}");
            clients.extend(id.map(|id| (visitor, place, id)));
        }
        // To register makes nobody fetch: names are known to lead somewhere only when they are looked up.
        assert!(world.listener.seen().await.is_empty());
        assert_eq!(world.names.asked(), Vec::<String>::new());
        for (visitor, place, id) in &clients {
            let (status, told) = world.redeem(id, *visitor).await;
            let is_refused = told.contains("The keys of the client cannot be read.");
            assert!(status == StatusCode::UNAUTHORIZED && is_refused, "{place}: {status} {told}");
            let seen = world.listener.seen().await;
            assert!(seen.is_empty(), "{place}: {seen:?}");
            tried += 1;
        }
        assert!(tried > NAMES.len() + 20, "{tried}");
        // The listener would have seen them; and where a place leads on, nobody follows.
        for (visitor, path) in ["/jwks"].iter().chain(answers::LEADING).enumerate() {
            let visitor = 900 + visitor;
            let (_, id) = world.register(&format!("https://public.example.com{path}"), visitor).await;
            let (status, told) = world.redeem(&id.unwrap(), visitor).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {told}");
            assert_eq!(world.listener.seen().await, [public], "{path}");
        }
    });
}
