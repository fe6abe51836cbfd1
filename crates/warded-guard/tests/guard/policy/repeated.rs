//! Whoever repeats a request that somebody else has proved makes no policy judge it, and takes nothing of the other's.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Channel, Full};
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_guard::{Body, BoxError};
use warded_store::{Approvals as _, Span};

use super::{
    counters::TWO_AN_HOUR,
    stage::{answered, behind, call, counted, denial, guard, passes, under},
};
use crate::{
    proofs::holder::Holder,
    stage::{Door, NOW, body, post},
};

/// The same request, as often as it is sent.
struct Caught {
    token: String,
    proof: String,
    message: Value,
}

impl Caught {
    fn of(holder: &Holder, message: Value) -> Self {
        let token = holder.token();
        let proof = holder.proof("POST", &token);
        Self { token, proof, message }
    }

    fn sent(&self) -> Request<Full<Bytes>> {
        let request =
            post().header("Authorization", format!("DPoP {}", self.token)).header("DPoP", &self.proof);
        request.body(body(&self.message)).unwrap()
    }

    async fn is_refused(&self, door: &Door) {
        for _ in 0..3 {
            assert_eq!(door.refuses(self.sent()).await, (401, "proof-replayed".to_owned()));
        }
    }
}

fn charge() -> Value {
    call("charge", json!({}))
}

#[tokio::test]
async fn whoever_repeats_the_request_of_another_takes_nothing_from_its_counters() {
    let (builder, store) = under(TWO_AN_HOUR);
    let guard = builder.build();
    let caught = Caught::of(&Holder::new(), charge());
    assert!(passes(&guard, caught.sent()).await);
    caught.is_refused(&Door::at(guard)).await;
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 1);
}

#[tokio::test]
async fn whoever_shows_a_bad_proof_takes_nothing_and_has_nothing_judged() {
    let text = format!("{TWO_AN_HOUR}  wipe: {{ rules: [{{ name: never, action: deny }}] }}\n");
    let (builder, store) = under(&text);
    let door = Door::at(builder.build());
    let (holder, thief) = (Holder::new(), Holder::new());
    for message in [charge(), call("wipe", json!({}))] {
        let mut caught = Caught::of(&holder, message);
        caught.proof = thief.proof("POST", &caught.token);
        assert_eq!(door.refuses(caught.sent()).await.0, 401);
    }
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 0);
}

#[tokio::test]
async fn what_was_denied_is_not_judged_again_for_whoever_repeats_it() {
    let never = guard("version: \"1\"\ntools:\n  charge: { rules: [{ name: never, action: deny }] }\n");
    let door = Door::at(never);
    let caught = Caught::of(&Holder::new(), charge());
    assert_eq!(denial(&door.ask(caught.sent()).await), "Denied by rule \"never\"");
    caught.is_refused(&door).await;
}

#[tokio::test]
async fn what_takes_too_many_steps_takes_them_once() {
    let rules: Vec<_> = (0..400)
        .map(|n| format!("      - {{ name: r{n}, conditions: [{{ path: args.text, op: regex, value: \"^[a-z]|{n}\" }}] }}\n"))
        .collect();
    let rules = rules.concat();
    let door = Door::at(guard(&format!("version: \"1\"\ntools:\n  search:\n    rules:\n{rules}")));
    let caught = Caught::of(&Holder::new(), call("search", json!({ "text": "ab".repeat(1_500_000) })));
    assert!(denial(&door.ask(caught.sent()).await).starts_with("This is more"));
    caught.is_refused(&door).await;
}

#[tokio::test]
async fn an_approval_is_not_for_whoever_repeats_the_call_that_waited() {
    let asks_first =
        "version: \"1\"\ntools:\n  charge: { rules: [{ name: ask first, action: require_approval }] }\n";
    let (builder, store) = under(asks_first);
    let guard = builder.build();
    let (door, holder) = (Door::at(guard.clone()), Holder::new());
    let caught = Caught::of(&holder, charge());
    assert_eq!(door.ask(caught.sent()).await.json()["error"]["code"], -32003);
    let now = UnixTime::from_seconds(NOW);
    let [waiting] = &store.approvals(now).await.unwrap()[..] else { panic!("one waits") };
    warded_store::Approvals::rule(&*store, &waiting.call.id, true, "ada", now).await.unwrap().unwrap();
    caught.is_refused(&door).await;
    assert!(passes(&guard, Caught::of(&holder, charge()).sent()).await, "it was left as it was");
}

#[tokio::test]
async fn whoever_repeats_a_cancellation_calls_nothing_off() {
    let (builder, store) = under(TWO_AN_HOUR);
    let (guard, holder) = (builder.build(), Holder::new());
    let off = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    let caught = Caught::of(&holder, off);
    let accepted = Response::builder().status(202).body(Body::default()).unwrap();
    assert!(answered(&guard, caught.sent(), accepted).await.1);
    let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
    let response = Response::builder().header("Content-Type", "text/event-stream");
    let response = response.body(stream.boxed_unsync()).unwrap();
    let (response, _) = behind(&guard, Caught::of(&holder, charge()).sent(), Ok(response)).await;
    caught.is_refused(&Door::at(guard)).await;
    let error = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -1, "message": "no" } });
    upstream.send_data(format!("data: {error}\n\n").into()).await.unwrap();
    drop(upstream);
    let _answer = response.into_body().collect().await.unwrap();
    assert_eq!(counted(&store, "charge", "_rate_hour", Span::Hour, NOW).await, 0, "given back");
}
