//! Who is told of an attack: at once, once, and never at the cost of a call.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use aws_lc_rs::hmac;
use axum::{Router, body::Bytes, routing::post as on_post};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
};

use crate::{
    caller::{Call, ping, post, tool},
    stage::Stage,
};

/// Somebody who is told.
struct Receiver {
    url: String,
    told: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    /// How many it refuses first.
    fails: Arc<AtomicUsize>,
    /// How many it still takes without waiting.
    open: Arc<Semaphore>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/alerts", listener.local_addr().unwrap());
        let (tell, told) = mpsc::unbounded_channel();
        let (fails, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(1000)));
        let (failing, opened) = (Arc::clone(&fails), Arc::clone(&open));
        let router = Router::new().route(
            "/alerts",
            on_post(async move |headers: HeaderMap, body: Bytes| {
                opened.acquire().await.unwrap().forget();
                if failing.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
                    return StatusCode::SERVICE_UNAVAILABLE;
                }
                tell.send((headers, body)).unwrap();
                StatusCode::NO_CONTENT
            }),
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, told, fails, open }
    }

    async fn next(&mut self) -> Value {
        let (_, body) = self.told.recv().await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

async fn stage(receiver: &Receiver, more: &str) -> Stage {
    let alerts = format!("alerts: {{ url: '{}'{more} }}\noperations: 127.0.0.1:0", receiver.url);
    Stage::with_head(&alerts).await
}

async fn metric(stage: &Stage, name: &str) -> f64 {
    let page =
        Call::new(http::Method::GET, "/metrics", "").send(stage.gateway.operations.unwrap()).await.body;
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("{name}\n{page}"))
}

#[tokio::test]
async fn a_genuine_token_at_the_wrong_server_is_told_with_who_and_from_where() {
    let mut receiver = Receiver::start().await;
    let stage = stage(&receiver, ", secret: env:UPSTREAM_KEY").await;
    let token = stage.token("files", json!({}));
    let answer = post("/notes/mcp", &ping()).token(&token).send(stage.gateway.address).await;
    assert_eq!(answer.code(), "audience-elsewhere");
    let (headers, body) = receiver.told.recv().await.unwrap();
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&told["kind"], &told["code"]), (&json!("refusal"), &json!("audience-elsewhere")));
    assert_eq!((&told["server"], &told["meant"]), (&json!("notes"), &json!("files")));
    assert_eq!((&told["issuer"], &told["from"]), (&json!(stage.issuer.url), &json!("127.0.0.1")));
    assert!(told["token"].is_string() && told["time"].is_string(), "{told}");
    // Nothing of the token itself, and nobody else could have said it.
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(token.split('.').all(|part| !text.contains(part)));
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"the-key-of-the-server-behind");
    let signed = format!("{}.{text}", headers["warded-timestamp"].to_str().unwrap());
    let tag = hmac::sign(&key, signed.as_bytes());
    let tag = tag.as_ref().iter().fold("v1=".to_owned(), |tag, byte| tag + &format!("{byte:02x}"));
    assert_eq!(headers["warded-signature"], tag);
}

#[tokio::test]
async fn a_token_that_was_to_be_passed_on_is_told_with_whose_it_is() {
    let mut receiver = Receiver::start().await;
    let stage = stage(&receiver, "").await;
    let token = stage.token("notes", json!({}));
    let call = post("/notes/mcp", &tool("echo", json!({ "text": token }))).token(&token);
    assert_eq!(call.send(stage.gateway.address).await.code(), "token-in-message");
    let told = receiver.next().await;
    assert_eq!((&told["code"], &told["subject"]), (&json!("token-in-message"), &json!("alice")));
    assert!(told["token"].is_string() && told["issuer"] == json!(stage.issuer.url), "{told}");
    assert_eq!(told["from"], "127.0.0.1");
    assert!(!told.to_string().contains(&token));
}

#[tokio::test]
async fn what_nobody_wants_to_know_is_not_told() {
    let mut receiver = Receiver::start().await;
    let stage = stage(&receiver, ", codes: [token-revoked, origin-foreign]").await;
    let to = stage.gateway.address;
    let token = stage.token("files", json!({}));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.code(), "audience-elsewhere");
    let call = post("/notes/mcp", &ping()).with("origin", "https://evil.example");
    assert_eq!(call.send(to).await.code(), "origin-foreign");
    assert_eq!(receiver.next().await["code"], "origin-foreign");
}

#[tokio::test]
async fn a_flood_is_told_as_a_number_and_costs_no_call() {
    let mut receiver = Receiver::start().await;
    // It takes one alert and lets the next one wait.
    receiver.open.forget_permits(999);
    let stage = stage(&receiver, ", at_most: 3, timeout: 60s").await;
    let to = stage.gateway.address;
    let good = stage.token("notes", json!({}));
    let tokens: Vec<_> =
        (0..400).map(|number| stage.token("files", json!({ "jti": number.to_string() }))).collect();
    for token in &tokens {
        assert_eq!(post("/notes/mcp", &ping()).token(token).send(to).await.code(), "audience-elsewhere");
    }
    assert_eq!(
        post("/notes/mcp", &ping()).token(&good).send(to).await.status,
        200,
        "nobody waits for a receiver"
    );
    receiver.open.add_permits(1000);
    for _ in 0..3 {
        assert_eq!(receiver.next().await["kind"], "refusal");
    }
    let all = async || {
        let (sent, held_back) = (
            metric(&stage, "warded_alerts_sent_total").await,
            metric(&stage, "warded_alerts_held_back_total").await,
        );
        sent + held_back
    };
    let waiting = async {
        while all().await < 400.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    println!(
        "400 attacks: 3 alerts and {} told as a number",
        metric(&stage, "warded_alerts_held_back_total").await
    );
    assert!(receiver.told.try_recv().is_err(), "three in this minute and no more");
}

#[tokio::test]
async fn a_receiver_that_fails_for_a_moment_is_told_all_the_same() {
    let mut receiver = Receiver::start().await;
    receiver.fails.store(1, SeqCst);
    let stage = stage(&receiver, "").await;
    let token = stage.token("files", json!({}));
    let ask = async || post("/notes/mcp", &ping()).token(&token).send(stage.gateway.address).await.code();
    assert_eq!(ask().await, "audience-elsewhere");
    assert_eq!(receiver.next().await["code"], "audience-elsewhere");
    assert!(!stage.gateway.log().contains("could not be delivered"));
}

#[tokio::test]
async fn a_receiver_that_is_gone_costs_no_call_and_is_counted() {
    let receiver = Receiver::start().await;
    let stage = stage(&receiver, ", timeout: 1s").await;
    let to = stage.gateway.address;
    receiver.open.close();
    receiver.fails.store(usize::MAX, SeqCst);
    let token = stage.token("files", json!({}));
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.code(), "audience-elsewhere");
    assert_eq!(
        post("/notes/mcp", &ping()).token(&stage.token("notes", json!({}))).send(to).await.status,
        200
    );
    let waiting = async {
        while metric(&stage, "warded_alerts_failed_total").await < 1.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    assert!(stage.gateway.log().contains("an alert could not be delivered"));
}

#[tokio::test]
async fn receivers_change_with_the_configuration() {
    let (first, mut second) = (Receiver::start().await, Receiver::start().await);
    let stage = stage(&first, "").await;
    let path = stage.gateway.folder.path().join("warded.yaml");
    let source = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, source.replace(&first.url, &second.url)).unwrap();
    let waiting = async {
        while metric(&stage, "warded_configuration_generation").await < 2.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    let token = stage.token("files", json!({}));
    assert_eq!(
        post("/notes/mcp", &ping()).token(&token).send(stage.gateway.address).await.code(),
        "audience-elsewhere"
    );
    assert_eq!(second.next().await["server"], "notes");
}
