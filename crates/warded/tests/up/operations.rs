//! How it is looked after: what metrics say, whether it is ready, and how it ends.

use std::{net::SocketAddr, time::Duration};

use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::{io::AsyncReadExt as _, net::TcpStream};

use crate::{
    caller::{Call, get, ping, post, tool},
    stage::{Gateway, Stage},
    wait::until,
};

pub(crate) async fn looked(at: SocketAddr, path: &str) -> (u16, String) {
    let answer = Call::new(http::Method::GET, path, "").send(at).await;
    (answer.status.as_u16(), answer.body)
}

/// The value of a metric; none where it is not shown.
pub(crate) fn value(page: &str, metric: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn whoever_says_nothing_at_the_place_for_operators_takes_a_place_and_no_more() {
    let stage = Stage::with_head("operations: 127.0.0.1:0").await;
    let at = stage.gateway.operations.unwrap();
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(TcpStream::connect(at).await.unwrap());
    }
    // There is room for so many, and for the next one when one of them has left or was silent for too long.
    let mut waiting = Box::pin(looked(at, "/livez"));
    assert!(tokio::time::timeout(Duration::from_secs(1), &mut waiting).await.is_err());
    assert_eq!(waiting.await.0, 200);
    for mut stream in silent {
        assert!(matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_)), "it is waited for without end");
    }
}

#[tokio::test]
async fn metrics_say_what_happened_and_nothing_that_a_caller_wrote() {
    let mut stage = Stage::with_head("operations: 127.0.0.1:0").await;
    let (to, operations) = (stage.gateway.address, stage.gateway.operations.unwrap());
    let token = stage.token("notes", json!({}));
    for _ in 0..3 {
        assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    }
    assert_eq!(post("/files/mcp", &ping()).token(&token).send(to).await.code(), "audience-elsewhere");
    assert_eq!(post("/notes/mcp", &ping()).send(to).await.code(), "token-absent");
    assert_eq!(
        post("/a-path-of-a-stranger", &ping()).token("a-word-of-a-stranger").send(to).await.code(),
        "server-unknown"
    );
    let stream = get("/notes/mcp").token(&token).open(to).await;
    let events = stage.notes.streams.recv().await.unwrap();

    let (status, page) = looked(operations, "/metrics").await;
    assert_eq!(status, 200);
    for (metric, expected) in [
        ("warded_requests_total{server=\"notes\",outcome=\"answered\"}", 3.0),
        ("warded_requests_total{server=\"notes\",outcome=\"refused\"}", 1.0),
        ("warded_requests_total{server=\"files\",outcome=\"refused\"}", 1.0),
        ("warded_requests_total{server=\"\",outcome=\"refused\"}", 1.0),
        ("warded_refusals_total{server=\"files\",code=\"audience-elsewhere\"}", 1.0),
        ("warded_refusals_total{server=\"notes\",code=\"token-absent\"}", 1.0),
        ("warded_refusals_total{server=\"\",code=\"server-unknown\"}", 1.0),
        ("warded_request_duration_seconds_count{server=\"notes\"}", 3.0),
        ("warded_request_duration_seconds_bucket{le=\"+Inf\",server=\"notes\"}", 3.0),
        ("warded_requests_in_flight{server=\"notes\"}", 1.0),
        ("warded_upstream_requests_total{server=\"notes\"}", 4.0),
        ("warded_upstream_failures_total{server=\"notes\"}", 0.0),
        ("warded_upstream_first_byte_seconds_count{server=\"notes\"}", 4.0),
        ("warded_streams_open{server=\"notes\"}", 1.0),
        ("warded_tokens_remembered", 1.0),
        ("warded_token_memory_hits_total", 3.0),
        ("warded_configuration_generation", 1.0),
        ("warded_configuration_stale", 0.0),
        ("warded_servers", 2.0),
        ("warded_journal_failing", 0.0),
    ] {
        assert_eq!(value(&page, metric), Some(expected), "{metric}\n{page}");
    }
    let issuer = &stage.issuer.url;
    assert_eq!(
        value(&page, &format!("warded_issuer_keys_at_hand{{issuer=\"{issuer}\"}}")),
        Some(1.0),
        "{page}"
    );
    assert!(value(&page, "warded_connections_open").unwrap() >= 1.0);
    assert!(value(&page, "process_resident_memory_bytes").unwrap() > 1e6);
    assert!(page.ends_with("# EOF\n") && !page.contains("stranger") && !page.contains(&token), "{page}");

    drop((stream, events));
    until("the stream counts as open", async || {
        let page = looked(operations, "/metrics").await.1;
        value(&page, "warded_streams_open{server=\"notes\"}") == Some(0.0)
            && value(&page, "warded_requests_in_flight{server=\"notes\"}") == Some(0.0)
    })
    .await;
    // Callers are told nothing of it.
    assert_eq!(looked(to, "/metrics").await.0, 404);
}

#[tokio::test]
async fn a_server_behind_that_fails_is_counted() {
    let stage = Stage::with_head("operations: 127.0.0.1:0").await;
    let (to, operations) = (stage.gateway.address, stage.gateway.operations.unwrap());
    let path = stage.gateway.folder.path().join("warded.yaml");
    let source = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, source.replace(&stage.notes.url, "http://127.0.0.1:9/mcp")).unwrap();
    let generation =
        async || value(&looked(operations, "/metrics").await.1, "warded_configuration_generation");
    until("it is not read again", async || generation().await == Some(2.0)).await;
    let token = stage.token("notes", json!({}));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.code(), "upstream-unreachable");
    let page = looked(operations, "/metrics").await.1;
    assert_eq!(value(&page, "warded_upstream_failures_total{server=\"notes\"}"), Some(1.0), "{page}");
    assert_eq!(value(&page, "warded_requests_total{server=\"notes\",outcome=\"failed\"}"), Some(1.0));

    std::fs::write(&path, "servers: [").unwrap();
    let is_stale = async || value(&looked(operations, "/metrics").await.1, "warded_configuration_stale");
    until("a broken file is not seen", async || is_stale().await == Some(1.0)).await;
    let page = looked(operations, "/metrics").await.1;
    assert!(value(&page, "warded_configuration_failures_total").unwrap() >= 1.0);
    assert_eq!(value(&page, "warded_configuration_generation"), Some(2.0));
}

#[tokio::test]
async fn it_is_ready_while_it_can_take_requests() {
    let stage = Stage::with_head("operations: 127.0.0.1:0").await;
    let (to, operations) = (stage.gateway.address, stage.gateway.operations.unwrap());
    for at in [to, operations] {
        for path in ["/livez", "/healthz", "/readyz"] {
            until(path, async || looked(at, path).await == (200, "ok\n".to_owned())).await;
        }
    }
    assert_eq!(post("/readyz", &ping()).send(to).await.status, 404);
}

#[tokio::test]
async fn it_is_not_ready_where_no_issuers_keys_are_to_be_had() {
    let gateway = Gateway::start(
        "public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
operations: 127.0.0.1:0
servers: { notes: { upstream: 'http://127.0.0.1:9/mcp', issuers: [corp] } }
issuers: { corp: { url: 'http://127.0.0.1:9' } }
",
    )
    .await;
    let operations = gateway.operations.unwrap();
    until("it says that it is ready", async || {
        looked(operations, "/readyz").await == (503, "not ready: keys\n".to_owned())
    })
    .await;
    // Strangers are told that, and not why.
    assert_eq!(looked(gateway.address, "/readyz").await, (503, "not ready\n".to_owned()));
    assert_eq!(looked(gateway.address, "/livez").await.0, 200);
    let page = looked(operations, "/metrics").await.1;
    assert_eq!(value(&page, "warded_ready"), Some(0.0));
    assert_eq!(value(&page, "warded_issuer_keys_failing{issuer=\"http://127.0.0.1:9\"}"), Some(1.0));
}

#[tokio::test]
async fn an_end_is_announced_before_it_comes() {
    let mut stage = Stage::with_head("shutdown: { drain: 5m, grace: 5m }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut stream = get("/notes/mcp").token(&token).open(to).await.into_body();
    let _events = stage.notes.streams.recv().await.unwrap();
    let call = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;
    stage.gateway.signal("TERM");
    until("it does not say so", async || looked(to, "/readyz").await == (503, "stopping\n".to_owned())).await;
    // Who has not noticed yet is served.
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    assert_eq!(looked(to, "/livez").await.0, 200);
    // Whoever cannot wait says so once more.
    stage.gateway.signal("TERM");
    let (status, _) = stage.gateway.ended().await;
    assert!(status.success(), "{status}\n{}", stage.gateway.log());
    assert!(call.await.is_err() && stream.frame().await.is_none_or(|frame| frame.is_err()));
}

#[tokio::test]
async fn calls_that_run_have_their_time_and_no_more() {
    let mut stage = Stage::with_head("shutdown: { grace: 1s }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let call = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;
    stage.gateway.signal("TERM");
    let (status, _) = stage.gateway.ended().await;
    assert!(status.success(), "{status}");
    assert!(call.await.is_err(), "it was cut off");
    assert!(stage.gateway.log().contains("requests that did not end in time were cut off"));
    while TcpStream::connect(to).await.is_ok() {}
}

/// Listens as the revision without sessions does: by a POST that has no end.
async fn listening(to: SocketAddr, token: &str) -> hyper::body::Incoming {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": {
        "notifications": {},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    } });
    let call = post("/notes/mcp", &message).token(token);
    let call = call.with("mcp-protocol-version", "2026-07-28").with("mcp-method", "subscriptions/listen");
    let answer = call.open(to).await;
    assert_eq!(answer.status(), 200);
    answer.into_body()
}

#[tokio::test]
async fn who_listens_by_a_post_is_let_go_properly_when_it_stops_and_when_its_server_changes() {
    let mut stage = Stage::start().await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut stream = listening(to, &token).await;
    let _events = stage.notes.streams.recv().await.unwrap();
    let path = stage.gateway.folder.path().join("warded.yaml");
    let source = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, source.replace("  notes:\n", "  notes:\n    title: Other notes\n")).unwrap();
    assert!(stream.frame().await.is_none(), "it has ended properly");

    let mut stream = listening(to, &token).await;
    let _events = stage.notes.streams.recv().await.unwrap();
    stage.gateway.signal("TERM");
    assert!(stream.frame().await.is_none(), "it has ended properly");
    let (status, _) = stage.gateway.ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn whoever_looks_after_containers_asks_a_command() {
    let stage = Stage::with_head("operations: 127.0.0.1:0").await;
    let asked = async |arguments: &[&str]| {
        let mut command = crate::stage::warded(stage.gateway.folder.path());
        let output = command.arg("health").args(arguments).output().await.unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let operations = stage.gateway.operations.unwrap().to_string();
    let ready = (Some(0), "ready\n".to_owned(), String::new());
    // The issuer's keys are being fetched when it begins.
    until("it does not become ready", async || asked(&["--at", &operations]).await == ready).await;
    assert_eq!(asked(&["--at", &stage.gateway.address.to_string()]).await, ready);
    let (code, _, said) = asked(&["--at", "127.0.0.1:9"]).await;
    assert!(code == Some(1) && said.contains("nobody answers at 127.0.0.1:9"), "{said}");
    let (code, _, said) = asked(&["--at", "192.0.2.1:80"]).await;
    assert!(code == Some(1) && said.contains("is not on this machine"), "{said}");
    // The configuration of this one says port 0; that of most says where.
    let path = stage.gateway.folder.path().join("where.yaml");
    let source = std::fs::read_to_string(stage.gateway.folder.path().join("warded.yaml")).unwrap();
    std::fs::write(&path, source.replace("operations: 127.0.0.1:0", "")).unwrap();
    assert_eq!(asked(&["--config", "where.yaml"]).await, ready);
}

#[tokio::test]
async fn the_service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let manager = tokio::net::UnixDatagram::bind(folder.path().join("manager")).unwrap();
    let configuration = "public_url: https://mcp.example.com
listen: 127.0.0.1:0
servers: { notes: { upstream: 'http://127.0.0.1:9/mcp' } }
";
    std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    let mut gateway = Gateway::start_with(folder, "export NOTIFY_SOCKET=$PWD/manager").await;
    let heard = async || {
        let mut text = [0; 32];
        let length = manager.recv(&mut text).await.unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    assert_eq!(heard().await, "READY=1");
    gateway.signal("TERM");
    assert_eq!(heard().await, "STOPPING=1");
    assert!(gateway.ended().await.0.success());
}

#[tokio::test]
async fn it_is_not_ready_while_its_journal_takes_nothing() {
    let (issuer, notes) = (crate::issuer::Issuer::start().await, crate::upstream::Upstream::start().await);
    let folder = tempfile::tempdir().unwrap();
    let port = crate::port::free_port();
    let configuration = format!(
        "public_url: http://127.0.0.1:{port}
listen: 127.0.0.1:{port}
operations: 127.0.0.1:0
servers: {{ notes: {{ upstream: \"{}\", issuers: [corp] }} }}
issuers: {{ corp: {{ url: \"{}\" }} }}
",
        notes.url, issuer.url
    );
    std::fs::write(folder.path().join("warded.yaml"), configuration).unwrap();
    // What does not fit into a file is an error then, and no end of the process.
    let gateway = Gateway::start_with(folder, "trap '' XFSZ").await;
    let (to, operations) = (gateway.address, gateway.operations.unwrap());
    let token = issuer.token(&gateway.url("notes"), json!({}));
    let asked = async || post("/notes/mcp", &ping()).token(&token).send(to).await.code();
    assert_eq!(asked().await, "200");
    gateway.limit_files("1000");
    until("calls go on without a record", async || asked().await == "journal-unavailable").await;
    until("it is still ready", async || {
        looked(operations, "/readyz").await == (503, "not ready: journal\n".to_owned())
    })
    .await;
    assert_eq!(value(&looked(operations, "/metrics").await.1, "warded_journal_failing"), Some(1.0));
    gateway.limit_files("unlimited");
    until("it does not recover", async || looked(operations, "/readyz").await.0 == 200).await;
    assert_eq!(asked().await, "200");
}
