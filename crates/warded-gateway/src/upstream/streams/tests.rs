//! Is a call sent once more where the server behind says that it has done nothing of it, and nowhere else? Servers of
//! HTTP/2 that refuse streams and end connections, as servers do that are full or restart.

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

use bytes::Bytes;
use h2::{Reason, server::SendResponse};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnectorBuilder;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use warded_client::fetch::{Fetch, Network, Reach};

use super::{
    super::{dial::Dial, within::Within},
    *,
};

const TIME: Duration = Duration::from_secs(30);

/// What a server does with the streams of one connection.
#[derive(Clone, Copy)]
enum Does {
    /// Answers.
    Answer,
    /// Refuses each (RFC 9113 §8.7).
    Refuse,
    /// Resets each, and does not say that it has done nothing of it.
    Cancel,
    /// Answers the first, then ends the connection and says that this one was the last, while the second is there.
    LeaveBehindFirst,
    /// The same, and says that the second one was the last.
    LeaveBehindSecond,
}

/// The way to a server whose connections do this, one after the other, the last one for all that follow; how many
/// requests it has read.
async fn behind(each: &'static [Does]) -> (Arc<Trunk>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&seen);
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let does = each.get(number).or(each.last()).unwrap();
            let seen = Arc::clone(&counted);
            match does {
                Does::LeaveBehindFirst => drop(tokio::spawn(leaves(stream, 1, seen))),
                Does::LeaveBehindSecond => drop(tokio::spawn(leaves(stream, 3, seen))),
                _ => drop(tokio::spawn(serves(stream, *does, seen))),
            }
        }
    });
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let dial = Dial::new(Fetch::on(&Network::default(), Reach::public()).unwrap(), TIME);
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http2();
    let streams = Streams::over(Within::new(connector.wrap_connector(dial), TIME));
    (streams.to(&format!("http://127.0.0.1:{port}/mcp").parse().unwrap()), seen)
}

async fn serves(stream: TcpStream, does: Does, seen: Arc<AtomicUsize>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut answer))) = connection.accept().await {
        let seen = Arc::clone(&seen);
        tokio::spawn(async move {
            seen.fetch_add(1, SeqCst);
            match does {
                Does::Refuse => answer.send_reset(Reason::REFUSED_STREAM),
                Does::Cancel => answer.send_reset(Reason::CANCEL),
                _ => echo(request, &mut answer).await,
            }
        });
    }
}

/// Answers with what was asked.
async fn echo(request: Request<h2::RecvStream>, answer: &mut SendResponse<Bytes>) {
    let mut body = request.into_body();
    let mut whole = Vec::new();
    while let Some(Ok(data)) = body.data().await {
        whole.extend_from_slice(&data);
    }
    let mut sending = answer.send_response(Response::new(()), false).unwrap();
    sending.send_data(whole.into(), true).unwrap();
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Answers the first stream with 200 and nothing else, and leaves when the second one has come, with `last` as the last
/// one of which it may have done anything.
async fn leaves(mut stream: TcpStream, last: u32, seen: Arc<AtomicUsize>) {
    stream.read_exact(&mut [0; 24]).await.unwrap();
    stream.write_all(&frame(4, 0, 0, &[])).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let [a, b, c, kind, flags, number @ ..] = head;
        stream.read_exact(&mut vec![0; u32::from_be_bytes([0, a, b, c]) as usize]).await.unwrap();
        let ends = flags & 1 == 1;
        match (kind, u32::from_be_bytes(number)) {
            (4, _) if flags == 0 => stream.write_all(&frame(4, 1, 0, &[])).await.unwrap(),
            (0 | 1, 1) if ends => {
                seen.fetch_add(1, SeqCst);
                stream.write_all(&frame(1, 5, 1, &[0x88])).await.unwrap();
            }
            (0 | 1, 3) if ends => {
                seen.fetch_add(1, SeqCst);
                let end = [&last.to_be_bytes()[..], &0_u32.to_be_bytes()].concat();
                stream.write_all(&frame(7, 0, 0, &end)).await.unwrap();
                stream.shutdown().await.unwrap();
                return;
            }
            _ => {}
        }
    }
}

fn saying(trunk: &Trunk, text: &'static str) -> Message {
    Request::post(trunk.uri.clone()).body(Full::new(Bytes::from_static(text.as_bytes()))).unwrap()
}

async fn asked(trunk: &Arc<Trunk>, text: &'static str) -> Result<Bytes, Fault> {
    let (answer, stream) = trunk.send(saying(trunk, text), "notes", &Unsent::default()).await?;
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    drop(stream);
    Ok(text)
}

#[tokio::test]
async fn a_call_whose_stream_was_refused_is_sent_once_more_and_not_twice() {
    let (trunk, seen) = behind(&[Does::Refuse]).await;
    assert_eq!(asked(&trunk, "one").await, Err(Fault::UpstreamUnreachable), "nothing was done of it");
    assert_eq!(seen.load(SeqCst), 2);
}

#[tokio::test]
async fn a_call_whose_stream_was_reset_is_not_sent_again() {
    let (trunk, seen) = behind(&[Does::Cancel]).await;
    assert_eq!(asked(&trunk, "one").await, Err(Fault::UpstreamBroke));
    assert_eq!(seen.load(SeqCst), 1);
}

#[tokio::test]
async fn a_call_behind_the_last_one_of_a_connection_goes_over_another() {
    let (trunk, seen) = behind(&[Does::LeaveBehindFirst, Does::Answer]).await;
    assert_eq!(asked(&trunk, "one").await.unwrap(), "");
    assert_eq!(asked(&trunk, "two").await.unwrap(), "two");
    assert_eq!(seen.load(SeqCst), 3);
}

#[tokio::test]
async fn a_call_that_takes_a_stream_of_a_connection_which_ends_meanwhile_does_not_wait_for_it() {
    let (trunk, _) = behind(&[Does::LeaveBehindFirst, Does::Answer]).await;
    assert_eq!(asked(&trunk, "one").await.unwrap(), "");
    let Ok(stream) = trunk.stream("notes").await else { panic!("there is room") };
    assert_eq!(asked(&trunk, "two").await.unwrap(), "two");
    while !stream.has_ended() {
        tokio::task::yield_now().await;
    }
    let sent = tokio::time::timeout(TIME, stream.send(saying(&trunk, "three"))).await;
    let Ok(Err(Unanswered { unsent: Some(_), .. })) = sent else { panic!("it comes back") };
}

#[tokio::test]
async fn a_call_that_may_have_been_looked_at_is_not_sent_again_when_its_connection_ends() {
    let (trunk, seen) = behind(&[Does::LeaveBehindSecond, Does::Answer]).await;
    assert_eq!(asked(&trunk, "one").await.unwrap(), "");
    assert_eq!(asked(&trunk, "two").await, Err(Fault::UpstreamBroke));
    assert_eq!(seen.load(SeqCst), 2);
    assert_eq!(asked(&trunk, "three").await.unwrap(), "three", "the next one goes over a new connection");
}
