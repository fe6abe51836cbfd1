//! Does everything leave a trace, and nothing that is secret?

use std::{fs, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Response};
use http_body_util::{BodyExt as _, channel::Channel};
use serde_json::{Value, json};
use tower::{ServiceExt as _, service_fn};
use warded_core::{Fault, FingerprintKey, InboundToken};
use warded_guard::{BoxError, Guard, Permitted, Stop};
use warded_store::journal::{
    Closing, Journal, JournalFailed, Opening, Stray, Ticket, Unbound,
    segments::{Segments, Terms, Trust, verify},
};

use crate::stage::{
    Door, Fixed, HERE, NEIGHBOUR, NOW, body, builder, call_of, claims, fresh_key, full, good, ping, post,
    signed_by, token, token_with,
};

const NAMES: [u8; 32] = [7; 32];

fn kept(folder: &Path) -> (Guard, Arc<Segments>) {
    let journal = Arc::new(Segments::open(folder, Terms::of("a"), Arc::new(Fixed)).unwrap());
    let names = Arc::new(FingerprintKey::new(NAMES));
    (builder().journal(Arc::clone(&journal) as Arc<dyn Journal>, names).build(), journal)
}

fn text(folder: &Path) -> String {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

fn records(folder: &Path) -> Vec<Value> {
    text(folder).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_call_is_on_record_by_name_and_without_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let token = token();
    let mut call = call_of("read_note");
    call["id"] = "MARK".into();
    call["params"]["arguments"] = serde_json::json!({ "text": "MARK" });
    let request = post().header("Authorization", format!("Bearer {token}"));
    let answer =
        Door::at(guard).answering("application/json", "12345").ask(request.body(body(&call)).unwrap()).await;
    assert_eq!(answer.status, 200);
    journal.flush().unwrap();
    let [call] = &records(folder.path())[..] else { panic!("one record, since it was over at once") };
    let fingerprint = InboundToken::new(token.clone()).fingerprint(&FingerprintKey::new(NAMES)).to_string();
    for (member, value) in [
        ("event", "call"),
        ("server", "notes"),
        ("resource", HERE),
        ("method", "tools/call"),
        ("subject", "alice"),
        ("client", "agent"),
        ("issuer", crate::stage::ISSUER),
        ("token", &fingerprint),
    ] {
        assert_eq!(call[member], value, "{member}");
    }
    assert_eq!(call["names"], serde_json::json!(["read_note"]));
    assert_eq!(
        (&call["outcome"], &call["bytes"], &call["status"]),
        (&"answered".into(), &5.into(), &200.into())
    );
    let text = text(folder.path());
    assert!(!text.contains("MARK") && token.split('.').all(|part| !text.contains(part)), "{text}");
    assert_eq!(verify(folder.path(), "a", &Trust::default()).unwrap().records, 1);
}

#[tokio::test]
async fn a_caller_cannot_write_its_token_into_the_journal_by_calling_it() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let token = token();
    let door = Door::at(guard);
    let escaped: String = token.replace('.', "%2e");
    for name in [token.clone(), STANDARD.encode(&token), escaped.clone(), format!("x{token}")] {
        let called = json!({ "jsonrpc": "2.0", "id": 1, "method": name });
        for message in [call_of(&name), called] {
            let request = post().header("Authorization", format!("Bearer {token}"));
            let _admitted = door.admits(request.body(body(&message)).unwrap()).await;
        }
    }
    journal.flush().unwrap();
    let text = text(folder.path());
    assert_eq!(text.lines().count(), 8);
    for secret in [token.clone(), STANDARD.encode(&token), escaped] {
        let beginning: String = secret.chars().take(40).collect();
        assert!(!text.contains(&beginning), "{text}");
    }
}

#[tokio::test]
async fn a_caller_cannot_fill_the_journal_with_names() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let long = call_of(&"x".repeat(1_000_000));
    let many = serde_json::Value::from(vec![call_of("read_note"); 10_000]);
    for message in [long, many] {
        let _admitted = Door::at(guard.clone()).admits(good().body(body(&message)).unwrap()).await;
    }
    journal.flush().unwrap();
    assert!(text(folder.path()).len() < 10_000);
}

#[tokio::test]
async fn who_is_known_is_recorded_and_who_is_not_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let door = Door::at(guard);
    for _ in 0..100 {
        let bad = post().header("Authorization", format!("Bearer {}", token_with("exp", NOW - 3600)));
        assert_eq!(door.refuses(bad.body(body(&ping())).unwrap()).await.1, "expired");
        assert_eq!(door.refuses(post().body(body(&ping())).unwrap()).await.1, "token-absent");
    }
    assert_eq!(door.refuses(good().body(body(&call_of("delete_note"))).unwrap()).await.1, "scope-missing");
    assert_eq!(door.refuses(good().body(full("{")).unwrap()).await.1, "call-malformed");
    journal.flush().unwrap();
    let records = records(folder.path());
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            (record["event"].as_str().unwrap(), record["code"].as_str().unwrap(), record["count"].as_u64())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("unproven", "expired", None),
            ("refused", "scope-missing", None),
            ("refused", "call-malformed", None),
            ("counted", "expired", Some(99)),
            ("counted", "token-absent", Some(100)),
        ]
    );
    assert_eq!((&records[1]["subject"], &records[1]["names"][0]), (&"alice".into(), &"delete_note".into()));
}

#[tokio::test]
async fn a_genuine_token_of_another_server_is_on_record_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let door = Door::at(guard);
    let elsewhere = token_with("aud", NEIGHBOUR);
    let shared = token_with("aud", json!([HERE, NEIGHBOUR]));
    let strange = token_with("aud", json!([HERE, "https://stranger.example.com"]));
    // Whoever has no genuine one fills no line with names of its own, but for what it presented.
    let mut claims = claims();
    claims.insert("aud".into(), NEIGHBOUR.into());
    let forged = signed_by(&fresh_key(), &claims);
    let unsigned = format!("{}.{}", elsewhere.rsplit_once('.').unwrap().0, "A".repeat(86));
    for token in [&elsewhere, &elsewhere, &shared, &strange, &forged, &unsigned] {
        let bad = post().header("Authorization", format!("Bearer {token}"));
        let (status, _) = door.refuses(bad.body(body(&ping())).unwrap()).await;
        assert_eq!(status, 401);
    }
    journal.flush().unwrap();
    let records = records(folder.path());
    let strays: Vec<_> = records.iter().filter(|record| record["event"] == "stray").collect();
    let told: Vec<_> = strays.iter().map(|stray| (&stray["code"], &stray["meant"])).collect();
    assert_eq!(
        told,
        [
            (&json!("audience-elsewhere"), &json!("files")),
            (&json!("audience-shared"), &json!("files")),
            (&json!("audience-shared"), &json!("https://stranger.example.com")),
        ]
    );
    let name =
        |token: &str| InboundToken::new(token.into()).fingerprint(&FingerprintKey::new(NAMES)).to_string();
    for (stray, token) in strays.iter().zip([&elsewhere, &shared, &strange]) {
        assert_eq!(stray["token"], name(token));
        assert_eq!((&stray["server"], &stray["resource"]), (&json!("notes"), &json!(HERE)));
        assert_eq!((&stray["issuer"], &stray["status"]), (&json!(crate::stage::ISSUER), &json!(401)));
        assert!(stray.get("subject").is_none() && stray.get("client").is_none());
    }
    let counted: Vec<_> = records.iter().filter(|record| record["event"] == "counted").collect();
    let told: Vec<_> = counted.iter().map(|count| (&count["code"], &count["count"])).collect();
    assert!(told.contains(&(&json!("audience-elsewhere"), &json!(1))), "the second time: {told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
    let unproven: Vec<_> = records.iter().filter(|record| record["event"] == "unproven").collect();
    assert_eq!(unproven.len(), 2);
    let presented = [(&forged, "key-unknown"), (&unsigned, "signature-invalid")];
    for (record, (token, code)) in unproven.iter().zip(presented) {
        assert_eq!((&record["token"], &record["code"]), (&json!(name(token)), &json!(code)));
        assert!(record.get("meant").is_none() && record.get("subject").is_none(), "{record}");
    }
    let text = text(folder.path());
    assert!(
        [elsewhere, shared, strange]
            .iter()
            .flat_map(|token| token.split('.'))
            .all(|part| !text.contains(part))
    );
    assert_eq!(
        verify(folder.path(), "a", &Trust::default()).unwrap().records,
        u64::try_from(records.len()).unwrap()
    );
}

#[tokio::test]
async fn a_token_that_another_server_let_in_is_genuine_whyever_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Segments::open(folder.path(), Terms::of("a"), Arc::new(Fixed)).unwrap());
    let names = Arc::new(FingerprintKey::new(NAMES));
    let memory = warded_guard::Memory::of(100);
    let kept = |builder: warded_guard::GuardBuilder| {
        let journal = Arc::clone(&journal) as Arc<dyn Journal>;
        Door::at(builder.journal(journal, Arc::clone(&names)).memory(Arc::clone(&memory)).build())
    };
    let (here, foreign) = (kept(builder()), kept(crate::stage::builder_of_a_stranger()));
    let request = || good().body(body(&ping())).unwrap();
    assert_eq!(foreign.refuses(request()).await.1, "issuer-unknown");
    let _permitted = here.admits(request()).await;
    assert_eq!(foreign.refuses(request()).await.1, "issuer-unknown");
    // Whoever knows the rest of it makes up a signature, and has the same name.
    let token = token_with("sub", "bob");
    let known = || post().header("Authorization", format!("Bearer {token}")).body(body(&ping())).unwrap();
    let forged = format!("{}.{}", token.rsplit_once('.').unwrap().0, "A".repeat(86));
    let forged = || post().header("Authorization", format!("Bearer {forged}")).body(body(&ping())).unwrap();
    let _permitted = here.admits(known()).await;
    assert_eq!(foreign.refuses(forged()).await.1, "issuer-unknown");
    assert_eq!(here.refuses(forged()).await.1, "signature-invalid");
    assert_eq!(foreign.refuses(known()).await.1, "issuer-unknown");
    // What it was let in for is over, and it is still what it was.
    let old = post().header("Authorization", format!("Bearer {}", token_with("exp", NOW - 3600)));
    assert_eq!(here.refuses(old.body(body(&ping())).unwrap()).await.1, "expired");
    journal.flush().unwrap();
    let records = records(folder.path());
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            (record["event"].as_str().unwrap(), record["server"].as_str().unwrap(), &record["meant"])
        })
        .collect();
    assert_eq!(
        told,
        [
            ("unproven", "files", &Value::Null),
            ("call", "notes", &Value::Null),
            ("stray", "files", &json!("notes")),
            ("call", "notes", &Value::Null),
            ("unproven", "files", &Value::Null),
            ("unproven", "notes", &Value::Null),
            ("stray", "files", &json!("notes")),
            ("unproven", "notes", &Value::Null),
        ]
    );
    assert!(records[..3].iter().all(|record| record["token"] == records[0]["token"]));
}

#[tokio::test]
async fn what_the_server_behind_refuses_closes_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let inner = service_fn(|_: Permitted| async { Err(Stop::Failed(Fault::UpstreamTimeout)) });
    let response = guard.forwarding(inner).oneshot(good().body(body(&ping())).unwrap()).await.unwrap();
    assert_eq!(response.status(), 504);
    journal.flush().unwrap();
    let end = records(folder.path()).pop().unwrap();
    let told = (end["outcome"].as_str(), end["code"].as_str(), end["status"].as_u64());
    assert_eq!(told, (Some("failed"), Some("upstream-timeout"), Some(504)));
}

#[tokio::test]
async fn a_stream_settles_once_however_it_ends() {
    for how in ["answered", "broken", "abandoned"] {
        let folder = tempfile::tempdir().unwrap();
        let (guard, journal) = kept(folder.path());
        let (mut upstream, stream) = Channel::<Bytes, BoxError>::new(4);
        let stream = Arc::new(std::sync::Mutex::new(Some(stream.boxed_unsync())));
        let inner = service_fn(move |_: Permitted| {
            let stream = stream.lock().unwrap().take().expect("asked once");
            async move { Ok::<_, Stop>(Response::new(stream)) }
        });
        let request = good().method(Method::GET).body(full("")).unwrap();
        let mut answer = guard.forwarding(inner).oneshot(request).await.unwrap().into_body();
        upstream.send_data(Bytes::from_static(b"12345")).await.unwrap();
        let _frame = answer.frame().await.unwrap().unwrap();
        journal.flush().unwrap();
        assert_eq!(records(folder.path()).len(), 1, "{how}: still open");
        match how {
            "answered" => {
                drop(upstream);
                assert!(answer.frame().await.is_none());
                assert!(answer.frame().await.is_none());
            }
            "broken" => {
                upstream.abort("broken".into());
                assert!(answer.frame().await.unwrap().is_err());
            }
            _ => {}
        }
        drop(answer);
        journal.flush().unwrap();
        let [_, end] = &records(folder.path())[..] else { panic!("{how}: two records") };
        assert_eq!((end["outcome"].as_str(), end["bytes"].as_u64()), (Some(how), Some(5)));
    }
}

#[tokio::test]
async fn an_answer_that_says_that_it_has_ended_is_not_abandoned() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let inner = service_fn(|_: Permitted| async {
        let body = http_body_util::Full::from("12345").map_err(|never| match never {}).boxed_unsync();
        Ok::<_, Stop>(Response::new(body))
    });
    let request = good().body(body(&ping())).unwrap();
    let mut answer = guard.forwarding(inner).oneshot(request).await.unwrap().into_body();
    let _frame = answer.frame().await.unwrap().unwrap();
    // Nobody asks for more: the length is known.
    drop(answer);
    journal.flush().unwrap();
    let end = records(folder.path()).pop().unwrap();
    assert_eq!((end["outcome"].as_str(), end["bytes"].as_u64()), (Some("answered"), Some(5)));
}

#[tokio::test]
async fn a_caller_that_goes_away_while_nobody_answers_closes_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let inner =
        service_fn(|_: Permitted| std::future::pending::<Result<Response<warded_guard::Body>, Stop>>());
    let mut asking = Box::pin(guard.forwarding(inner).oneshot(good().body(body(&ping())).unwrap()));
    assert!(futures_util::poll!(&mut asking).is_pending());
    drop(asking);
    journal.flush().unwrap();
    let end = records(folder.path()).pop().unwrap();
    assert_eq!(end["outcome"], "abandoned");
}

/// A journal that can open nothing.
#[derive(Debug)]
pub(crate) struct Full;

impl Journal for Full {
    fn open(&self, _: Opening) -> Result<Ticket, JournalFailed> {
        Err(unwritable())
    }

    fn close(&self, _: Ticket, _: &str, _: Closing) {
        panic!("nothing was opened");
    }

    fn refuse(&self, _: Opening, _: Closing) {}

    fn stray(&self, _: Stray, _: Closing) {}

    fn unbound(&self, _: Unbound) {}

    fn count(&self, _: &str, _: &'static str) {}
}

/// What a journal on a full disk says.
fn unwritable() -> JournalFailed {
    let folder = tempfile::tempdir().unwrap();
    let journal = Segments::open(folder.path(), Terms::of("a"), Arc::new(Fixed)).unwrap();
    fs::create_dir(folder.path().join("a.00000000000000000001.jsonl")).unwrap();
    let _ticket = journal.open(Opening::default()).unwrap();
    journal.flush().unwrap_err()
}

#[tokio::test]
async fn a_call_that_leaves_no_record_is_not_let_through() {
    let guard = builder().journal(Arc::new(Full), Arc::new(FingerprintKey::new(NAMES))).build();
    let door = Door::at(guard);
    assert_eq!(
        door.refuses(good().body(body(&ping())).unwrap()).await,
        (503, "journal-unavailable".to_owned())
    );
    // A refusal stands, recorded or not.
    assert_eq!(door.refuses(post().body(body(&ping())).unwrap()).await.1, "token-absent");
    let missing = good().body(body(&call_of("delete_note"))).unwrap();
    assert_eq!(door.refuses(missing).await.1, "scope-missing");
}

#[tokio::test]
async fn a_token_for_nobody_and_one_for_everybody_are_on_record_with_where_they_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, journal) = kept(folder.path());
    let door = Door::at(guard);
    let mut nobody = claims();
    nobody.remove("aud");
    let nobody = crate::stage::signed(&nobody);
    let (everybody, stranger) = (token_with("aud", "*"), token_with("aud", "https://stranger.example.com"));
    for token in [&nobody, &everybody, &stranger] {
        let mut bad = post().header("Authorization", format!("Bearer {token}")).body(body(&ping())).unwrap();
        bad.extensions_mut().insert(std::net::SocketAddr::from(([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x207], 9)));
        assert_eq!(door.refuses(bad).await.0, 401);
    }
    journal.flush().unwrap();
    let records = records(folder.path());
    let told: Vec<_> = records.iter().map(|stray| (&stray["code"], stray["meant"].as_str())).collect();
    assert_eq!(
        told,
        [
            (&json!("audience-missing"), None),
            (&json!("audience-unknown"), Some("*")),
            (&json!("audience-unknown"), Some("https://stranger.example.com")),
        ]
    );
    assert!(
        records.iter().all(|stray| stray["event"] == "stray" && stray["from"] == "192.0.2.7"),
        "{records:?}"
    );
}
