//! What a server may say about itself and its issuer, and what is believed.

use std::future::ready;

use serde_json::{Value, json};
use warded_client::{
    challenge::Challenge,
    discover::{DiscoverFailed, Discovered, Document, discover},
    fetch::{Fetch, FetchFailed, Reach},
};
use warded_core::{Issuer, ResourceUri, metadata::InvalidMetadata};

use crate::origin::{Answer, Origin, status, typed};

const PRM: &str = "/.well-known/oauth-protected-resource";
const AS: &str = "/.well-known/oauth-authorization-server";
const OIDC: &str = "/.well-known/openid-configuration";

/// Pages by path; `OWN` in them stands for the origin's own URL, `LOUD` for another spelling of it. What is not there is a 404.
type Pages = Vec<(&'static str, Page)>;

#[derive(Clone)]
enum Page {
    Json(Value),
    Html,
    Status(u16),
}

async fn site(pages: Pages) -> Origin {
    Origin::start(move |own, seen| {
        let page = pages.iter().find(|(path, _)| *path == seen.path).map(|(_, page)| page.clone());
        ready(answer(page, &own))
    })
    .await
}

fn answer(page: Option<Page>, own: &str) -> Answer {
    let loud = own.replace("http", "HTTP");
    match page {
        None => status(404),
        Some(Page::Status(code)) => status(code),
        Some(Page::Html) => typed("text/html", "<!doctype html>"),
        Some(Page::Json(value)) => {
            typed("application/json", value.to_string().replace("OWN", own).replace("LOUD", &loud))
        }
    }
}

fn server() -> Value {
    json!({ "resource": "OWN/mcp", "authorization_servers": ["OWN"] })
}

fn issuer_at(url: &str) -> Value {
    json!({
        "issuer": url, "authorization_endpoint": "OWN/authorize", "token_endpoint": "OWN/token",
        "code_challenge_methods_supported": ["S256"],
    })
}

fn good() -> Pages {
    vec![
        ("/.well-known/oauth-protected-resource/mcp", Page::Json(server())),
        (AS, Page::Json(issuer_at("OWN"))),
    ]
}

fn with(mut pages: Pages, path: &'static str, page: Page) -> Pages {
    pages.retain(|(at, _)| *at != path);
    pages.push((path, page));
    pages
}

async fn ask(origin: &Origin, challenge: Option<&str>) -> Result<Discovered, DiscoverFailed> {
    let url = ResourceUri::parse(&origin.url("/mcp")).unwrap();
    let challenge = challenge.map(|url| challenged(&format!("resource_metadata=\"{url}\"")));
    discover(&Fetch::new(Reach::of(&url)).unwrap(), &url, challenge.as_ref(), None).await
}

fn challenged(parameters: &str) -> Challenge {
    let value = http::HeaderValue::from_str(&format!("Bearer {parameters}")).unwrap();
    let headers = [(http::header::WWW_AUTHENTICATE, value)].into_iter().collect();
    Challenge::find(&headers).unwrap().unwrap()
}

async fn refused(pages: Pages) -> DiscoverFailed {
    ask(&site(pages).await, None).await.unwrap_err()
}

#[tokio::test]
async fn a_server_leads_to_its_issuer() {
    let origin = site(good()).await;
    let found = ask(&origin, None).await.unwrap();
    assert_eq!(found.resource_text, origin.url("/mcp"));
    assert_eq!(found.issuer.as_str(), origin.url(""));
    assert_eq!(found.server.token_endpoint, Some(origin.url("/token")));
    assert!(!found.is_wide && !found.is_legacy && found.resource.is_some());
    assert_eq!(origin.paths(), ["/.well-known/oauth-protected-resource/mcp", AS]);
}

#[tokio::test]
async fn a_challenge_is_followed_and_nothing_else_is_tried() {
    let origin =
        site(vec![("/custom/metadata", Page::Json(server())), (AS, Page::Json(issuer_at("OWN")))]).await;
    let url = origin.url("/custom/metadata");
    assert!(ask(&origin, Some(&url)).await.is_ok());
    assert_eq!(origin.paths(), ["/custom/metadata", AS]);
    // What it points to is gone: the well-known document is not a substitute.
    let origin = site(good()).await;
    let outcome = ask(&origin, Some(&origin.url("/custom/metadata"))).await;
    assert!(matches!(outcome, Err(DiscoverFailed::Fetch { document: Document::ProtectedResource, .. })));
    assert_eq!(origin.paths(), ["/custom/metadata"]);
}

#[tokio::test]
async fn a_challenge_cannot_send_us_to_another_origin() {
    let (origin, evil) = (site(good()).await, site(good()).await);
    let localhost = format!("http://localhost:{}{PRM}/mcp", origin.port());
    for url in [
        evil.url("/.well-known/oauth-protected-resource/mcp"),
        localhost,
        "file:///etc/passwd".into(),
        "/x".into(),
    ] {
        assert_eq!(ask(&origin, Some(&url)).await, Err(DiscoverFailed::MetadataElsewhere), "{url}");
    }
    assert!(origin.seen().is_empty() && evil.seen().is_empty());
}

#[tokio::test]
async fn the_root_document_serves_where_the_path_has_none() {
    let root = json!({ "resource": "OWN", "authorization_servers": ["OWN/tenant1"] });
    let pages = vec![
        (PRM, Page::Json(root)),
        ("/.well-known/oauth-authorization-server/tenant1", Page::Json(issuer_at("OWN/tenant1"))),
    ];
    let origin = site(pages).await;
    let found = ask(&origin, None).await.unwrap();
    // No slash is added: an issuer that compares text would see another resource.
    assert_eq!(found.resource_text, origin.url(""));
    assert!(found.is_wide);
    let expected =
        ["/.well-known/oauth-protected-resource/mcp", PRM, "/.well-known/oauth-authorization-server/tenant1"];
    assert_eq!(origin.paths(), expected);
}

#[tokio::test]
async fn an_issuer_may_speak_openid() {
    for path in ["/.well-known/openid-configuration/t", "/t/.well-known/openid-configuration"] {
        let server = json!({ "resource": "OWN/mcp", "authorization_servers": ["OWN/t"] });
        let pages = vec![
            ("/.well-known/oauth-protected-resource/mcp", Page::Json(server)),
            (path, Page::Json(issuer_at("OWN/t"))),
        ];
        assert!(ask(&site(pages).await, None).await.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_calls_itself_by_another_name_gets_nobody_asked() {
    for named in [
        "https://evil.example/mcp",
        "OWN/mcp/deeper",
        "OWN/other",
        "OWN/mc",
        "OWN/mcp?tenant=1",
        "http://localhost/mcp",
        "https://evil.example\\@OWN/mcp",
        "mcp",
        "",
    ] {
        let page = Page::Json(json!({ "resource": named, "authorization_servers": ["OWN"] }));
        let origin = site(with(good(), "/.well-known/oauth-protected-resource/mcp", page)).await;
        let failure = ask(&origin, None).await.unwrap_err();
        assert!(matches!(failure, DiscoverFailed::ResourceElsewhere { .. }), "{named}: {failure:?}");
        assert_eq!(origin.asked_for(AS), 0, "{named}");
    }
}

#[tokio::test]
async fn the_name_of_a_server_is_kept_byte_for_byte() {
    for named in ["LOUD/mcp", "LOUD/%6dcp", "OWN/", "LOUD"] {
        let page = Page::Json(json!({ "resource": named, "authorization_servers": ["OWN"] }));
        let origin = site(with(good(), "/.well-known/oauth-protected-resource/mcp", page)).await;
        let found = ask(&origin, None).await.unwrap();
        let (own, loud) = (origin.url(""), origin.url("").replace("http", "HTTP"));
        assert_eq!(found.resource_text, named.replace("OWN", &own).replace("LOUD", &loud));
        assert_eq!(found.is_wide, !named.ends_with("cp"), "{named}");
    }
}

#[tokio::test]
async fn what_is_broken_is_not_taken_for_missing() {
    for (path, which) in [
        ("/.well-known/oauth-protected-resource/mcp", Document::ProtectedResource),
        (AS, Document::AuthorizationServer),
    ] {
        for code in [500, 502, 503, 301, 302, 307, 400, 401, 403, 408, 418, 429, 204, 206] {
            let failure = refused(with(good(), path, Page::Status(code))).await;
            let status = FetchFailed::Status { host: "127.0.0.1".into(), status: code };
            let expected = DiscoverFailed::Fetch { document: which, error: status };
            // An empty object in a 2xx is JSON, and no metadata.
            let empty = matches!(&failure, DiscoverFailed::Invalid { document, .. } if *document == which && code < 300);
            assert!(failure == expected || empty, "{path} {code}: {failure:?}");
        }
        let html = FetchFailed::ContentType { host: "127.0.0.1".into() };
        let expected = DiscoverFailed::Fetch { document: which, error: html };
        assert_eq!(refused(with(good(), path, Page::Html)).await, expected);
    }
}

#[tokio::test]
async fn a_root_document_that_is_broken_is_no_reason_to_do_without() {
    let pages = vec![(PRM, Page::Status(503)), (AS, Page::Json(issuer_at("OWN")))];
    assert!(matches!(
        refused(pages).await,
        DiscoverFailed::Fetch { document: Document::ProtectedResource, .. }
    ));
}

#[tokio::test]
async fn an_issuer_that_is_somebody_else_lends_us_no_endpoints() {
    for named in ["https://evil.example", "OWN/", "OWN/t", ""] {
        let failure = refused(with(good(), AS, Page::Json(issuer_at(named)))).await;
        let error = InvalidMetadata::SomebodyElse { member: "issuer" };
        assert_eq!(
            failure,
            DiscoverFailed::Invalid { document: Document::AuthorizationServer, error },
            "{named}"
        );
    }
}

#[tokio::test]
async fn an_issuer_without_s256_is_refused() {
    for methods in [json!(["plain"]), json!([]), json!(["s256"])] {
        let mut issuer = issuer_at("OWN");
        issuer["code_challenge_methods_supported"] = methods.clone();
        let failure = refused(with(good(), AS, Page::Json(issuer))).await;
        assert!(matches!(failure, DiscoverFailed::NoPkce { .. }), "{methods}");
    }
    let mut page = issuer_at("OWN");
    page.as_object_mut().unwrap().remove("code_challenge_methods_supported");
    let silent = |page: Value| with(good(), AS, Page::Json(page));
    assert!(matches!(refused(silent(page.clone())).await, DiscoverFailed::NoPkce { .. }));
    // One that gives no codes has none to protect.
    page.as_object_mut().unwrap().remove("authorization_endpoint");
    assert!(ask(&site(silent(page)).await, None).await.is_ok());
}

#[tokio::test]
async fn a_server_must_name_an_issuer_that_introduces_itself() {
    let path = "/.well-known/oauth-protected-resource/mcp";
    let nobody = json!({ "resource": "OWN/mcp" });
    assert_eq!(refused(with(good(), path, Page::Json(nobody))).await, DiscoverFailed::NoIssuer);
    let origin = site(vec![(path, Page::Json(server()))]).await;
    let issuer = Issuer::parse(&origin.url("")).unwrap();
    assert_eq!(ask(&origin, None).await, Err(DiscoverFailed::IssuerSilent { issuer }));
    assert_eq!(origin.paths(), [path, AS, OIDC]);
}

#[tokio::test]
async fn an_issuer_inside_our_network_is_not_asked_on_a_strangers_word() {
    let inside = site(vec![(AS, Page::Json(issuer_at("OWN")))]).await;
    let page = Page::Json(json!({ "resource": "OWN/mcp", "authorization_servers": [inside.url("")] }));
    let origin = site(with(good(), "/.well-known/oauth-protected-resource/mcp", page)).await;
    let url = ResourceUri::parse(&origin.url("/mcp")).unwrap();
    // Configured, the server may be on this machine; whom it names may not.
    let fetch = Fetch::new(Reach::public()).unwrap();
    let error = FetchFailed::Vetoed { host: "127.0.0.1".into() };
    let expected = DiscoverFailed::Fetch { document: Document::AuthorizationServer, error };
    assert_eq!(discover(&fetch, &url, None, None).await, Err(expected));
    assert!(inside.seen().is_empty());
    assert!(ask(&origin, None).await.is_ok());
}

#[tokio::test]
async fn a_server_of_the_first_revision_is_its_own_issuer() {
    for named in ["OWN", "OWN/"] {
        let origin = site(vec![(AS, Page::Json(issuer_at(named)))]).await;
        let found = ask(&origin, None).await.unwrap();
        assert!(found.is_legacy && found.resource.is_none());
        assert_eq!(found.resource_text, origin.url("/mcp"));
        assert_eq!(found.issuer.as_str(), named.replace("OWN", &origin.url("")));
        assert_eq!(origin.paths(), ["/.well-known/oauth-protected-resource/mcp", PRM, AS]);
    }
    let failure = refused(vec![(AS, Page::Json(issuer_at("https://evil.example")))]).await;
    assert!(matches!(failure, DiscoverFailed::Invalid { document: Document::AuthorizationServer, .. }));
}

#[tokio::test]
async fn a_server_without_any_document_has_the_endpoints_of_the_first_revision() {
    let origin = site(vec![]).await;
    let found = ask(&origin, None).await.unwrap();
    assert!(found.is_legacy);
    assert_eq!(found.server.authorization_endpoint, Some(origin.url("/authorize")));
    assert_eq!(found.server.token_endpoint, Some(origin.url("/token")));
    assert_eq!(found.server.registration_endpoint, Some(origin.url("/register")));
    assert_eq!(found.issuer.as_str(), origin.url(""));
    let broken = refused(vec![(OIDC, Page::Status(500))]).await;
    assert!(matches!(broken, DiscoverFailed::Fetch { document: Document::AuthorizationServer, .. }));
}

#[tokio::test]
async fn a_browser_is_not_sent_to_where_we_would_not_go() {
    for inside in
        ["http://localhost:1/authorize", "https://192.168.0.1/", "https://[fd00::1]/", "http://127.0.0.1:1/"]
    {
        let mut issuer = issuer_at("OWN");
        issuer["authorization_endpoint"] = inside.into();
        for pages in [with(good(), AS, Page::Json(issuer.clone())), vec![(AS, Page::Json(issuer.clone()))]] {
            let origin = site(pages).await;
            let url = ResourceUri::parse(&origin.url("/mcp")).unwrap();
            let outcome = discover(&Fetch::new(Reach::public()).unwrap(), &url, None, None).await;
            let vetoed =
                matches!(outcome, Err(DiscoverFailed::Fetch { error: FetchFailed::Vetoed { .. }, .. }));
            assert!(vetoed, "{inside}: {outcome:?}");
        }
    }
    // The server's own origin is where its user wanted to go.
    let origin = site(good()).await;
    let url = ResourceUri::parse(&origin.url("/mcp")).unwrap();
    assert!(discover(&Fetch::new(Reach::public()).unwrap(), &url, None, None).await.is_ok());
}
