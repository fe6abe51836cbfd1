//! Which calls are denied because nobody could approve them and know what they do? And whose is an approval where nobody says who calls?

use serde_json::{Value, json};
use warded_store::{Ends, Parameters};

use super::{
    approvals::{HELD, all, held, rules, wipes},
    denials::TOO_MUCH,
    records::{kept, records},
    stage::{asks, asks_as, call, denial, guard, of, passes, under},
};
use crate::stage::{Door, claims, full, post, signed, token};

fn written(text: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    post().header("Authorization", format!("Bearer {}", token())).body(full(text.to_owned())).unwrap()
}

#[tokio::test]
async fn a_call_with_the_callers_token_in_it_is_denied_and_waits_for_nobody() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let token = token();
    let mut aside = wipes(11);
    aside["params"]["_meta"] = json!({ "progressToken": token });
    for pasted in [call("wipe", json!({ "count": 11, "why": format!("Bearer {token}") })), aside] {
        let answer = Door::at(guard.clone()).ask(asks_as(&token, &pasted)).await;
        assert_eq!(denial(&answer), "Your access token must not be in the arguments of a call.");
    }
    assert!(all(&store).await.is_empty());
    // What needs no approval is judged by the rules alone.
    assert!(passes(&guard, asks_as(&token, &call("wipe", json!({ "count": 1, "why": token })))).await);
}

#[tokio::test]
async fn whoever_approves_a_long_call_is_shown_its_ends_and_a_longer_one_does_not_wait() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let with = |length: usize| call("wipe", json!({ "count": 11, "why": "x".repeat(length) }));
    held(&guard, asks(&with(1_000_000))).await;
    let [waiting] = &all(&store).await[..] else { panic!("one waits") };
    let Parameters::Ends(ends) = &waiting.call.parameters else { panic!("{waiting:?}") };
    let Ends { first, last, bytes, sha256: _ } = &**ends;
    assert!(first.starts_with(r#"{"arguments":{"count":11,"why":"xxx"#), "{first}");
    assert!(last.ends_with(r#"xxx"},"name":"wipe"}"#), "{last}");
    assert_eq!((first.len(), last.len(), *bytes), (8192, 8192, 1_000_049));
    let answer = Door::at(guard.clone()).ask(asks(&with(1 << 20))).await;
    assert_eq!(denial(&answer), "The call is too large to wait for approval.");
    assert_eq!(all(&store).await.len(), 1);
}

#[tokio::test]
async fn a_call_that_nobody_can_spell_out_is_no_message_and_waits_for_nobody() {
    let text = "version: \"1\"\ntools:\n  wipe: { rules: [{ name: ask, action: require_approval }] }\n";
    let (builder, store) = under(text);
    let guard = builder.build();
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for why in ["\"\\ud800\"".to_owned(), deep(127), deep(400)] {
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"wipe","arguments":{{"why":{why}}}}}}}"#
        );
        let door = Door::at(guard.clone());
        let answer = door.ask(written(&text)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(door.reached.lock().unwrap().is_empty(), "{why}");
    }
    assert!(all(&store).await.is_empty());
}

#[tokio::test]
async fn of_a_call_for_something_with_a_long_name_the_name_is_cut_and_stands_among_the_parameters() {
    let text = "version: \"1\"\ntools:\n  \"*\":\n    rules: [{ name: ask, action: require_approval }]\n";
    let (builder, store) = under(text);
    let long = "é".repeat(700);
    assert!(!passes(&builder.build(), asks(&call(&long, json!({})))).await);
    let [waiting] = &all(&store).await[..] else { panic!("one waits") };
    assert_eq!(&*waiting.call.target, "é".repeat(512));
    assert_eq!(
        waiting.call.parameters,
        Parameters::Whole(format!(r#"{{"arguments":{{}},"name":"{long}"}}"#).into())
    );
}

#[tokio::test]
async fn the_same_call_twice_in_a_batch_is_never_made_by_one_approval() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let id = held(&guard, asks(&wipes(11))).await;
    rules(&store, &id, true).await;
    let mut again = wipes(11);
    again["id"] = 2.into();
    let silent = json!({ "jsonrpc": "2.0", "method": "tools/call", "params": wipes(11)["params"] });
    for other in [again, wipes(11), silent] {
        let door = Door::at(guard.clone());
        let answers = door.ask(asks(&json!([wipes(11), other]))).await.json();
        assert!(door.reached.lock().unwrap().is_empty());
        let text = answers.to_string();
        assert!(text.contains("The same call, which needs approval, stands in the batch twice."), "{text}");
    }
    // Spelled in two ways it is the same.
    let spelled = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"arguments":{ "why":"\u00e9", "count":11},"name":"wipe"}}"#;
    let batch = format!("[{},{spelled}]", wipes(11));
    assert!(!passes(&guard, written(&batch)).await);
    let [approval] = &all(&store).await[..] else { panic!("none waits beside it") };
    assert_eq!(approval.ruling.as_str(), "approved", "and it is still good for one");
    assert!(passes(&guard, asks(&wipes(11))).await);
}

#[tokio::test]
async fn one_message_that_names_a_thing_twice_waits_for_it_once() {
    let text = "version: \"1\"\nresources:\n  \"*\":\n    rules: [{ name: ask, action: require_approval }]\n";
    let (builder, store) = under(text);
    let guard = builder.build();
    let listen = |uris: &[&str]| {
        let subscriptions = json!({ "resourceSubscriptions": uris });
        json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": { "notifications": subscriptions } })
    };
    let twice = listen(&["note://a", "note://a"]);
    assert!(!passes(&guard, asks(&twice)).await);
    let [waiting] = &all(&store).await[..] else { panic!("one waits") };
    rules(&store, waiting.call.id.as_str(), true).await;
    assert!(passes(&guard, asks(&twice)).await);
}

#[tokio::test]
async fn an_approval_for_somebody_without_a_name_is_for_its_token() {
    let (builder, store) = under(HELD);
    let guard = builder.build();
    let without = |names: &[&str], id: &str| {
        let mut claims = claims();
        for name in names {
            claims.remove(*name);
        }
        claims.insert("jti".into(), id.into());
        signed(&claims)
    };
    let [one, two] = ["one", "two"].map(|id| without(&["sub", "client_id"], id));
    let id = held(&guard, asks_as(&one, &wipes(11))).await;
    rules(&store, &id, true).await;
    assert_ne!(held(&guard, asks_as(&two, &wipes(11))).await, id);
    assert!(passes(&guard, asks_as(&one, &wipes(11))).await);
    // Whoever has a name is the same by another token.
    for names in [&["sub"][..], &["client_id"]] {
        let id = held(&guard, asks_as(&without(names, "one"), &wipes(11))).await;
        assert_eq!(held(&guard, asks_as(&without(names, "two"), &wipes(11))).await, id);
    }
}

#[tokio::test]
async fn why_a_call_could_not_wait_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path(), HELD);
    let token = token();
    let door = Door::at(guard);
    door.ask(asks_as(&token, &call("wipe", json!({ "count": 11, "why": token })))).await;
    door.ask(asks(&call("wipe", json!({ "count": 11, "why": "x".repeat(1 << 20) })))).await;
    door.ask(asks(&json!([wipes(11), wipes(11)]))).await;
    door.ask(asks_as(&of("bob"), &wipes(11))).await;
    journal.flush().unwrap();
    let told = records(folder.path());
    let told: Vec<_> =
        told.iter().map(|record| ["code", "rule"].map(|name| record[name].as_str().unwrap())).collect();
    let codes = ["approval-token-inside", "approval-too-large", "approval-twice", "policy-held"];
    assert_eq!(told, codes.map(|code| [code, "ask first"]));
}

#[tokio::test]
async fn a_batch_has_no_more_work_done_for_it_than_one_call() {
    let rule = "{ name: r, conditions: [{ path: args.x, op: neq, value: a }] }";
    let batch = |calls: usize| -> Value {
        (0..calls).map(|_| call("t", json!({ "x": "b".repeat(1 << 15) }))).collect()
    };
    let door = Door::at(guard(&format!(
        "version: \"1\"\ntools:\n  t:\n    rules:\n{}",
        format!("      - {rule}\n").repeat(400)
    )));
    let one = door.ask(asks(&batch(1))).await;
    assert_eq!(one.status, 200, "{one:?}");
    let all = door.ask(asks(&batch(60))).await;
    assert_eq!(all.status, 200, "{all:?}");
    let told = all.json();
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["result"]["content"][0]["text"].as_str())
        .collect();
    assert_eq!(told, [format!("[INTERCEPT POLICY DENIED] {TOO_MUCH}")], "one of them is told why");
    assert_eq!(door.reached.lock().unwrap().len(), 1, "the batch was not made");
}
