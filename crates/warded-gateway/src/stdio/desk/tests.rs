//! Attacks on the desk, and what an honest client and process see.

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use warded_core::Refusal;
use warded_guard::Stop;

use super::{super::own_accord::Next, Desk, Event, MAX_OPEN, Mode, Taken, Terms};
use crate::egress::Sayable;

const TERMS: Terms = Terms { streams: true, batches: false };

fn taken(desk: &mut Desk, message: &str, to: &mpsc::Sender<Event>) -> Result<Taken, Stop> {
    desk.take(&Sayable::unchecked(Bytes::copy_from_slice(message.as_bytes())), TERMS, to)
}

/// Asks; gives what the process reads, and the caller's end.
fn ask(desk: &mut Desk, message: &Value) -> (Value, mpsc::Receiver<Event>) {
    let (to, events) = mpsc::channel(16);
    let taken = taken(desk, &message.to_string(), &to).unwrap();
    (serde_json::from_slice(taken.line.bytes()).unwrap(), events)
}

/// Lets the process speak, and delivers.
fn hear(desk: &mut Desk, line: &Value) -> Option<&'static str> {
    let heard = desk.hear(line.to_string().as_bytes());
    for (to, event) in heard.deliveries {
        to.try_send(event).unwrap();
    }
    heard.complaint
}

/// Whether there was something that is said of its own accord.
fn takes(desk: &mut Desk, listener: u64) -> bool {
    let Next::Message(next) = desk.own_accord.next(listener) else { return false };
    desk.own_accord.take(listener, &next)
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
fn request(id: Value, method: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method})
}

fn result(id: &Value, text: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": {"text": text}})
}

fn message(event: Option<Event>) -> Value {
    match event {
        Some(Event::Said(message) | Event::Answered { message, .. }) => {
            serde_json::from_slice(&message).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn equal_ids_of_two_requests_are_not_crossed() {
    let mut desk = Desk::new(Mode::Shared);
    let (first, mut one) = ask(&mut desk, &request(json!(1), "tools/call"));
    let (second, mut two) = ask(&mut desk, &request(json!(1), "tools/call"));
    let (third, mut three) = ask(&mut desk, &request(json!("1"), "tools/call"));
    assert!(first["id"] != second["id"] && third["id"].is_string());
    hear(&mut desk, &result(&third["id"], "c"));
    hear(&mut desk, &result(&second["id"], "b"));
    hear(&mut desk, &result(&first["id"], "a"));
    assert_eq!(message(one.try_recv().ok()), result(&json!(1), "a"));
    assert_eq!(message(two.try_recv().ok()), result(&json!(1), "b"));
    assert_eq!(message(three.try_recv().ok()), result(&json!("1"), "c"));
}

#[test]
fn an_answer_that_comes_twice_or_to_nobody_finds_nobody() {
    let mut desk = Desk::new(Mode::Session);
    let (asked, mut events) = ask(&mut desk, &request(json!(7), "ping"));
    assert!(hear(&mut desk, &result(&json!(99), "forged")).is_some());
    // Our numbers are of a kind: the text of a number is another id.
    assert!(hear(&mut desk, &result(&json!(asked["id"].to_string()), "forged")).is_some());
    assert_eq!(hear(&mut desk, &result(&asked["id"], "first")), None);
    assert!(hear(&mut desk, &result(&asked["id"], "second")).is_some());
    assert_eq!(message(events.try_recv().ok()), result(&json!(7), "first"));
    assert!(events.try_recv().is_err());
}

#[test]
fn only_what_was_asked_is_answered() {
    let mut desk = Desk::new(Mode::Session);
    let (to, _events) = mpsc::channel(1);
    let answer = result(&json!("s1"), "yes").to_string();
    let refused = taken(&mut desk, &answer, &to).unwrap_err();
    assert_eq!(refused, Refusal::CallMalformed { why: "it answers nothing that was asked" }.into());
    hear(&mut desk, &request(json!("s1"), "elicitation/create"));
    assert!(taken(&mut desk, &answer, &to).is_ok());
    assert!(taken(&mut desk, &answer, &to).is_err(), "once");
    let none = r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}"#;
    assert!(taken(&mut desk, none, &to).is_err());
}

#[test]
fn a_cancellation_reaches_its_own_request_and_never_another() {
    let mut desk = Desk::new(Mode::Shared);
    let cancel = |id: Value| json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
    let (asked, _one) = ask(&mut desk, &request(json!("x"), "tools/call"));
    let (sent, _none) = ask(&mut desk, &cancel(json!("x")));
    assert_eq!(sent["params"]["requestId"], asked["id"]);
    // The number that stands for another request at the process is not the client's to call off.
    let (sent, _none) = ask(&mut desk, &cancel(asked["id"].clone()));
    assert_eq!(sent["params"]["requestId"], 0);
    let (_, _two) = ask(&mut desk, &request(json!("x"), "tools/call"));
    let (sent, _none) = ask(&mut desk, &cancel(json!("x")));
    assert_eq!(sent["params"]["requestId"], 0, "nobody can say which of two");
}

#[test]
fn progress_reaches_the_request_whose_token_it_names() {
    let with_token = |id: u64, token: u64| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"_meta": {"progressToken": token}}});
    let progress = |token: u64| json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": token}});
    let mut desk = Desk::new(Mode::Shared);
    let (_, mut one) = ask(&mut desk, &with_token(1, 1));
    let (_, mut two) = ask(&mut desk, &with_token(1, 2));
    hear(&mut desk, &progress(2));
    hear(&mut desk, &progress(3));
    assert_eq!(message(two.try_recv().ok()), progress(2));
    assert!(one.try_recv().is_err() && two.try_recv().is_err());
    let (_, mut three) = ask(&mut desk, &with_token(1, 2));
    hear(&mut desk, &progress(2));
    assert!(two.try_recv().is_err() && three.try_recv().is_err(), "nobody can say which of two");
}

#[test]
fn what_belongs_to_no_request_goes_to_none_of_several_callers_connections() {
    let log = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x"}});
    let mut desk = Desk::new(Mode::Shared);
    let (_, mut one) = ask(&mut desk, &request(json!(1), "tools/call"));
    hear(&mut desk, &log);
    assert_eq!(message(one.try_recv().ok()), log);
    let wants = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"_meta": {"io.modelcontextprotocol/logLevel": "info"}}});
    let (_, mut two) = ask(&mut desk, &wants);
    hear(&mut desk, &log);
    assert!(one.try_recv().is_err());
    assert_eq!(message(two.try_recv().ok()), log);
    let (_, mut three) = ask(&mut desk, &wants);
    hear(&mut desk, &log);
    assert!(two.try_recv().is_err() && three.try_recv().is_err());
}

#[test]
fn a_subscription_hears_under_the_name_that_its_client_knows() {
    for (id, named, expected) in [
        (json!(5), (|n: &Value| n.clone()) as fn(&Value) -> Value, json!(5)),
        (json!(5), |n| json!(n.to_string()), json!("5")),
        (json!("sub"), |n| n.clone(), json!("sub")),
    ] {
        let mut desk = Desk::new(Mode::Shared);
        let (asked, mut events) = ask(&mut desk, &request(id.clone(), "subscriptions/listen"));
        let (_, mut other) = ask(&mut desk, &request(json!(6), "tools/call"));
        let tells = |name: Value| json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {"_meta": {"io.modelcontextprotocol/subscriptionId": name}}});
        hear(&mut desk, &tells(named(&asked["id"])));
        assert_eq!(message(events.try_recv().ok()), tells(expected.clone()), "{id}");
        assert!(hear(&mut desk, &tells(json!("99"))).is_some());
        assert!(other.try_recv().is_err());
        // So a process ends a subscription.
        let over = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": asked["id"]}});
        hear(&mut desk, &over);
        assert!(matches!(events.try_recv(), Ok(Event::Ended { .. })));
    }
}

#[test]
fn where_nobody_can_be_asked_a_process_learns_it() {
    let mut desk = Desk::new(Mode::Shared);
    let (_, mut events) = ask(&mut desk, &request(json!(1), "tools/call"));
    let heard = desk.hear(request(json!("q"), "sampling/createMessage").to_string().as_bytes());
    let reply: Value = serde_json::from_slice(heard.replies[0].bytes()).unwrap();
    assert_eq!((&reply["id"], &reply["error"]["code"]), (&json!("q"), &json!(-32601)));
    assert!(heard.deliveries.is_empty() && events.try_recv().is_err());
}

#[test]
fn a_session_is_asked_where_it_listens() {
    let mut desk = Desk::new(Mode::Session);
    let ask_roots = request(json!(0), "roots/list");
    hear(&mut desk, &ask_roots);
    let (me, _) = desk.own_accord.listen();
    assert!(takes(&mut desk, me), "it waited");
    let (_, mut one) = ask(&mut desk, &request(json!(1), "tools/call"));
    hear(&mut desk, &request(json!(1), "elicitation/create"));
    assert_eq!(message(one.try_recv().ok()), request(json!(1), "elicitation/create"), "the one under way");
    let (_, mut two) = ask(&mut desk, &request(json!(2), "tools/call"));
    hear(&mut desk, &request(json!(2), "elicitation/create"));
    assert!(one.try_recv().is_err() && two.try_recv().is_err());
    assert!(takes(&mut desk, me), "its own stream");
}

#[test]
fn who_takes_no_stream_gets_the_answer_alone() {
    let mut desk = Desk::new(Mode::Session);
    let (to, mut events) = mpsc::channel(4);
    let call = request(json!(1), "tools/call").to_string();
    let terms = Terms { streams: false, batches: false };
    let taken = desk.take(&Sayable::unchecked(call.into()), terms, &to).unwrap();
    hear(&mut desk, &json!({"jsonrpc": "2.0", "method": "notifications/message"}));
    hear(&mut desk, &result(&json!(taken.open[0].0), "x"));
    assert!(matches!(events.try_recv(), Ok(Event::Answered { .. })));
}

#[test]
fn garbage_and_lists_that_the_revision_does_not_have_go_to_nobody() {
    let mut desk = Desk::new(Mode::Session);
    let (asked, mut events) = ask(&mut desk, &request(json!(1), "ping"));
    for garbage in ["Server running on stdio", "{", "\"x\"", "\u{0}", "{\"jsonrpc\":\"2.0\"}"] {
        assert!(desk.hear(garbage.as_bytes()).complaint.is_some(), "{garbage}");
    }
    assert!(desk.hear(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\"}").complaint.is_some());
    assert!(!desk.has_spoken);
    let list = json!([result(&asked["id"], "x")]);
    assert!(hear(&mut desk, &list).is_some());
    assert!(events.try_recv().is_err());
    let (to, mut more) = mpsc::channel(4);
    let batch = json!([request(json!("a"), "ping"), request(json!("b"), "ping")]).to_string();
    let terms = Terms { streams: true, batches: true };
    let taken = desk.take(&Sayable::unchecked(batch.into()), terms, &to).unwrap();
    let sent: Value = serde_json::from_slice(taken.line.bytes()).unwrap();
    let list = json!([result(&sent[1]["id"], "y"), result(&sent[0]["id"], "z")]);
    assert_eq!(hear(&mut desk, &list), None);
    assert_eq!(message(more.try_recv().ok()), result(&json!("b"), "y"));
    assert_eq!(message(more.try_recv().ok()), result(&json!("a"), "z"));
}

#[test]
fn what_a_caller_asks_and_leaves_takes_bounded_memory() {
    let mut desk = Desk::new(Mode::Shared);
    let (to, _events) = mpsc::channel(1);
    let call = request(json!(1), "tools/call").to_string();
    for number in 1..=u64::try_from(MAX_OPEN).unwrap() {
        assert_eq!(taken(&mut desk, &call, &to).unwrap().open[0].0, number);
    }
    assert_eq!(taken(&mut desk, &call, &to).unwrap_err().entry().code, "upstream-full");
    for number in 1..=u64::try_from(MAX_OPEN).unwrap() {
        assert!(desk.abandon(number).is_some());
    }
    assert!(desk.open.len() <= super::MAX_ABANDONED);
    assert!(taken(&mut desk, &call, &to).is_ok());
    // The answer to what was left is no mistake of the process.
    assert_eq!(hear(&mut desk, &result(&json!(MAX_OPEN), "late")), None);
}

#[test]
fn what_is_kept_of_a_request_is_short() {
    let (to, _events) = mpsc::channel(1);
    let long = "x".repeat(1024);
    for mode in [Mode::Session, Mode::Shared] {
        let mut desk = Desk::new(mode);
        let with_token = |token: &str| json!({"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"_meta": {"progressToken": token}}});
        for message in [request(json!(long), "x"), with_token(&format!("{long}x"))] {
            let refused = taken(&mut desk, &message.to_string(), &to).unwrap_err();
            assert_eq!(refused.entry().code, Refusal::CallMalformed { why: "" }.entry().code);
        }
        assert!(desk.open.is_empty());
        assert!(taken(&mut desk, &request(json!("x".repeat(1022)), "x").to_string(), &to).is_ok());
        assert!(taken(&mut desk, &with_token(&long).to_string(), &to).is_ok());
    }
}

#[test]
fn nothing_of_a_list_is_taken_where_a_part_of_it_cannot_be() {
    let mut desk = Desk::new(Mode::Session);
    let (to, _events) = mpsc::channel(1);
    let batch = json!([request(json!(1), "x"), request(json!("x".repeat(2000)), "x")]);
    assert!(taken(&mut desk, &batch.to_string(), &to).is_err());
    assert!(desk.open.is_empty());
}

#[test]
fn a_process_may_ask_as_often_as_it_likes() {
    let mut desk = Desk::new(Mode::Session);
    let (me, _) = desk.own_accord.listen();
    let (to, _events) = mpsc::channel(1);
    let most = super::asked::MAX_ASKED;
    for number in 0..3 * most {
        let heard = desk.hear(request(json!(number), "roots/list").to_string().as_bytes());
        assert!(takes(&mut desk, me));
        // What is forgotten is declined: nobody waits for ever.
        let declined =
            heard.replies.iter().map(|line| serde_json::from_slice::<Value>(line.bytes()).unwrap());
        let declined = declined.map(|line| line["id"].as_u64()).collect::<Vec<_>>();
        let forgotten = u64::try_from(number).unwrap().checked_sub(1024);
        assert_eq!(declined, forgotten.map(Some).into_iter().collect::<Vec<_>>());
    }
    assert_eq!(desk.asked.len(), most);
    assert!(taken(&mut desk, &result(&json!(3 * most - 1), "x").to_string(), &to).is_ok());
    assert!(taken(&mut desk, &result(&json!(0), "x").to_string(), &to).is_err());
}

#[test]
fn a_question_that_nobody_hears_or_that_is_called_off_is_no_question() {
    let mut desk = Desk::new(Mode::Session);
    let (to, _events) = mpsc::channel(1);
    let mut declined = 0;
    for number in 0..1000 {
        declined += desk.hear(request(json!(number), "roots/list").to_string().as_bytes()).replies.len();
    }
    assert_eq!((declined, desk.asked.len()), (744, 256));
    let over = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 999}});
    hear(&mut desk, &over);
    assert!(taken(&mut desk, &result(&json!(999), "x").to_string(), &to).is_err());
    // The one before it had to make room for what calls it off.
    assert_eq!(desk.asked.len(), 254);
    let long = desk.hear(request(json!("q".repeat(1 << 20)), "roots/list").to_string().as_bytes());
    assert_eq!((long.replies.len(), desk.asked.len()), (1, 254));
}

#[test]
fn what_calls_off_is_no_request() {
    let mut desk = Desk::new(Mode::Shared);
    let (_, _one) = ask(&mut desk, &request(json!("theirs"), "tools/call"));
    let (to, _events) = mpsc::channel(1);
    let cancel =
        json!({"jsonrpc": "2.0", "id": 5, "method": "notifications/cancelled", "params": {"requestId": 1}});
    assert_eq!(
        taken(&mut desk, &cancel.to_string(), &to).unwrap_err(),
        Refusal::CallMalformed { why: "a notification has no id" }.into()
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_said_of_a_request_that_was_left_reaches_no_other() {
    let progress =
        json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1}});
    let log = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x"}});
    let call =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"_meta": {"progressToken": 1}}});
    let mut desk = Desk::new(Mode::Shared);
    let (left, events) = ask(&mut desk, &call);
    let (_, mut other) = ask(&mut desk, &call);
    drop(events);
    hear(&mut desk, &progress);
    desk.abandon(left["id"].as_u64().unwrap());
    for said in [&progress, &log] {
        hear(&mut desk, said);
    }
    assert!(other.try_recv().is_err(), "it may be about the other");
    tokio::time::advance(super::LINGERS).await;
    for said in [progress, log] {
        hear(&mut desk, &said);
        assert_eq!(message(other.try_recv().ok()), said);
    }
}

#[test]
fn a_mark_before_the_first_line_is_none_of_it() {
    let mut desk = Desk::new(Mode::Session);
    let (asked, mut events) = ask(&mut desk, &request(json!(1), "initialize"));
    let marked = |id: &Value| format!("\u{feff}{}", result(id, "x"));
    let heard = desk.hear(marked(&asked["id"]).as_bytes());
    for (to, event) in heard.deliveries {
        to.try_send(event).unwrap();
    }
    assert_eq!(message(events.try_recv().ok()), result(&json!(1), "x"));
    let (asked, _events) = ask(&mut desk, &request(json!(2), "ping"));
    assert!(
        desk.hear(marked(&asked["id"]).as_bytes()).complaint.is_some(),
        "anywhere else it is none of JSON"
    );
}

#[test]
fn what_was_judged_is_what_the_process_reads() {
    let mut desk = Desk::new(Mode::Session);
    let (to, _events) = mpsc::channel(1);
    let text = "{ \"id\" : \"\\u0061\",\r\n\t\"jsonrpc\":\"2.0\", \"params\":{\"id\":\"\\u0061\",\"n\":1.0e2, \"u\":\"\u{2028}\\n\"},\"method\":\"x\" }";
    let taken = taken(&mut desk, text, &to).unwrap();
    let expected = text.replace(['\r', '\n'], " ").replacen("\"\\u0061\"", "\"1\"", 1) + "\n";
    assert_eq!(std::str::from_utf8(taken.line.bytes()).unwrap(), expected);
}

#[test]
fn what_only_looks_like_the_name_of_a_subscription_stays_as_it_is() {
    let mut desk = Desk::new(Mode::Shared);
    let (asked, mut events) = ask(&mut desk, &request(json!(70), "tools/call"));
    let number = &asked["id"];
    let named = |name: &Value| json!({"io.modelcontextprotocol/subscriptionId": name});
    let tells = json!({"jsonrpc": "2.0", "method": "notifications/x", "params": {"_meta": named(number)}});
    assert!(hear(&mut desk, &tells).is_some(), "a call is no subscription");
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}});
    hear(&mut desk, &cancel);
    hear(&mut desk, &json!({"jsonrpc": "2.0", "id": number, "result": {"_meta": named(number)}}));
    let answer = json!({"jsonrpc": "2.0", "id": 70, "result": {"_meta": named(number)}});
    assert_eq!(message(events.try_recv().ok()), answer, "and no server can call it off");
    let mut desk = Desk::new(Mode::Shared);
    let (asked, mut events) = ask(&mut desk, &request(json!(70), "subscriptions/listen"));
    let result =
        |id: &Value, name: &Value| json!({"jsonrpc": "2.0", "id": id, "result": {"_meta": named(name)}});
    hear(&mut desk, &result(&asked["id"], &asked["id"]));
    assert_eq!(message(events.try_recv().ok()), result(&json!(70), &json!(70)));
    let mut desk = Desk::new(Mode::Session);
    let (asked, mut events) = ask(&mut desk, &request(json!(70), "tools/call"));
    let tells =
        json!({"jsonrpc": "2.0", "method": "notifications/x", "params": {"_meta": named(&asked["id"])}});
    hear(&mut desk, &tells);
    assert_eq!(message(events.try_recv().ok()), tells, "sessions have no subscriptions");
}
