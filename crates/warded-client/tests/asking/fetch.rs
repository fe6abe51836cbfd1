//! What a server may do to whoever asks it, and where a URL may lead.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::future::{BoxFuture, ready};
use http::{HeaderValue, Method, header};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use warded_client::fetch::{
    Family, Fetch, FetchFailed, Network, Outgoing, Reach, Resolve, Target, Unreached,
};
use warded_core::ResourceUri;

use crate::{
    origin::{Origin, json, status, typed},
    raw::{Raw, Then},
};

const HOST: &str = "127.0.0.1";

fn fetch() -> Fetch {
    Fetch::new(Reach::public()).unwrap()
}

fn configured(url: &str) -> Target {
    Target::configured(url).unwrap()
}

/// Answers each question with the next of its answers, and the last for ever.
#[derive(Debug)]
struct Names {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { answers: answers.iter().map(parsed).collect(), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let at = self.asked.fetch_add(1, SeqCst).min(self.answers.len() - 1);
        Box::pin(ready(Ok(self.answers[at].clone())))
    }
}

#[tokio::test]
async fn a_document_arrives_with_its_status_and_headers() {
    let origin = Origin::start(|_, _| ready(json(&serde_json::json!({ "a": 1 })))).await;
    let fetched = fetch().get(&configured(&origin.url("/x?y=1"))).await.unwrap();
    assert_eq!((fetched.status.as_u16(), &*fetched.body), (200, &b"{\"a\":1}"[..]));
    assert_eq!(fetched.json().unwrap(), &fetched.body);
    assert_eq!(format!("{fetched:?}"), "Fetched(200, 7 bytes)");
    assert_eq!(origin.paths(), ["/x?y=1"]);
}

#[tokio::test]
async fn nothing_goes_out_that_was_not_asked_for() {
    let origin = Origin::start(|_, _| {
        let mut answer = json(&serde_json::json!({}));
        answer.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_static("a=b; Path=/"));
        ready(answer)
    })
    .await;
    let fetch = fetch();
    for _ in 0..2 {
        fetch.get(&configured(&origin.url("/"))).await.unwrap();
    }
    for seen in origin.seen() {
        let mut names: Vec<_> = seen.headers.keys().map(header::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "accept-encoding", "connection", "host", "user-agent"]);
        assert_eq!(seen.headers[header::ACCEPT_ENCODING], "identity");
        assert_eq!(seen.headers[header::HOST], format!("127.0.0.1:{}", origin.port()));
    }
}

#[tokio::test]
async fn a_form_and_its_credentials_arrive_as_they_are() {
    let origin = Origin::start(|_, _| ready(json(&serde_json::json!({})))).await;
    let form =
        Outgoing::form([("grant_type", "refresh_token"), ("refresh_token", "a b&c")]).basic("id", "secret");
    fetch().post(&configured(&origin.url("/token")), form).await.unwrap();
    let seen = &origin.seen()[0];
    assert_eq!(
        (seen.method.as_str(), &*seen.body),
        ("POST", &b"grant_type=refresh_token&refresh_token=a+b%26c"[..])
    );
    assert_eq!(seen.headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert_eq!(seen.headers[header::AUTHORIZATION], "Basic aWQ6c2VjcmV0");
    assert_eq!(seen.headers[header::CONTENT_LENGTH], seen.body.len().to_string());
}

#[tokio::test]
async fn a_caller_cannot_say_how_the_message_is_framed() {
    let origin = Origin::start(|_, _| ready(json(&serde_json::json!({})))).await;
    let fixed = HeaderValue::from_static;
    let outgoing = Outgoing::json(&serde_json::json!({ "a": 1 }))
        .header(header::CONTENT_LENGTH, fixed("1"))
        .header(header::TRANSFER_ENCODING, fixed("chunked"))
        .header(header::HOST, fixed("evil.example"))
        .header(header::ACCEPT_ENCODING, fixed("gzip"))
        .header(header::UPGRADE, fixed("websocket"))
        .header(header::CONNECTION, fixed("upgrade"))
        .header(header::ACCEPT, fixed("text/event-stream"));
    fetch().send(Method::PUT, &configured(&origin.url("/")), outgoing).await.unwrap();
    let seen = &origin.seen()[0];
    assert_eq!((seen.method.as_str(), &*seen.body), ("PUT", &b"{\"a\":1}"[..]));
    assert_eq!(seen.headers[header::CONTENT_LENGTH], "7");
    assert_eq!(seen.headers[header::HOST], format!("127.0.0.1:{}", origin.port()));
    assert_eq!(seen.headers[header::ACCEPT_ENCODING], "identity");
    assert_eq!(seen.headers[header::CONNECTION], "close");
    assert_eq!(seen.headers[header::ACCEPT], "text/event-stream");
    assert!(
        !seen.headers.contains_key(header::TRANSFER_ENCODING) && !seen.headers.contains_key(header::UPGRADE)
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let origin = Origin::start(|own, _| {
        let mut answer = status(307);
        answer
            .headers_mut()
            .insert(header::LOCATION, HeaderValue::from_str(&format!("{own}/elsewhere")).unwrap());
        ready(answer)
    })
    .await;
    let form = Outgoing::form([("code", "secret")]);
    let fetched = fetch().post(&configured(&origin.url("/token")), form).await.unwrap();
    assert_eq!(fetched.status.as_u16(), 307);
    assert_eq!(fetched.json(), Err(FetchFailed::Status { host: HOST.into(), status: 307 }));
    assert_eq!(origin.paths(), ["/token"]);
}

#[tokio::test]
async fn only_what_calls_itself_json_is_json() {
    for (kind, is_json) in [
        ("application/json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/jwk-set+json", true),
        ("text/html", false),
        ("text/json", false),
        ("application/jsonp", false),
        ("application/x+jsonx", false),
        ("text/html;application/json", false),
        ("", false),
    ] {
        let origin = Origin::start(move |_, _| ready(typed(kind, "{}"))).await;
        let fetched = fetch().get(&configured(&origin.url("/"))).await.unwrap();
        let expected =
            if is_json { Ok(&fetched.body) } else { Err(FetchFailed::ContentType { host: HOST.into() }) };
        assert_eq!(fetched.json(), expected, "{kind}");
    }
    let twice = Origin::start(|_, _| {
        let mut answer = typed("application/json", "{}");
        answer.headers_mut().append(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        ready(answer)
    })
    .await;
    assert!(!fetch().get(&configured(&twice.url("/"))).await.unwrap().is_json());
}

#[tokio::test]
async fn an_error_that_speaks_json_can_be_read() {
    let origin = Origin::start(|_, _| ready(status(400))).await;
    let fetched = fetch().get(&configured(&origin.url("/"))).await.unwrap();
    assert!(fetched.is_json());
    assert_eq!(fetched.json(), Err(FetchFailed::Status { host: HOST.into(), status: 400 }));
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit_and_not_a_byte_further() {
    let origin = Origin::start(|_, _| ready(typed("application/json", vec![b' '; 5000]))).await;
    let target = configured(&origin.url("/"));
    let of = |limit| fetch().with_body_limit(limit);
    assert_eq!(of(5000).get(&target).await.unwrap().body.len(), 5000);
    let too_large = |limit| FetchFailed::TooLarge { host: HOST.into(), limit };
    assert_eq!(of(4999).get(&target).await.unwrap_err(), too_large(4999));
}

#[tokio::test]
async fn a_body_without_end_ends_at_the_limit() {
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n";
    let chunked = Raw::start(&[head, &chunk], Then::Repeat).await;
    let until_close = Raw::start(&["HTTP/1.1 200 OK\r\n\r\n", &chunk], Then::Repeat).await;
    for server in [chunked, until_close] {
        let outcome = fetch().get(&configured(&server.url("http"))).await;
        let limit = Fetch::DEFAULT_BODY_LIMIT;
        assert_eq!(outcome.unwrap_err(), FetchFailed::TooLarge { host: HOST.into(), limit });
    }
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_read() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n";
    let server = Raw::start(&[head], Then::Wait).await;
    let outcome = fetch().get(&configured(&server.url("http"))).await;
    assert!(matches!(outcome, Err(FetchFailed::TooLarge { .. })), "{outcome:?}");
}

#[tokio::test]
async fn the_names_of_codings_are_the_same_in_capitals() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Encoding: Identity\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let server = Raw::start(&[head], Then::HangUp).await;
    let fetched = fetch().get(&configured(&server.url("http"))).await.unwrap();
    assert_eq!(fetched.json().unwrap(), "{}");
}

#[tokio::test]
async fn a_compressed_answer_is_refused() {
    for coding in ["gzip", "GZIP", "br", "identity, gzip", "x"] {
        let origin = Origin::start(move |_, _| {
            let mut answer = typed("application/json", vec![0x1f, 0x8b, 8]);
            answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            ready(answer)
        })
        .await;
        let outcome = fetch().get(&configured(&origin.url("/"))).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Encoded { host: HOST.into() }, "{coding}");
    }
}

#[tokio::test]
async fn what_is_not_http_or_ends_too_early_is_broken() {
    let many = "x: y\r\n".repeat(200);
    let long = format!("x: {}\r\n", "y".repeat(64 * 1024));
    for text in [
        "",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/0.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        &format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        &format!("HTTP/1.1 200 OK\r\n{long}\r\n"),
    ] {
        let server = Raw::start(&[text], Then::HangUp).await;
        let outcome = fetch().get(&configured(&server.url("http"))).await;
        let shown: String = text.chars().take(60).collect();
        assert_eq!(outcome.unwrap_err(), FetchFailed::Broken { host: HOST.into() }, "{shown:?}");
    }
}

#[tokio::test]
async fn a_server_that_stops_talking_is_not_waited_for() {
    let fetch = fetch().with_time_limits(Duration::from_millis(300), Duration::from_millis(300));
    for (scheme, text) in [
        ("http", ""),
        ("http", "HTTP/1.1 200 OK\r\nContent-"),
        ("http", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}"),
        ("http", "HTTP/1.1 100 Continue\r\n\r\n"),
    ] {
        let server = Raw::start(&[text], Then::Wait).await;
        let outcome = fetch.get(&configured(&server.url(scheme))).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Timeout { host: HOST.into() }, "{scheme} {text:?}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_in_the_handshake_has_got_nothing() {
    let fetch = fetch().with_time_limits(Duration::from_millis(300), Duration::from_mins(1));
    let server = Raw::start(&[], Then::Wait).await;
    let error = fetch.get(&configured(&server.url("https"))).await.unwrap_err();
    assert_eq!(error, FetchFailed::Unreachable { host: HOST.into(), because: Unreached::Stuck });
    assert!(error.is_unsent());
}

/// Whose line of those who wait to be accepted is full: what else comes is swallowed.
async fn full() -> (TcpListener, TcpStream, u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting = TcpStream::connect(address).await.unwrap();
    (listener, waiting, address.port())
}

#[tokio::test]
async fn a_host_from_which_nothing_comes_back_is_silent_and_has_got_nothing() {
    let (_listener, _waiting, port) = full().await;
    let target = configured(&format!("https://a.example:{port}/"));
    let silent = FetchFailed::Unreachable { host: "a.example".into(), because: Unreached::Silent };
    // Whichever of the limits ends first.
    for total in [Duration::from_millis(300), Duration::from_mins(1)] {
        let fetch = fetch().with_resolver(Names::new(&[&["127.0.0.2"]]));
        let error = fetch.with_time_limits(Duration::from_millis(300), total).get(&target).await.unwrap_err();
        assert!(error == silent && error.is_unsent(), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_from_which_nothing_comes_back_leaves_time_for_the_others() {
    let (_listener, _waiting, port) = full().await;
    let answers = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let fetch = fetch().with_resolver(Names::new(&[&["127.0.0.2", "127.0.0.1"]]));
    let fetch = fetch.with_time_limits(Duration::from_millis(600), Duration::from_mins(1));
    let target = configured(&format!("https://a.example:{port}/"));
    let (outcome, accepted) = tokio::join!(fetch.get(&target), async { answers.accept().await.map(drop) });
    accepted.unwrap();
    let because = Unreached::CutOff;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Unreachable { host: "a.example".into(), because });
}

/// A name server that says nothing.
#[derive(Debug)]
struct Speechless;

impl Resolve for Speechless {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_name_server_that_says_nothing_is_not_the_servers_fault() {
    let fetch = fetch().with_resolver(Arc::new(Speechless));
    let fetch = fetch.with_time_limits(Duration::from_millis(300), Duration::from_mins(1));
    let error = fetch.get(&configured("https://a.example/")).await.unwrap_err();
    assert_eq!(error, FetchFailed::Unresolvable { host: "a.example".into() });
    assert!(error.is_unsent());
}

#[tokio::test]
async fn a_server_that_does_not_run_is_unreachable() {
    let gone = Origin::start(|_, _| ready(status(200))).await.url("/");
    let outcome = fetch().get(&configured(&gone)).await;
    assert_eq!(
        outcome.unwrap_err(),
        FetchFailed::Unreachable { host: HOST.into(), because: Unreached::Refused }
    );
}

#[tokio::test]
async fn a_learned_url_does_not_reach_this_machine() {
    let origin = Origin::start(|_, _| ready(status(200))).await;
    let port = origin.port();
    for host in ["127.0.0.1", "localhost", "a.localhost", "[::1]"] {
        let target = Target::learned(&format!("http://{host}:{port}/")).unwrap();
        let outcome = fetch().get(&target).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Vetoed { host: target.host().into() }, "{host}");
    }
    assert!(origin.seen().is_empty());
    let loopback = fetch().with_reach(Reach::public().with_loopback());
    let owned = fetch().with_reach(Reach::of(&ResourceUri::parse(&origin.url("/mcp")).unwrap()));
    for fetch in [loopback, owned] {
        fetch.get(&Target::learned(&format!("http://localhost:{port}/")).unwrap()).await.unwrap();
    }
    fetch().get(&configured(&format!("http://localhost:{port}/"))).await.unwrap();
    assert_eq!(origin.seen().len(), 3);
}

#[tokio::test]
async fn an_address_in_a_learned_url_is_vetted_like_one_behind_a_name() {
    for host in ["169.254.169.254", "10.0.0.1", "0.0.0.0", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "[::]"]
    {
        let target = Target::learned(&format!("https://{host}/latest/meta-data")).unwrap();
        let outcome = fetch().get(&target).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Vetoed { host: target.host().into() }, "{host}");
    }
    // Other spellings of these addresses are no identifiers at all.
    for host in ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "127.0.0.1."] {
        assert!(Target::learned(&format!("https://{host}/")).is_err(), "{host}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_vetoed_whatever_else_it_leads_to() {
    let target = Target::learned("https://a.example/").unwrap();
    for answer in [
        &["127.0.0.1"][..],
        &["10.0.0.1"],
        &["::ffff:10.0.0.1"],
        &["93.184.215.14", "10.0.0.1"],
        &["10.0.0.1", "93.184.215.14"],
    ] {
        let outcome = fetch().with_resolver(Names::new(&[answer])).get(&target).await;
        assert_eq!(outcome.unwrap_err(), FetchFailed::Vetoed { host: "a.example".into() }, "{answer:?}");
    }
    let outcome = fetch().with_resolver(Names::new(&[&[]])).get(&target).await;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Unresolvable { host: "a.example".into() });
}

#[tokio::test]
async fn a_name_is_resolved_once_per_request() {
    // DNS rebinding: harmless while it is vetted, and inside when it is dialled.
    let origin = Origin::start(|_, _| ready(status(200))).await;
    let names = Names::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let fetch = fetch().with_resolver(names.clone());
    let outcome = fetch.get(&configured(&format!("https://a.example:{}/", origin.port()))).await;
    assert_eq!(
        outcome.unwrap_err(),
        FetchFailed::Unreachable { host: "a.example".into(), because: Unreached::Refused }
    );
    assert_eq!(names.asked(), 1);
}

#[tokio::test]
async fn one_family_of_addresses_is_used_where_that_is_asked_for() {
    let origin = Origin::start(|_, _| ready(status(200))).await;
    let over = |family| Fetch::on(&Network::default().over(family), Reach::public()).unwrap();
    let url = |host: &str| configured(&format!("http://{host}:{}/", origin.port()));
    over(Family::Ipv4).get(&url("localhost")).await.unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let outcome = over(Family::Ipv6).get(&url(host)).await;
        assert!(matches!(outcome, Err(FetchFailed::Unreachable { .. })), "{host}: {outcome:?}");
    }
    let outcome = over(Family::Ipv4).get(&url("[::1]")).await;
    let because = Unreached::OtherFamily;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Unreachable { host: "::1".into(), because });
    // An address that must not be reached spoils its name, whichever family is used.
    let names = Names::new(&[&["93.184.215.14", "fd00::1"]]);
    let target = Target::learned("https://a.example/").unwrap();
    let outcome = over(Family::Ipv4).with_resolver(names).get(&target).await;
    assert_eq!(outcome.unwrap_err(), FetchFailed::Vetoed { host: "a.example".into() });
    assert_eq!(origin.seen().len(), 1);
}

#[tokio::test]
async fn names_of_this_machine_are_not_asked_of_a_name_server() {
    let origin = Origin::start(|_, _| ready(status(200))).await;
    let names = Names::new(&[&["10.0.0.1"]]);
    for host in ["localhost", "a.localhost"] {
        let target = configured(&format!("http://{host}:{}/", origin.port()));
        fetch().with_resolver(names.clone()).get(&target).await.unwrap();
    }
    assert_eq!((names.asked(), origin.seen().len()), (0, 2));
}

#[tokio::test]
async fn a_stream_is_read_piece_by_piece_and_has_no_end_of_its_own() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n";
    let piece = format!("1000\r\n{}\r\n", "x".repeat(4096));
    let server = Raw::start(&[head, &piece], Then::Repeat).await;
    let mut streamed =
        fetch().stream(Method::GET, &configured(&server.url("http")), Outgoing::nothing()).await.unwrap();
    assert!(streamed.status.is_success() && !streamed.is_json());
    let mut read = 0;
    while read < 2 * Fetch::DEFAULT_BODY_LIMIT {
        read += streamed.body.next().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_says_so() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n";
    let server = Raw::start(&[head], Then::HangUp).await;
    let mut body = fetch()
        .stream(Method::GET, &configured(&server.url("http")), Outgoing::nothing())
        .await
        .unwrap()
        .body;
    assert_eq!(body.next().await, Some(Ok("{}\n".into())));
    assert_eq!(body.next().await, Some(Err(FetchFailed::Broken { host: HOST.into() })));
}

#[tokio::test]
async fn no_failure_repeats_a_path_a_query_or_a_body() {
    let gone = Origin::start(|_, _| ready(status(200))).await.url("/s3cret?token=s3cret");
    let learned = Target::learned("http://127.0.0.1:1/s3cret?token=s3cret").unwrap();
    let form = || Outgoing::form([("code", "s3cret")]);
    for failure in [
        fetch().post(&configured(&gone), form()).await.unwrap_err(),
        fetch().post(&learned, form()).await.unwrap_err(),
    ] {
        assert!(!format!("{failure} {failure:?}").contains("s3cret"), "{failure:?}");
        assert!(failure.to_string().contains("`127.0.0.1`"));
    }
}
