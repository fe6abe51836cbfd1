//! What only a socket can send: frames and lines that no well-behaved library writes.

use crate::{
    sockets::{exchange, listening},
    stage::{ping, token},
};

/// What becomes of a request on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// Some server or other refuses it, and nobody behind hears of it.
    Refused(u16),
    /// Exactly the ping is heard behind.
    Heard,
}
use Sent::{Heard, Refused};

struct Trick {
    name: &'static str,
    /// The lines behind the usual ones.
    lines: String,
    body: String,
    sent: Sent,
}

/// How many there are.
pub(super) const COUNT: usize = 31;

fn all() -> Vec<Trick> {
    let ping = ping().to_string();
    let length = format!("Content-Length: {}\r\n", ping.len());
    let chunked = "Transfer-Encoding: chunked\r\n".to_owned();
    let chunks = format!("{:x}\r\n{ping}\r\n0\r\n\r\n", ping.len());
    let trick =
        |name, lines: &str, body: &str, sent| Trick { name, lines: lines.into(), body: body.into(), sent };
    let lengths = |lines: &str| format!("{lines}{length}");
    vec![
        // Lines.
        trick("a folded line", &lengths("Mcp-Method: ping\r\n x\r\n"), &ping, Refused(400)),
        trick("a folded line of nothing", &lengths("X-A: b\r\n \r\n"), &ping, Refused(400)),
        trick("a blank before the colon", &lengths("Mcp-Method : ping\r\n"), &ping, Refused(400)),
        trick("a line without a colon", &lengths("Mcp-Method ping\r\n"), &ping, Refused(400)),
        trick("a name that is no token", &lengths("Mcp(Method): ping\r\n"), &ping, Refused(400)),
        trick("a NUL in a value", &lengths("X-A: b\0c\r\n"), &ping, Refused(400)),
        trick("a return in a value", &lengths("X-A: b\rMcp-Method: ping\r\n"), &ping, Refused(400)),
        trick(
            "two methods on two lines",
            &lengths("Mcp-Method: ping\r\nmcp-method: ping\r\n"),
            &ping,
            Refused(400),
        ),
        trick("two types on two lines", &lengths("content-type: application/json\r\n"), &ping, Refused(415)),
        trick("a form feed in a value", &lengths("Mcp-Method: ping\x0c\r\n"), &ping, Refused(400)),
        trick("letters beyond ASCII", &lengths("Mcp-Method: p\u{ed}ng\r\n"), &ping, Refused(400)),
        trick("names in any case", &lengths("mCP-mETHOD:ping   \r\n"), &ping, Heard),
        trick(
            "a line that is very long",
            &lengths(&format!("X-A: {}\r\n", "b".repeat(20_000))),
            &ping,
            Heard,
        ),
        // Frames.
        trick("two lengths that differ", "Content-Length: 3\r\nContent-Length: 40\r\n", &ping, Refused(400)),
        trick("a list of lengths", "Content-Length: 3, 40\r\n", &ping, Refused(400)),
        trick("a length with a sign", "Content-Length: +40\r\n", &ping, Refused(400)),
        trick("a negative length", "Content-Length: -1\r\n", &ping, Refused(400)),
        trick("a length in hexadecimal", "Content-Length: 0x28\r\n", &ping, Refused(400)),
        trick(
            "a length that is too large",
            "Content-Length: 99999999999999999999999\r\n",
            &ping,
            Refused(400),
        ),
        trick("a length beyond the limit", "Content-Length: 99999999999\r\n", &ping, Refused(413)),
        trick(
            "an encoding behind chunked",
            "Transfer-Encoding: chunked, identity\r\n",
            &chunks,
            Refused(400),
        ),
        trick("an encoding that nobody knows", "Transfer-Encoding: xchunked\r\n", &chunks, Refused(400)),
        trick("a length and chunks", &lengths(&chunked), &chunks, Heard),
        trick("chunks and a length of less", &format!("Content-Length: 3\r\n{chunked}"), &chunks, Heard),
        trick("chunks", &chunked, &chunks, Heard),
        trick("chunks with extensions", &chunked, &chunks.replacen("\r\n", ";a=b;c=\"d\"\r\n", 1), Heard),
        trick(
            "chunks with trailers",
            &chunked,
            &chunks.replace("0\r\n\r\n", "0\r\nMcp-Method: tools/call\r\nAuthorization: Bearer x\r\n\r\n"),
            Heard,
        ),
        trick(
            "a chunk that is not as long as it says",
            &chunked,
            &format!("{:x}\r\n{ping}\r\n0\r\n\r\n", ping.len() - 1),
            Refused(400),
        ),
        trick("a chunk whose length is no number", &chunked, &format!("0x{chunks}"), Refused(400)),
        trick("a patient client", &lengths("Expect: 100-continue\r\n"), &ping, Heard),
        trick(
            "a body longer than its length",
            &length,
            &format!("{ping}POST /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\n\r\n"),
            Heard,
        ),
    ]
}

fn request(lines: &str, body: &str) -> String {
    format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n{lines}\r\n{body}",
        token()
    )
}

/// Whether exactly the ping was heard behind; otherwise the status of the refusal.
fn became(answer: &str) -> Result<Sent, String> {
    let answer = answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(answer);
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| answer.to_owned())?;
    match (status, answer.matches("REACHED").count()) {
        (200, 1) if answer.contains(&ping().to_string()) => Ok(Heard),
        (_, 0) => Ok(Refused(status)),
        _ => Err(answer.to_owned()),
    }
}

#[tokio::test]
async fn no_frame_and_no_line_is_two_requests() {
    let address = listening().await;
    let tricks = all();
    assert_eq!(tricks.len(), COUNT);
    let usual = request(&format!("Content-Length: {}\r\n", ping().to_string().len()), &ping().to_string());
    for Trick { name, lines, body, sent } in tricks {
        assert_eq!(became(&exchange(address, &usual).await), Ok(Heard), "before {name}");
        let answer = exchange(address, &request(&lines, &body)).await;
        assert_eq!(became(&answer), Ok(sent), "{name}: {answer}");
        assert!(
            !answer.contains(&token()) && !answer.to_lowercase().contains("\"transfer-encoding\""),
            "{answer}"
        );
        assert_eq!(became(&exchange(address, &usual).await), Ok(Heard), "after {name}");
    }
}
