//! Policies from their text, ledgers that can be looked into, and answers of a server behind in pieces.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::{Value, json};
use tower::{Service as _, ServiceExt as _, service_fn};
use warded_core::{Clock, FingerprintKey, UnixTime};
use warded_guard::{Body, BoxError, CalledOff, Guard, GuardBuilder, Ledger, Permitted, Rounds, Stop};
use warded_policy::{Part, Place, Policy, Reading, read};
use warded_store::{Approvals, Counter, Counters, Span, Window, memory::Memory};

use crate::stage::{Answer, NOW, body, builder, post, random, token, token_with};

/// A clock that is set by hand.
#[derive(Debug)]
pub(super) struct Hand(AtomicI64);

impl Hand {
    pub(super) fn passes(&self, seconds: i64) {
        self.0.fetch_add(seconds, SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

pub(super) fn hand() -> Arc<Hand> {
    Arc::new(Hand(AtomicI64::new(NOW)))
}

/// The policy of the server `notes`, from the text of its file.
pub(super) fn policy(text: &str) -> Arc<Policy> {
    policies(&[(Place::Server("notes".into()), text)])
}

pub(super) fn policies(files: &[(Place, &str)]) -> Arc<Policy> {
    let documents: Vec<_> = files
        .iter()
        .map(|(place, text)| {
            let read = read(text, Reading::Strict);
            (place.clone(), read.document.unwrap_or_else(|| panic!("{:?} in {text}", read.findings)))
        })
        .collect();
    let parts: Vec<_> = documents
        .iter()
        .map(|(place, document)| Part { document, place: place.clone(), file: "notes.yaml" })
        .collect();
    Arc::new(Policy::of(&parts).unwrap())
}

pub(super) fn ledger_of(counters: Arc<dyn Counters>, approvals: Arc<dyn Approvals>) -> Ledger {
    Ledger {
        counters,
        approvals,
        node: "a".into(),
        run: [1; 16],
        names: Arc::new(FingerprintKey::new([7; 32])),
        random: Arc::new(random()),
        called_off: CalledOff::default(),
        rounds: Rounds::default(),
    }
}

pub(super) fn ledger(store: &Arc<Memory>) -> Ledger {
    ledger_of(Arc::clone(store) as Arc<dyn Counters>, Arc::clone(store) as Arc<dyn Approvals>)
}

/// The usual server with this policy, and what it counts in.
pub(super) fn under(text: &str) -> (GuardBuilder, Arc<Memory>) {
    let store = Arc::new(Memory::new());
    (builder().policy(policy(text), ledger(&store)), store)
}

pub(super) fn guard(text: &str) -> Guard {
    under(text).0.build()
}

/// What a counter of the server's own policy has come to, in whole ones.
pub(super) async fn counted(store: &Memory, scope: &str, name: &str, span: Span, now: i64) -> i64 {
    let window = Window::calendar(span);
    let counter = Counter { place: "server/notes", scope, name, per: "", window };
    store.counts(&[counter], UnixTime::from_seconds(now)).await.unwrap()[0] / 1_000_000
}

pub(super) fn call(tool: &str, arguments: impl Into<Value>) -> Value {
    let arguments: Value = arguments.into();
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

pub(super) fn asks(message: &Value) -> Request<Full<Bytes>> {
    asks_as(&token(), message)
}

pub(super) fn asks_as(token: &str, message: &Value) -> Request<Full<Bytes>> {
    post().header("Authorization", format!("Bearer {token}")).body(body(message)).unwrap()
}

/// A good token of somebody.
pub(super) fn of(subject: &str) -> String {
    token_with("sub", subject)
}

/// The text of a denied tool call; everything else about its answer is looked at here.
pub(super) fn denial(answer: &Answer) -> String {
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json"),
        "{answer:?}"
    );
    let told = answer.json();
    assert_eq!((&told["jsonrpc"], &told["result"]["isError"]), (&"2.0".into(), &true.into()), "{told}");
    let text = told["result"]["content"][0]["text"].as_str().unwrap();
    text.strip_prefix("[INTERCEPT POLICY DENIED] ").unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// An answer in pieces.
pub(super) fn in_pieces<P: Into<Bytes>>(media: &str, pieces: impl IntoIterator<Item = P>) -> Response<Body> {
    let frames: Vec<Result<_, BoxError>> =
        pieces.into_iter().map(|piece| Ok(http_body::Frame::data(piece.into()))).collect();
    let body = StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync();
    Response::builder().header("Content-Type", media).body(body).unwrap()
}

pub(super) fn json_answer(answer: &Value) -> Response<Body> {
    in_pieces("application/json", [answer.to_string()])
}

/// What becomes of a request where the server behind does this; and whether it was reached.
pub(super) async fn behind(
    guard: &Guard,
    request: Request<Full<Bytes>>,
    does: Result<Response<Body>, Stop>,
) -> (Response<Body>, bool) {
    let does = Arc::new(std::sync::Mutex::new(Some(does)));
    let left = Arc::clone(&does);
    let inner = service_fn(move |_: Permitted| {
        let does = does.lock().unwrap().take();
        async move { does.expect("asked once") }
    });
    let response = guard.forwarding(inner).oneshot(request).await.unwrap();
    let is_reached = left.lock().unwrap().is_none();
    (response, is_reached)
}

/// The same for an answer that is read to its end.
pub(super) async fn answered(
    guard: &Guard,
    request: Request<Full<Bytes>>,
    response: Response<Body>,
) -> (Answer, bool) {
    let (response, is_reached) = behind(guard, request, Ok(response)).await;
    (Answer::of(response).await, is_reached)
}

/// Whether a call goes through; the server behind says that it went well.
pub(super) async fn passes(guard: &Guard, request: Request<Full<Bytes>>) -> bool {
    let well = json!({ "jsonrpc": "2.0", "id": 1, "result": { "content": [] } });
    answered(guard, request, json_answer(&well)).await.1
}

/// What a call is told whose server counts those that go well; where `fails`, it says that they did not.
pub(super) fn rushed(
    guard: &Guard,
    request: Request<Full<Bytes>>,
    reached: &Arc<AtomicUsize>,
    fails: bool,
) -> impl Future<Output = Answer> + Send + 'static {
    let reached = Arc::clone(reached);
    let inner = service_fn(move |_: Permitted| {
        reached.fetch_add(usize::from(!fails), SeqCst);
        let error = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -1, "message": "no" } });
        let result = json!({ "jsonrpc": "2.0", "id": 1, "result": {} });
        std::future::ready(Ok::<_, Stop>(json_answer(if fails { &error } else { &result })))
    });
    let answering = guard.forwarding(inner).call(request);
    async move { Answer::of(answering.await.unwrap()).await }
}
