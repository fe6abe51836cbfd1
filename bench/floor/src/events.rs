//! A stream of events, from both sides: a source that stamps each event with the time, and a reader that looks how old
//! events are when they come.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, sleep_until},
};

const STAMP: &str = "\"at\":";
/// Digits of a stamp.
const DIGITS: usize = 20;
const TEXT: &str =
    "twelve of thirty documents were read; the next one is a report of four pages about the harbour";
const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_documents","arguments":{}}}"#;

/// `source PORT COUNT MICROSECONDS`, or `read PORT PATH HOST STREAMS COUNT MICROSECONDS [TOKEN-FILE]`.
pub(crate) async fn run(words: &[&str]) -> anyhow::Result<()> {
    match *words {
        ["source", port, count, between] => {
            let (count, between) = (count.parse()?, Duration::from_micros(between.parse()?));
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse()?)).await?;
            loop {
                let (stream, _) = listener.accept().await?;
                // A reader that goes away ends its own stream only.
                tokio::spawn(async move { drop(tell(stream, count, between).await) });
            }
        }
        ["read", port, path, host, streams, count, between, ref token @ ..] => {
            let token = token.first().map(std::fs::read_to_string).transpose()?;
            let token = token.as_deref().and_then(|token| token.lines().next());
            let head = head(path, host, token);
            let streams: u32 = streams.parse()?;
            let (port, count) = (port.parse()?, count.parse()?);
            let apart = Duration::from_micros(between.parse()?) / streams.max(1);
            let readers: Vec<_> =
                (0..streams).map(|at| tokio::spawn(hear(port, head.clone(), count, apart * at))).collect();
            let mut ages = Vec::new();
            for reader in readers {
                ages.extend(reader.await??);
            }
            ages.sort_unstable();
            let at = |part: usize| ages.get(ages.len() * part / 100).copied().unwrap_or_default() / 1000;
            let said = format!(r#"{{"events":{},"p50":{},"p99":{}}}"#, ages.len(), at(50), at(99));
            tokio::io::stdout().write_all((said + "\n").as_bytes()).await?;
            Ok(())
        }
        _ => bail!(
            "write: events source PORT COUNT MICROSECONDS, or events read PORT PATH HOST STREAMS COUNT MICROSECONDS [TOKEN-FILE]"
        ),
    }
}

fn head(path: &str, host: &str, token: Option<&str>) -> String {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\n{token}content-type: application/json\r\naccept: application/json, text/event-stream\r\nmcp-protocol-version: 2025-11-25\r\ncontent-length: {}\r\n\r\n{CALL}",
        CALL.len()
    )
}

/// Answers each request with a stream. The first one of a connection of the bench is a call that wants one answer only.
async fn tell(mut stream: TcpStream, count: u32, between: Duration) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        let message = loop {
            let end = read.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
            if let Some(end) = end {
                break end;
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(read.get(..message).unwrap_or_default()).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.context("a body of known length")?.trim().parse()?;
        while read.len() < message + length {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        read.drain(..message + length);
        stream
            .write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
            )
            .await?;
        let begin = Instant::now();
        for number in 0..count {
            sleep_until(begin + between * number).await;
            let event = format!(
                "id: {number}\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{{\"level\":\"info\",\"data\":\"{TEXT}\",{STAMP}{:0DIGITS$}}}}}\n\n",
                now()
            );
            stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?;
        }
        stream.write_all(b"0\r\n\r\n").await?;
    }
}

/// The ages of the events of one stream, in nanoseconds.
async fn hear(port: u16, head: String, count: usize, after: Duration) -> anyhow::Result<Vec<u64>> {
    sleep(after).await;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    stream.write_all(head.as_bytes()).await?;
    let (mut ages, mut read) = (Vec::with_capacity(count), Vec::new());
    while ages.len() < count && stream.read_buf(&mut read).await? > 0 {
        let arrived = now();
        let mut from = 0;
        while let Some(at) = read
            .get(from..)
            .and_then(|rest| rest.windows(STAMP.len()).position(|window| window == STAMP.as_bytes()))
        {
            let start = from + at + STAMP.len();
            let Some(stamp) = read.get(start..start + DIGITS) else { break };
            ages.push(arrived.saturating_sub(std::str::from_utf8(stamp)?.parse()?));
            from = start + DIGITS;
        }
        read.drain(..from);
    }
    Ok(ages)
}

#[expect(clippy::disallowed_methods, reason = "both sides are on one machine and have one clock")]
fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.ok().and_then(|now| u64::try_from(now.as_nanos()).ok()).unwrap_or_default()
}
