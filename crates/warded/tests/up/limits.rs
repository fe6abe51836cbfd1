//! How much one caller, one server behind and all of them may take.

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    caller::{Call, get, ping, post, raw, tool},
    stage::Stage,
    wait::until,
};

#[tokio::test]
async fn one_server_that_hangs_does_not_take_what_the_others_need() {
    let stage = Stage::with_head("limits: { requests_per_server: 2 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let hang = || tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    let mut hanging = Vec::new();
    for _ in 0..2 {
        hanging.push(hang());
        stage.notes.hangs().await;
    }
    let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("server-busy", 503));
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(answer.body.contains("\"id\":1"), "{answer:?}");
    // A stranger takes no place, and is told nothing of how busy it is.
    assert_eq!(post("/notes/mcp", &ping()).send(to).await.code(), "token-absent");
    let other = stage.token("files", json!({}));
    assert_eq!(post("/files/mcp", &ping()).token(&other).send(to).await.status, 200);
    for call in hanging {
        stage.notes.release();
        assert_eq!(call.await.unwrap().status, 200);
    }
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
}

#[tokio::test]
async fn one_request_too_many_is_told_to_come_back() {
    let stage = Stage::with_head("limits: { requests: 1 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let hanging = tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    stage.notes.hangs().await;
    let answer = post("/notes/mcp", &ping()).token(&token).send(to).await;
    assert_eq!((answer.code().as_str(), answer.status.as_u16()), ("busy", 503));
    assert_eq!(answer.headers["retry-after"], "1");
    // A message that is not read ends the connection, and a client must not find out by its next request.
    let head = "POST /notes/mcp HTTP/1.1\r\nHost: HERE\r\nContent-Length: 100000\r\n\r\n";
    let answer = raw(to, &head.replace("HERE", &to.to_string())).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("connection: close"), "{answer}");
    stage.notes.release();
    assert_eq!(hanging.await.unwrap().status, 200);
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
}

#[tokio::test]
async fn strangers_who_say_half_a_form_keep_nobody_from_being_served() {
    let stage = Stage::with_head("limits: { requests: 4 }").await;
    // `files` has the issuer that is built in.
    let stage = stage.rewritten(&[("    issuers: [corp]\nissuers:", "issuers:")]).await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let line = format!("POST /issuers/default/token HTTP/1.1\r\nHost: {to}\r\nExpect: 100-continue\r\n");
    let half = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n";
    let mut strangers = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all((line.clone() + half).as_bytes()).await.unwrap();
        // It waits for the form, or was told that there is no room.
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        strangers.push((String::from_utf8_lossy(&status).into_owned(), stream));
    }
    assert_eq!(strangers[0].0, "HTTP/1.1 100");
    assert_eq!(strangers[7].0, "HTTP/1.1 503");
    let livez = || Call::new(http::Method::GET, "/livez", "").send(to);
    assert_eq!(livez().await.status, 200);
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    drop(strangers);
    // Also when calls have taken all that there is for them.
    let hang = || tokio::spawn(post("/notes/mcp", &tool("hang", json!({}))).token(&token).send(to));
    let mut hanging = Vec::new();
    for _ in 0..4 {
        hanging.push(hang());
        stage.notes.hangs().await;
    }
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.code(), "busy");
    assert_eq!(livez().await.status, 200);
    for call in hanging {
        stage.notes.release();
        assert_eq!(call.await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn whoever_has_a_good_token_and_sends_half_a_message_takes_no_more_than_a_share() {
    let stage = Stage::with_head("limits: { requests: 16 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let half = format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let mut sent = Vec::new();
    for _ in 0..16 {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(half.as_bytes()).await.unwrap();
        sent.push(stream);
    }
    // All but two are told that there is no room.
    let mut told: FuturesUnordered<_> = sent
        .into_iter()
        .map(|mut stream| async move {
            let mut answer = vec![0; 4096];
            let length = stream.read(&mut answer).await.unwrap();
            (String::from_utf8_lossy(&answer[..length]).into_owned(), stream)
        })
        .collect();
    for _ in 0..14 {
        let (answer, _) = told.next().await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\"busy\""), "{answer}");
    }
    // Whoever says what it wants at once is answered, and somebody else may be as slow.
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
    let bob = stage.token("notes", json!({ "sub": "bob" }));
    let message = ping().to_string();
    let head = half.replace(&token, &bob).replace("100\r\n\r\n{", &format!("{}\r\n", message.len()));
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all((head + "Expect: 100-continue\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(message.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // What was waited for and is gone makes room.
    drop(told);
    until("the places are not given back", async || {
        post("/notes/mcp", &ping()).token(&token).in_pieces(3).send(to).await.status == 200
    })
    .await;
}

#[tokio::test]
async fn streams_that_last_do_not_count_as_requests() {
    let mut stage = Stage::with_head("limits: { requests: 1, requests_per_server: 1 }").await;
    let (to, token) = (stage.gateway.address, stage.token("notes", json!({})));
    let mut open = Vec::new();
    for _ in 0..10 {
        let answer = get("/notes/mcp").token(&token).open(to).await;
        assert_eq!(answer.status(), 200);
        open.push((answer, stage.notes.streams.recv().await.unwrap()));
    }
    assert_eq!(post("/notes/mcp", &ping()).token(&token).send(to).await.status, 200);
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() {
    let stage = Stage::with_head("limits: { connections: 2 }").await;
    let to = stage.gateway.address;
    let held = [TcpStream::connect(to).await.unwrap(), TcpStream::connect(to).await.unwrap()];
    let waiting = tokio::spawn(async move {
        raw(to, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await
    });
    let [one, _other] = held;
    drop(one);
    assert!(waiting.await.unwrap().starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_says_nothing_or_half_a_head_is_not_waited_for() {
    let stage = Stage::with_head("limits: { first_byte: 1s }").await;
    let to = stage.gateway.address;
    for said in ["", "GET /livez HTTP/1.1\r\nHost: pro"] {
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(!String::from_utf8_lossy(&rest).contains("200"), "{said}");
    }
}

#[tokio::test]
async fn the_head_of_a_request_has_the_size_and_the_lines_that_the_operator_says() {
    let stage = Stage::with_head("limits: { head: 8KiB, headers: 20 }").await;
    let to = stage.gateway.address;
    let ask = |more: String| async move {
        raw(to, &format!("GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n{more}\r\n")).await
    };
    assert!(ask("X-Many: 1\r\n".repeat(18)).await.starts_with("HTTP/1.1 200"));
    assert!(ask("X-Many: 1\r\n".repeat(19)).await.starts_with("HTTP/1.1 431"));
    assert!(ask(format!("X-Long: {}\r\n", "x".repeat(9 * 1024))).await.starts_with("HTTP/1.1 431"));
}
