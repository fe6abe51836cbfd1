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
use warded_core::{Issuer, ResourceUri};
use warded_issuer::{AuthorizationServer, IssuerSetup, Registered};
use warded_store::memory::Memory;

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
}

impl World {
    async fn start() -> Self {
        let listener = Listener::start().await;
        let network = Network::default().believing([listener.certificate()]);
        let issuer = Issuer::parse("https://mcp.example.com").unwrap();
        let notes = Registered::new("notes", ResourceUri::parse("https://mcp.example.com/notes").unwrap());
        #[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
        let random = SystemRandom::new();
        let server = AuthorizationServer::open(
            IssuerSetup::new("default", issuer, vec![notes]),
            Arc::new(Memory::new()),
            Fetch::on(&network, Reach::public()).unwrap(),
            Arc::new(SystemClock),
            Arc::new(random),
        );
        let router = server.await.unwrap().router();
        Self { listener, names: Names::start().await, router }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Somebody's link to our authorization page. Each comes from a household of its own.
    async fn ask(&self, id: &str, visitor: usize) -> (StatusCode, String) {
        let id: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/authorize?client_id={id}&redirect_uri=https%3A%2F%2Fa.example%2Fcb");
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        let visitor =
            IpAddr::from([1, 2, u8::try_from(visitor / 250).unwrap(), u8::try_from(visitor % 250).unwrap()]);
        request.extensions_mut().insert(std::net::SocketAddr::from((visitor, 1)));
        self.send(request).await
    }

    /// Somebody's registration.
    async fn register(&self, jwks_uri: &str, visitor: usize) -> StatusCode {
        let document = json!({
            "redirect_uris": ["https://a.example/cb"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": jwks_uri,
        });
        let request = Request::post("/register").header(header::CONTENT_TYPE, "application/json");
        let mut request = request.body(Body::from(document.to_string())).unwrap();
        let visitor =
            IpAddr::from([1, 3, u8::try_from(visitor / 250).unwrap(), u8::try_from(visitor % 250).unwrap()]);
        request.extensions_mut().insert(std::net::SocketAddr::from((visitor, 1)));
        self.send(request).await.0
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
fn to_register_keys_makes_us_fetch_none() {
    enter::namespace("to_register_keys_makes_us_fetch_none", async || {
        let world = World::start().await;
        let places = SPELLINGS.iter().chain(NAMES).map(|trick| described_at(trick.url));
        let mut accepted = 0;
        for (visitor, place) in places.chain(["https://public.example.com/jwks".to_owned()]).enumerate() {
            let status = world.register(&place, visitor).await;
            accepted += usize::from(status == StatusCode::CREATED);
            assert!([StatusCode::CREATED, StatusCode::BAD_REQUEST].contains(&status), "{place}: {status}");
        }
        assert!(accepted > NAMES.len(), "names are only known where they lead when they are looked up");
        assert!(world.listener.seen().await.is_empty());
        assert_eq!(world.names.asked(), Vec::<String>::new());
    });
}
