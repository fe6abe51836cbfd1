//! A session id works for the caller that it was given to, at the server that gave it, and nowhere else.

use http::Method;
use serde_json::json;

use crate::{
    caller::{delete, get, initialize, ping, post, tool},
    stage::Stage,
};

#[tokio::test]
async fn a_session_belongs_to_one_caller_at_one_server() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let alice = stage.token("notes", json!({}));
    let session = post("/notes/mcp", &initialize()).token(&alice).send(to).await.session().to_owned();
    assert!(!session.contains("upstream"), "{session}");

    let calls = |path: &str| [post(path, &ping()), get(path), delete(path)];
    // The same caller with a fresh token, as after a refresh.
    for call in calls("/notes/mcp") {
        let again = stage.token("notes", json!({ "jti": "2" }));
        let answer = call.token(&again).with("mcp-session-id", &session).open(to).await;
        assert!(answer.status().is_success());
        assert_eq!(stage.notes.last().headers["mcp-session-id"], "upstream-session-1");
    }
    // A server behind that repeats the id does not seem to change it.
    let call = post("/notes/mcp", &tool("repeats", json!({}))).token(&alice);
    assert_eq!(call.with("mcp-session-id", &session).send(to).await.session(), session);
    let seen = stage.notes.requests().len();
    let strangers = [
        ("notes", json!({ "sub": "bob" })),
        ("notes", json!({ "client_id": "other" })),
        ("notes", json!({ "sub": null })),
        ("notes", json!({ "sub": "agent", "client_id": "alice" })),
        ("files", json!({})),
        ("files", json!({ "sub": "bob" })),
    ];
    for (server, who) in strangers {
        let path = format!("/{server}/mcp");
        for call in calls(&path) {
            let token = stage.token(server, who.clone());
            let answer = call.token(&token).with("mcp-session-id", &session).send(to).await;
            assert_eq!(
                (answer.code().as_str(), answer.status.as_u16()),
                ("session-unknown", 404),
                "{server} {who}"
            );
        }
    }
    // What was never given out: the id of the server behind, and the sealed one respelled.
    let flipped: String = session.chars().rev().collect();
    for forged in ["upstream-session-1", "x", &flipped, &format!("{session}A")] {
        for call in calls("/notes/mcp") {
            let answer = call.token(&alice).with("mcp-session-id", forged).send(to).await;
            assert_eq!(answer.code(), "session-unknown", "{forged}");
        }
    }
    let twice = post("/notes/mcp", &ping()).token(&alice);
    let twice = twice.with("mcp-session-id", &session).with("mcp-session-id", &session).send(to).await;
    assert_eq!(twice.status, 400);
    // Nobody gets in on a session alone.
    let answer = post("/notes/mcp", &ping()).with("mcp-session-id", &session).send(to).await;
    assert_eq!(answer.code(), "token-absent");
    assert_eq!(stage.notes.requests().len(), seen, "none of it has arrived");
    assert!(stage.files.requests().is_empty());
}

#[tokio::test]
async fn of_tokens_that_name_nobody_each_has_its_own_sessions() {
    let stage = Stage::start().await;
    let to = stage.gateway.address;
    let nobody = |jti: &str| stage.token("notes", json!({ "sub": null, "client_id": null, "jti": jti }));
    let (one, two) = (nobody("1"), nobody("2"));
    let session = post("/notes/mcp", &initialize()).token(&one).send(to).await.session().to_owned();
    let answer = post("/notes/mcp", &ping()).token(&one).with("mcp-session-id", &session).send(to).await;
    assert_eq!(answer.status, 200);
    for call in [post("/notes/mcp", &ping()), get("/notes/mcp"), delete("/notes/mcp")] {
        let answer = call.token(&two).with("mcp-session-id", &session).send(to).await;
        assert_eq!(answer.code(), "session-unknown");
    }
}

#[tokio::test]
async fn a_session_outlives_a_restart() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let opened = post("/notes/mcp", &initialize()).token(&token).send(stage.gateway.address).await;
    let session = opened.session().to_owned();
    let gateway = stage.gateway.restart().await;
    let answer = post("/notes/mcp", &ping()).token(&token).with("mcp-session-id", &session);
    assert_eq!(answer.send(gateway.address).await.status, 200);
    let last = stage.notes.last();
    assert_eq!(
        (last.method, &last.headers["mcp-session-id"]),
        (Method::POST, &"upstream-session-1".parse().unwrap())
    );
}
