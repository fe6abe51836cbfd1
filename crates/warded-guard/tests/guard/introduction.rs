//! How does a server introduce itself?

use http::{Method, Request};
use warded_core::metadata::ProtectedResource;

use crate::stage::{ALIAS, Answer, Door, HERE, ISSUER, NEIGHBOUR, builder, full, uri};

fn ask(method: Method, host: &str, path: &str) -> Request<http_body_util::Full<bytes::Bytes>> {
    Request::builder().method(method).uri(path).header("Host", host).body(full("")).unwrap()
}

#[tokio::test]
async fn every_identifier_has_a_document_that_names_itself() {
    let guard = builder().title("Notes").build();
    for identifier in [HERE, ALIAS] {
        let answer = Answer::of(guard.metadata(&uri(identifier))).await;
        assert_eq!((answer.status.as_u16(), answer.header("Access-Control-Allow-Origin")), (200, "*"));
        let document = ProtectedResource::parse(&answer.body, &uri(identifier)).unwrap();
        assert_eq!(document.authorization_servers, [ISSUER]);
        assert_eq!(document.bearer_methods_supported, Some(vec!["header".to_owned()]));
        let scopes = ["notes:read", "notes:write"].map(str::to_owned);
        assert_eq!(document.scopes_supported, Some(scopes.to_vec()));
        assert_eq!(document.resource_name.as_deref(), Some("Notes"));
    }
    assert_eq!(Answer::of(guard.metadata(&uri(NEIGHBOUR))).await.code(), "server-unknown");
    let paths: Vec<_> =
        guard.metadata_paths().map(|(identifier, path)| (identifier.as_str(), path)).collect();
    let well_known = "/.well-known/oauth-protected-resource";
    assert_eq!(paths, [(HERE, &*format!("{well_known}/notes/mcp")), (ALIAS, &*format!("{well_known}/mcp"))]);
}

#[tokio::test]
async fn it_needs_no_token_and_a_page_may_read_it() {
    let path = "/.well-known/oauth-protected-resource/notes/mcp";
    let door = Door::usual();
    let answer = door.ask(ask(Method::GET, "mcp.example.com", path)).await;
    assert_eq!(answer.json()["resource"], HERE);
    let preflight = door.ask(ask(Method::OPTIONS, "mcp.example.com", path)).await;
    assert_eq!((preflight.status.as_u16(), preflight.header("Access-Control-Allow-Headers")), (204, "*"));
    let head = door.ask(ask(Method::HEAD, "mcp.example.com", path)).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(door.ask(ask(Method::POST, "mcp.example.com", path)).await.code(), "token-absent");
    assert!(door.reached.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_other_path_is_open() {
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/",
        "/.well-known/oauth-protected-resource/notes/mcp/",
        "/.well-known/oauth-protected-resource/notes/mcp?x=1",
        "/.well-known/oauth-protected-resource/files/mcp",
        "/.well-known/oauth-protected-resource/notes%2fmcp",
        "/notes/mcp/.well-known/oauth-protected-resource",
    ] {
        let answer = Door::usual().ask(ask(Method::GET, "mcp.example.com", path)).await;
        assert_eq!(answer.code(), "token-absent", "{path}");
    }
}
