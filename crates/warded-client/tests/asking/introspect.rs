//! An issuer that is asked about tokens, and what makes us look for its endpoint again.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering::SeqCst},
};

use serde_json::json;
use warded_client::{
    fetch::{Fetch, FetchFailed, Reach},
    introspect::{IntrospectFailed, Introspection, IntrospectionSetup},
    obtain::Client,
};
use warded_core::{
    Clock, Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, Route, Server,
    ServerSpec, UnixTime, Validation,
};

use crate::origin::{self, Origin};

const METADATA: &str = "/.well-known/oauth-authorization-server";

#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

/// An issuer whose endpoint answers with one status, and has moved or not.
struct Asked {
    origin: Origin,
    now: Arc<Mutex<(u16, &'static str)>>,
    clock: Arc<Hands>,
    introspection: Introspection,
    server: Server,
}

impl Asked {
    async fn start() -> Self {
        let now = Arc::new(Mutex::new((200, "/introspect")));
        let shared = Arc::clone(&now);
        let origin = Origin::start(move |own, seen| {
            let (status, place) = *shared.lock().unwrap();
            let endpoint = format!("{own}{place}");
            std::future::ready(match seen.path.as_str() {
                METADATA => origin::json(&json!({ "issuer": own, "introspection_endpoint": endpoint })),
                path if path == place && status == 200 => origin::json(&json!({ "active": false })),
                path if path == place => origin::status(status),
                _ => origin::status(404),
            })
        })
        .await;
        let issuer = Issuer::parse(&origin.url("")).unwrap();
        let clock = Arc::new(Hands(AtomicI64::new(1_800_000_000)));
        let client = Client::with_secret_in_header("warded", "secret".to_owned().into(), issuer.clone());
        let setup = IntrospectionSetup { issuer: issuer.clone(), endpoint: None, client };
        let fetch = Fetch::new(Reach::public()).unwrap();
        let introspection = Introspection::new(fetch, clock.clone(), setup);
        Self { origin, now, clock, introspection, server: server(issuer) }
    }

    /// Asks about a token that nobody asked about before; says what went wrong.
    async fn ask(&self) -> Option<IntrospectFailed> {
        let token = InboundToken::new(format!("opaque-{}", self.origin.seen().len()));
        let Route::Introspect(asking) = token.route(&self.server) else { unreachable!() };
        self.introspection.ask(asking.subject()).await.err()
    }

    fn searches(&self) -> usize {
        self.origin.asked_for(METADATA)
    }
}

fn server(issuer: Issuer) -> Server {
    let mut rules = IssuerRules::default();
    rules.validation = Validation::Introspection;
    let issuer = IssuerSpec { url: issuer, rules, audiences: vec![], across_tiers: vec![] };
    let server = ServerSpec {
        name: "notes".into(),
        resource: ResourceUri::parse("https://notes.example.com/mcp").unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    Fleet::prove(vec![server], vec![issuer]).unwrap().server("notes").unwrap()
}

#[tokio::test]
async fn an_issuer_in_trouble_is_not_asked_anew_where_its_endpoint_is() {
    let asked = Asked::start().await;
    for status in [500, 502, 503, 429, 418, 302, 206] {
        asked.now.lock().unwrap().0 = status;
        asked.clock.0.fetch_add(31, SeqCst);
        for _ in 0..5 {
            let failed = asked.ask().await;
            let expected = FetchFailed::Status { host: "127.0.0.1".into(), status };
            assert_eq!(failed, Some(IntrospectFailed::Fetch(expected)));
        }
    }
    assert_eq!((asked.searches(), asked.origin.asked_for("/introspect")), (1, 35));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_looked_for_once_in_half_a_minute() {
    for status in [404, 405, 410] {
        let asked = Asked::start().await;
        asked.now.lock().unwrap().0 = status;
        for round in 1..=3 {
            for _ in 0..10 {
                assert!(asked.ask().await.is_some());
            }
            assert_eq!(asked.searches(), round, "{status}");
            asked.clock.0.fetch_add(30, SeqCst);
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_has_moved_is_found() {
    let asked = Asked::start().await;
    assert_eq!(asked.ask().await, None);
    *asked.now.lock().unwrap() = (200, "/moved");
    asked.clock.0.fetch_add(30, SeqCst);
    assert!(asked.ask().await.is_some());
    assert_eq!(asked.ask().await, None);
    assert_eq!(asked.searches(), 2);
}
