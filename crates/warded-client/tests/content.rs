//! What may an answer cost? Servers that would like to fill our memory or keep us for ever, and what they get: a bound on
//! bytes that holds whatever they say about themselves, measured where memory is given out, and a bound on time.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use http::Method;
use warded_client::{
    clock::SystemClock,
    discover::{DiscoverFailed, issuer_metadata},
    fetch::{Fetch, FetchFailed, Outgoing, Reach, Target},
    keys::Keys,
};
use warded_core::{Issuer, ResourceUri, json::InvalidJson, metadata::InvalidMetadata};

const HOST: &str = "127.0.0.1";
/// The largest body that is read.
const LIMIT: usize = Fetch::DEFAULT_BODY_LIMIT;
/// How long is waited for what never comes.
const SHORT: Duration = Duration::from_millis(500);
/// Most memory that an answer may take while it is read: the body, the buffer that grows to hold it, and the connection.
const ROOM: u64 = 4 * LIMIT as u64;

/// A server that sends one thing, then another for ever, or nothing more, to whoever asks. It ends with the process.
fn serve(first: Vec<u8>, again: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind((HOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    answer(listener, first, again);
    address
}

fn answer(listener: TcpListener, first: Vec<u8>, again: Vec<u8>) {
    let pieces = Arc::new((first, again));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, pieces) = (stream.unwrap(), Arc::clone(&pieces));
            thread::spawn(move || {
                let (first, again) = &*pieces;
                let _asked = stream.read(&mut [0; 4096]).unwrap();
                let mut written = stream.write_all(first);
                while written.is_ok() && !again.is_empty() {
                    written = stream.write_all(again);
                }
                // Whoever asked may wait for more.
                while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
            });
        }
    });
}

fn fetch() -> Fetch {
    Fetch::new(Reach::public()).unwrap()
}

/// What becomes of a request, and the most memory that was in use for it at one time. Everything of ours runs on this
/// thread; the server does not.
fn measured<T>(request: impl AsyncFnOnce() -> T) -> (T, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut outcome = None;
    let used = allocation_counter::measure(|| outcome = Some(runtime.block_on(request())));
    (outcome.unwrap(), used.bytes_max)
}

fn head(fields: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{fields}\r\n").into_bytes()
}

fn chunk(text: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat()
}

/// A gzip stream of zeros, 158 times as large behind a decoder. Each 13 bits stand for the byte before, 258 times more
/// (RFC 1951 §3.2.5): length 285 in its fixed code, distance 1.
fn bomb(bytes: usize) -> Vec<u8> {
    // The header of gzip (RFC 1952 §2.3), then: a last block, of fixed codes, with one literal zero.
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut bits = vec![1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0];
    while packed.len() < bytes {
        bits.extend([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
        while bits.len() >= 8 {
            packed.push(bits.drain(..8).enumerate().fold(0, |byte, (at, bit)| byte | bit << at));
        }
    }
    packed
}

#[test]
fn no_answer_takes_more_memory_than_the_limit_allows() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let too_large = || FetchFailed::TooLarge { host: HOST.into(), limit: LIMIT };
    let (broken, encoded) =
        (|| FetchFailed::Broken { host: HOST.into() }, || FetchFailed::Encoded { host: HOST.into() });
    let late = || FetchFailed::Timeout { host: HOST.into() };
    let coded = |fields: &str, body: &[u8]| [head(fields).as_slice(), body].concat();
    let tricks: Vec<(&str, Vec<u8>, Vec<u8>, FetchFailed)> = vec![
        ("a body without end, in pieces", head(chunked), chunk(&[b' '; 4096]), too_large()),
        ("a body without end, until it closes", head(""), vec![b' '; 4096], too_large()),
        ("a body of small pieces", head(chunked), chunk(b"abcdefgh").repeat(1000), too_large()),
        ("a body that says it is huge", head("Content-Length: 18446744073709551615\r\n"), vec![], broken()),
        (
            "a body that says it is large",
            head("Content-Length: 9999999999\r\n"),
            vec![b' '; 4096],
            too_large(),
        ),
        (
            "a chunk that says it is huge",
            coded(chunked, b"ffffffffffffffff\r\n"),
            vec![b' '; 4096],
            too_large(),
        ),
        ("a chunk beyond all numbers", coded(chunked, b"fffffffffffffffff\r\n"), vec![b' '; 4096], broken()),
        ("a chunk with an endless extension", coded(chunked, b"1;x="), vec![b'x'; 4096], broken()),
        ("an endless trailer", coded(chunked, b"2\r\n{}\r\n0\r\nx: "), vec![b'x'; 4096], broken()),
        ("endless trailers", coded(chunked, b"2\r\n{}\r\n0\r\n"), b"x: y\r\n".repeat(500), broken()),
        (
            "a bomb that says what it is",
            coded("Content-Encoding: gzip\r\n", &bomb(LIMIT / 2)),
            vec![],
            encoded(),
        ),
        (
            "a bomb as a coding of the transfer",
            coded("Transfer-Encoding: gzip, chunked\r\n", &chunk(&bomb(9000))),
            vec![],
            encoded(),
        ),
        ("a bomb that says nothing", head(""), bomb(LIMIT / 2), too_large()),
        ("an endless field", b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; 4096], broken()),
        ("endless fields", b"HTTP/1.1 200 OK\r\n".to_vec(), b"x: y\r\n".repeat(500), broken()),
        ("an endless reason", b"HTTP/1.1 200 ".to_vec(), vec![b'x'; 4096], broken()),
        (
            "endless promises",
            b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
            b"HTTP/1.1 100 C\r\n\r\n".repeat(200),
            late(),
        ),
        ("endless empty lines", vec![], b"\r\n".repeat(2000), broken()),
        ("a head that is never finished", b"HTTP/1.1 200 OK\r\nContent-".to_vec(), vec![], late()),
        ("a body that is never finished", coded("Content-Length: 5\r\n", b"{}"), vec![], late()),
        ("nothing", vec![], vec![], late()),
    ];
    for (what, first, again, expected) in tricks {
        // What is bounded by size is bounded so however much time there is.
        let time = Duration::from_secs(if expected == late() { 0 } else { 60 }) + SHORT;
        let fetch = fetch().with_time_limits(time, time);
        let target = Target::configured(&format!("http://{}/", serve(first, again))).unwrap();
        let (outcome, used) = measured(async || fetch.get(&target).await);
        println!("{what}: {used} bytes, {outcome:?}");
        assert_eq!(outcome.unwrap_err(), expected, "{what}");
        assert!(used <= ROOM, "{what} took {used} bytes");
    }
}

#[test]
fn a_body_that_trickles_ends_with_the_time() {
    // However large a body may be: a piece now and then does not begin the time anew.
    let address = serve(head("Transfer-Encoding: chunked\r\n"), chunk(b" "));
    let target = Target::configured(&format!("http://{address}/")).unwrap();
    let fetch = fetch().with_body_limit(usize::MAX).with_time_limits(SHORT, SHORT);
    let (outcome, _) = measured(async || fetch.get(&target).await);
    assert_eq!(outcome.unwrap_err(), FetchFailed::Timeout { host: HOST.into() });
}

#[test]
fn a_stream_holds_no_more_than_is_being_read() {
    let address = serve(head("Transfer-Encoding: chunked\r\n"), chunk(&[b' '; 4096]));
    let target = Target::configured(&format!("http://{address}/")).unwrap();
    let fetch = fetch();
    let (read, used) = measured(async || {
        let mut body = fetch.stream(Method::GET, &target, Outgoing::nothing()).await.unwrap().body;
        let mut read = 0;
        while read < 16 * LIMIT {
            read += body.next().await.unwrap().unwrap().len();
        }
        read
    });
    println!("{read} bytes of a stream: {used} bytes of memory");
    assert!(used <= LIMIT as u64, "{used}");
}

/// A document of exactly these bytes.
fn page(body: &[u8]) -> SocketAddr {
    serve([&head(&format!("Content-Length: {}\r\n", body.len())), body].concat(), vec![])
}

#[test]
fn a_document_is_read_as_everybody_reads_it_or_not_at_all() {
    let deep =
        |open: &str, close: &str| format!("{{\"x\":{}1{}}}", open.repeat(20_000), close.repeat(20_000));
    let many: Vec<_> = (0..6_000).map(|at| format!("\"{at}\":[]")).collect();
    let many = many.join(",");
    let long = format!("{{\"issuer\":\"{}\"}}", "x".repeat(LIMIT - 20));
    let tricks = [
        ("nested lists", deep("[", "]"), InvalidJson::TooDeep),
        ("nested objects", deep("{\"x\":", "}"), InvalidJson::TooDeep),
        ("lists that never close", "[".repeat(60_000), InvalidJson::TooDeep),
        ("a member twice", r#"{"issuer":"a","issuer":"b"}"#.to_owned(), InvalidJson::DuplicateMember),
        (
            "a member twice, once escaped",
            r#"{"issuer":"a","\u0069ssuer":"b"}"#.to_owned(),
            InvalidJson::DuplicateMember,
        ),
        ("a member twice, further in", r#"{"x":[{"y":1,"y":2}]}"#.to_owned(), InvalidJson::DuplicateMember),
        ("two documents", r#"{"issuer":"a"}{"issuer":"b"}"#.to_owned(), InvalidJson::Syntax),
        ("a byte order mark", "\u{feff}{}".to_owned(), InvalidJson::Syntax),
        ("a list", r#"[{"issuer":"a"}]"#.to_owned(), InvalidJson::NotAnObject),
        ("many members", format!("{{{many},\"0\":1}}"), InvalidJson::DuplicateMember),
        ("half a surrogate", r#"{"issuer":"\ud800"}"#.to_owned(), InvalidJson::Syntax),
        ("a number without end", format!("{{\"x\":{}", "9".repeat(60_000)), InvalidJson::Syntax),
    ];
    let fetch = fetch();
    let read = async |body: &[u8]| {
        let url = format!("http://{}", page(body));
        let configured = ResourceUri::parse(&url).unwrap();
        issuer_metadata(&fetch, &Issuer::parse(&url).unwrap(), Some(&configured)).await
    };
    for (what, body, expected) in tricks {
        let (outcome, used) = measured(async || read(body.as_bytes()).await);
        println!("{what}, {} bytes: {used} bytes of memory", body.len());
        let Err(DiscoverFailed::Invalid { error, .. }) = outcome else { panic!("{what}: {outcome:?}") };
        assert_eq!(error, InvalidMetadata::Json(expected), "{what}");
        // A tree of small values is larger than its text.
        assert!(used <= 8 * ROOM, "{what} took {used} bytes");
    }
    let (outcome, used) = measured(async || read(long.as_bytes()).await);
    let Err(DiscoverFailed::Invalid { error, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error, InvalidMetadata::TooLarge);
    assert!(used <= 2 * ROOM, "{used}");
    let (outcome, _) = measured(async || read(br#"{"issuer":"http://elsewhere.localhost"}"#).await);
    assert!(matches!(outcome, Err(DiscoverFailed::Invalid { .. })), "{outcome:?}");
}

#[test]
fn what_is_no_document_is_not_read_as_one() {
    let said = |status: &str, kind: &str| {
        format!("HTTP/1.1 {status}\r\n{kind}Content-Length: 2\r\n\r\n{{}}").into_bytes()
    };
    let json = "Content-Type: application/json\r\n";
    let status = |status| FetchFailed::Status { host: HOST.into(), status };
    let kind = || FetchFailed::ContentType { host: HOST.into() };
    let fetch = fetch();
    for (said, expected) in [
        (said("200 OK", "Content-Type: text/html\r\n"), kind()),
        (said("200 OK", ""), kind()),
        (said("200 OK", &format!("{json}Content-Type: text/html\r\n")), kind()),
        (said("200 OK", "Content-Type: application/json, text/html\r\n"), kind()),
        (said("206 Partial Content", json), status(206)),
        (said("301 Moved", json), status(301)),
        (said("404 Not Found", json), status(404)),
        (said("500 Oops", json), status(500)),
    ] {
        let shown = String::from_utf8_lossy(&said).into_owned();
        let target = Target::configured(&format!("http://{}/", serve(said, vec![]))).unwrap();
        let (outcome, _) = measured(async || fetch.get(&target).await);
        assert_eq!(outcome.unwrap().json(), Err(expected), "{shown}");
    }
}

#[test]
fn keys_are_read_within_the_same_bounds() {
    let fetch = Fetch::new(Reach::public().with_loopback()).unwrap();
    let read = |keys: &str| {
        let at = page(keys.as_bytes());
        // The document names its issuer, so its place must be known before it is written.
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let metadata =
            format!(r#"{{"issuer":"{issuer}","jwks_uri":"http://{at}/","token_endpoint":"{issuer}/token"}}"#);
        answer(
            listener,
            [&head(&format!("Content-Length: {}\r\n", metadata.len())), metadata.as_bytes()].concat(),
            vec![],
        );
        measured(async || {
            let keys = Keys::new(fetch.clone(), Arc::new(SystemClock), [Issuer::parse(&issuer).unwrap()]);
            keys.warm().await.into_iter().map(|(_, failed)| failed.to_string()).collect::<Vec<_>>().join("; ")
        })
    };
    let deep = format!(r#"{{"keys":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(LIMIT));
    for (keys, expected) in [
        (r#"{"keys":[]}"#, "no usable key"),
        (r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#, ""),
        (deep.as_str(), "nested deeper"),
        (r#"{"keys":[],"keys":[]}"#, "twice"),
        (large.as_str(), "more than 1048576 bytes"),
    ] {
        let (failed, used) = read(keys);
        let is_expected = if expected.is_empty() { failed.is_empty() } else { failed.contains(expected) };
        assert!(is_expected && used <= ROOM, "{keys:.30}: {failed}, {used} bytes");
    }
}
