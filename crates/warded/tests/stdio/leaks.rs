//! What a process is given, and what leaves it: no token of a caller, no secret of ours.

use serde_json::{Value, json};

use crate::{
    caller::{Answer, Caller, tool},
    stage::Stage,
};

#[tokio::test]
async fn a_process_knows_what_was_written_down_for_it_and_nothing_else() {
    let stage = Stage::start("    folder: /usr").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let who: Value = serde_json::from_str(&alice.tool("who", json!({})).await.text()).unwrap();
    assert_eq!(who["folder"], "/usr");
    let common = ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"];
    // What Python and its launcher set for themselves.
    let theirs = |name: &str| name == "PWD" || name == "_" || name == "SHLVL" || name.contains("PYENV");
    for name in who["environment"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let is_known = common.contains(&name) || ["LIFE", "SECRET"].contains(&name) || theirs(name);
        assert!(is_known, "{name}");
    }
    let other = Caller::new(&stage, "other", json!({})).begins().await;
    let who: Value = serde_json::from_str(&other.tool("who", json!({})).await.text()).unwrap();
    assert!(!who["environment"].as_array().unwrap().contains(&json!("SECRET")), "it is the other's");
}

#[tokio::test]
async fn the_callers_token_is_not_said_to_a_process() {
    let mut stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({}));
    let token = stage.token("nasty", json!({ "jti": "pasted" }));
    let caller = Caller::new(&stage, "nasty", json!({ "jti": "pasted" }));
    drop(alice);
    // The very token of the request.
    let own = caller.own_token().to_owned();
    for text in [own.clone(), format!("Bearer {own}"), own.replace('.', "%2E"), own.replace('-', "\\u002d")] {
        let message = tool(json!(1), "echo", json!({ "text": "TOKEN" })).to_string().replace("TOKEN", &text);
        let message: Value = serde_json::from_str(&message).unwrap();
        let answer = caller.modern_tool(json!(1), "echo", message["params"]["arguments"].clone()).await;
        assert_eq!(answer.code(), "token-in-message");
        assert_eq!(
            caller.post(&message).await.code(),
            "token-in-message",
            "before there is a process for it"
        );
    }
    let session = caller.begins().await;
    let answer = session.tool("echo", json!({ "text": own })).await;
    assert_eq!(answer.code(), "token-in-message");
    // Another token is a text like any other, to a gateway that does not know it.
    assert_eq!(session.tool("echo", json!({ "text": token })).await.status, 200);
    assert!(!stage.log().contains(&own));
    assert_eq!(session.delete().await.status, 204);
    stage.nobody_lives().await;
}

#[tokio::test]
async fn a_secret_of_the_process_reaches_neither_a_caller_nor_the_log() {
    let stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("secret", json!({})).await.text(), "it is *************************");
    let modern = alice.modern_tool(json!(1), "secret", json!({})).await;
    assert_eq!(modern.text(), "it is *************************");
    assert_eq!(alice.tool("complain", json!({ "count": 3 })).await.text(), "said");
    stage.logs("complaint 2").await;
    assert!(!stage.log().contains("the-secret-of-the-process"), "{}", stage.log());
}

#[tokio::test]
async fn nobody_gets_past_the_guard() {
    let stage = Stage::start("").await;
    for (server, who) in [
        ("nasty", json!({ "aud": "http://127.0.0.1/other/mcp" })),
        ("nasty", json!({ "exp": 1 })),
        ("other", json!({ "aud": format!("http://{}/nasty/mcp", stage.address) })),
    ] {
        let answer = Caller::new(&stage, server, who.clone()).tool("echo", json!({})).await;
        assert_eq!(answer.status, 401, "{who}");
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    let twice = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"die"}}"#;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let answer = alice.send(http::Method::POST, twice, &[]).await;
    assert_eq!(Answer::read(answer).await.code(), "call-duplicate-member");
}

#[tokio::test]
async fn what_a_caller_may_not_call_is_not_listed_and_not_called() {
    let stage = Stage::start("    scopes: { tools: { secret: [admin] } }").await;
    let list = |cursor: Option<&str>| json!({"jsonrpc": "2.0", "id": 3, "method": "tools/list", "params": {"cursor": cursor.unwrap_or_default()}});
    let names = |message: &Value| {
        let tools = message["result"]["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(names(&alice.post(&list(None)).await.json()), ["echo"]);
    let events = alice.post(&list(Some("stream"))).await.events();
    assert_eq!(names(&events[1]), ["echo"], "nor in a stream");
    let refused = alice.tool("secret", json!({})).await;
    assert_eq!((refused.code().as_str(), refused.status.as_u16()), ("scope-missing", 403));
    let admin = Caller::new(&stage, "nasty", json!({ "scope": "admin" })).begins().await;
    assert_eq!(names(&admin.post(&list(None)).await.json()), ["echo", "secret"]);
}
