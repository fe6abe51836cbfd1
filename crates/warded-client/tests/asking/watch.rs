//! What does somebody learn who looks on, and what not?

use std::{
    future::ready,
    sync::{Arc, Mutex},
};

use http::{HeaderValue, Method, header};
use warded_client::{
    discover::discover,
    fetch::{Fetch, FetchFailed, Outgoing, Passage, Reach, Target, Untrusted, Watch},
};
use warded_core::ResourceUri;

use crate::{
    origin::{Origin, json, status},
    secured::{Here, NAME, Secured},
};

#[derive(Debug, Default)]
struct Notebook(Mutex<Vec<Passage>>);

impl Watch for Notebook {
    fn saw(&self, passage: Passage) {
        self.0.lock().unwrap().push(passage);
    }
}

impl Notebook {
    fn read(&self) -> Vec<Passage> {
        self.0.lock().unwrap().clone()
    }

    fn last(&self) -> Passage {
        self.read().pop().unwrap()
    }
}

fn watched() -> (Arc<Notebook>, Fetch) {
    let notebook = Arc::<Notebook>::default();
    let fetch = Fetch::new(Reach::public().with_loopback()).unwrap().watched_by(Arc::clone(&notebook) as _);
    (notebook, fetch)
}

#[tokio::test]
async fn nothing_that_was_in_a_request_is_told() {
    let origin = Origin::start(|own, _| {
        let mut answer = status(302);
        let location =
            HeaderValue::from_str(&format!("{own}/there?code=SECRET#access_token=SECRET")).unwrap();
        answer.headers_mut().insert(header::LOCATION, location);
        ready(answer)
    })
    .await;
    let (notebook, fetch) = watched();
    let target = Target::configured(&origin.url("/here?code=SECRET")).unwrap();
    let outgoing = Outgoing::form([("refresh_token", "SECRET")])
        .header(header::AUTHORIZATION, HeaderValue::from_static("Bearer SECRET"));
    fetch.send(Method::POST, &target, outgoing).await.unwrap();
    let passage = notebook.last();
    assert_eq!((&passage.method, passage.url.as_str()), (&Method::POST, origin.url("/here").as_str()));
    let head = passage.answer.clone().unwrap();
    assert_eq!((head.status, head.location), (302, Some(origin.url("/there"))));
    assert!(!format!("{passage:?}").contains("SECRET"), "{passage:?}");
}

#[tokio::test]
async fn every_url_that_discovery_tries_is_told_with_what_came() {
    let origin = Origin::start(|own, seen| {
        let well_known = "/.well-known/oauth-protected-resource";
        ready(match seen.path.as_str() {
            path if path == well_known => json(&serde_json::json!({
                "resource": format!("{own}/mcp"), "authorization_servers": [own],
            })),
            "/.well-known/openid-configuration" => status(500),
            _ => status(404),
        })
    })
    .await;
    let (notebook, fetch) = watched();
    let server = ResourceUri::parse(&origin.url("/mcp")).unwrap();
    discover(&fetch, &server, None, None).await.unwrap_err();
    let tried = |passage: Passage| (passage.url, passage.answer.unwrap().status);
    let tried: Vec<_> = notebook.read().into_iter().map(tried).collect();
    let expected = [
        ("/.well-known/oauth-protected-resource/mcp", 404),
        ("/.well-known/oauth-protected-resource", 200),
        ("/.well-known/oauth-authorization-server", 404),
        ("/.well-known/openid-configuration", 500),
    ];
    assert_eq!(tried, expected.map(|(path, status)| (origin.url(path), status)));
}

#[tokio::test]
async fn the_way_is_told_as_far_as_it_went() {
    let server = Secured::start().await;
    let notebook = Arc::<Notebook>::default();
    let fetch = Fetch::with_roots(Reach::public(), [server.certificate.clone()]).unwrap();
    let fetch = fetch.with_resolver(Arc::new(Here)).watched_by(Arc::clone(&notebook) as _);
    fetch.get(&server.target(NAME)).await.unwrap();
    let passage = notebook.last();
    assert_eq!(passage.addresses.len(), 2);
    assert_eq!(passage.reached.unwrap().ip().to_string(), "127.0.0.1", "the one that accepted");
    assert_eq!((passage.tls, passage.failure), (Some("TLS 1.3"), None));
    let took = passage.took;
    assert!(
        took.resolved <= took.connected && took.connected <= took.secured && took.secured <= took.answered
    );
    assert!(took.resolved.is_some());

    let error = fetch.get(&server.target("other.example")).await.unwrap_err();
    assert!(matches!(error, FetchFailed::Tls { because: Untrusted::Name, .. }), "{error}");
    assert_eq!((notebook.last().failure, notebook.last().tls), (Some(error), None));
}

#[tokio::test]
async fn what_came_to_nothing_is_told_with_the_reason() {
    let (notebook, fetch) = watched();
    let public = Fetch::new(Reach::public()).unwrap().watched_by(Arc::clone(&notebook) as _);
    let inward = Target::learned("https://169.254.169.254/latest?secret").unwrap();
    let error = public.get(&inward).await.unwrap_err();
    assert!(matches!(error, FetchFailed::Vetoed { .. }));
    let passage = notebook.last();
    assert_eq!((passage.failure, passage.reached, passage.answer), (Some(error), None, None));
    assert_eq!(passage.url, "https://169.254.169.254/latest");

    let large = Origin::start(|_, _| ready(json(&serde_json::json!({ "x": "x".repeat(2_000) })))).await;
    let small = fetch.with_body_limit(1_000);
    small.get(&Target::configured(&large.url("/")).unwrap()).await.unwrap_err();
    let passage = notebook.last();
    assert_eq!(passage.answer.unwrap().status, 200);
    assert!(matches!(passage.failure, Some(FetchFailed::TooLarge { .. })));
}
