//! Until 2025-11-25: one process for each session, and each session is one caller's.

use http::Method;
use serde_json::{Value, json};

use crate::{
    caller::{Answer, Caller, initialize, next, text, tool},
    stage::Stage,
};

#[tokio::test]
async fn every_session_has_a_process_of_its_own_and_it_is_the_callers() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let again = Caller::new(&stage, "nasty", json!({})).begins().await;
    let process = async |caller: &Caller| {
        let who: Value = serde_json::from_str(&caller.tool("who", json!({})).await.text()).unwrap();
        who["pid"].as_u64().unwrap()
    };
    let (first, second) = (process(&alice).await, process(&again).await);
    assert_ne!(first, second);
    assert_eq!(process(&alice).await, first);
    for (server, who) in [
        ("nasty", json!({ "sub": "bob" })),
        ("nasty", json!({ "client_id": "other" })),
        ("nasty", json!({ "sub": null })),
        ("other", json!({})),
    ] {
        let thief = Caller::new(&stage, server, who.clone()).steals(&alice);
        for answer in
            [thief.tool("who", json!({})).await, Answer::read(thief.get().await).await, thief.delete().await]
        {
            assert_eq!(
                (answer.code().as_str(), answer.status.as_u16()),
                ("session-unknown", 404),
                "{server} {who}"
            );
        }
    }
    assert_eq!(process(&alice).await, first, "nobody has ended it");
}

#[tokio::test]
async fn of_tokens_that_name_nobody_each_has_its_own_processes() {
    let stage = Stage::start("").await;
    let nobody = |jti: &str| json!({ "sub": null, "client_id": null, "jti": jti });
    let one = Caller::new(&stage, "nasty", nobody("1"));
    let two = Caller::new(&stage, "nasty", nobody("2"));
    let process = async |caller: &Caller| {
        let answer = caller.modern_tool(json!(1), "who", json!({})).await;
        serde_json::from_str::<Value>(&answer.text()).unwrap()["pid"].as_u64().unwrap()
    };
    let first = process(&one).await;
    assert_ne!(process(&two).await, first);
    assert_eq!(process(&one).await, first);
    let one = one.begins().await;
    assert_eq!(two.steals(&one).tool("who", json!({})).await.code(), "session-unknown");
    assert_eq!(one.tool("who", json!({})).await.status, 200);
}

#[tokio::test]
async fn who_registers_many_clients_has_one_share_of_the_processes() {
    let stage = Stage::start("    max_children: 8").await;
    let through = |client: &str| Caller::new(&stage, "nasty", json!({ "client_id": client }));
    let mut clients = Vec::new();
    for client in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        clients.push(through(client).begins().await);
    }
    let mut alive = 0;
    for client in &clients {
        alive += usize::from(client.tool("who", json!({})).await.status == 200);
    }
    assert_eq!(alive, 2, "a quarter of eight");
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    assert_eq!(bob.tool("who", json!({})).await.status, 200);
}

#[tokio::test]
async fn a_session_that_is_over_is_not_there_and_no_other_one_is_gone() {
    let mut stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let again = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.delete().await.status, 204);
    assert_eq!(alice.tool("who", json!({})).await.code(), "session-unknown");
    assert_eq!(again.tool("echo", json!({})).await.status, 200);
    assert_eq!(again.delete().await.status, 204);
    stage.nobody_lives().await;
    // A restart ends every process, and so every session.
    let third = Caller::new(&stage, "nasty", json!({})).begins().await;
    stage.restart().await;
    let third = Caller::new(&stage, "nasty", json!({})).steals(&third);
    assert_eq!(third.tool("who", json!({})).await.code(), "session-unknown");
    stage.nobody_lives().await;
}

#[tokio::test]
async fn a_request_without_a_session_is_told_to_begin_one() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    for answer in
        [alice.tool("who", json!({})).await, Answer::read(alice.get().await).await, alice.delete().await]
    {
        assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("session-missing", 400));
    }
    let answer = alice.post(&initialize()).await;
    assert_eq!(answer.json()["result"]["protocolVersion"], "2025-11-25");
    assert!(answer.headers.contains_key("mcp-session-id"));
}

#[tokio::test]
async fn a_session_that_the_server_refuses_does_not_begin() {
    let mut stage = Stage::with(&["--refuse"], "").await;
    let answer = Caller::new(&stage, "nasty", json!({})).post(&initialize()).await;
    assert_eq!(answer.json()["error"]["message"], "not today");
    assert!(!answer.headers.contains_key("mcp-session-id"));
    stage.nobody_lives().await;
}

#[tokio::test]
async fn a_session_that_the_server_refuses_in_a_stream_ends() {
    let mut stage = Stage::with(&["--refuse-late"], "").await;
    let mut stream = Caller::new(&stage, "nasty", json!({})).open(&initialize()).await;
    assert_eq!(next(&mut stream).await.unwrap()["params"]["data"], "let me think");
    assert_eq!(next(&mut stream).await.unwrap()["error"]["message"], "not today");
    assert_eq!(next(&mut stream).await, None);
    stage.nobody_lives().await;
}

#[tokio::test]
async fn what_was_judged_is_what_the_process_reads_but_for_the_id_and_newlines() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let body = "{ \"jsonrpc\":\"2.0\",\r\n \"params\":{\"name\":\"echo\",\"arguments\":{\"id\":\"\\u0061\",\"n\":1.0e2}},\n\"id\" : \"\\u0061\", \"method\":\"tools/call\" }";
    let answer = Answer::read(alice.send(Method::POST, body, &[("accept", "application/json")]).await).await;
    assert!(answer.body.contains("\"id\": \"\\u0061\""), "the client's own spelling: {}", answer.body);
    let (before, after) = body.split_once("\"id\" : \"\\u0061\"").unwrap();
    let read = answer.text();
    let one_line = |text: &str| text.replace(['\r', '\n'], " ");
    assert!(
        read.starts_with(&one_line(before)) && read.ends_with(&format!("{}\n", one_line(after))),
        "{read}"
    );
    assert_eq!(read.matches('\n').count(), 1);
}

#[tokio::test]
async fn equal_ids_are_not_crossed() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let held = |word: &'static str| {
        let alice = alice.clone();
        tokio::spawn(async move { alice.post(&tool(json!(7), "hold", json!({ "as": word }))).await })
    };
    let (one, two) = (held("one"), held("two"));
    // Whoever comes third may come too early.
    let mut answers = Vec::new();
    while !(one.is_finished() && two.is_finished()) {
        answers.push(alice.tool("release", json!({})).await.text());
    }
    assert!(answers.iter().all(|answer| answer == "released"));
    for (answer, word) in [(one.await.unwrap(), "one"), (two.await.unwrap(), "two")] {
        assert_eq!((answer.text().as_str(), &answer.json()["id"]), (word, &json!(7)));
    }
}

#[tokio::test]
async fn a_process_may_ask_and_only_what_it_asked_is_answered() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let answer = json!({"jsonrpc": "2.0", "id": "q", "result": {"action": "accept"}});
    assert_eq!(alice.post(&answer).await.code(), "call-malformed");
    let mut stream = alice.open(&tool(json!(7), "ask", json!({}))).await;
    let asked = next(&mut stream).await.unwrap();
    assert_eq!((&asked["method"], &asked["id"]), (&json!("elicitation/create"), &json!("q")));
    let stranger = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    assert_eq!(stranger.post(&answer).await.code(), "call-malformed", "he was not asked");
    assert_eq!(alice.post(&answer).await.status, 202);
    let said = next(&mut stream).await.unwrap();
    assert_eq!(said["id"], 7);
    assert!(text(&said).contains("accept"));
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn what_answers_nobody_is_heard_on_the_sessions_own_stream() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("tell", json!({})).await.text(), "told");
    let mut stream = alice.get().await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(next(&mut stream).await.unwrap()["method"], "notifications/tools/list_changed", "it waited");
    // A client that lost its connection comes back, and does not wait until we notice.
    let mut again = alice.get().await;
    assert_eq!(next(&mut stream).await, None);
    assert_eq!(alice.tool("tell", json!({})).await.text(), "told");
    assert_eq!(next(&mut again).await.unwrap()["method"], "notifications/tools/list_changed");
    assert_eq!(alice.delete().await.status, 204);
    assert_eq!(next(&mut again).await, None, "it ends with the session");
}

#[tokio::test]
async fn progress_comes_before_the_answer() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {
        "name": "progress", "arguments": {"token": "t"}, "_meta": {"progressToken": "t"},
    }});
    let events = alice.post(&call).await.events();
    assert_eq!(events[0]["params"]["progressToken"], "t");
    assert_eq!((&events[1]["id"], events.len()), (&json!(7), 2));
    // A client that takes no stream gets the answer.
    let answer = alice.send(Method::POST, &call.to_string(), &[("accept", "application/json")]).await;
    assert_eq!(Answer::read(answer).await.text(), "done");
}

#[tokio::test]
async fn a_list_of_messages_is_answered_where_the_revision_has_it() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let batch = json!([tool(json!(1), "echo", json!({}))]);
    assert_eq!(alice.post(&batch).await.code(), "call-batch");
    let older = [("mcp-protocol-version", "2025-03-26"), ("accept", "text/event-stream, application/json")];
    let answer = alice.send(Method::POST, &batch.to_string(), &older).await;
    assert_eq!(Answer::read(answer).await.events()[0]["id"], 1);
}

#[tokio::test]
async fn a_cancellation_names_the_request_as_the_process_knows_it() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let hung = {
        let alice = alice.clone();
        tokio::spawn(async move { alice.post(&tool(json!("mine"), "hold", json!({ "as": "x" }))).await })
    };
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "mine"}});
    loop {
        assert_eq!(alice.post(&cancel).await.status, 202);
        let seen: Vec<Value> =
            serde_json::from_str(&alice.tool("cancelled", json!({})).await.text()).unwrap();
        // 0 is nobody's: the request was not there yet.
        if let Some(number) = seen.iter().find(|number| **number != json!(0)) {
            assert!(number.is_string(), "a text stays a text: {number}");
            break;
        }
    }
    assert_eq!(alice.tool("release", json!({})).await.text(), "released");
    assert_eq!(hung.await.unwrap().text(), "x");
}
