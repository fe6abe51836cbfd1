use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::*;

const SHORT: Patience = Patience {
    connection: Duration::from_secs(5),
    answer: Duration::from_millis(400),
    whole: Duration::from_millis(900),
    silence: Duration::from_millis(300),
};

/// Somebody who answers as told: the pieces, each after this pause. What was asked is noted.
async fn served(pieces: &'static [&'static [u8]], pause: Duration) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, pieces, pause, Arc::clone(&notes)));
        }
    });
    (root, asked)
}

async fn answer(mut stream: TcpStream, pieces: &[&[u8]], pause: Duration, notes: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    notes.lock().unwrap().push(String::from_utf8(head).unwrap());
    for piece in pieces {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        stream.flush().await.ok();
        sleep(pause).await;
    }
}

async fn archive(root: &str, path: &str) -> Result<Vec<u8>, String> {
    let fetching = Fetching::default();
    let way = Way::over(&Network::default(), SHORT, &fetching).unwrap();
    let index = Index::read(&root.replace("http://", "http://me:s3cret@"), "a test").unwrap();
    way.archive(&index, &format!("{root}{path}")).await.map_err(|error| {
        let error = format!("{error:#}");
        assert!(!error.contains("s3cret"), "{error}");
        error
    })
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";

#[tokio::test]
async fn an_archive_comes_whole_or_not_at_all() {
    let (root, asked) = served(&[HEAD, b"12345", b"67890"], Duration::from_millis(10)).await;
    assert_eq!(archive(&root, "/x").await.unwrap(), b"1234567890");
    let asked = asked.lock().unwrap().join("");
    assert!(asked.to_ascii_lowercase().contains("authorization: basic "), "{asked}");
    let (root, _) = served(&[HEAD, b"12345"], Duration::ZERO).await;
    let error = archive(&root, "/x").await.unwrap_err();
    assert!(error.contains("broke off"), "{error}");
}

#[tokio::test]
async fn what_drips_has_an_end() {
    // Nothing; a head and nothing more; a byte at a time, each in time.
    let (root, _) = served(&[b""], Duration::from_mins(1)).await;
    assert!(archive(&root, "/x").await.unwrap_err().contains("in time"));
    let (root, _) = served(&[HEAD, b"1"], Duration::from_mins(1)).await;
    assert!(archive(&root, "/x").await.unwrap_err().contains("in time"));
    let drops = &[HEAD, b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"0"];
    let (root, _) = served(drops, Duration::from_millis(200)).await;
    assert!(archive(&root, "/x").await.unwrap_err().contains("in time"));
}

#[tokio::test]
async fn a_list_has_an_end_too() {
    let drops = &[HEAD, b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"0"];
    let (root, _) = served(drops, Duration::from_millis(100)).await;
    let fetching = Fetching::default();
    let way = Way::over(&Network::default(), SHORT, &fetching).unwrap();
    let index = Index::read(&root, "a test").unwrap();
    let error = way.list(&index, index.at("x/"), "*/*").await.err().unwrap().to_string();
    assert!(error.contains("in time"), "{error}");
}

#[tokio::test]
async fn a_registry_leads_on_within_bounds() {
    let (root, asked) =
        served(&[b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"], Duration::ZERO)
            .await;
    let error = archive(&root, "/x").await.unwrap_err();
    assert!(error.contains("on and on"), "{error}");
    assert_eq!(asked.lock().unwrap().len(), MOST_STEPS + 1);
}

#[tokio::test]
async fn it_leads_neither_into_our_network_nor_to_plain_http() {
    let index = Index::read("https://index.example", "a test").unwrap();
    let fetching = Fetching::default();
    let way = Way::over(&Network::default(), SHORT, &fetching).unwrap();
    for url in [
        "https://127.0.0.1:1/x",
        "https://localhost/x",
        "https://10.0.0.1/x",
        "https://[fd00::1]/x",
        "https://169.254.169.254/latest",
        "http://127.0.0.1:1/x",
        "http://files.example/x",
        "ftp://files.example/x",
        "file:///etc/passwd",
        "https://user@files.example/x",
    ] {
        let error = format!("{:#}", way.archive(&index, url).await.unwrap_err());
        assert!(error.contains("nothing was sent") || error.contains("nobody is asked at"), "{url}: {error}");
    }
}

#[tokio::test]
async fn what_a_registry_is_shown_goes_to_nobody_else() {
    // Another port is another origin, and on this machine it is not reached at all.
    let (other, asked) = served(&[HEAD, b"1234567890"], Duration::ZERO).await;
    let (root, _) = served(&[HEAD, b"1234567890"], Duration::ZERO).await;
    let fetching = Fetching::default();
    let way = Way::over(&Network::default(), SHORT, &fetching).unwrap();
    let index = Index::read(&root.replace("http://", "http://me:s3cret@"), "a test").unwrap();
    assert!(way.archive(&index, &format!("{other}/x")).await.is_err());
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn links_begin_at_their_page() {
    let joined = |link| joined("https://a.example/simple/x/", link);
    let at = |text: &str| Some(text.to_owned());
    assert_eq!(joined("../../p/x.whl#sha256=1"), at("https://a.example/p/x.whl"));
    assert_eq!(joined("/p/x.whl"), at("https://a.example/p/x.whl"));
    assert_eq!(joined("//b.example/x"), at("https://b.example/x"));
    assert_eq!(joined("https://b.example/x"), at("https://b.example/x"));
    assert_eq!(joined("a b"), None);
}
