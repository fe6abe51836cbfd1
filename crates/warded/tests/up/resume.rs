//! A stream that broke goes on for the caller that it was sent to, in its session, and for nobody else.

use std::net::SocketAddr;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::{
    caller::{Call, get, initialize, post, tool},
    stage::Stage,
};

const EVENT: &str = "id: 17\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n";
const LIST: &str =
    r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"read_note"},{"name":"delete_note"}]}}"#;
const RULES: &str = "    scopes: { required: [read], tools: { delete_note: [write] } }";

/// Reads up to the end of an event.
async fn event(body: &mut Incoming) -> String {
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        let frame = body.frame().await.unwrap_or_else(|| panic!("it ended after {text}")).unwrap();
        text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
    }
    text
}

fn id_of(event: &str) -> String {
    let line = event.lines().find_map(|line| line.strip_prefix("id: "));
    line.unwrap_or_else(|| panic!("{event}")).to_owned()
}

/// Has the caller be sent one event, and gives the id that it sees.
async fn told(stage: &mut Stage, call: Call, token: &str, session: Option<&str>) -> String {
    let call = session.iter().fold(call, |call, session| call.with("mcp-session-id", session));
    let answer = call.token(token).open(stage.gateway.address).await;
    assert!(answer.status().is_success(), "{answer:?}");
    let upstream = stage.notes.streams.recv().await.unwrap();
    let mut upstream = upstream;
    upstream.send_data(EVENT.into()).await.unwrap();
    let text = event(&mut answer.into_body()).await;
    let id = id_of(&text);
    assert_eq!(text.replace(&id, "17"), EVENT, "nothing but the id has changed");
    assert!(id.len() < 32 && id != "17", "{id}");
    id
}

async fn resumes(
    to: SocketAddr,
    path: &str,
    token: &str,
    session: Option<&str>,
    id: &str,
) -> http::Response<Incoming> {
    let call = get(path).token(token).with("last-event-id", id);
    session.iter().fold(call, |call, session| call.with("mcp-session-id", session)).open(to).await
}

async fn session_of(stage: &Stage, token: &str) -> String {
    post("/notes/mcp", &initialize()).token(token).send(stage.gateway.address).await.session().to_owned()
}

#[tokio::test]
async fn a_stream_goes_on_for_whom_it_was_sent_to_and_nobody_else() {
    for has_session in [true, false] {
        let mut stage = Stage::start().await;
        let alice = stage.token("notes", json!({}));
        let bob = stage.token("notes", json!({ "sub": "bob" }));
        let mut sessions = [None, None, None];
        if has_session {
            for (place, token) in sessions.iter_mut().zip([&alice, &alice, &bob]) {
                *place = Some(session_of(&stage, token).await);
            }
        }
        let [first, second, bobs] = sessions.each_ref().map(|session| session.as_deref());
        let mine = told(&mut stage, get("/notes/mcp"), &alice, first).await;
        let called = post("/notes/mcp", &tool("stream", json!({})));
        assert_eq!(told(&mut stage, called, &alice, first).await, mine, "sent again, it is the same event");
        let stray = |who: Value| stage.token("notes", who);
        let mut strangers = vec![
            ("/notes/mcp", bob.clone(), bobs, mine.clone()),
            ("/notes/mcp", alice.clone(), first, "17".to_owned()),
            ("/notes/mcp", alice.clone(), first, "18".to_owned()),
            ("/notes/mcp", alice.clone(), first, format!("{mine}A")),
            ("/notes/mcp", alice.clone(), first, mine.chars().rev().collect()),
        ];
        if has_session {
            // Another session of the same caller; its session id in place of the event's; and no session.
            strangers.push(("/notes/mcp", alice.clone(), second, mine.clone()));
            strangers.push(("/notes/mcp", alice.clone(), first, first.unwrap().to_owned()));
            strangers.push(("/notes/mcp", alice.clone(), None, mine.clone()));
        } else {
            strangers.push(("/notes/mcp", stray(json!({ "client_id": "other" })), None, mine.clone()));
            strangers.push(("/notes/mcp", stray(json!({ "sub": null })), None, mine.clone()));
            strangers.push(("/files/mcp", stage.token("files", json!({})), None, mine.clone()));
        }
        for run in ["as it was", "after a restart"] {
            let heard = stage.notes.requests().len();
            for (path, token, session, id) in &strangers {
                let answer = resumes(stage.gateway.address, path, token, *session, id).await;
                let answer = crate::caller::Answer::read(answer).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.code().as_str()),
                    (400, "event-unknown"),
                    "{run}: {path} {session:?} {id}"
                );
            }
            assert_eq!(stage.notes.requests().len(), heard, "none of it has arrived");
            assert!(stage.files.requests().is_empty());
            let again = stage.token("notes", json!({ "jti": "as after a refresh" }));
            let answer = resumes(stage.gateway.address, "/notes/mcp", &again, first, &mine).await;
            assert!(answer.status().is_success(), "{run}: {answer:?}");
            assert_eq!(stage.notes.last().headers["last-event-id"], "17");
            // The server behind would answer to its own; nobody else's came here.
            let call = get("/notes/mcp").token(&alice).with("last-event-id", "");
            assert!(call.open(stage.gateway.address).await.status().is_success());
            assert!(!stage.notes.last().headers.contains_key("last-event-id"), "an empty one names no event");
            let call = get("/notes/mcp").token(&alice).with("last-event-id", &mine);
            let answer = call.with("last-event-id", &mine).send(stage.gateway.address).await;
            assert_eq!(answer.code(), "header-disagrees");
            stage.gateway = stage.gateway.restart().await;
        }
    }
}

#[tokio::test]
async fn a_session_that_begins_with_a_stream_is_the_one_that_its_events_belong_to() {
    let stage = Stage::start().await;
    let (to, alice) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut begun = initialize();
    begun["params"]["_meta"] = json!({ "stream": true });
    let answer = post("/notes/mcp", &begun).token(&alice).open(to).await;
    let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let id = id_of(&event(&mut answer.into_body()).await);
    for (session, status) in [(Some(&*session), 200), (None, 400)] {
        assert_eq!(resumes(to, "/notes/mcp", &alice, session, &id).await.status(), status, "{session:?}");
    }
    assert_eq!(stage.notes.last().headers["last-event-id"], "1");
}

#[tokio::test]
async fn a_hidden_tool_stays_hidden_when_a_stream_goes_on() {
    let mut stage = Stage::with(RULES).await;
    let reader = stage.token("notes", json!({ "scope": "read" }));
    let mut id = told(&mut stage, get("/notes/mcp"), &reader, None).await;
    let readable = format!("id: 18\nevent: message\ndata: {LIST}\n\n");
    // Nobody can say what some reader would see in these.
    let unreadable =
        [format!("\u{1e}{LIST}"), format!("{{}}{LIST}"), LIST.replace("result\":", "result\":/**/")];
    for _before_and_after_a_restart in 0..2 {
        let answer = resumes(stage.gateway.address, "/notes/mcp", &reader, None, &id).await;
        let mut upstream = stage.notes.streams.recv().await.unwrap();
        let mut body = answer.into_body();
        upstream.send_data(readable.clone().into()).await.unwrap();
        let text = event(&mut body).await;
        assert!(text.contains("read_note") && !text.contains("delete_note"), "{text}");
        id = id_of(&text);
        drop((upstream, body));
        for text in &unreadable {
            let answer = resumes(stage.gateway.address, "/notes/mcp", &reader, None, &id).await;
            let mut upstream = stage.notes.streams.recv().await.unwrap();
            upstream.send_data(format!("id: 19\ndata: {text}\n\n").into()).await.unwrap();
            let body = answer.into_body().collect().await;
            assert!(body.is_err(), "the stream broke: {body:?}");
        }
        stage.gateway = stage.gateway.restart().await;
    }
}
