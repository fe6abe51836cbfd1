//! Every token opens one server: the tokens of two servers, at both, in every way to call.

use serde_json::json;

use crate::{
    caller::{self, delete, get, initialize, ping, post},
    stage::Stage,
};

#[tokio::test]
async fn a_token_opens_its_own_server_and_no_other() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    for (at, other) in [("notes", "files"), ("files", "notes")] {
        let path = format!("/{at}/mcp");
        for version in [None, Some("2025-03-26"), Some("2025-06-18"), Some("2025-11-25")] {
            let calls = || {
                let calls = [post(&path, &initialize()), post(&path, &ping()), delete(&path), get(&path)];
                calls.map(|call| match version {
                    Some(version) => call.with("mcp-protocol-version", version),
                    None => call,
                })
            };
            let theirs = stage.token(other, json!({}));
            for call in calls() {
                let answer = call.token(&theirs).send(to).await;
                assert_eq!(answer.code(), "audience-elsewhere", "{at} {version:?}");
                assert_eq!(answer.status, 401);
                let challenge = answer.headers["www-authenticate"].to_str().unwrap();
                assert!(challenge.contains("invalid_token"), "{challenge}");
                assert!(challenge.contains(&format!("oauth-protected-resource{path}")), "{challenge}");
            }
            let ours = stage.token(at, json!({}));
            for call in calls() {
                assert!(call.token(&ours).open(to).await.status().is_success(), "{at} {version:?}");
            }
        }
    }
    // Only what was let in has arrived: three calls and a stream for each of four versions.
    assert_eq!((stage.notes.requests().len(), stage.files.requests().len()), (16, 16));
}

#[tokio::test]
async fn a_restart_that_swaps_two_servers_swaps_what_their_tokens_open() {
    let stage = Stage::start().await;
    let (notes, files) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    let opens = async |to, path: &str, token: &str| post(path, &ping()).token(token).send(to).await.code();
    assert_eq!(opens(stage.gateway.address, "/notes/mcp", &notes).await, "200");
    let file = stage.gateway.folder.path().join("warded.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let swapped = text.replace(&stage.notes.url, "SWAP").replace(&stage.files.url, &stage.notes.url);
    std::fs::write(&file, swapped.replace("SWAP", &stage.files.url)).unwrap();
    let gateway = stage.gateway.restart().await;
    let before = stage.files.requests().len();
    assert_eq!(opens(gateway.address, "/notes/mcp", &notes).await, "200");
    assert_eq!(stage.files.requests().len(), before + 1, "the identifier counts, whatever lies behind");
    assert_eq!(opens(gateway.address, "/files/mcp", &notes).await, "audience-elsewhere");
    assert_eq!(opens(gateway.address, "/notes/mcp", &files).await, "audience-elsewhere");
}

#[tokio::test]
async fn each_identifier_is_described_where_clients_look() {
    let stage = Stage::with("    aliases: [\"http://127.0.0.1:PORT/n\"]").await;
    let to = stage.gateway.address;
    for (path, resource) in [("/notes/mcp", stage.gateway.url("notes")), ("/n", format!("http://{to}/n"))] {
        let asked = post(path, &initialize()).send(to).await;
        assert_eq!(asked.code(), "token-absent");
        let document = format!("/.well-known/oauth-protected-resource{path}");
        assert!(asked.headers["www-authenticate"].to_str().unwrap().contains(&document));
        let answer = caller::Call::new(http::Method::GET, &document, "").send(to).await;
        let described: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(described["resource"], resource);
        assert_eq!(described["authorization_servers"], json!([stage.issuer.url]));
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let asked = caller::Call::new(http::Method::OPTIONS, &document, "").send(to).await;
        assert_eq!((asked.status.as_u16(), asked.body.as_str()), (204, ""));
        let refused = caller::Call::new(http::Method::PUT, &document, "").send(to).await;
        assert_eq!(refused.code(), "method-refused");
    }
    // A token for the alias is a token for the server.
    let token = stage.issuer.token(&format!("http://{to}/n"), json!({}));
    for path in ["/n", "/notes/mcp"] {
        assert_eq!(post(path, &ping()).token(&token).send(to).await.status, 200);
    }
}
