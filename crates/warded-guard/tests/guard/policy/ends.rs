//! How does a counted call end? What was taken for it is given back where its answer is an error, and only there.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::{BodyExt as _, channel::Channel};
use serde_json::{Value, json};
use tower::{ServiceExt as _, service_fn};
use warded_core::{Fault, FingerprintKey, Refusal};
use warded_guard::{Body, BoxError, Guard, Lost, Permitted, Stop};
use warded_store::{Span, memory::Memory};

use super::{
    counters::TWO_AN_HOUR,
    stage::{answered, asks, asks_as, behind, call, counted, hand, in_pieces, ledger, passes, policy, under},
};
use crate::stage::{Door, NOW, builder, full, good, token_with};

pub(super) const ERROR: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}"#;
const RESULT: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#;
const FAILED: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}"#;

pub(super) async fn taken(store: &Memory) -> i64 {
    // What is settled aside has had its turn.
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    counted(store, "charge", "_rate_hour", Span::Hour, NOW).await
}

pub(super) fn charge() -> http::Request<http_body_util::Full<Bytes>> {
    // Of somebody who sees everything, so that nothing of the answer is held to be looked at.
    asks_as(&token_with("scope", "notes:read notes:write"), &call("charge", json!({})))
}

pub(super) fn place() -> (Guard, Arc<Memory>) {
    let (builder, store) = under(TWO_AN_HOUR);
    (builder.build(), store)
}

fn event(message: &str) -> String {
    format!("event: message\ndata: {message}\n\n")
}

/// What is taken for a call that is answered so, in pieces of every length.
async fn left_by(media: &'static str, text: &str) -> i64 {
    let mut left = Vec::new();
    for length in [1, 2, 3, 7, 64, text.len().max(1)] {
        let (guard, store) = place();
        let pieces: Vec<_> = text.as_bytes().chunks(length).map(Bytes::copy_from_slice).collect();
        let (answer, is_reached) = answered(&guard, charge(), in_pieces(media, pieces)).await;
        assert!(is_reached);
        assert_eq!(answer.body, text, "not a byte is changed");
        left.push(taken(&store).await);
    }
    assert!(left.windows(2).all(|two| two[0] == two[1]), "{left:?} of {text}");
    left[0]
}

#[tokio::test]
async fn an_error_gives_back_and_a_result_does_not() {
    let json = "application/json";
    assert_eq!(left_by(json, ERROR).await, 0);
    assert_eq!(left_by(json, RESULT).await, 1);
    assert_eq!(left_by(json, FAILED).await, 1, "a tool that failed was called");
    let events = "text/event-stream";
    let progress = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"error":{}}}"#;
    for (last, left) in [(ERROR, 0), (RESULT, 1), (FAILED, 1)] {
        let text = format!(": hello\n\nid: 1\n{}{}: bye\n\n", event(progress), event(last));
        assert_eq!(left_by(events, &text).await, left, "{last}");
        assert_eq!(left_by(events, &text.replace('\n', "\r\n")).await, left, "{last}");
        assert_eq!(left_by(events, &text.replace('\n', "\r")).await, left, "{last}");
        assert_eq!(left_by(events, &format!("\u{feff}data:{last}\n\n")).await, left, "{last}");
    }
    let lines = ERROR.replace(",\"error", "\ndata: ,\"error");
    assert_eq!(left_by(events, &event(&lines)).await, 0, "data in two lines is one message");
}

#[tokio::test]
async fn only_the_answer_to_the_very_call_says_how_it_ended() {
    let json = "application/json";
    for spared in [
        // Of another request, or of none.
        r#"{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","id":"1","error":{"code":-1,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","error":{"code":-1,"message":"no"}}"#,
        // A question of the server's own.
        r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"error":{}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"roots/list","error":{"code":-1,"message":"no"}}"#,
        // It says both, or says it deeper, or not as an object.
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":-1,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":null,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":null}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"id":1,"error":{"code":-1}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":"\",\"error\":{}"}"#,
        r#"{"jsonrpc":"2.0","id":[1],"error":{"code":-1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"id":1,"error":{"code":-1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"Error":{"code":-1}}"#,
        r#"{"x":{"jsonrpc":"2.0","id":1,"error":{"code":-1}}}"#,
        r#"[[{"jsonrpc":"2.0","id":1,"error":{"code":-1}}]]"#,
        // It never ends, or is no JSON.
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}"#,
        "no",
        "",
    ] {
        assert_eq!(left_by(json, spared).await, 1, "{spared}");
    }
    for given_back in [
        r#"{ "error" : { "code" : -1 , "message" : "}\\\"]" } , "id" : 1 , "jsonrpc" : "2.0" }"#,
        r#"{"jsonrpc":"2.0","\u0069d":1,"e\u0072ror":{"code":-1,"data":{"result":[{"id":2}]}}}"#,
        r#"[{"jsonrpc":"2.0","id":1,"error":{"code":-1}}]"#,
    ] {
        assert_eq!(left_by(json, given_back).await, 0, "{given_back}");
    }
    let events = "text/event-stream";
    let elsewhere = format!("event: {ERROR}\nid: {ERROR}\n: {ERROR}\ndatax: {ERROR}\nretry: 1\n\n");
    assert_eq!(left_by(events, &elsewhere).await, 1, "only data is data");
    assert_eq!(
        left_by(events, &format!("{}{}", event(RESULT), event(ERROR))).await,
        1,
        "the first one counts"
    );
    assert_eq!(left_by(events, &format!("{}{}", event(ERROR), event(RESULT))).await, 0, "once");
    assert_eq!(left_by("text/plain", ERROR).await, 1, "nobody reads that as an answer");
}

#[tokio::test]
async fn ids_are_compared_as_they_are_meant() {
    for (id, told, left) in [
        (json!("a\"b"), r#""a\u0022b""#, 0),
        (json!("1"), "1", 1),
        (json!(-5), "-5", 0),
        (json!(9_007_199_254_740_991_i64), "9007199254740991", 0),
        (json!(9_007_199_254_740_991_i64), "9007199254740990", 1),
        (json!("x".repeat(3000)), &format!("\"{}\"", "x".repeat(3000)), 0),
        (json!("x".repeat(9000)), &format!("\"{}\"", "x".repeat(9000)), 1),
    ] {
        let (guard, store) = place();
        let mut message = call("charge", json!({}));
        message["id"] = id.clone();
        let text = format!(r#"{{"jsonrpc":"2.0","id":{told},"error":{{"code":-1}}}}"#);
        answered(&guard, asks(&message), in_pieces("application/json", [text])).await;
        assert_eq!(taken(&store).await, left, "{id} {told}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_to_read_a_call_has_not_made_it() {
    let refuse = [400, 404, 405, 406, 413, 415];
    for (status, left) in refuse.map(|status| (status, 0)).into_iter().chain([(200, 1), (500, 1)]) {
        for id in [",\"id\":null", ""] {
            let (guard, store) = place();
            answered(&guard, charge(), refusing(status, &format!("\"jsonrpc\":\"2.0\"{id}"))).await;
            assert_eq!(taken(&store).await, left, "{status}");
        }
    }
    // No JSON-RPC, or an error of another protocol.
    for members in [
        "\"id\":1",
        "\"id\":null",
        "\"jsonrpc\":\"1.0\",\"id\":1",
        "\"jsonrpc\":2.0",
        "\"type\":\"about:blank\"",
    ] {
        for status in [200, 400] {
            let (guard, store) = place();
            answered(&guard, charge(), refusing(status, members)).await;
            assert_eq!(taken(&store).await, 1, "{status} {members}");
        }
    }
}

/// An error under a status of HTTP.
fn refusing(status: u16, members: &str) -> Response<Body> {
    let text = format!(r#"{{{members},"error":{{"code":-32600,"message":"no"}}}}"#);
    let mut response = in_pieces("application/json; charset=utf-8", [text]);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    response
}

#[tokio::test]
async fn a_status_that_tells_nothing_of_the_call_gives_nothing_back() {
    for status in [301, 401, 402, 403, 408, 409, 410, 422, 429, 500, 502, 503, 504] {
        let (guard, store) = place();
        answered(&guard, charge(), refusing(status, "\"jsonrpc\":\"2.0\",\"id\":1")).await;
        assert_eq!(taken(&store).await, 1, "{status}");
    }
}

#[tokio::test]
async fn a_status_is_about_no_message_of_a_list() {
    for members in ["\"jsonrpc\":\"2.0\"", "\"jsonrpc\":\"2.0\",\"id\":null", "\"jsonrpc\":\"2.0\",\"id\":1"]
    {
        let (guard, store) = place();
        let batch = json!([call("charge", json!({}))]);
        answered(&guard, asks(&batch), refusing(400, members)).await;
        assert_eq!(taken(&store).await, 1, "{members}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_can_read_gives_nothing_back() {
    let (guard, store) = place();
    let mut response = in_pieces("application/json", [ERROR]);
    response.headers_mut().insert("Content-Encoding", "gzip".parse().unwrap());
    answered(&guard, charge(), response).await;
    assert_eq!(taken(&store).await, 1);
    let mut request = charge();
    request.headers_mut().insert("Accept-Encoding", "gzip".parse().unwrap());
    let permitted = Door::at(guard).admits(request).await;
    assert!(
        !permitted.parts.headers.contains_key("Accept-Encoding"),
        "so nobody is invited to write such a one"
    );
}

#[tokio::test]
async fn whoever_hangs_up_has_made_the_call() {
    // Before anything is heard.
    let (guard, store) = place();
    let inner = service_fn(|_: Permitted| std::future::pending::<Result<Response<Body>, Stop>>());
    let mut asking = Box::pin(guard.forwarding(inner).oneshot(charge()));
    assert!(futures_util::poll!(&mut asking).is_pending());
    drop(asking);
    assert_eq!(taken(&store).await, 1);
    // In the middle of the answer; and where the server hangs up, or breaks off.
    for how in ["the caller", "the server", "the connection"] {
        let (guard, store) = place();
        let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
        let response =
            Response::builder().header("Content-Type", "text/event-stream").body(stream.boxed_unsync());
        let (response, _) = behind(&guard, charge(), Ok(response.unwrap())).await;
        let mut body = response.into_body();
        upstream.send_data(Bytes::from(format!("data: {}", ERROR.trim_end_matches('}')))).await.unwrap();
        let _frame = body.frame().await.unwrap().unwrap();
        match how {
            "the server" => {
                drop(upstream);
                assert!(body.frame().await.is_none());
            }
            "the connection" => {
                upstream.abort("broken".into());
                assert!(body.frame().await.unwrap().is_err());
            }
            _ => {}
        }
        drop(body);
        assert_eq!(taken(&store).await, 1, "{how}");
        assert!(passes(&guard, charge()).await, "{how}: once, and not twice");
        assert!(!passes(&guard, charge()).await, "{how}");
    }
}

#[tokio::test]
async fn where_nothing_was_sent_nothing_stays_taken() {
    for (stop, left) in [
        (Stop::from(Fault::UpstreamUnreachable), 0),
        (Stop::from(Fault::UpstreamUnproven), 0),
        (Stop::Later(Fault::UpstreamFull, 1), 0),
        (Stop::Later(Fault::ServerBusy, 1), 0),
        (Stop::from(Fault::UpstreamCredentialUnavailable), 0),
        (Stop::from(Refusal::TokenInMessage { place: "body" }), 0),
        (Stop::from(Fault::UpstreamTimeout), 1),
        (Stop::from(Fault::UpstreamBroke), 1),
        (Stop::from(Fault::UpstreamUnusable), 1),
        (Stop::from(Fault::UpstreamRefused), 1),
    ] {
        let (guard, store) = place();
        let (response, is_reached) = behind(&guard, charge(), Err(stop.clone())).await;
        assert!(is_reached && !response.status().is_success(), "{stop:?}");
        assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, left, "{stop:?}");
    }
}

#[tokio::test]
async fn the_words_of_whoever_stands_between_are_no_answer() {
    for (is_lost, left) in [(true, 1), (false, 0)] {
        let (guard, store) = place();
        let lost = Lost::default();
        let mut response = in_pieces("text/event-stream", [event(ERROR)]);
        response.extensions_mut().insert(lost.clone());
        if is_lost {
            lost.tell();
        }
        answered(&guard, charge(), response).await;
        assert_eq!(taken(&store).await, left, "{is_lost}");
    }
}

#[tokio::test]
async fn a_call_that_leaves_no_record_is_not_made_and_not_counted() {
    let (builder, store) = under(TWO_AN_HOUR);
    let names = Arc::new(FingerprintKey::new([7; 32]));
    let door = Door::at(builder.journal(Arc::new(crate::journal::Full), names).build());
    for _ in 0..4 {
        assert_eq!(door.refuses(charge()).await, (503, "journal-unavailable".to_owned()));
        assert_eq!(taken(&store).await, 0);
    }
}

#[tokio::test]
async fn a_batch_is_given_back_where_all_that_is_counted_of_it_failed() {
    let one = |id: Value, tool: &str| {
        let mut one = call(tool, json!({}));
        one["id"] = id;
        one
    };
    let error = |id: i64| json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -1, "message": "no" } });
    let result = |id: i64| json!({ "jsonrpc": "2.0", "id": id, "result": {} });
    let both = json!([one(json!(1), "charge"), one(json!(2), "charge")]);
    for (answers, left) in [
        (json!([error(1), error(2)]), 0),
        (json!([error(2), error(1)]), 0),
        (json!([error(1), result(2)]), 2),
        (json!([result(1), error(2)]), 2),
        (json!([error(1)]), 2),
        (json!([error(1), error(1)]), 2),
        (json!([error(1), error(3)]), 2),
    ] {
        let (guard, store) = place();
        let text = answers.to_string();
        answered(&guard, asks(&both), in_pieces("application/json", [text])).await;
        assert_eq!(taken(&store).await, left, "{answers}");
        let (guard, store) = place();
        let events: String = answers.as_array().unwrap().iter().map(|one| event(&one.to_string())).collect();
        answered(&guard, asks(&both), in_pieces("text/event-stream", [events])).await;
        assert_eq!(taken(&store).await, left, "{answers}");
    }
    // What is not counted has no say.
    let beside = json!([one(json!(1), "charge"), one(json!(2), "read")]);
    let (guard, store) = place();
    let answers = json!([result(2), error(1)]).to_string();
    answered(&guard, asks(&beside), in_pieces("application/json", [answers])).await;
    assert_eq!(taken(&store).await, 0);
    // What has no answer cannot have failed.
    let mut told = call("charge", json!({}));
    told.as_object_mut().unwrap().remove("id");
    let (guard, store) = place();
    let answers = json!([error(1)]).to_string();
    answered(&guard, asks(&json!([one(json!(1), "charge"), told])), in_pieces("application/json", [answers]))
        .await;
    assert_eq!(taken(&store).await, 2);
}

#[tokio::test]
async fn one_id_of_two_requests_gives_nothing_back() {
    let nope = json!({ "jsonrpc": "2.0", "id": 1, "method": "nope" });
    let mut read = call("read", json!({}));
    read["id"] = json!(1);
    for other in [nope, read, call("charge", json!({}))] {
        let (guard, store) = place();
        let batch = json!([call("charge", json!({})), other]);
        let answers = format!("{}{}", event(ERROR), event(RESULT));
        answered(&guard, asks(&batch), in_pieces("text/event-stream", [answers])).await;
        assert!(taken(&store).await >= 1, "{other}");
    }
}

#[tokio::test]
async fn a_notification_is_counted_and_stays_so() {
    let (guard, store) = place();
    let mut told = call("charge", json!({}));
    told.as_object_mut().unwrap().remove("id");
    let response = Response::builder().status(202).body(Body::default()).unwrap();
    answered(&guard, asks(&told), response).await;
    assert_eq!(taken(&store).await, 1);
    answered(&guard, asks(&told), in_pieces("application/json", [ERROR])).await;
    assert_eq!(taken(&store).await, 2);
}

#[tokio::test]
async fn an_error_on_a_stream_that_is_resumed_gives_nothing_back() {
    let (guard, store) = place();
    let open = Response::builder().header("Content-Type", "text/event-stream");
    answered(&guard, charge(), open.body(Body::default()).unwrap()).await;
    assert_eq!(taken(&store).await, 1, "a stream that broke off");
    let resumed = good().method(Method::GET).header("Last-Event-ID", "1").body(full("")).unwrap();
    let (answer, _) = answered(&guard, resumed, in_pieces("text/event-stream", [event(ERROR)])).await;
    assert_eq!(answer.body, event(ERROR));
    assert_eq!(taken(&store).await, 1);
}

#[tokio::test]
async fn a_late_error_lowers_the_window_in_which_the_call_was_counted_and_no_other() {
    let (clock, store) = (hand(), Arc::new(Memory::new()));
    let guard = builder().clock(clock.clone()).policy(policy(TWO_AN_HOUR), ledger(&store)).build();
    let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
    let response =
        Response::builder().header("Content-Type", "text/event-stream").body(stream.boxed_unsync());
    let (response, _) = behind(&guard, charge(), Ok(response.unwrap())).await;
    // Nobody's token lives that long; the next caller comes with another one.
    clock.passes(-60);
    let now = NOW - 60;
    assert!(passes(&guard, charge()).await && passes(&guard, charge()).await);
    upstream.send_data(Bytes::from(event(ERROR))).await.unwrap();
    drop(upstream);
    let _answer = response.into_body().collect().await.unwrap();
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 0);
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, now).await, 2);
    assert!(!passes(&guard, charge()).await);
}

#[tokio::test]
async fn whoever_hears_of_an_error_may_try_again_at_once() {
    let (guard, _) = place();
    let mut open = Vec::new();
    for _ in 0..20 {
        let (response, is_reached) =
            behind(&guard, charge(), Ok(in_pieces("application/json", [ERROR]))).await;
        assert!(is_reached);
        let mut body = response.into_body();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.data_ref().unwrap(), ERROR);
        // The rest of the answer may take its time.
        open.push(body);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_never_held() {
    let (guard, store) = place();
    let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
    let response = Response::builder().header("Content-Type", "application/json").body(stream.boxed_unsync());
    let (response, _) = behind(&guard, charge(), Ok(response.unwrap())).await;
    let mut body = response.into_body();
    upstream
        .send_data(Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"result":{"content":[""#))
        .await
        .unwrap();
    let mut heard = body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    for _ in 0..64 {
        upstream.send_data(Bytes::from(vec![b'x'; 64 * 1024])).await.unwrap();
        heard += body.frame().await.unwrap().unwrap().into_data().unwrap().len();
    }
    assert!(heard > 64 * 64 * 1024, "each piece came at once");
    drop(body);
    assert_eq!(taken(&store).await, 1);
}
