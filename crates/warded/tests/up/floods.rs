//! What HTTP/2 lets a caller do to whoever does not count: heads without end, streams that are gone before they are there.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{caller::raw, stage::Stage};

const MOST: usize = 64 * 1024 * 1024;

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn a_head_that_goes_on_for_ever_ends_the_connection() {
    let stage = Stage::start().await;
    let mut stream = TcpStream::connect(stage.gateway.address).await.unwrap();
    let begin =
        [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[]), &frame(1, 0, 1, &[0x82])].concat();
    stream.write_all(&begin).await.unwrap();
    // CVE-2024-27316: a literal header in each CONTINUATION, and never END_HEADERS.
    let field = [&[0x00, 0x01, b'x', 0x7f, 0x81, 0x7e][..], &[b'y'; 16 * 1024]].concat();
    let more = frame(9, 0, 1, &field[..16 * 1024]);
    let mut sent = 0;
    let ended = async {
        while stream.write_all(&more).await.is_ok() {
            sent += more.len();
            assert!(sent < MOST, "it is read for ever");
        }
    };
    ended.await;
    let answer =
        raw(stage.gateway.address, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn streams_that_are_reset_as_fast_as_they_are_opened_end_the_connection() {
    let stage = Stage::start().await;
    let mut stream = TcpStream::connect(stage.gateway.address).await.unwrap();
    let begin = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
    stream.write_all(&begin).await.unwrap();
    // CVE-2023-44487: `GET https://a/`, and at once RST_STREAM with CANCEL.
    let head = [0x82, 0x84, 0x87, 0x41, 0x01, b'a'];
    let mut flood = Vec::new();
    for stream in (1..40_000).step_by(2) {
        flood.extend(frame(1, 0x5, stream, &head));
        flood.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let (mut reader, mut writer) = stream.split();
    let writing = async { drop(writer.write_all(&flood).await) };
    let mut said = Vec::new();
    let reading = async { drop(reader.read_to_end(&mut said).await) };
    tokio::join!(writing, reading);
    // GOAWAY with ENHANCE_YOUR_CALM, unless the connection was gone before it could be read.
    let calm = [0, 0, 0, 0xb];
    assert!(said.is_empty() || said.windows(4).any(|window| window == calm), "{said:?}");
    let answer =
        raw(stage.gateway.address, "GET /livez HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn answers_that_nobody_makes_room_for_end_the_connection() {
    let stage = Stage::with_head("limits: { stalled: 1s, idle: 1s }").await;
    let mut stream = TcpStream::connect(stage.gateway.address).await.unwrap();
    // No byte of an answer fits (RFC 9113 §6.9.2), and so no write of ours is ever late.
    let window = [&4_u16.to_be_bytes()[..], &0_u32.to_be_bytes()].concat();
    let mut begin = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &window)].concat();
    let head = [&[0x82, 0x86, 0x04, 6][..], b"/livez", &[0x41, 1, b'a']].concat();
    for stream in (1..20).step_by(2) {
        begin.extend(frame(1, 0x5, stream, &head));
    }
    stream.write_all(&begin).await.unwrap();
    let mut said = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut said)).await;
    assert!(ended.is_ok(), "it is held for as long as pings are answered");
}
