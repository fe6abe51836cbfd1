//! What only a gateway has to answer: which server a request is for, whose a session is, what goes behind. Each attack by
//! every method, with and without a revision, before anything was admitted and after; cases as in `docs/attacks.md`.

use std::net::SocketAddr;

use http::Method;
use serde_json::json;

use crate::{
    caller::{Call, delete, get, initialize, ping, post, raw},
    stage::Stage,
    upstream::Upstream,
};

const METHODS: [&str; 3] = ["POST", "GET", "DELETE"];
const REVISIONS: [&str; 2] = ["", "MCP-Protocol-Version: 2025-11-25\r\n"];

/// A request as its bytes.
fn written(method: &str, target: &str, headers: &str) -> String {
    let body = if method == "POST" { ping().to_string() } else { String::new() };
    let framed = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let framed = if method == "POST" { framed } else { String::new() };
    format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n{framed}{headers}\r\n{body}")
}

fn calls(path: &str) -> [Call; 3] {
    [post(path, &ping()), get(path), delete(path)]
}

/// The good token opens the server by every method, and arrives there.
async fn admitted(to: SocketAddr, token: &str, behind: &Upstream) {
    for call in calls("/notes/mcp") {
        let before = behind.requests().len();
        assert!(call.token(token).open(to).await.status().is_success());
        assert_eq!(behind.requests().len(), before + 1);
    }
}

/// P01, P30: target, headers, and what is answered to a token of the neighbour.
const PLACES: &[(&str, &str, u16, &str)] = &[
    ("/notes/mcp", "Host: HOST\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-Forwarded-Host: evil.test\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-Forwarded-Prefix: /files\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-Forwarded-Uri: /files/mcp\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-Forwarded-For: 127.0.0.1\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-Original-URL: /files/mcp\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-Rewrite-URL: /files/mcp\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nForwarded: host=HOST;for=127.0.0.1\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp", "Host: HOST\r\nX-HTTP-Method-Override: OPTIONS\r\n", 401, "audience-elsewhere"),
    ("/notes/mcp?resource=http://HOST/files/mcp", "Host: HOST\r\n", 401, "audience-elsewhere"),
    ("http://HOST/notes/mcp", "Host: HOST\r\n", 401, "audience-elsewhere"),
    ("http://HOST/notes/mcp", "Host: evil.test\r\n", 400, "host-invalid"),
    ("http://evil.test/notes/mcp", "Host: HOST\r\n", 400, "host-invalid"),
    ("/notes/mcp", "Host: HOST\r\nHost: evil.test\r\n", 400, "host-invalid"),
    ("/notes/mcp", "", 400, "host-invalid"),
    ("/notes/mcp", "Host: evil.test\r\n", 404, "server-unknown"),
    ("/notes/mcp/", "Host: HOST\r\n", 404, "server-unknown"),
    ("//notes/mcp", "Host: HOST\r\n", 404, "server-unknown"),
    ("/NOTES/mcp", "Host: HOST\r\n", 404, "server-unknown"),
    ("/files/../notes/mcp", "Host: HOST\r\n", 404, "server-unknown"),
    ("/files/%2e%2e/notes/mcp", "Host: HOST\r\n", 404, "server-unknown"),
    ("/files/mcp/..;/..;/notes/mcp", "Host: HOST\r\n", 404, "server-unknown"),
    ("/notes%2fmcp", "Host: HOST\r\n", 404, "server-unknown"),
    ("/notes/mcp;/files/mcp", "Host: HOST\r\n", 404, "server-unknown"),
];

#[tokio::test]
async fn the_neighbours_tokens_open_nothing_whatever_a_request_calls_itself() {
    let stage = Stage::start().await;
    let (to, host) = (stage.gateway.address, stage.gateway.address.to_string());
    let (ours, theirs) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    for _state in ["cold", "warm"] {
        let seen = (stage.notes.requests().len(), stage.files.requests().len());
        for (target, headers, status, code) in PLACES {
            for (method, revision) in
                METHODS.iter().flat_map(|method| REVISIONS.map(|revision| (method, revision)))
            {
                let headers =
                    format!("{}Authorization: Bearer {theirs}\r\n{revision}", headers.replace("HOST", &host));
                let answer = raw(to, &written(method, &target.replace("HOST", &host), &headers)).await;
                assert!(
                    answer.starts_with(&format!("HTTP/1.1 {status} ")),
                    "{method} {target} {headers}\n{answer}"
                );
                assert!(answer.contains(&format!("\"{code}\"")), "{method} {target} {headers}\n{answer}");
                let challenged = answer.to_ascii_lowercase().contains("www-authenticate: bearer");
                assert_eq!(challenged, *status == 401, "{answer}");
                let document = format!("http://{host}/.well-known/oauth-protected-resource/notes/mcp\"");
                assert_eq!(answer.contains(&document), *status == 401, "{answer}");
            }
        }
        assert_eq!((stage.notes.requests().len(), stage.files.requests().len()), seen, "nothing has arrived");
        admitted(to, &ours, &stage.notes).await;
    }
}

#[tokio::test]
async fn a_session_is_no_credential() {
    let stage = Stage::start().await;
    let ours = stage.token("notes", json!({}));
    let opened = post("/notes/mcp", &initialize()).token(&ours).send(stage.gateway.address).await;
    let session = opened.session().to_owned();
    let of = |server, changes| Some(stage.token(server, changes));
    let past = json!({ "iat": 1_700_000_000, "exp": 1_700_000_600 });
    let attacks = [
        ("/notes/mcp", None, 401, "token-absent"),
        ("/notes/mcp", of("files", json!({})), 401, "audience-elsewhere"),
        ("/notes/mcp", of("notes", past), 401, "expired"),
        ("/notes/mcp", of("notes", json!({ "aud": null })), 401, "audience-missing"),
        ("/notes/mcp", of("notes", json!({ "sub": "bob" })), 404, "session-unknown"),
        ("/notes/mcp", of("notes", json!({ "client_id": "other" })), 404, "session-unknown"),
        ("/files/mcp", of("files", json!({})), 404, "session-unknown"),
        ("/files/mcp", Some(ours.clone()), 401, "audience-elsewhere"),
        ("/files/mcp", None, 401, "token-absent"),
    ];
    let Stage { gateway, notes, files, issuer: _issuer } = stage;
    // It outlives a restart, after which nobody has been admitted yet.
    let gateway = gateway.restart().await;
    let to = gateway.address;
    for _state in ["cold", "warm"] {
        let seen = notes.requests().len();
        for (path, token, status, code) in &attacks {
            for revision in [None, Some("2025-11-25")] {
                for call in calls(path) {
                    let call = call.with("mcp-session-id", &session);
                    let call =
                        revision.into_iter().fold(call, |call, name| call.with("mcp-protocol-version", name));
                    let call = token.iter().fold(call, |call, token| call.token(token));
                    let answer = call.send(to).await;
                    assert_eq!(
                        (answer.status.as_u16(), &*answer.code()),
                        (*status, *code),
                        "{path} {revision:?}"
                    );
                    assert_eq!(answer.headers.contains_key("www-authenticate"), *status == 401);
                }
            }
        }
        assert_eq!((notes.requests().len(), files.requests().len()), (seen, 0), "nothing has arrived");
        let own = post("/notes/mcp", &ping()).token(&ours).with("mcp-session-id", &session).send(to).await;
        assert_eq!(own.status, 200);
        admitted(to, &ours, &notes).await;
    }
}

/// P26, P32: headers in which one caller writes what another is, or what its token is.
const SPEAKING: &[&str] = &[
    "Proxy-Authorization",
    "X-Access-Token",
    "X-Authorization",
    "X-Forwarded-Access-Token",
    "X-Forwarded-Authorization",
    "X-Upstream-Authorization",
    "X-Original-Authorization",
    "X-Auth-Request-Access-Token",
    "X-Amzn-Oidc-Data",
    "X-Goog-Iap-Jwt-Assertion",
    "Cf-Access-Jwt-Assertion",
    "X-Forwarded-User",
    "Remote-User",
    "X-Remote-User",
    "X-Ms-Client-Principal",
];

#[tokio::test]
async fn whatever_a_caller_writes_beside_its_token_nothing_of_it_goes_behind() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let (ours, theirs) = (stage.token("notes", json!({})), stage.token("files", json!({})));
    for name in SPEAKING {
        for revision in [None, Some("2025-11-25")] {
            for call in calls("/notes/mcp") {
                let call =
                    revision.into_iter().fold(call, |call, known| call.with("mcp-protocol-version", known));
                let call = call.with(name, &format!("Bearer {theirs}")).with(name, "mallory");
                assert!(call.token(&ours).open(to).await.status().is_success(), "{name}");
                let seen = stage.notes.last();
                assert!(!seen.headers.contains_key(*name), "{name}: {seen:?}");
            }
        }
        // The same, where it is all that there is.
        let before = stage.notes.requests().len();
        for call in calls("/notes/mcp") {
            let answer = call.with(name, &format!("Bearer {ours}")).send(to).await;
            assert_eq!(answer.code(), "token-absent", "{name}");
        }
        assert_eq!(stage.notes.requests().len(), before);
    }
    let arrived = String::from_utf8_lossy(&stage.notes.bytes()).to_ascii_lowercase();
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_ascii_lowercase();
    for secret in [signature(&ours), signature(&theirs), "mallory".to_owned(), "authorization".to_owned()] {
        assert!(!arrived.contains(&secret), "{secret} went behind");
    }
    assert!(arrived.matches("/mcp http/1.1").count() >= SPEAKING.len() * 6, "what was sent has arrived");
    assert_eq!(stage.notes.last().method, Method::DELETE);
}
