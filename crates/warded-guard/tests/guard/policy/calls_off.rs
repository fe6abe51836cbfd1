//! What does a caller get back for a call that it calls off itself? Nothing, whenever and by whatever it does so.

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::{BodyExt as _, channel::Channel};
use serde_json::{Value, json};
use tower::{ServiceExt as _, service_fn};
use warded_guard::{Body, BoxError, Permitted, Stop};

use super::{
    ends::{ERROR, charge, place, taken},
    stage::{answered, asks_as, behind, call, in_pieces, of},
};
use crate::stage::{full, post, token_with};

/// What calls off the request 1.
fn off() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } })
}

/// By the caller of [`charge`].
fn calls_off(what: &Value) -> http::Request<http_body_util::Full<Bytes>> {
    asks_as(&token_with("scope", "notes:read notes:write"), what)
}

#[tokio::test]
async fn whoever_calls_off_what_was_made_gets_nothing_back() {
    for (by, left) in
        [(Some(token_with("scope", "notes:read notes:write")), 1), (Some(of("bob")), 0), (None, 0)]
    {
        let (guard, store) = place();
        let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
        let response = Response::builder().header("Content-Type", "application/json");
        let (response, _) = behind(&guard, charge(), Ok(response.body(stream.boxed_unsync()).unwrap())).await;
        if let Some(token) = &by {
            let accepted = Response::builder().status(202).body(Body::default()).unwrap();
            assert!(answered(&guard, asks_as(token, &off()), accepted).await.1);
        }
        upstream.send_data(Bytes::from_static(ERROR.as_bytes())).await.unwrap();
        drop(upstream);
        let _answer = response.into_body().collect().await.unwrap();
        assert_eq!(taken(&store).await, left, "{by:?}");
    }
}

#[tokio::test]
async fn a_call_that_calls_itself_off_in_its_own_batch_gets_nothing_back() {
    for batch in [json!([call("charge", json!({})), off()]), json!([off(), call("charge", json!({}))])] {
        let (guard, store) = place();
        let answer = in_pieces("application/json", [format!("[{ERROR}]")]);
        assert!(answered(&guard, calls_off(&batch), answer).await.1);
        assert_eq!(taken(&store).await, 1, "{batch}");
    }
}

#[tokio::test]
async fn what_is_being_called_off_while_a_call_begins_counts_until_it_was_answered() {
    let (guard, store) = place();
    // It waits for a credential while the call passes by.
    let inner = service_fn(|_: Permitted| std::future::pending::<Result<Response<Body>, Stop>>());
    let mut waiting = Box::pin(guard.forwarding(inner).oneshot(calls_off(&off())));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    answered(&guard, charge(), in_pieces("application/json", [ERROR])).await;
    assert_eq!(taken(&store).await, 1);
    drop(waiting);
    answered(&guard, charge(), in_pieces("application/json", [ERROR])).await;
    assert_eq!(taken(&store).await, 1, "what comes after it is another matter");
    // So it does while its answer is on the way.
    let (upstream, stream) = Channel::<Bytes, BoxError>::new(4);
    let slow = Response::builder().header("Content-Type", "text/event-stream");
    let (slow, _) = behind(&guard, calls_off(&off()), Ok(slow.body(stream.boxed_unsync()).unwrap())).await;
    answered(&guard, charge(), in_pieces("application/json", [ERROR])).await;
    assert_eq!(taken(&store).await, 2);
    drop((upstream, slow));
}

#[tokio::test]
async fn whoever_ends_the_session_of_what_was_made_gets_nothing_back() {
    let (guard, store) = place();
    let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
    let response = Response::builder().header("Content-Type", "application/json");
    let (response, _) = behind(&guard, charge(), Ok(response.body(stream.boxed_unsync()).unwrap())).await;
    let token = token_with("scope", "notes:read notes:write");
    let ends = post().method(Method::DELETE).header("Authorization", format!("Bearer {token}"));
    let ended = Response::builder().status(204).body(Body::default()).unwrap();
    assert!(answered(&guard, ends.body(full("")).unwrap(), ended).await.1);
    upstream.send_data(Bytes::from_static(ERROR.as_bytes())).await.unwrap();
    drop(upstream);
    let _answer = response.into_body().collect().await.unwrap();
    assert_eq!(taken(&store).await, 1);
}
